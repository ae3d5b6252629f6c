// The order of evaluation: policy-semantics.md 1.2 (intercept) and 2 (policylayer).
#include <algorithm>
#include <limits>

#include "harness/base/json.h"
#include "harness/decision/engine_impl.h"
#include "harness/decision/weight.h"

namespace gatecrash::decision {

using base::Instant;
using base::Value;
using policy::RuleKind;

namespace {

constexpr std::string_view kHidden = "(hidden)";
constexpr std::string_view kDefaultDeny = "(default deny)";
constexpr std::string_view kNoPolicy = "(no policy)";
constexpr std::string_view kNoPolicyMessage = "No policy is assigned to this connection";
constexpr std::string_view kKilled = "(killed)";
constexpr std::string_view kKilledMessage =
    "The operator has stopped everything. Do not try again.";
constexpr std::string_view kRevoked = "(revoked)";
constexpr std::string_view kRevokedMessage = "This grant has been revoked. Do not try again.";
constexpr std::string_view kTooManyMessage =
    "Too many calls wait for approval already. Do not try again before they are decided.";
constexpr std::string_view kStoreMessage = "Policy state is unavailable. Try again later.";
constexpr std::string_view kWeightMessage = "The amount of this call cannot be counted";
constexpr std::string_view kReleasedErrorMessage = "Internal policy error";

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
        const RuleKind kind = rule.source->kind;
        holds =
            kind == RuleKind::RequireApproval || kind == RuleKind::DenyIf ? Truth::No : Truth::Yes;
      } else {
        const auto sum = each.counter == kNoIndex
                             ? std::optional<Micros>(0)
                             : counters.value(request_of(compiled.limit(each.counter), call.caller,
                                                         call.arguments, 0),
                                              now);
        if (sum) {
          counted = as_number(*sum, compiled.scale());
          number.kind = base::Kind::Number;
          number.text = counted;
          actual = Value{&number};
        }
        holds = sum ? each.operand.holds(actual, semantics.type_mismatch)
                : semantics.store_down == StoreDown::Refuse ? Truth::Mismatch
                                                            : Truth::Yes;
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
    if (holds == Truth::No)
      all = Truth::No;
    else if (holds == Truth::Mismatch && all == Truth::Yes)
      all = Truth::Mismatch;
    if (all == Truth::No && mode != Mode::Explain) return all;
  }
  return all;
}

// True if the call goes on; else `ruling` says what happens to it.
template <Mode mode>
bool Engine::Impl::ask_approval(const CompiledRule& rule, const Call& call, Instant now,
                                Ruling& ruling) const {
  const policy::Anchor& anchor = rule.source->anchor;
  ruling = {
      .outcome = Outcome::Hold, .rule = anchor.path, .at = anchor.at, .message = rule.hold_message};
  if (mode == Mode::Stateless) return false;
  const Caller& caller = call.caller;
  const Approvals::Question question{.principal = caller.principal,
                                     .grant = caller.grant,
                                     .tool = call.tool,
                                     .arguments = call.arguments,
                                     .rule = anchor.path,
                                     .timeout = rule.source->approval_timeout};
  const std::uint32_t most = compiled.policy().max_pending;
  const Approval* record = approvals.find(question, now);
  if (record == nullptr && most != 0 && approvals.waiting_for(question, now) >= most) {
    denied(ruling, anchor.path, anchor.at, kTooManyMessage);
    return false;
  }
  if (record == nullptr && mode == Mode::Decide) record = &approvals.ask(question, now);
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
      case RuleKind::Owned:
        passes =
            mode == Mode::Stateless ||
            owners[rule.source->ownership].allows(
                resolve(call.arguments, rule.source->owned),
                scope_of(compiled.policy().ownerships[rule.source->ownership].scope, call.caller));
        break;
      case RuleKind::Freeze:
        passes =
            mode == Mode::Stateless || !switches.frozen.value_or(compiled.policy().starts_frozen);
        break;
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
  const bool one_by_one = semantics.reservation == Reservation::OneByOne;
  Weight weight(semantics, compiled.scale(), call.arguments,
                tool != nullptr ? tool->list_argument : std::string_view{});
  std::size_t full = 0;  // explained steps up to the first limit that has not enough left
  for (const CompiledTool* each : {tool, &compiled.wildcard()}) {
    if (each == nullptr) continue;
    for (const std::uint32_t index : each->limits) {
      if (one_by_one && full != 0) break;
      const CompiledLimit& limit = compiled.limit(index);
      Micros amount = 0;
      const bool countable = weight.under(limit, amount);
      if (countable && limit.weighs_only) continue;
      const bool fits = countable && (limit.counts_only || amount <= limit.limit);
      if constexpr (mode == Mode::Explain) {
        const Micros used =
            counters.value(request_of(limit, call.caller, call.arguments, amount), now).value_or(0);
        ExplainedStep* step =
            story.add(ExplainedStep::Kind::Limit, limit.anchor->path, limit.anchor->at, "");
        if (countable) {
          step->weighs = as_number(amount, compiled.scale());
          step->used = as_number(used, compiled.scale());
          step->needs =
              as_number(saturated(static_cast<__int128>(used) + amount), compiled.scale());
        }
        if (countable && !limit.counts_only) {
          step->most = as_number(limit.limit, compiled.scale());
          step->left =
              as_number(saturated(static_cast<__int128>(limit.limit) - used), compiled.scale());
        }
        step->text = !countable ? std::string(kWeightMessage)
                                : "weighs " + step->weighs + ", used " + step->used +
                                      (limit.counts_only ? ", no limit" : " of " + step->most);
        const bool over =
            countable && !limit.counts_only && static_cast<__int128>(used) + amount > limit.limit;
        step->stops = !countable || (over && full == 0);
        if (over && full == 0) {
          denied(ruling, limit.anchor->path, limit.anchor->at, limit.message);
          full = story.out->steps.size();
        }
        if (!countable && full != 0) story.out->steps[full - 1].stops = false;
      }
      if (!countable || (mode == Mode::Stateless && !fits)) {
        const CompiledLimit* const refuses =
            one_by_one && mode == Mode::Decide ? first_full(now) : nullptr;
        const CompiledLimit& speaks = refuses != nullptr ? *refuses : limit;
        denied(ruling, speaks.anchor->path, speaks.anchor->at,
               countable || refuses != nullptr ? std::string_view(speaks.message)
                                               : uncountable_message(limit));
        return false;
      }
      requests.push_back(request_of(limit, call.caller, call.arguments, amount));
      requested.push_back(&limit);
    }
  }
  if (full != 0) {
    story.out->steps.resize(full);
    return false;
  }
  if (mode != Mode::Decide || requests.empty()) return true;
  const CounterAnswer answer = counters.reserve(requests, now);
  if (answer.granted) {
    ruling.ticket = answer.ticket;
    return true;
  }
  if (answer.store_failed && semantics.store_down == StoreDown::Allow) return true;
  const CompiledLimit& limit = *requested[answer.refused_by];
  // The released proxy asks the store for its condition before, and takes a failure for a no.
  const bool unavailable = answer.store_failed && semantics.texts == Texts::Documented;
  denied(ruling, limit.anchor->path, limit.anchor->at,
         unavailable ? kStoreMessage : std::string_view(limit.message));
  return false;
}

// The first of the limits weighed so far that has not enough left; null if all have.
const CompiledLimit* Engine::Impl::first_full(Instant now) const {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Micros used = counters.value(requests[i], now).value_or(0);
    if (static_cast<__int128>(used) + requests[i].amount > requests[i].limit) return requested[i];
  }
  return nullptr;
}

std::string_view Engine::Impl::uncountable_message(const CompiledLimit& limit) const {
  if (semantics.texts == Texts::Released) return kReleasedErrorMessage;
  return limit.source->on_deny.empty() ? kWeightMessage : std::string_view(limit.message);
}

// Our own dialect repeats no word of the caller's, and does not tell a hidden tool from one that
// does not exist.
void Engine::Impl::not_there(policy::Dialect dialect, std::string_view tool,
                             std::string_view how) const {
  if (dialect == policy::Dialect::Gatecrash)
    text.assign("This tool is not available");
  else
    text.assign("Tool ").append(name_in_text(tool, semantics.texts)).append(how);
}

// Order of evaluation: policy-semantics.md 1.2.
template <Mode mode>
Ruling Engine::Impl::judge(const Call& call, Instant now, const Story& story) const {
  const policy::Policy& policy = compiled.policy();
  Ruling ruling;
  to_use.clear();
  scopes.clear();
  if (semantics.needs_grant && call.caller.grant.empty()) {
    denied(ruling, kNoPolicy, {}, kNoPolicyMessage);
    if constexpr (mode == Mode::Explain) {
      story.add(ExplainedStep::Kind::Grant, kNoPolicy, {}, "the caller has no grant")->stops = true;
    }
    return ruling;
  }
  if (mode != Mode::Stateless &&
      (switches.killed || switches.revoked.contains(call.caller.grant))) {
    denied(ruling, switches.killed ? kKilled : kRevoked, {},
           switches.killed ? kKilledMessage : kRevokedMessage);
    if constexpr (mode == Mode::Explain) {
      story.add(ExplainedStep::Kind::Grant, ruling.rule, {}, ruling.message)->stops = true;
    }
    return ruling;
  }
  const CompiledName* name = compiled.find(call.tool);
  const std::uint32_t hide =
      name != nullptr && name->hide != kNoIndex ? name->hide : compiled.hide_all();
  if (hide != kNoIndex) {
    not_there(policy.dialect, call.tool, " is hidden by policy");
    denied(ruling, kHidden, policy.hide[hide].anchor.at, text);
    if constexpr (mode == Mode::Explain) {
      story
          .add(ExplainedStep::Kind::Hide, policy.hide[hide].anchor.path, ruling.at,
               "the name is hidden")
          ->stops = true;
    }
    return ruling;
  }
  const CompiledTool* tool =
      name != nullptr && name->tool != kNoIndex ? &compiled.tool(name->tool) : nullptr;
  const bool listed = tool != nullptr || (call.tool == "*" && policy.wildcard &&
                                          policy.dialect == policy::Dialect::Intercept &&
                                          semantics.wildcard_tool == WildcardTool::Listed);
  if (!listed && policy.default_action == policy::DefaultAction::Deny) {
    not_there(policy.dialect, call.tool, " is not permitted by policy");
    denied(ruling, kDefaultDeny, policy.default_anchor.at, text);
    if constexpr (mode == Mode::Explain) {
      story
          .add(ExplainedStep::Kind::Default, policy.default_anchor.path, ruling.at,
               "the name is not listed under `tools`")
          ->stops = true;
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

template Ruling Engine::Impl::judge<Mode::Decide>(const Call&, Instant, const Story&) const;
template Ruling Engine::Impl::judge<Mode::Stateless>(const Call&, Instant, const Story&) const;
template Ruling Engine::Impl::judge<Mode::Explain>(const Call&, Instant, const Story&) const;

}  // namespace gatecrash::decision
