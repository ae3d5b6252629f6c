// For lint.cc and the files that hold the lints: one function per lint.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/policy/lint.h"

namespace gatecrash::policy {

struct LintSubject {
  const Policy& policy;
  const base::Problems& load_problems;
  const Server* server;  // null: not known
};

class LintReport {
 public:
  explicit LintReport(base::Problems& problems) : problems_(problems) {}
  void begin(const LintEntry& entry, std::string_view file) {
    entry_ = &entry;
    file_ = file;
  }
  void add(base::SourcePos at, std::string message, std::string fix) {
    problems_.push_back({.file = std::string(file_),
                         .at = at,
                         .message = std::move(message),
                         .hint = std::move(fix),
                         .severity = entry_->severity,
                         .id = std::string(entry_->id)});
  }

 private:
  base::Problems& problems_;
  const LintEntry* entry_ = nullptr;
  std::string_view file_;
};

using LintFunction = void (*)(const LintSubject&, LintReport&);

// lints_of_policy.cc: the file alone
void lint_dropped_key(const LintSubject&, LintReport&);
void lint_refused_by_validator(const LintSubject&, LintReport&);
void lint_nothing_allowed(const LintSubject&, LintReport&);
void lint_nothing_refused(const LintSubject&, LintReport&);
void lint_default_omitted(const LintSubject&, LintReport&);
void lint_prose(const LintSubject&, LintReport&);
void lint_odd_name(const LintSubject&, LintReport&);
void lint_yaml_spelling(const LintSubject&, LintReport&);
void lint_shadowed_rule(const LintSubject&, LintReport&);
void lint_wildcard_useless(const LintSubject&, LintReport&);
// lints_of_limits.cc
void lint_never_counts(const LintSubject&, LintReport&);
void lint_unreachable_limit(const LintSubject&, LintReport&);
void lint_weight_sign(const LintSubject&, LintReport&);
void lint_calendar_window(const LintSubject&, LintReport&);
void lint_short_horizon(const LintSubject&, LintReport&);
void lint_session_scope(const LintSubject&, LintReport&);
// lints_of_conditions.cc
void lint_unanchored_regex(const LintSubject&, LintReport&);
void lint_negation_unguarded(const LintSubject&, LintReport&);
void lint_deny_if_missing(const LintSubject&, LintReport&);
void lint_approval_forever(const LintSubject&, LintReport&);
// lints_of_server.cc: the file against the server's tools
void lint_unknown_tool(const LintSubject&, LintReport&);
void lint_unguarded_tool(const LintSubject&, LintReport&);
void lint_side_door(const LintSubject&, LintReport&);
void lint_list_argument(const LintSubject&, LintReport&);
void lint_unfillable_path(const LintSubject&, LintReport&);
void lint_protocol_cancel(const LintSubject&, LintReport&);

// What the lints ask of a policy.
bool hides(const Policy& policy, std::string_view tool);
const ToolPolicy* entry_of(const Policy& policy, std::string_view tool);
// Refused whatever the arguments and whatever was called before.
bool always_refused(const Policy& policy, std::string_view tool);
// Calls `use(tool, rule)` for every rule, the wildcard's last.
template <typename Use>
void for_each_rule(const Policy& policy, const Use& use) {
  for (const ToolPolicy& tool : policy.tools) {
    for (const Rule& rule : tool.rules) use(tool, rule);
  }
  if (policy.wildcard) {
    for (const Rule& rule : policy.wildcard->rules) use(*policy.wildcard, rule);
  }
}

}  // namespace gatecrash::policy
