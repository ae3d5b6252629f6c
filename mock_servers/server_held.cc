// hold and release: keeping requests in flight, and letting them go on one by one.
#include "mock_servers/server.h"

namespace gatecrash::mock_servers {

void Server::fault(const Fault& fault) {
  if (fault.kind != Fault::Kind::Release) return held_.hold(fault.kind);
  // A server that does one thing at a time finishes in the order of arrival, whatever is asked.
  held_.release(personality_.has(Knob::BlocksWhileWaiting) ? Fault{.kind = fault.kind} : fault);
}

std::optional<Connection> Server::resumable() const {
  const HeldCall* const next = held_.next();
  return next == nullptr ? std::nullopt : std::optional(next->connection);
}

bool Server::holds(bool tool_call) {
  if (resuming_ || !held_.how()) return held_back_;
  held_back_ |= held_.how() == Fault::Kind::HoldAll ||
                (tool_call && held_.how() == Fault::Kind::Hold);
  return held_back_;
}

void Server::resume(base::Instant now, Frames& replies, trace::Trace& ledger) {
  if (held_.next() == nullptr) return;
  const std::size_t first_event = ledger.events().size();
  const HeldCall call = held_.take();
  ledger.set_connection(call.connection);
  if (call.stage == HeldCall::Stage::Answered) {
    if (!session(call.connection).open) return;
    std::string& out = replies.begin(call.connection);
    const std::size_t start = out.size();
    out += call.bytes;
    called_ = true;
    return send_reply(call.connection, start, replies, ledger);
  }
  if (busy_until_ != kNever) {  // one that went on before it blocks now
    const bool begun = call.stage == HeldCall::Stage::Read;
    waiting_.push_back({call.connection, call.bytes, begun, call.number});
    return;
  }
  if (call.stage == HeldCall::Stage::Read) resuming_ = call.number;
  handle(call.connection, call.bytes, now, replies, ledger);
  resuming_.reset();
  if (subscribed_) notify_subscribers(first_event, replies, ledger);
}

// A request that is withdrawn while it waits is neither carried out any more nor answered; what it has
// changed already stays changed.
void Server::withdraw(const rpc::Message& message, Context& context) {
  const base::Value id = rpc::member(message.params, "requestId", personality_.reading());
  const auto call = held_.withdraw(context.connection, id);
  if (!call) return;
  context.ledger.add(trace::EventKind::Withdrawn, std::to_string(call->number), call->id);
}

}  // namespace gatecrash::mock_servers
