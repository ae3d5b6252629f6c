#include "harness/decision/engine.h"

#include <algorithm>
#include <utility>

#include "harness/decision/decimal.h"
#include "harness/decision/engine_impl.h"

namespace gatecrash::decision {
namespace {

using base::Instant;

constexpr std::uint64_t kFlightBit = 1ULL << 63;  // tickets that carry approvals

}  // namespace

Engine::Engine(std::shared_ptr<const policy::Policy> policy, const Semantics& semantics,
               CounterStore& counters, std::vector<ListArgument> list_arguments) {
  std::vector<Compiled::ListArgument> named;
  for (ListArgument& each : list_arguments) {
    named.push_back({std::move(each.tool), std::move(each.argument)});
  }
  impl_ = std::make_unique<Impl>(std::move(policy), semantics, counters, std::move(named));
}
Engine::~Engine() = default;

Ruling Engine::decide(const Call& call) {
  Instant now = call.at;
  if (impl_->semantics.clock_step == ClockStep::Monotonic) {
    now = impl_->latest = std::max(impl_->latest, now);
  }
  Ruling ruling = impl_->judge<Mode::Decide>(call, now, {});
  if (ruling.outcome != Outcome::Allow) return ruling;
  if (!impl_->to_use.empty()) {
    ruling.ticket = kFlightBit | impl_->board(ruling.ticket);
  } else if (ruling.ticket != 0 && impl_->semantics.refund == Refund::Never) {
    impl_->counters.commit(ruling.ticket);
    ruling.ticket = 0;
  }
  return ruling;
}

Ruling Engine::decide_stateless(const Call& call) const {
  return impl_->judge<Mode::Stateless>(call, call.at, {});
}

namespace {

// What the gateway itself does about every call, before the rules and after them.
void tell_surroundings(const policy::Policy& policy, Explanation& out) {
  using Kind = ExplainedStep::Kind;
  const auto step = [](Kind kind, const policy::Anchor& anchor, std::string text) {
    return ExplainedStep{
        .kind = kind, .rule = anchor.path, .at = anchor.at, .text = std::move(text)};
  };
  if (policy.pinned) {
    out.steps.insert(
        out.steps.begin(),
        step(Kind::Definitions, *policy.pinned,
             "refused whatever follows, if the tool's definition is not the one first seen"));
  }
  if (out.outcome != Outcome::Allow && out.outcome != Outcome::Hold) return;
  for (const policy::Redaction& each : policy.redactions) {
    out.steps.push_back(step(Kind::Redaction, each.anchor,
                             "the answer is shown without what `" + each.name + "` matches"));
  }
}

}  // namespace

Explanation Engine::explain(const Call& call) const {
  Instant now = call.at;
  if (impl_->semantics.clock_step == ClockStep::Monotonic) now = std::max(impl_->latest, now);
  Explanation out;
  const Ruling ruling = impl_->judge<Mode::Explain>(call, now, {.out = &out});
  out.outcome = ruling.outcome;
  out.rule = ruling.rule;
  out.at = ruling.at;
  out.message = ruling.message;
  tell_surroundings(impl_->compiled.policy(), out);
  return out;
}

bool Engine::count(std::string_view limit, std::string_view amount, const Caller& caller,
                   Instant at) {
  const Compiled& compiled = impl_->compiled;
  const int places = compiled.scale() == 1 ? 0 : kPlaces;
  const auto number = Decimal::parse(amount);
  const auto scaled = number ? number->scaled(places, Decimal::Round::Up) : std::nullopt;
  const std::uint32_t index = compiled.find_limit(limit);
  if (!scaled || index == kNoIndex) return false;
  CounterRequest request = impl_->request_of(compiled.limit(index), caller, {}, *scaled);
  request.counts_only = true;
  const CounterAnswer answer = impl_->counters.reserve({&request, 1}, at);
  impl_->counters.commit(answer.ticket);
  return answer.granted;
}

void Engine::settle(std::uint64_t ticket, CallResult result, Instant now) {
  const Semantics& semantics = impl_->semantics;
  const bool failed = result == CallResult::RpcError;
  if (semantics.clock_step == ClockStep::Monotonic) now = std::max(impl_->latest, now);
  if ((ticket & kFlightBit) != 0) {
    Impl::Flight* flight = impl_->flight_of(ticket);
    if (flight == nullptr) return;
    flight->open = false;
    for (const std::string& id : flight->approvals) {
      if (failed && semantics.approval_restore == ApprovalRestore::OnRpcError) {
        impl_->approvals.restore(id, now);
      } else {
        impl_->approvals.settle(id);
      }
    }
    ticket = flight->counted;
  }
  if (ticket == 0) return;
  if (failed && semantics.refund == Refund::OnRpcError) {
    impl_->counters.rollback(ticket, now, semantics.refund_window == RefundWindow::Current);
  } else {
    impl_->counters.commit(ticket);
  }
}

bool Engine::visible(std::string_view tool) const {
  const Compiled& compiled = impl_->compiled;
  const CompiledName* name = compiled.find(tool);
  if (compiled.hide_all() != kNoIndex || (name != nullptr && name->hide != kNoIndex)) return false;
  return impl_->semantics.list_visibility == ListVisibility::NotHidden ||
         compiled.policy().default_action == policy::DefaultAction::Allow ||
         (name != nullptr && name->tool != kNoIndex);
}

bool Engine::keeps_back(base::Value value) const {
  for (const CompiledRule& rule : impl_->compiled.wildcard().rules) {
    for (const CompiledCondition& each : rule.conditions) {
      if (each.source->op != policy::Operator::Mentions) continue;
      if (each.operand.holds(value, impl_->semantics.type_mismatch) == Truth::Yes) return true;
    }
  }
  return false;
}

bool Engine::hands_out(std::string_view tool) const {
  return std::ranges::any_of(policy().ownerships, [&](const policy::Ownership& each) {
    return std::ranges::find(each.created_by, tool) != each.created_by.end();
  });
}

void Engine::learn(std::string_view tool, const Caller& caller, base::Value reply) {
  const auto& ownerships = policy().ownerships;
  for (std::size_t i = 0; i < ownerships.size(); ++i) {
    if (std::ranges::find(ownerships[i].created_by, tool) == ownerships[i].created_by.end())
      continue;
    impl_->owners[i].learn(reply, Impl::scope_of(ownerships[i].scope, caller));
  }
}

policy::ToolClass Engine::tool_class(std::string_view tool) const {
  const CompiledName* name = impl_->compiled.find(tool);
  return name == nullptr || name->tool == kNoIndex
             ? policy::ToolClass::Unknown
             : impl_->compiled.policy().tools[name->tool].tool_class;
}

const policy::Policy& Engine::policy() const {
  return impl_->compiled.policy();
}
const Semantics& Engine::semantics() const {
  return impl_->semantics;
}

void Engine::reset() {
  impl_->counters.reset();
  impl_->approvals.clear();
  for (Impl::Flight& each : impl_->flights)
    each.open = false;  // their tickets are void, not free for others
  impl_->latest = Instant::min();
  for (Owners& each : impl_->owners) each.clear();
  impl_->switches = {};
}

void Engine::inherit(Engine& before) {
  impl_->switches = before.impl_->switches;
  const auto& ours = policy().ownerships;
  const auto& theirs = before.policy().ownerships;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    for (std::size_t j = 0; j < theirs.size(); ++j) {
      const bool same = ours[i].name == theirs[j].name && ours[i].id == theirs[j].id &&
                        ours[i].scope == theirs[j].scope;
      if (same) std::swap(impl_->owners[i], before.impl_->owners[j]);
    }
  }
}

Switches& Engine::switches() {
  return impl_->switches;
}
const Switches& Engine::switches() const {
  return impl_->switches;
}

bool Engine::approve(std::string_view id, Instant now) {
  return impl_->approvals.approve(id, now);
}
bool Engine::deny(std::string_view id, Instant now) {
  return impl_->approvals.deny(id, now);
}
bool Engine::expire(std::string_view id) {
  return impl_->approvals.expire(id);
}
std::vector<Approval> Engine::approvals() const {
  return impl_->approvals.list();
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Allow: return "allow";
    case Outcome::Deny: return "deny";
    case Outcome::Hold: return "hold";
    case Outcome::Refuse: return "refuse";
  }
  return "?";
}

std::string_view to_string(Truth truth) {
  switch (truth) {
    case Truth::No: return "no";
    case Truth::Yes: return "yes";
    case Truth::Mismatch: return "cannot be compared";
  }
  return "?";
}

}  // namespace gatecrash::decision
