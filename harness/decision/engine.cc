#include "harness/decision/engine.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/decision/compiled.h"
#include "harness/decision/counters.h"
#include "harness/decision/decimal.h"

namespace gatecrash::decision {
namespace {

using base::Instant;
using base::Value;
using policy::RuleKind;

constexpr std::string_view kHidden = "(hidden)";
constexpr std::string_view kDefaultDeny = "(default deny)";
constexpr std::string_view kNoPolicy = "(no policy)";
constexpr std::string_view kNoPolicyMessage = "No policy is assigned to this connection";
constexpr std::string_view kStoreMessage = "Policy state is unavailable. Try again later.";
constexpr std::string_view kWeightMessage = "The amount of this call cannot be counted";
constexpr std::uint64_t kFlightBit = 1ULL << 63;  // tickets that carry approvals

// Stateless: limits count as not reached and conditions on counters as harmless. Explain: reads
// counters, changes nothing.
enum class Mode : std::uint8_t { Decide, Stateless, Explain };

// Millionths (or whole units) as a JSON number.
std::string as_number(Micros amount, Micros scale) {
  std::string text = std::to_string(amount / scale);
  if (amount < 0 && amount / scale == 0) text = "-" + text;
  Micros rest = amount % scale < 0 ? -(amount % scale) : amount % scale;
  if (rest == 0) return text;
  std::string digits = std::to_string(rest + scale).substr(1);
  while (digits.back() == '0') digits.pop_back();
  return text + "." + digits;
}

Micros truncated(std::string_view lexeme) {
  const double value = to_double(lexeme);
  // What Go's int64(x) gives on amd64 for anything out of range.
  if (!(value < 9223372036854775808.0 && value >= -9223372036854775808.0)) {
    return std::numeric_limits<Micros>::min();
  }
  return static_cast<Micros>(value);
}

}  // namespace

struct Engine::Impl {
  Impl(std::shared_ptr<const policy::Policy> policy, const Semantics& the_semantics,
       CounterStore& the_counters, std::vector<Compiled::ListArgument> list_arguments)
      : semantics(the_semantics),
        counters(the_counters),
        compiled(std::move(policy), the_semantics, std::move(list_arguments)) {}

  // One step of an explanation; in the other modes nothing is built.
  struct Story {
    Explanation* out = nullptr;
    ExplainedStep* add(ExplainedStep::Kind kind, std::string_view rule, base::SourcePos at,
                       std::string_view text) const {
      out->steps.push_back({.kind = kind, .rule = std::string(rule), .at = at, .text = std::string(text)});
      return &out->steps.back();
    }
  };

  template <Mode mode>
  Ruling judge(const Call& call, Instant now, const Story& story) const;
  template <Mode mode>
  Truth conjunction(const CompiledRule& rule, const Call& call, Instant now, const Story& story) const;
  template <Mode mode>
  bool walk(const CompiledTool& tool, const Call& call, Instant now, Ruling& ruling,
            const Story& story) const;
  template <Mode mode>
  bool ask_approval(const CompiledRule& rule, const Call& call, Instant now, Ruling& ruling) const;
  template <Mode mode>
  bool reserve(const CompiledTool* tool, const Call& call, Instant now, Ruling& ruling,
               const Story& story) const;

  std::string_view scope_of(const policy::Limit& limit, const Caller& caller) const {
    if (semantics.counter_key == CounterKey::ToolOnly) return {};
    const std::string_view grant = caller.grant.empty() ? caller.principal : caller.grant;
    switch (limit.scope) {
      case policy::Scope::Grant: return grant;
      case policy::Scope::Session: return caller.session.empty() ? grant : caller.session;
      case policy::Scope::Global: break;
    }
    return {};
  }

  CounterRequest request_of(const CompiledLimit& limit, const Caller& caller, Micros amount) const {
    return {.key = limit.key,
            .scope = scope_of(*limit.source, caller),
            .hash = limit.hash,
            .window = limit.source->period,
            .kind = semantics.window,
            .amount = amount,
            .limit = limit.limit,
            .counts_only = limit.counts_only};
  }

  // Elements of the call's list argument: the named one, else the longest at the top level.
  static std::uint32_t elements(Value arguments, std::string_view named) {
    std::uint32_t most = 0;
    if (!arguments.is_object()) return 1;
    if (!named.empty()) {
      const Value list = arguments.find(named);
      most = list.is_list() ? list.size() : 0;
    } else {
      for (const Value each : arguments) {
        if (each.is_list()) most = std::max(most, each.size());
      }
    }
    return std::max(most, 1U);
  }

  // What the call weighs under the limit; false if that is no amount that can be counted.
  bool weigh(const CompiledLimit& limit, const Call& call, std::string_view list_argument,
             std::uint32_t& length, Micros& amount) const {
    const bool exact = semantics.weight == WeightRule::ExactPositive;
    const bool lists = semantics.list_weight == ListWeight::Elements;
    if (!limit.source->increment_from.empty()) {
      const Value from = resolve(call.arguments, limit.source->increment_from);
      if (from.is_list() && lists) {
        amount = static_cast<Micros>(std::max(from.size(), 1U)) * compiled.scale();
        return true;
      }
      if (!from.is_number()) return false;
      if (!exact) {
        amount = truncated(from.text());
        return true;
      }
      const auto number = Decimal::parse(from.text());
      if (!number || number->is_zero() || number->is_negative()) return false;
      // More than can be counted exceeds every limit.
      amount = number->scaled(6, Decimal::Round::Up).value_or(std::numeric_limits<Micros>::max());
      return true;
    }
    if (!limit.increment_fits) return false;
    if (lists && length == 0) length = elements(call.arguments, list_argument);
    const auto product = static_cast<__int128>(limit.increment) * (lists ? length : 1U);
    amount = static_cast<Micros>(
        std::min<__int128>(product, std::numeric_limits<Micros>::max()));
    return true;
  }

  // Calls that approvals let through and that are still under way.
  struct Flight {
    std::uint64_t counted = 0;  // ticket of the counter store
    std::vector<std::string> approvals;
    bool open = false;
  };

  std::uint64_t board(std::uint64_t counted) {
    const auto free = std::ranges::find(flights, false, &Flight::open);
    const auto index = static_cast<std::size_t>(free - flights.begin());
    if (free == flights.end()) flights.emplace_back();
    flights[index] = {counted, to_use, true};
    for (const std::string& id : to_use) approvals.use(id);
    return kFlightBit | index;
  }

  const Semantics semantics;
  CounterStore& counters;
  Compiled compiled;
  Instant latest = Instant::min();  // for ClockStep::Monotonic
  // Scratch of the decision under way and what its views point to; warm after the first calls.
  mutable Approvals approvals;
  mutable std::vector<std::string> to_use;  // approvals the call would use
  mutable std::vector<CounterRequest> requests;
  mutable std::vector<const CompiledLimit*> requested;
  mutable std::string text;
  mutable std::string approval_text;
  std::vector<Flight> flights;
};

namespace {

void denied(Ruling& ruling, std::string_view rule, base::SourcePos at, std::string_view message) {
  ruling.outcome = Outcome::Deny;
  ruling.rule = rule;
  ruling.at = at;
  ruling.message = message;
}

}  // namespace

template <Mode mode>
Truth Engine::Impl::conjunction(const CompiledRule& rule, const Call& call, Instant now,
                                const Story& story) const {
  ExplainedStep* step = mode == Mode::Explain ? &story.out->steps.back() : nullptr;
  Truth all = Truth::Yes;
  for (const CompiledCondition& each : rule.conditions) {
    Truth holds;
    Value actual;
    std::string counted;
    base::Node number;
    if (each.source->on_state) {
      if (mode == Mode::Stateless) {
        // Whatever was called before: a rule that needs the counter may be satisfied, and one that
        // holds because of it may stay silent.
        holds = rule.source->kind == RuleKind::RequireApproval ? Truth::No : Truth::Yes;
      } else {
        const auto sum = counters.value(request_of(compiled.limit(each.counter), call.caller, 0), now);
        if (sum) {
          counted = as_number(*sum, compiled.scale());
          number.kind = base::Kind::Number;
          number.text = counted;
          actual = Value{&number};
        }
        holds = sum ? each.operand.holds(actual, semantics.type_mismatch)
                    : semantics.store_down == StoreDown::Refuse ? Truth::Mismatch : Truth::Yes;
      }
    } else {
      actual = resolve(call.arguments, each.source->steps);
      holds = each.operand.holds(actual, semantics.type_mismatch);
    }
    if constexpr (mode == Mode::Explain) {
      ExplainedCondition told{.path = each.source->on_state ? "state" : "args",
                              .op = std::string(to_string(each.source->op)),
                              .holds = holds,
                              .at = each.source->anchor.at};
      for (const std::string& part : each.source->steps) told.path += "." + part;
      base::write_json(each.source->value, told.expected);
      if (actual) base::write_json(actual, told.actual);
      step->conditions.push_back(std::move(told));
    }
    if (holds == Truth::No) all = Truth::No;
    else if (holds == Truth::Mismatch && all == Truth::Yes) all = Truth::Mismatch;
    if (all == Truth::No && mode != Mode::Explain) return all;
  }
  return all;
}

// True if the call goes on; else `ruling` says what happens to it.
template <Mode mode>
bool Engine::Impl::ask_approval(const CompiledRule& rule, const Call& call, Instant now,
                                Ruling& ruling) const {
  const policy::Anchor& anchor = rule.source->anchor;
  ruling = {.outcome = Outcome::Hold,
            .rule = anchor.path,
            .at = anchor.at,
            .message = rule.hold_message};
  if (mode == Mode::Stateless) return false;
  const Caller& caller = call.caller;
  const Approvals::Question question{
      .principal = caller.grant.empty() ? caller.principal : caller.grant,
      .tool = call.tool,
      .arguments = call.arguments,
      .rule = anchor.path,
      .timeout = rule.source->approval_timeout};
  const Approval* record =
      mode == Mode::Decide ? &approvals.ask(question, now) : approvals.find(question, now);
  if (record == nullptr) return false;
  if (record->state == ApprovalState::Approved) {
    to_use.push_back(record->id);
    return true;
  }
  approval_text = record->id;
  ruling.approval = approval_text;
  if (record->state == ApprovalState::Denied) {
    text = "Approval " + record->id + " was denied";
    denied(ruling, anchor.path, anchor.at, text);
    ruling.approval = approval_text;
  }
  return false;
}

// The rules of one tool in file order. True if all of them let the call pass.
template <Mode mode>
bool Engine::Impl::walk(const CompiledTool& tool, const Call& call, Instant now, Ruling& ruling,
                        const Story& story) const {
  for (const CompiledRule& rule : tool.rules) {
    const policy::Anchor& anchor = rule.source->anchor;
    if constexpr (mode == Mode::Explain) {
      story.add(ExplainedStep::Kind::Rule, anchor.path, anchor.at, "");
    }
    const Truth holds = conjunction<mode>(rule, call, now, story);
    bool passes = true;
    switch (rule.source->kind) {
      case RuleKind::Deny: passes = false; break;
      case RuleKind::Evaluate:
      case RuleKind::Require: passes = holds == Truth::Yes; break;
      case RuleKind::DenyIf: passes = holds == Truth::No; break;
      case RuleKind::RequireApproval:
        passes = holds != Truth::Mismatch;
        if (holds == Truth::Yes && !ask_approval<mode>(rule, call, now, ruling)) {
          if constexpr (mode == Mode::Explain) {
            story.out->steps.back().stops = true;
            story.out->steps.back().text = "waits for approval";
          }
          return false;
        }
        break;
    }
    if constexpr (mode == Mode::Explain) {
      story.out->steps.back().stops = !passes;
      story.out->steps.back().text = passes ? "passes" : "denies";
    }
    if (!passes) {
      denied(ruling, anchor.path, anchor.at, rule.message);
      return false;
    }
  }
  return true;
}

// The tool's limits, then the wildcard's, all or nothing.
template <Mode mode>
bool Engine::Impl::reserve(const CompiledTool* tool, const Call& call, Instant now, Ruling& ruling,
                           const Story& story) const {
  requests.clear();
  requested.clear();
  std::uint32_t length = 0;
  const std::string_view list_argument = tool != nullptr ? tool->list_argument : std::string_view{};
  for (const CompiledTool* each : {tool, &compiled.wildcard()}) {
    if (each == nullptr) continue;
    for (const std::uint32_t index : each->limits) {
      const CompiledLimit& limit = compiled.limit(index);
      Micros amount = 0;
      const bool countable = weigh(limit, call, list_argument, length, amount);
      const bool fits = countable && (limit.counts_only || amount <= limit.limit);
      if constexpr (mode == Mode::Explain) {
        const Micros used =
            counters.value(request_of(limit, call.caller, amount), now).value_or(0);
        ExplainedStep* step = story.add(ExplainedStep::Kind::Limit, limit.anchor->path,
                                        limit.anchor->at, "");
        step->text = !countable ? std::string(kWeightMessage)
                                : "weighs " + as_number(amount, compiled.scale()) + ", used " +
                                      as_number(used, compiled.scale()) +
                                      (limit.counts_only ? ", no limit"
                                                         : " of " + as_number(limit.limit, compiled.scale()));
        step->stops = !countable || (!limit.counts_only &&
                                     static_cast<__int128>(used) + amount > limit.limit);
        if (step->stops) {
          denied(ruling, limit.anchor->path, limit.anchor->at,
               countable ? std::string_view(limit.message) : kWeightMessage);
          return false;
        }
        continue;
      }
      // Weighing comes before reserving, so nothing is to be given back here.
      if (!countable || (mode == Mode::Stateless && !fits)) {
        denied(ruling, limit.anchor->path, limit.anchor->at,
             countable || !limit.source->on_deny.empty() ? std::string_view(limit.message)
                                                         : kWeightMessage);
        return false;
      }
      requests.push_back(request_of(limit, call.caller, amount));
      requested.push_back(&limit);
    }
  }
  if (mode != Mode::Decide || requests.empty()) return true;
  const CounterAnswer answer = counters.reserve(requests, now);
  if (answer.granted) {
    ruling.ticket = answer.ticket;
    return true;
  }
  if (answer.store_failed && semantics.store_down == StoreDown::Allow) return true;
  const CompiledLimit& limit = *requested[answer.refused_by];
  denied(ruling, limit.anchor->path, limit.anchor->at,
       answer.store_failed ? kStoreMessage : std::string_view(limit.message));
  return false;
}

// Order of evaluation: policy-semantics.md 1.2.
template <Mode mode>
Ruling Engine::Impl::judge(const Call& call, Instant now, const Story& story) const {
  const policy::Policy& policy = compiled.policy();
  Ruling ruling;
  to_use.clear();
  if (semantics.needs_grant && call.caller.grant.empty()) {
    denied(ruling, kNoPolicy, {}, kNoPolicyMessage);
    if constexpr (mode == Mode::Explain) {
      story.add(ExplainedStep::Kind::Grant, kNoPolicy, {}, "the caller has no grant")->stops = true;
    }
    return ruling;
  }
  const CompiledName* name = compiled.find(call.tool);
  const std::uint32_t hide = name != nullptr && name->hide != kNoIndex ? name->hide
                                                                       : compiled.hide_all();
  if (hide != kNoIndex) {
    text.assign("Tool \"").append(call.tool).append("\" is hidden by policy");
    denied(ruling, kHidden, policy.hide[hide].anchor.at, text);
    if constexpr (mode == Mode::Explain) {
      story.add(ExplainedStep::Kind::Hide, policy.hide[hide].anchor.path, ruling.at,
                "the name is hidden")->stops = true;
    }
    return ruling;
  }
  const CompiledTool* tool =
      name != nullptr && name->tool != kNoIndex ? &compiled.tool(name->tool) : nullptr;
  if (tool == nullptr && policy.default_action == policy::DefaultAction::Deny) {
    text.assign("Tool \"").append(call.tool).append("\" is not permitted by policy");
    denied(ruling, kDefaultDeny, policy.default_anchor.at, text);
    if constexpr (mode == Mode::Explain) {
      story.add(ExplainedStep::Kind::Default, policy.default_anchor.path, ruling.at,
                "the name is not listed under `tools`")->stops = true;
    }
    return ruling;
  }
  if constexpr (mode == Mode::Explain) {
    story.add(ExplainedStep::Kind::Default,
              tool != nullptr ? policy.tools[name->tool].anchor.path : policy.default_anchor.path,
              tool != nullptr ? policy.tools[name->tool].anchor.at : policy.default_anchor.at,
              tool != nullptr ? "the tool is listed" : "allowed unless a rule says otherwise");
  }
  if (tool != nullptr && !walk<mode>(*tool, call, now, ruling, story)) return ruling;
  if (!compiled.wildcard().rules.empty() &&
      !walk<mode>(compiled.wildcard(), call, now, ruling, story)) {
    return ruling;
  }
  if (!reserve<mode>(tool, call, now, ruling, story)) return ruling;
  return {.outcome = Outcome::Allow, .ticket = ruling.ticket};
}

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
    ruling.ticket = impl_->board(ruling.ticket);
  } else if (ruling.ticket != 0 && impl_->semantics.refund == Refund::Never) {
    impl_->counters.commit(ruling.ticket);
    ruling.ticket = 0;
  }
  return ruling;
}

Ruling Engine::decide_stateless(const Call& call) const {
  return impl_->judge<Mode::Stateless>(call, call.at, {});
}

Explanation Engine::explain(const Call& call) const {
  Instant now = call.at;
  if (impl_->semantics.clock_step == ClockStep::Monotonic) now = std::max(impl_->latest, now);
  Explanation out;
  const Ruling ruling = impl_->judge<Mode::Explain>(call, now, {.out = &out});
  out.outcome = ruling.outcome;
  out.rule = ruling.rule;
  out.at = ruling.at;
  out.message = ruling.message;
  return out;
}

void Engine::settle(std::uint64_t ticket, CallResult result, Instant now) {
  const Semantics& semantics = impl_->semantics;
  const bool failed = result == CallResult::RpcError;
  if (semantics.clock_step == ClockStep::Monotonic) now = std::max(impl_->latest, now);
  if ((ticket & kFlightBit) != 0) {
    const std::size_t index = ticket & ~kFlightBit;
    if (index >= impl_->flights.size() || !impl_->flights[index].open) return;
    Impl::Flight& flight = impl_->flights[index];
    flight.open = false;
    for (const std::string& id : flight.approvals) {
      if (failed && semantics.approval_restore == ApprovalRestore::OnRpcError) {
        impl_->approvals.restore(id, now);
      } else {
        impl_->approvals.settle(id);
      }
    }
    ticket = flight.counted;
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

const policy::Policy& Engine::policy() const { return impl_->compiled.policy(); }
const Semantics& Engine::semantics() const { return impl_->semantics; }

void Engine::reset() {
  impl_->counters.reset();
  impl_->approvals.clear();
  impl_->flights.clear();
  impl_->latest = Instant::min();
}

bool Engine::approve(std::string_view id, Instant now) { return impl_->approvals.approve(id, now); }
bool Engine::deny(std::string_view id, Instant now) { return impl_->approvals.deny(id, now); }
bool Engine::expire(std::string_view id) { return impl_->approvals.expire(id); }
std::vector<Approval> Engine::approvals() const { return impl_->approvals.list(); }

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
