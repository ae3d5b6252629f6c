// Everything observed in one run, in order. There are three traces: what the agent sent and got,
// what the gateway decided, and the mock's ledger. They are recorded apart, by the party that saw
// it, and only the ledger counts as evidence of harm.
//
// Events are small values over one blob of bytes, so that recording copies bytes and allocates
// nothing once a trace is warm. `step` is the index of the plan's step that was under way (the
// runner fences steps); kSetUp before the first one.
//
// Records are numbered in their trace, and the party that made a trace marks its end: a record that
// is lost, doubled, moved or altered on the way to judgement, or in a saved case, shows. (That is
// no defence against a forger, who can mark the end anew.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/base/time.h"

namespace gatecrash::trace {

inline constexpr std::uint32_t kSetUp = 0xffffffff;

enum class EventKind : std::uint8_t {
  // agent
  Opened,    // a connection was opened; detail: none; text: principal
  Sent,      // text: frame
  Received,  // text: frame; detail: mcp::ReplyShape; more: session::Match in words ("answer", …);
             // extra: kShowsList, or empty
  Listed,    // text: one tool name the agent was shown
  // gateway
  Decided,  // detail: decision::Outcome; text: tool or method; more: rule path; place: in the
            // policy;
            // extra: message; call: digest of the call as it was judged (mcp/call_digest.h)
  Refused,  // text: frame; more: rpc::Fault name
  Kept,  // the operator's new policy does not load; text: why; more: SHA-256 of the one that stays
         // in force
  Redacted,  // something was taken out of what the upstream said; text: path of the redaction
  // mock (ledger)
  Arrived,     // text: frame as received
  Understood,  // the mock took the frame for a call; text: tool; more: canonical arguments
  Misread,     // text: fault name: the mock could not read the frame
  Effected,    // detail: scenario::Effect; text: subject (task id …); more: detail
  Resumed,    // a call that had to wait goes on; text: its number, counting the ledger's Understood
              // from 0
  Withdrawn,  // the client cancelled a call that waits; text: its number; more: request id
  HungUp,   // the mock has ended the connection; in the agent's trace: the other side has, and text
            // says how
  Replied,  // text: frame
  // runner
  Advanced,  // virtual time moved on to `at`
  Failed,    // text: what could not be done; the run's evidence is incomplete
};
// Of a frame with a result that shows a list of tools.
inline constexpr std::string_view kShowsList = "list";
std::string_view to_string(EventKind kind);
std::optional<EventKind> parse_event_kind(std::string_view name);

struct Span {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

struct Event {
  EventKind kind = EventKind::Sent;
  std::uint8_t detail = 0;
  std::uint32_t step = kSetUp;
  std::uint32_t connection = 0;
  std::uint32_t number = 0;  // of this record in its trace, from 0
  base::Instant at{};
  Span text;
  Span more;
  Span extra;
  base::SourcePos place;
  std::uint64_t call = 0;  // 0: nobody says
};

struct EndMark {
  std::uint32_t events = 0;
  std::uint64_t digest = 0;  // of all of them, in order
  friend bool operator==(const EndMark&, const EndMark&) = default;
};

class Trace {
 public:
  Event& add(EventKind kind, std::string_view text = {}, std::string_view more = {},
             std::string_view extra = {});

  void set_step(std::uint32_t step) { step_ = step; }
  std::uint32_t step() const { return step_; }
  void set_time(base::Instant now) { now_ = now; }
  void set_connection(std::uint32_t connection) { connection_ = connection; }
  void clear();

  // The end mark that what is recorded so far has to have.
  EndMark ended() const { return {static_cast<std::uint32_t>(events_.size()), digest()}; }
  // Nothing is recorded after this.
  void mark_end() { end_ = ended(); }
  // The mark that came with a trace from elsewhere.
  void set_end(std::optional<EndMark> end) { end_ = end; }
  // Nothing: whoever recorded it did not come to the end.
  const std::optional<EndMark>& end() const { return end_; }
  // Returns what shows that this is not the trace whose end was marked: "record 12 is missing"; for
  // a trace without an end mark, what its numbers show. Empty: it is whole.
  std::string damage() const;

  const std::vector<Event>& events() const { return events_; }
  std::string_view view(Span span) const {
    return std::string_view(blob_).substr(span.offset, span.size);
  }
  bool empty() const { return events_.empty(); }

 private:
  std::uint64_t digest() const;
  Span keep(std::string_view bytes);

  std::vector<Event> events_;
  std::string blob_;
  std::uint32_t step_ = kSetUp;
  std::uint32_t connection_ = 0;
  base::Instant now_{};
  std::optional<EndMark> end_;
};

bool same(const Trace& left, const Trace& right);  // equal to the byte, event by event

}  // namespace gatecrash::trace
