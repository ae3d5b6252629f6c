#include <algorithm>

#include "harness/base/text.h"
#include "harness/base/yaml_scalar.h"
#include "harness/policy/lints.h"
#include "harness/policy/reading.h"

namespace gatecrash::policy {
namespace {

void repeat(const LintSubject& subject, LintReport& report, std::string_view id) {
  for (const base::Problem& each : subject.load_problems) {
    if (each.id == id) report.add(each.at, each.message, each.hint);
  }
}

bool is_odd(std::string_view name) {
  return name.front() == ' ' || name.back() == ' ' || std::ranges::any_of(name, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7f || byte >= 0x80 || c == '*' || c == '?';
         });
}

}  // namespace

void lint_dropped_key(const LintSubject& subject, LintReport& report) {
  repeat(subject, report, "dropped-key");
}

void lint_refused_by_validator(const LintSubject& subject, LintReport& report) {
  repeat(subject, report, "refused-by-validator");
}

void lint_nothing_allowed(const LintSubject& subject, LintReport& report) {
  const Policy& policy = subject.policy;
  for (const HideEntry& each : policy.hide) {
    if (each.name != "*") continue;
    report.add(each.anchor.at, "`*` hides every tool, so every call is refused",
               "hide tools by name");
    return;
  }
  if (policy.default_action == DefaultAction::Allow) return;
  const bool any = std::ranges::any_of(
      policy.tools, [&](const ToolPolicy& each) { return !always_refused(policy, each.name); });
  if (any) return;
  report.add(policy.default_anchor.at,
             policy.tools.empty()
                 ? "default deny refuses every tool that is not under `tools`, and none is there"
                 : "default deny refuses every tool that is not under `tools`, and those there are "
                   "refused too",
             "list every tool that is to keep working, for example `\"get_task\": {}`");
}

void lint_nothing_refused(const LintSubject& subject, LintReport& report) {
  const Policy& policy = subject.policy;
  if (policy.default_action == DefaultAction::Deny || !policy.hide.empty() || policy.pinned ||
      !policy.redactions.empty())
    return;
  bool any_rule = false;
  for_each_rule(policy, [&](const ToolPolicy&, const Rule& rule) {
    // A counter without a limit refuses nothing.
    any_rule = any_rule || rule.kind != RuleKind::Evaluate || !rule.conditions.empty() ||
               (rule.limit && rule.limit->has_max);
  });
  if (any_rule) return;
  report.add(policy.default_anchor.at,
             "every tool is allowed, and no rule refuses anything: the policy protects nothing",
             "write `default: deny` and list the tools that are needed, or give the tools rules");
}

void lint_default_omitted(const LintSubject& subject, LintReport& report) {
  const Policy& policy = subject.policy;
  if (policy.default_written || (policy.tools.empty() && policy.hide.empty())) return;
  report.add(policy.default_anchor.at,
             "there is no `default`, which means allow: every tool without a rule is open, and so "
             "is every "
             "tool the server adds later",
             "write `default: deny` and list the tools that are needed");
}

void lint_prose(const LintSubject& subject, LintReport& report) {
  if (subject.policy.dialect != Dialect::Prose) return;
  report.add(subject.policy.tools_anchor ? subject.policy.tools_anchor->at
                                         : subject.policy.default_anchor.at,
             "no product reads this form: it is what the vendor's pages describe in words",
             "write `rate_limit: 10/minute` and `on_deny` (Intercept) or `limits` (PolicyLayer)");
}

void lint_odd_name(const LintSubject& subject, LintReport& report) {
  const auto look = [&](std::string_view name, base::SourcePos at) {
    if (name == "*" || !is_odd(name)) return;
    report.add(at,
               "names match exactly, byte for byte, and " + base::quoted(name) +
                   " looks like something else",
               "write the name as the server's `tools/list` has it; there are no patterns");
  };
  for (const HideEntry& each : subject.policy.hide) look(each.name, each.anchor.at);
  for (const ToolPolicy& each : subject.policy.tools) look(each.name, each.anchor.at);
}

// Only what a condition compares with: elsewhere the text is taken as it is written.
void lint_yaml_spelling(const LintSubject& subject, LintReport& report) {
  if (subject.policy.dialect != Dialect::Intercept || subject.policy.document == nullptr) return;
  const base::Document& document = *subject.policy.document;
  const auto look = [&](base::Value value) {
    if (!value.is_scalar() || value.node()->quoted) return;
    const std::string_view written = document.spelling(value);
    std::string read, number;
    if (const auto timestamp = base::go_timestamp(written))
      read = "the time `" + *timestamp + "`";
    else if (base::read_go_number(written, number) && base::is_go_unsigned(number))
      read = "an unsigned number, which no operator compares";
    else if (value.is_number() && written != number && !is_json_number(written))
      read = "the number " + base::quoted(number);
    else if (value.is_number() && number.empty())
      read = "a text";  // 1e400
    else if (value.is_string() && !number.empty())
      read = "the number " + base::quoted(number);
    else if (value.is_string() && is_json_number(written))
      read = "a text";
    else
      return;
    report.add(document.place(value),
               base::quoted(written) + " is read by the released proxy as " + read,
               "quote it to make it text, or write a plain decimal number");
  };
  const auto look_inside = [&](const Condition& condition) {
    look(condition.value);
    for (const base::Value element : condition.value) look(element);
  };
  for_each_rule(subject.policy, [&](const ToolPolicy&, const Rule& rule) {
    for (const Condition& condition : rule.conditions) look_inside(condition);
    if (rule.limit && rule.limit->own) look_inside(*rule.limit->own);
  });
}

void lint_shadowed_rule(const LintSubject& subject, LintReport& report) {
  const Policy& policy = subject.policy;
  for (const ToolPolicy& tool : policy.tools) {
    if (hides(policy, tool.name)) {
      report.add(tool.anchor.at,
                 base::quoted(tool.name) + " is hidden, so what stands here is never read",
                 "take it out here or under `hide`");
      continue;
    }
    const auto deny = std::ranges::find(tool.rules, RuleKind::Deny, &Rule::kind);
    if (deny == tool.rules.end() || deny + 1 == tool.rules.end()) continue;
    report.add((deny + 1)->anchor.at,
               "the rule before this one denies always, so this one is never read",
               "put conditional rules first, or take them out");
  }
}

void lint_wildcard_useless(const LintSubject& subject, LintReport& report) {
  const Policy& policy = subject.policy;
  if (!policy.wildcard || policy.default_action == DefaultAction::Allow || !policy.tools.empty())
    return;
  report.add(policy.wildcard->anchor.at,
             "wildcard rules do not let an unlisted tool through under default deny",
             "list the tools by name");
}

}  // namespace gatecrash::policy
