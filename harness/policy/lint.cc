#include "harness/policy/lint.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "harness/policy/lints.h"

namespace gatecrash::policy {
namespace {

using base::Severity;

struct Lint {
  LintEntry entry;
  LintFunction run;
};

// The lints: one function and one line here.
constexpr std::array kLints{
    Lint{{"dropped-key", Severity::Error, "a key that the gateway reading this file ignores"},
         lint_dropped_key},
    Lint{{"refused-by-validator", Severity::Error, "what the released proxy does not start with"},
         lint_refused_by_validator},
    Lint{{"nothing-allowed", Severity::Error,
          "default deny and no tool listed: everything is refused"},
         lint_nothing_allowed},
    Lint{{"nothing-refused", Severity::Error, "default allow and no rule that refuses anything"},
         lint_nothing_refused},
    Lint{{"default-omitted", Severity::Error,
          "no default, which means allow, beside rules for some tools only"},
         lint_default_omitted},
    Lint{{"prose", Severity::Error, "a policy in words that no product reads"}, lint_prose},
    Lint{{"odd-name", Severity::Warning,
          "a name with spaces or invisible characters, or a pattern that is none"},
         lint_odd_name},
    Lint{{"yaml-spelling", Severity::Warning,
          "a value that the released proxy reads otherwise than it looks"},
         lint_yaml_spelling},
    Lint{{"shadowed-rule", Severity::Warning, "a rule that is never reached"}, lint_shadowed_rule},
    Lint{{"wildcard-useless", Severity::Warning,
          "wildcard rules where default deny lets nothing reach them"},
         lint_wildcard_useless},
    Lint{{"never-counts", Severity::Error, "a counter that the released proxy never counts"},
         lint_never_counts},
    Lint{{"unreachable-limit", Severity::Warning, "a limit that a tighter one makes meaningless"},
         lint_unreachable_limit},
    Lint{{"weight-sign", Severity::Error,
          "an amount from the arguments that may be negative or below one"},
         lint_weight_sign},
    Lint{{"calendar-window", Severity::Warning,
          "a calendar window lets twice the limit pass around its border"},
         lint_calendar_window},
    Lint{{"short-horizon", Severity::Warning, "a limit per minute or hour and none per day"},
         lint_short_horizon},
    Lint{{"session-scope", Severity::Warning, "a budget that a new session refills"},
         lint_session_scope},
    Lint{{"unanchored-regex", Severity::Error,
          "a regex that must hold and matches anywhere in the text"},
         lint_unanchored_regex},
    Lint{{"negation-unguarded", Severity::Error,
          "neq or not_in, which null, lists and objects pass"},
         lint_negation_unguarded},
    Lint{{"deny-if-missing", Severity::Warning,
          "deny_if on an argument that the caller may leave out"},
         lint_deny_if_missing},
    Lint{{"approval-forever", Severity::Warning, "an approval that never expires"},
         lint_approval_forever},
    Lint{{"unknown-tool", Severity::Error, "a tool that the server does not offer", true},
         lint_unknown_tool},
    Lint{{"unguarded-tool", Severity::Error, "a harmful tool that is allowed without any rule",
          true},
         lint_unguarded_tool},
    Lint{{"side-door", Severity::Error, "another way to do what is denied stays open", true},
         lint_side_door},
    Lint{{"list-argument", Severity::Error, "a limit on calls whose argument takes a list", true},
         lint_list_argument},
    Lint{{"unfillable-path", Severity::Warning,
          "a condition on an argument that the tool does not have", true},
         lint_unfillable_path},
    Lint{{"protocol-cancel", Severity::Warning,
          "the cancel tool is closed, the protocol's own ways to cancel are not", false},
         lint_protocol_cancel},
};

constexpr auto kEntries = [] {
  std::array<LintEntry, kLints.size()> entries{};
  for (std::size_t i = 0; i < kLints.size(); ++i) entries[i] = kLints[i].entry;
  return entries;
}();

}  // namespace

std::span<const LintEntry> lint_entries() {
  return kEntries;
}

base::Problems lint(const Loaded& loaded, const Server* server) {
  base::Problems problems;
  if (!loaded.policy) return problems;
  const LintSubject subject{*loaded.policy, loaded.problems, server};
  LintReport report(problems);
  for (const Lint& each : kLints) {
    if (each.entry.needs_server && server == nullptr) continue;
    report.begin(each.entry, loaded.policy->document->path);
    each.run(subject, report);
  }
  std::ranges::stable_sort(problems, {}, [](const base::Problem& each) {
    return std::tuple(each.at, std::string_view(each.id));
  });
  return problems;
}

bool hides(const Policy& policy, std::string_view tool) {
  return std::ranges::any_of(
      policy.hide, [&](const HideEntry& each) { return each.name == "*" || each.name == tool; });
}

const ToolPolicy* entry_of(const Policy& policy, std::string_view tool) {
  const auto found = std::ranges::find(policy.tools, tool, &ToolPolicy::name);
  return found == policy.tools.end() ? nullptr : &*found;
}

bool always_refused(const Policy& policy, std::string_view tool) {
  const auto denies = [](const ToolPolicy& each) {
    return std::ranges::any_of(each.rules,
                               [](const Rule& rule) { return rule.kind == RuleKind::Deny; });
  };
  const ToolPolicy* entry = entry_of(policy, tool);
  return hides(policy, tool) ||
         (entry == nullptr && policy.default_action == DefaultAction::Deny) ||
         (entry != nullptr && denies(*entry)) || (policy.wildcard && denies(*policy.wildcard));
}

}  // namespace gatecrash::policy
