// What a mock does other than answering the frame in hand: time, calls that had to wait, faults,
// word to subscribers.
#include "mock_servers/server.h"

#include <algorithm>

#include "harness/base/json.h"

namespace gatecrash::mock_servers {

using trace::EventKind;

namespace {

// What is recorded in its life belongs to the step in which the call arrived.
class StepOf {
 public:
  StepOf(const HeldCall& call, trace::Trace& ledger) : ledger_(ledger), before_(ledger.step()) {
    ledger_.set_step(call.step);
  }
  ~StepOf() { ledger_.set_step(before_); }
  StepOf(const StepOf&) = delete;
  StepOf& operator=(const StepOf&) = delete;

 private:
  trace::Trace& ledger_;
  std::uint32_t before_;
};

}  // namespace

void Server::let_due(base::Instant now, trace::Trace& ledger) {
  while (true) {
    const base::Instant at = std::min(busy_until_, slow_.next_due());
    if (at > now || at == kNever) break;
    let_work_end(at, ledger);
    if (slow_.next_due() <= at) {
      go_on(slow_.take(), at, late_, ledger);
      continue;
    }
    // The call that held everything up is done; then come the frames that waited, until one blocks.
    busy_until_ = kNever;
    while (!waiting_.empty() && busy_until_ == kNever) {
      const HeldCall first = std::move(waiting_.front());
      waiting_.pop_front();
      go_on(first, at, late_, ledger);
    }
  }
  let_work_end(now, ledger);
  while (const auto frame = late_.pop()) {
    outgoing_.push_back({frame->connection, std::string(frame->bytes)});
  }
}

void Server::let_work_end(base::Instant now, trace::Trace& ledger) {
  while (const auto due = world_.next_due(now)) {
    ledger.set_time(due->at);
    Context context{.world = world_, .ledger = ledger, .now = due->at};
    context.cosmetic_cancel = personality_.has(Knob::CancelIsCosmetic);
    behaviour_->due(due->task, context);
  }
  ledger.set_time(now);
}

void Server::advance(base::Instant now, trace::Trace& ledger) {
  const std::size_t first_event = ledger.events().size();
  let_due(now, ledger);
  if (subscribed_) notify_subscribers(first_event, std::nullopt, late_, ledger);
}

base::Instant Server::next_due() const {
  return std::min({busy_until_, slow_.next_due(), world_.next_wake()});
}

bool Server::connected(Connection connection) const {
  return connection >= sessions_.size() || !sessions_[connection].hung_up;
}

void Server::go_on(const HeldCall& call, base::Instant now, Frames& replies, trace::Trace& ledger) {
  const StepOf step(call, ledger);
  ledger.set_connection(call.connection);
  if (call.stage == HeldCall::Stage::Answered) {
    if (!session(call.connection).open) return;
    std::string& out = replies.begin(call.connection);
    const std::size_t start = out.size();
    out += call.bytes;
    called_ = true;
    return send_reply(call.connection, start, replies, ledger);
  }
  since_ = now;
  if (call.stage == HeldCall::Stage::Read) {
    resuming_ = call.number;
    since_ = call.since;
  }
  handle(call.connection, call.bytes, now, replies, ledger);
  resuming_.reset();
}

std::optional<Connection> Server::resumable() const {
  if (!outgoing_.empty()) return outgoing_.front().connection;
  const HeldCall* const next = held_.next();
  return next == nullptr ? std::nullopt : std::optional(next->connection);
}

void Server::resume(base::Instant now, Frames& replies, trace::Trace& ledger) {
  if (!outgoing_.empty()) {
    const Outgoing& first = outgoing_.front();
    if (session(first.connection).open) replies.push(first.connection, first.frame);
    return outgoing_.pop_front();
  }
  if (held_.next() == nullptr) return;
  const std::size_t first_event = ledger.events().size();
  const HeldCall call = held_.take();
  if (busy_until_ != kNever)
    return waiting_.push_back(call);  // one that went on before it blocks now
  go_on(call, now, replies, ledger);
  if (subscribed_) notify_subscribers(first_event, call.connection, replies, ledger);
}

bool Server::waits(bool tool_call, base::Instant now) {
  if (resuming_ || wait_ != Wait::No) return wait_ != Wait::No;
  if (held_.how() == Fault::Kind::HoldAll || (tool_call && held_.how() == Fault::Kind::Hold)) {
    wait_ = Wait::Held;
  } else if (tool_call && slowness_.count() > 0 && !slow_answers_) {
    wait_ = personality_.has(Knob::BlocksWhileWaiting) ? Wait::Blocks : Wait::Slow;
    due_ = now + slowness_;
    if (wait_ == Wait::Blocks) busy_until_ = due_;
  }
  return wait_ != Wait::No;
}

// A request that is withdrawn while it waits is neither carried out any more nor answered; what it
// has changed already stays changed.
void Server::withdraw(const rpc::Message& message, Context& context) {
  const base::Value id = rpc::member(message.params, "requestId", personality_.reading());
  auto call = held_.withdraw(context.connection, id);
  if (!call) call = slow_.withdraw(context.connection, id);
  if (!call) return;
  context.ledger.add(EventKind::Withdrawn, std::to_string(call->number), call->id);
}

void Server::hang_up(Connection connection, trace::Trace& ledger) {
  session(connection).open = false;
  session(connection).hung_up = true;
  ledger.add(EventKind::HungUp);
}

void Server::fault(const Fault& fault, trace::Trace& ledger) {
  using Kind = Fault::Kind;
  switch (fault.kind) {
    case Kind::Hold:
    case Kind::HoldAnswers:
    case Kind::HoldAll: held_.hold(fault.kind); break;
    case Kind::Release:
      // A server that does one thing at a time finishes in the order of arrival, whatever is asked.
      held_.release(personality_.has(Knob::BlocksWhileWaiting) ? Fault{.kind = fault.kind} : fault);
      break;
    case Kind::Slow:
    case Kind::SlowAnswers:
      slowness_ = fault.end ? base::Duration{} : fault.by;
      slow_answers_ = fault.kind == Kind::SlowAnswers;
      break;
    case Kind::Disconnect:
    case Kind::DisconnectAfterEffect:
      disconnect_ = fault.end ? std::nullopt : std::optional(fault.kind);
      break;
    case Kind::RugPull:
      pull_ = {.after = fault.after, .number = fault.number, .silent = fault.silent};
      if (fault.end || fault.after == Fault::After::Now) {
        pull_rug(!fault.end, fault.silent, ledger);
      } else {
        pull_if_planned(ledger);
      }
      break;
    case Kind::Poison: poison_ = fault.text; break;
    case Kind::Leak: leak_ = fault.text; break;
    case Kind::Knob: personality_.set(fault.knob, !fault.end); break;
  }
}

void Server::pull_if_planned(trace::Trace& ledger) {
  const std::uint64_t seen = pull_.after == Fault::After::Lists ? lists_ : *understood_;
  if (seen >= pull_.number) pull_rug(true, pull_.silent, ledger);
}

void Server::pull_rug(bool pulled, bool silent, trace::Trace& ledger) {
  pull_ = {};
  if (pulled_ == pulled) return;
  pulled_ = pulled;
  if (silent) return;
  std::string notice;
  rpc::begin_notification("notifications/tools/list_changed", notice);
  notice += '}';
  for (Connection connection = 0; connection < sessions_.size(); ++connection) {
    const Session& each = sessions_[connection];
    if (!each.open || each.lifecycle.phase() != mcp::Phase::Operating) continue;
    ledger.set_connection(connection);
    ledger.add(EventKind::Replied, notice);
    outgoing_.push_back({connection, notice});
  }
}

void Server::notify_subscribers(std::size_t first_event, std::optional<Connection> current,
                                Frames& replies, trace::Trace& ledger) {
  const std::string_view prefix = behaviour_->task_resource_prefix();
  if (prefix.empty()) return;
  const std::size_t last_event = ledger.events().size();
  const auto concerns = [&](std::string_view uri, const trace::Event& event) {
    if (event.kind != EventKind::Effected || !uri.starts_with(prefix)) return false;
    const std::string_view subject = ledger.view(event.text);
    const std::string_view rest = uri.substr(prefix.size());
    return rest == "all" || rest == subject ||
           (rest.starts_with(subject) && rest.size() > subject.size() &&
            rest[subject.size()] == '/');
  };
  for (Connection connection = 0; connection < sessions_.size(); ++connection) {
    const Session& each = sessions_[connection];
    if (!each.open) continue;
    for (const std::string& uri : each.subscriptions) {
      bool changed = false;
      for (std::size_t i = first_event; i < last_event && !changed; ++i) {
        changed = concerns(uri, ledger.events()[i]);
      }
      if (!changed) continue;
      std::string notice;
      rpc::begin_notification("notifications/resources/updated", notice);
      notice += R"(,"params":{"uri":)";
      base::write_json_string(uri, notice);
      notice += "}}";
      ledger.set_connection(connection);
      ledger.add(EventKind::Replied, notice);
      if (connection == current) {
        replies.push(connection, notice);
      } else {
        outgoing_.push_back({connection, std::move(notice)});
      }
    }
  }
}

}  // namespace gatecrash::mock_servers
