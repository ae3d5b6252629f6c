#include <algorithm>

#include "harness/base/text.h"
#include "harness/policy/lints.h"

namespace gatecrash::policy {
namespace {

// Does the rule let a call pass because its conditions hold?
bool is_gate(const Rule& rule) {
  return rule.kind == RuleKind::Evaluate || rule.kind == RuleKind::Require;
}

bool is_anchored(std::string_view regex) {
  const bool from_start = regex.starts_with("^") || regex.starts_with("\\A") ||
                          regex.starts_with("(?i)^") || regex.starts_with("(?s)^");
  const bool to_end = (regex.ends_with("$") && !regex.ends_with("\\$")) || regex.ends_with("\\z");
  // `^a|b$` is anchored on one side of each half only.
  const bool alternatives =
      regex.find('|') != std::string_view::npos && regex.find("^(") == std::string_view::npos;
  return from_start && to_end && !alternatives;
}

bool says_kind(const Condition& condition) {
  switch (condition.op) {
    case Operator::Eq:
    case Operator::In:
    case Operator::Regex:
    case Operator::Lt:
    case Operator::Lte:
    case Operator::Gt:
    case Operator::Gte: return true;
    default: return false;
  }
}

}  // namespace

void lint_unanchored_regex(const LintSubject& subject, LintReport& report) {
  for_each_rule(subject.policy, [&](const ToolPolicy&, const Rule& rule) {
    if (!is_gate(rule)) return;
    for (const Condition& each : rule.conditions) {
      if (each.op != Operator::Regex || is_anchored(each.value.text())) continue;
      report.add(each.anchor.at,
                 "regex " + base::quoted(each.value.text()) + " matches anywhere in " +
                     base::quoted(path_of(each)) + ", so text around the match passes too",
                 "write `^(…)$`");
    }
  });
}

void lint_negation_unguarded(const LintSubject& subject, LintReport& report) {
  for_each_rule(subject.policy, [&](const ToolPolicy& tool, const Rule& rule) {
    if (!is_gate(rule)) return;
    for (const Condition& each : rule.conditions) {
      if (each.on_state || (each.op != Operator::Neq && each.op != Operator::NotIn)) continue;
      const bool guarded = std::ranges::any_of(tool.rules, [&](const Rule& other) {
        return is_gate(other) && std::ranges::any_of(other.conditions, [&](const Condition& guard) {
                 return !guard.on_state && guard.steps == each.steps && says_kind(guard);
               });
      });
      if (guarded) continue;
      report.add(
          each.anchor.at,
          "in the released reading null, lists, objects and other types pass `" +
              std::string(to_string(each.op)) + "`, `[\"x\"]` for `\"x\"` among them",
          "list what is allowed with `in`, or add a `regex` on " + base::quoted(path_of(each)));
    }
  });
}

void lint_deny_if_missing(const LintSubject& subject, LintReport& report) {
  for_each_rule(subject.policy, [&](const ToolPolicy& tool, const Rule& rule) {
    if (rule.kind != RuleKind::DenyIf) return;
    for (const Condition& each : rule.conditions) {
      if (each.op == Operator::Exists || each.op == Operator::Mentions || each.on_state) continue;
      const bool required = std::ranges::any_of(tool.rules, [&](const Rule& other) {
        return other.kind == RuleKind::Require &&
               std::ranges::any_of(other.conditions, [&](const Condition& guard) {
                 return guard.steps == each.steps &&
                        !(guard.op == Operator::Exists && !guard.value.is_true());
               });
      });
      if (required) continue;
      report.add(each.anchor.at,
                 "a call without " + base::quoted(path_of(each)) +
                     " passes: a missing argument fails the condition",
                 "add `require` with `{path: " + path_of(each) + ", op: exists, value: true}`");
      return;
    }
  });
}

void lint_approval_forever(const LintSubject& subject, LintReport& report) {
  for_each_rule(subject.policy, [&](const ToolPolicy&, const Rule& rule) {
    if (rule.kind != RuleKind::RequireApproval || rule.approval_timeout) return;
    report.add(rule.anchor.at, "an approval given today can be used in a year",
               "write `approval_timeout: 30m`");
  });
}

}  // namespace gatecrash::policy
