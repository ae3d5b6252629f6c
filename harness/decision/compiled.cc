#include "harness/decision/compiled.h"

#include <bit>
#include <cmath>
#include <limits>

#include "harness/base/digest.h"
#include "harness/decision/decimal.h"

namespace gatecrash::decision {
namespace {

constexpr std::string_view kGlobal = "_global";

std::string_view window_name(policy::Window window) {
  switch (window) {
    case policy::Window::Minute: return "minute";
    case policy::Window::Hour: return "hour";
    case policy::Window::Day: return "day";
    case policy::Window::Custom: break;
  }
  return {};
}

std::string rate_message(const policy::Limit& limit) {
  std::string_view named = window_name(limit.window);
  const std::string custom = named.empty() ? base::to_string(limit.period) : std::string();
  return "Rate limit of " + limit.max + " per " + (named.empty() ? custom : std::string(named)) +
         " reached. Try again later.";
}

// Intercept's rules always have a name (an empty one under lenient load, printed as it is); in the
// other dialects the rule path stands in.
std::string rule_name(const policy::Rule& rule, policy::Dialect dialect) {
  if (!rule.name.empty() || dialect == policy::Dialect::Intercept) return rule.name;
  return rule.anchor.path;
}

// The same as the released proxy has it: the limit as a double, cut to a whole number, one less
// where the sum has to stay below it.
Micros released_largest_sum(const policy::Limit& limit) {
  const auto max = static_cast<std::uint64_t>(go_int64(to_double(limit.max)));
  return static_cast<Micros>(limit.inclusive ? max : max - 1);  // wraps, as Go does
}

// Largest sum that is still allowed, in whole units or millionths. What is too large to be counted
// is the largest that can be.
Micros largest_sum(const policy::Limit& limit, int places) {
  const auto max = Decimal::parse(limit.max);
  if (!max) return std::numeric_limits<Micros>::max();
  if (limit.inclusive) {
    return max->scaled(places, max->is_negative() ? Decimal::Round::Up : Decimal::Round::Down)
        .value_or(std::numeric_limits<Micros>::max());
  }
  const auto bound =
      max->scaled(places, max->is_negative() ? Decimal::Round::Down : Decimal::Round::Up);
  return bound ? *bound - 1 : std::numeric_limits<Micros>::max();
}

}  // namespace

Compiled::Compiled(std::shared_ptr<const policy::Policy> policy, const Semantics& semantics,
                   std::vector<ListArgument> list_arguments)
    : policy_(std::move(policy)),
      semantics_(semantics),
      list_arguments_(std::move(list_arguments)),
      scale_(semantics.weight == WeightRule::ExactPositive ? kOne : 1) {
  names_.resize(std::bit_ceil((policy_->tools.size() + policy_->hide.size()) * 2 + 2));
  for (std::uint32_t i = 0; i < policy_->hide.size(); ++i) {
    if (policy_->hide[i].name == "*")
      hide_all_ = i;
    else
      add_name(policy_->hide[i].name, kNoIndex, i);
  }
  tools_.reserve(policy_->tools.size());
  for (const policy::ToolPolicy& each : policy_->tools) {
    tools_.push_back(compile_tool(each));
    add_name(each.name, static_cast<std::uint32_t>(tools_.size() - 1), kNoIndex);
  }
  if (policy_->wildcard) wildcard_ = compile_tool(*policy_->wildcard);
  for (CompiledTool& each : tools_) link_states(each);
  link_states(wildcard_);
}

CompiledTool Compiled::compile_tool(const policy::ToolPolicy& tool) {
  CompiledTool out;
  for (const ListArgument& each : list_arguments_) {
    if (each.tool == tool.name) out.list_argument = each.argument;
  }
  const std::string_view name = tool.name == "*" ? kGlobal : std::string_view(tool.name);
  for (const policy::Rule& rule : tool.rules) {
    const policy::Condition* own =
        rule.limit && rule.limit->own && semantics_.own_limit == OwnLimit::AlsoCondition
            ? &*rule.limit->own
            : nullptr;
    // A rule that is a limit and nothing else has no part in the walk through the rules.
    if (!rule.limit || own != nullptr || !rule.conditions.empty() ||
        rule.kind != policy::RuleKind::Evaluate) {
      CompiledRule& compiled = out.rules.emplace_back();
      const std::string rule_text = rule_name(rule, policy_->dialect);
      compiled.source = &rule;
      compiled.message = rule.on_deny.empty()
                             ? "Denied by rule " + name_in_text(rule_text, semantics_.texts)
                             : rule.on_deny;
      compiled.hold_message =
          rule.on_deny.empty() ? "Approval required by rule \"" + rule_text + "\"" : rule.on_deny;
      for (const policy::Condition& each : rule.conditions) {
        compiled.conditions.push_back({&each, Operand(each.op, each.value), kNoIndex});
      }
      if (own != nullptr)
        compiled.conditions.push_back({own, Operand(own->op, own->value), kNoIndex});
    }
    if (!rule.limit) continue;
    out.limits.push_back(static_cast<std::uint32_t>(limits_.size()));
    limits_.push_back(compile_limit(rule, name));
    limit_tools_.push_back(name);
  }
  return out;
}

CompiledLimit Compiled::compile_limit(const policy::Rule& rule, std::string_view tool) const {
  const policy::Limit& limit = *rule.limit;
  const int places = scale_ == 1 ? 0 : kPlaces;
  CompiledLimit out{.source = &limit, .anchor = &limit.anchor};
  if (!limit.on_deny.empty())
    out.message = limit.on_deny;
  else if (semantics_.texts == Texts::Released && !limit.from_rate_limit &&
           policy_->dialect == policy::Dialect::Intercept)
    out.message = "Rate limit exceeded for " + rule.name;
  else
    out.message = rate_message(limit);
  // No separator can occur twice with the same meaning: lengths come first.
  if (limit.shared) tool = "_shared";
  out.key = std::to_string(tool.size()) + ":" + std::string(tool) +
            std::to_string(limit.counter.size()) + ":" + limit.counter +
            std::to_string(limit.period.count());
  out.hash = base::hash_text(out.key);
  out.counts_only = !limit.has_max;
  out.weighs_only = out.counts_only && semantics_.limitless_state == LimitlessState::NeverCounts;
  if (limit.has_max) {
    out.limit = semantics_.weight == WeightRule::Truncate ? released_largest_sum(limit)
                                                          : largest_sum(limit, places);
  }
  const auto increment = Decimal::parse(limit.increment);
  const auto scaled =
      increment ? increment->scaled(places, places == 0 ? Decimal::Round::Down : Decimal::Round::Up)
                : std::nullopt;
  out.increment_fits = scaled.has_value();
  out.increment = scaled.value_or(0);
  return out;
}

void Compiled::link_states(CompiledTool& tool) const {
  for (CompiledRule& rule : tool.rules) {
    for (CompiledCondition& condition : rule.conditions) {
      if (!condition.source->on_state) continue;
      for (std::uint32_t i = 0; i < limits_.size(); ++i) {
        if (condition.source->steps.size() == 2 && limit_tools_[i] == condition.source->steps[0] &&
            limits_[i].source->counter == condition.source->steps[1]) {
          condition.counter = i;
          break;
        }
      }
    }
  }
}

std::uint32_t Compiled::find_limit(std::string_view name) const {
  for (std::uint32_t i = 0; i < limits_.size(); ++i) {
    const std::string counter =
        "state." + std::string(limit_tools_[i]) + "." + limits_[i].source->counter;
    if (name == limits_[i].anchor->path || name == counter) return i;
  }
  return kNoIndex;
}

void Compiled::add_name(std::string_view name, std::uint32_t tool, std::uint32_t hide) {
  const std::uint64_t hash = base::hash_text(name);
  const std::size_t mask = names_.size() - 1;
  std::size_t slot = hash & mask;
  while (names_[slot].hash != 0 && (names_[slot].hash != hash || names_[slot].name != name)) {
    slot = (slot + 1) & mask;
  }
  CompiledName& entry = names_[slot];
  entry.hash = hash;
  entry.name = name;
  if (tool != kNoIndex) entry.tool = tool;
  if (hide != kNoIndex) entry.hide = hide;
}

const CompiledName* Compiled::find(std::string_view name) const {
  const std::uint64_t hash = base::hash_text(name);
  const std::size_t mask = names_.size() - 1;
  for (std::size_t slot = hash & mask; names_[slot].hash != 0; slot = (slot + 1) & mask) {
    if (names_[slot].hash == hash && names_[slot].name == name) return &names_[slot];
  }
  return nullptr;
}

}  // namespace gatecrash::decision
