#include <algorithm>
#include <cstdlib>

#include "harness/base/text.h"
#include "harness/policy/lints.h"

namespace gatecrash::policy {
namespace {

constexpr base::Duration kDay = std::chrono::hours{24};

double max_of(const Limit& limit) {
  return std::strtod(limit.max.c_str(), nullptr);
}

// How much a limit lets through in `time` if it is always used up.
double reach(const Limit& limit, base::Duration time) {
  return max_of(limit) * static_cast<double>(time.count()) /
         static_cast<double>(limit.period.count());
}

std::string rate_text(const Limit& limit) {
  const std::string period = limit.window == Window::Minute ? "minute"
                             : limit.window == Window::Hour ? "hour"
                             : limit.window == Window::Day  ? "day"
                                                            : base::to_string(limit.period);
  return limit.max + " per " + period;
}

std::string thousands(double number) {
  if (!(number < 1e18)) return "more than 10^18";
  std::string text = std::to_string(static_cast<long long>(number));
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

bool is_ordering_from_below(const Condition& condition) {
  return condition.op == Operator::Gt || condition.op == Operator::Gte ||
         condition.op == Operator::Eq || condition.op == Operator::In;
}

}  // namespace

void lint_never_counts(const LintSubject& subject, LintReport& report) {
  for_each_rule(subject.policy, [&](const ToolPolicy& tool, const Rule& rule) {
    if (!rule.limit || rule.limit->has_max || rule.limit->shared) return;
    const std::string own =
        "state." + (tool.name == "*" ? "_global" : tool.name) + "." + rule.limit->counter;
    report.add(rule.limit->anchor.at,
               "the released proxy counts only where the rule limits its own counter, so " +
                   base::quoted(rule.limit->counter) + " stays at 0",
               "add a condition such as `{path: " + own + ", op: lte, value: N}` to this rule");
  });
}

void lint_unreachable_limit(const LintSubject& subject, LintReport& report) {
  const auto look = [&](const ToolPolicy& tool) {
    for (const Rule& rule : tool.rules) {
      if (!rule.limit || !rule.limit->has_max || !rule.limit->increment_from.empty()) continue;
      const auto tighter = std::ranges::find_if(tool.rules, [&](const Rule& other) {
        return &other != &rule && other.limit && other.limit->has_max &&
               other.limit->increment_from.empty() && other.limit->scope == rule.limit->scope &&
               other.limit->increment == rule.limit->increment &&
               (other.limit->period >= rule.limit->period
                    ? max_of(*other.limit) < max_of(*rule.limit)
                    : reach(*other.limit, rule.limit->period) <= max_of(*rule.limit));
      });
      if (tighter == tool.rules.end()) continue;
      report.add(rule.limit->anchor.at,
                 "limit " + base::quoted(rule.limit->counter) + " is never reached: " +
                     base::quoted(tighter->limit->counter) + " is used up first",
                 "take it out, or lower it");
    }
  };
  for (const ToolPolicy& each : subject.policy.tools) look(each);
  if (subject.policy.wildcard) look(*subject.policy.wildcard);
}

void lint_weight_sign(const LintSubject& subject, LintReport& report) {
  for_each_rule(subject.policy, [&](const ToolPolicy& tool, const Rule& rule) {
    if (!rule.limit || rule.limit->increment_from.empty()) return;
    const bool guarded = std::ranges::any_of(tool.rules, [&](const Rule& other) {
      return (other.kind == RuleKind::Evaluate || other.kind == RuleKind::Require) &&
             std::ranges::any_of(other.conditions, [&](const Condition& each) {
               return !each.on_state && each.steps == rule.limit->increment_from &&
                      is_ordering_from_below(each);
             });
    });
    if (guarded) return;
    const std::string path = "args." + base::join(rule.limit->increment_from, ".");
    report.add(rule.limit->anchor.at,
               "nothing keeps " + base::quoted(path) +
                   " above zero: the released proxy takes a negative amount as new budget and "
                   "counts 0.99 as 0",
               "add a condition `{path: " + path + ", op: gte, value: 1}`");
  });
}

void lint_calendar_window(const LintSubject& subject, LintReport& report) {
  if (subject.policy.dialect == Dialect::Gatecrash) return;  // its windows slide
  for_each_rule(subject.policy, [&](const ToolPolicy&, const Rule& rule) {
    if (!rule.limit || !rule.limit->has_max || rule.limit->window == Window::Custom) return;
    report.add(rule.limit->anchor.at,
               "where windows follow the calendar, " + thousands(2 * max_of(*rule.limit)) +
                   " pass within a moment around the border of two windows, not " + rule.limit->max,
               "use a gateway with sliding windows, or halve the limit");
  });
}

void lint_short_horizon(const LintSubject& subject, LintReport& report) {
  const auto look = [&](const ToolPolicy& tool) {
    if (tool.tool_class == ToolClass::Read) return;  // reading often is slow, not harmful
    const Rule* longest = nullptr;
    for (const Rule& rule : tool.rules) {
      if (!rule.limit || !rule.limit->has_max) continue;
      if (longest == nullptr || rule.limit->period > longest->limit->period) longest = &rule;
    }
    if (longest == nullptr || longest->limit->period >= kDay) return;
    report.add(
        longest->limit->anchor.at,
        rate_text(*longest->limit) + " is " + thousands(reach(*longest->limit, kDay)) + " a day",
        "add a limit per day beside it");
  };
  for (const ToolPolicy& each : subject.policy.tools) look(each);
  if (subject.policy.wildcard) look(*subject.policy.wildcard);
}

void lint_session_scope(const LintSubject& subject, LintReport& report) {
  for_each_rule(subject.policy, [&](const ToolPolicy&, const Rule& rule) {
    if (!rule.limit || rule.limit->scope != Scope::Session) return;
    report.add(rule.limit->anchor.at,
               "a new session has a full budget, and an agent opens sessions at will",
               "write `scope: grant`");
  });
}

}  // namespace gatecrash::policy
