// Everything observed in one run, in order. There are three traces: what the agent sent and got,
// what the gateway decided, and the mock's ledger. They are recorded apart, by the party that saw
// it, and only the ledger counts as evidence of harm.
//
// Events are small values over one blob of bytes, so that recording copies bytes and allocates
// nothing once a trace is warm. `step` is the index of the plan's step that was under way (the
// runner fences steps); kSetUp before the first one.
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
  Received,  // text: frame; detail: mcp::ReplyShape; more: session::Match in words ("answer", …)
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
  HungUp,     // the mock has ended the connection
  Replied,    // text: frame
  // runner
  Advanced,  // virtual time moved on to `at`
  Failed,    // text: what could not be done; the run's evidence is incomplete
};
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
  base::Instant at{};
  Span text;
  Span more;
  Span extra;
  base::SourcePos place;
  std::uint64_t call = 0;  // 0: nobody says
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

  const std::vector<Event>& events() const { return events_; }
  std::string_view view(Span span) const {
    return std::string_view(blob_).substr(span.offset, span.size);
  }
  bool empty() const { return events_.empty(); }

 private:
  Span keep(std::string_view bytes);

  std::vector<Event> events_;
  std::string blob_;
  std::uint32_t step_ = kSetUp;
  std::uint32_t connection_ = 0;
  base::Instant now_{};
};

bool same(const Trace& left, const Trace& right);  // equal to the byte, event by event

}  // namespace gatecrash::trace
