// Every request gets exactly one well-formed reply that carries its id, to the byte; nothing else
// gets one. To hang up instead keeps an attack out, at the price of the session; in everyday
// traffic it is a refusal. What an unreadable frame (a raw step) is answered with stays open: one
// reply or none. So does what the agent does not wait for any more: a request it withdrew, and
// those of a connection it has left.
#include <map>
#include <set>
#include <utility>

#include "harness/base/text.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"
#include "harness/rpc/message.h"

namespace gatecrash::oracle {
namespace {

using trace::Event;
using trace::EventKind;

// Findings of one sort are folded: the first step, and how many more there are.
struct Misshapen {
  std::uint64_t times = 0;
  std::uint32_t record = kNone;  // of the agent's trace: what it sent or got, or the hang-up
  std::uint32_t step = kNone;
  std::string observed;
};

class Replies {
 public:
  void sent(const Event& event, std::string_view frame) {
    const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree_);
    if (!decoded) {
      // A batch may be answered element by element.
      unreadable_[event.step] += decoded.fault == rpc::Fault::Batch ? 1'000'000 : 1;
    } else if (decoded.message.shape == rpc::Shape::Request) {
      Asked& asked = asked_[key(event.connection, decoded.message.id)];
      asked.connection = event.connection;
      asked.awaited = true;
      ++asked.open;
      asked.step = event.step;
      asked.record = event.number;
    } else if (decoded.message.method == "notifications/cancelled") {
      const base::Value id = decoded.message.params.find("requestId");
      const rpc::Id withdrawn{id.is_string() ? rpc::Id::Kind::String : rpc::Id::Kind::Integer,
                              id.text(), id};
      if (const auto asked = asked_.find(key(event.connection, withdrawn)); asked != asked_.end()) {
        asked->second.awaited = false;
      }
    }
  }

  // A principal that connects anew has left the connection it had.
  void opened(const Event& event, std::string_view principal) {
    const auto [seat, fresh] = seats_.try_emplace(std::string(principal), event.connection);
    if (!fresh) left_.insert(std::exchange(seat->second, event.connection));
  }

  void hung_up(const Event& event, std::string_view how) {
    left_.insert(event.connection);
    if (hang_ups_.times++ != 0) return;
    hang_ups_.step = event.step;
    hang_ups_.record = event.number;
    hang_ups_.observed = "it hung up: " + std::string(how);
  }

  void received(const Event& event, std::string_view frame) {
    const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree_);
    if (decoded && (decoded.message.shape == rpc::Shape::Request ||
                    decoded.message.shape == rpc::Shape::Notification)) {
      return;
    }
    if (decoded) {
      const auto asked = asked_.find(key(event.connection, decoded.message.id));
      if (asked != asked_.end() && asked->second.open > 0) {
        --asked->second.open;
        ++asked->second.answered;
        return;
      }
      if (take_unreadable(event.step)) return;
      if (asked != asked_.end()) return add("a second reply", event.step, event.number, frame);
      return add("a reply that nothing asked for", event.step, event.number, frame);
    }
    // An error for a message whose id could not be read carries none, or null.
    if ((decoded.fault == rpc::Fault::BadId) && take_unreadable(event.step)) return;
    add("a malformed reply (" + std::string(to_string(decoded.fault)) + ")", event.step,
        event.number, frame);
  }

  void end(bool complete) {
    if (!complete) return;  // the rest may still have come
    for (const auto& [_, asked] : asked_) {
      if (asked.open > 0 && asked.awaited && !left_.contains(asked.connection))
        add("no reply", asked.step, asked.record, {});
    }
  }

  const std::map<std::string, Misshapen>& wrong() const { return wrong_; }
  const Misshapen& hang_ups() const { return hang_ups_; }

 private:
  struct Asked {
    std::uint32_t open = 0;
    std::uint32_t answered = 0;
    std::uint32_t step = kNone;
    std::uint32_t record = kNone;
    std::uint32_t connection = 0;
    bool awaited = true;
  };

  const std::string& key(std::uint32_t connection, const rpc::Id& id) {
    key_ = std::to_string(connection);
    key_ += id.kind == rpc::Id::Kind::String ? " \"" : " ";
    key_ += id.lexeme;
    return key_;
  }
  bool take_unreadable(std::uint32_t step) {
    const auto found = unreadable_.find(step);
    if (found == unreadable_.end() || found->second == 0) return false;
    --found->second;
    return true;
  }
  void add(const std::string& what, std::uint32_t step, std::uint32_t record,
           std::string_view frame) {
    Misshapen& wrong = wrong_[what];
    if (wrong.times++ == 0 || step < wrong.step) {
      wrong.step = step;
      wrong.record = record;
      wrong.observed = frame.empty() ? what : what + ": " + base::quoted(frame);
    }
  }

  base::Tree tree_;
  std::string key_;
  std::map<std::string, Asked> asked_;
  std::map<std::uint32_t, std::uint32_t> unreadable_;  // frames by step that may get a reply each
  std::map<std::string, Misshapen> wrong_;
  Misshapen hang_ups_;
  std::map<std::string, std::uint32_t> seats_;  // principal, and its connection
  std::set<std::uint32_t> left_;                // connections that were closed
};

// The teeth run has no gateway whose conformance could be judged.
bool reply_shape_applies(const Evidence& evidence) {
  return !evidence.is(scenario::RunKind::Teeth) && !evidence.run().agent.empty();
}

void judge_reply_shape(const Evidence& evidence, std::vector<Finding>& findings) {
  const trace::Trace& agent = evidence.run().agent;
  Replies replies;
  for (const Event& event : agent.events()) {
    if (event.kind == EventKind::Opened) replies.opened(event, agent.view(event.text));
    if (event.kind == EventKind::Sent) replies.sent(event, agent.view(event.text));
    if (event.kind == EventKind::Received) replies.received(event, agent.view(event.text));
    if (event.kind == EventKind::HungUp) replies.hung_up(event, agent.view(event.text));
  }
  replies.end(evidence.run().complete);
  const auto add = [&](FindingKind kind, std::string claim, const std::string& what,
                       const Misshapen& wrong) -> Finding& {
    Finding made = finding(evidence, kReplyShape.name, kind, Part::Conformance);
    made.claim = std::move(claim);
    made.observed = wrong.observed;
    if (wrong.times > 1) made.observed += ", " + count(wrong.times, "time");
    const EventKind kind_of_record = agent.events()[wrong.record].kind;
    const Deed deed = kind_of_record == EventKind::Sent ? deed_of_message(evidence, wrong.record)
                      : kind_of_record == EventKind::Received
                          ? deed_of_reply(evidence, wrong.record)
                          : deed_of_step(evidence, wrong.step);
    // A late reply to an earlier step shows in the step in which it came.
    at_deed(evidence, deed.step == wrong.step ? deed : deed_of_step(evidence, wrong.step), made);
    seal(evidence, what, made);
    return findings.emplace_back(std::move(made));
  };
  for (const auto& [what, wrong] : replies.wrong()) {
    add(FindingKind::Protocol, "each request gets exactly one well-formed reply with its id", what,
        wrong);
  }
  if (replies.hang_ups().times == 0) return;
  if (evidence.is(scenario::RunKind::Benign)) {
    add(FindingKind::Overblock, "the gateway serves everyday traffic", "hang-up",
        replies.hang_ups());
  } else {
    add(FindingKind::Availability, "the gateway stays connected, whatever it is sent", "hang-up",
        replies.hang_ups())
        .why = "to hang up keeps an attack out, but it ends the session with all that is under way";
  }
}

}  // namespace

const OracleEntry kReplyShape{
    .name = "reply_shape",
    .claim =
        "each request gets exactly one well-formed reply with its exact id, a notification none",
    .part = Part::Conformance,
    .applies = reply_shape_applies,
    .judge = judge_reply_shape};

}  // namespace gatecrash::oracle
