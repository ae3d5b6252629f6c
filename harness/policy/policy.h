// What a policy says, in one model for all dialects. Nothing here decides: `decision` gives it
// meaning.
//
// Every rule, condition, limit, hide entry and the default clause keeps its place in the file and
// its rule path: a JSON Pointer into the file (`/tools/cancel-task/rules/0`), limits of the
// policylayer dialect by counter name (`/tools/x/limits/<counter>`), as that product's logs do.
// Source of every field: policy-semantics.md sections 1 to 3.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/document.h"
#include "harness/base/problem.h"
#include "harness/base/time.h"
#include "harness/base/tree.h"

namespace gatecrash::policy {

enum class Dialect : std::uint8_t { Intercept, PolicyLayer, Prose, Gatecrash };
std::string_view to_string(Dialect dialect);  // "intercept", "policylayer", "prose", "gatecrash"
std::optional<Dialect> parse_dialect(std::string_view name);
std::vector<std::string_view> dialect_names();
// `.gatecrash.yaml` gatecrash, `.json` policylayer, `.yaml`/`.yml` intercept; nothing else is
// guessed.
std::optional<Dialect> dialect_of(std::string_view path);

enum class DefaultAction : std::uint8_t { Allow, Deny };
enum class Operator : std::uint8_t {
  Eq,
  Neq,
  In,
  NotIn,
  Lt,
  Lte,
  Gt,
  Gte,
  Regex,
  Contains,
  Exists,
  Matches,   // a JSON Schema; gatecrash only
  Mentions,  // a regex found in any text inside, or in what a text decodes to; gatecrash only
};
std::string_view to_string(Operator op);

enum class Window : std::uint8_t {
  Minute,
  Hour,
  Day,
  Custom,  // `period` says it (prose, gatecrash)
};
inline constexpr std::array<std::string_view, 3> kWindowNames{"minute", "hour", "day"};
inline constexpr base::Duration kLongestWindow = std::chrono::hours{24 * 366};
base::Duration length(Window window);  // of a named window
enum class Scope : std::uint8_t { Grant, Session, Global, Tenant };

// Where something stands in the file: rule path, line and column.
struct Anchor {
  std::string path;
  base::SourcePos at;
};

struct Condition {
  std::vector<std::string>
      steps;  // `args.a.b` -> {"a","b"}; `state.<tool>.<counter>` -> {tool, counter}
  bool on_state = false;
  Operator op = Operator::Eq;
  base::Value value;  // views the policy's document
  Anchor anchor;
};
// `args.a.b` or `state.tool.counter`, as the policy writes it.
std::string path_of(const Condition& condition);

struct Limit {
  std::string counter;
  Window window = Window::Minute;
  base::Duration period{};  // length of the window
  std::string max;          // number lexeme; the sum of weights may not exceed it
  bool inclusive = true;    // false: `lt`, the sum has to stay below max
  bool has_max = true;      // false: intercept `state` without an own limit: counts, never refuses
  // The intercept condition that sets the limit, which the released proxy also checks as one.
  std::optional<Condition> own;
  Scope scope = Scope::Global;
  std::string increment = "1";              // number lexeme
  std::vector<std::string> increment_from;  // path below args; empty: `increment`
  std::string on_deny;                      // empty: the dialect's own text
  bool from_rate_limit = false;             // intercept `rate_limit: N/window` sugar
  // gatecrash
  std::string list_argument;  // whose length weighs a call; empty: the target's, else the longest
  std::vector<std::vector<std::string>>
      per;              // arguments: each combination of values has a counter of its own
  bool shared = false;  // one counter for all tools that have this limit
  Anchor anchor;
};

enum class RuleKind : std::uint8_t {
  Evaluate,         // intercept: all conditions must hold
  Deny,             // denies always
  RequireApproval,  // when all conditions hold (none: always), hold for approval
  Require,          // policylayer: all conditions must hold
  DenyIf,           // policylayer: denies when all conditions hold
  Freeze,           // gatecrash: denies while the operator's freeze switch is on
  Owned,            // gatecrash: denies if the argument names what somebody else has made
};

// What calling the tool amounts to, as the policy's author says.
enum class ToolClass : std::uint8_t { Unknown, Read, Write, Execute, Destructive };

struct Rule {
  RuleKind kind = RuleKind::Evaluate;
  std::string name;
  std::vector<Condition> conditions;
  std::optional<Limit> limit;
  std::string on_deny;
  std::optional<base::Duration> approval_timeout;
  std::uint32_t ownership = 0;     // Owned: index into Policy::ownerships …
  std::vector<std::string> owned;  // … and the argument
  Anchor anchor;
};

// Ids that calls of some tools hand out belong to the caller they were handed to.
struct Ownership {
  std::string name;
  std::string id;  // RE2: what an id looks like
  std::vector<std::string> created_by;
  Scope scope = Scope::Grant;
  Anchor anchor;
};

struct ToolPolicy {
  std::string name;  // exact; "*" for the wildcard / all_tools
  std::vector<Rule> rules;
  Anchor anchor;
  ToolClass tool_class = ToolClass::Unknown;
};

// Text that is taken out of every result and error before the agent sees it.
struct Redaction {
  std::string name;   // stands in its place: `[redacted: <name>]`
  std::string regex;  // RE2
  Anchor anchor;
};

struct HideEntry {
  std::string name;  // or "*"
  Anchor anchor;
};

struct Policy {
  Dialect dialect = Dialect::Intercept;
  bool lenient = false;  // not read strictly: with warnings, or as the released proxy reads
  DefaultAction default_action = DefaultAction::Allow;
  bool default_written = false;
  Anchor default_anchor;  // of the clause; of the file's start if omitted
  std::vector<HideEntry> hide;
  std::optional<Anchor> tools_anchor;  // of the tools map, if there is one
  std::vector<ToolPolicy> tools;       // in file order, "*" not among them
  std::optional<ToolPolicy> wildcard;  // rules of `*` / all_tools
  // gatecrash
  std::optional<Anchor> pinned;  // tool definitions are pinned to what was seen first
  std::vector<Redaction> redactions;
  std::vector<Ownership> ownerships;
  std::uint32_t max_pending = 0;  // approvals waiting at once, of one grant; 0: no limit
  bool starts_frozen = false;
  std::shared_ptr<const base::Document> document;           // keeps the text that Values view
  std::vector<std::shared_ptr<const base::Document>> made;  // the same for values no file says
};

struct LoadOptions {
  Dialect dialect = Dialect::Intercept;
  // Takes, with warnings, what the documents refuse and the released proxy takes (unknown keys are
  // dropped, say), and what only its validator refuses: a missing version or name, and approvals.
  bool lenient = false;
  // Intercept only: takes and refuses what the released proxy v1.1.0 does. Goes before `lenient`.
  bool released = false;
};

struct Loaded {
  std::shared_ptr<const Policy> policy;  // null if any problem is an error
  base::Problems problems;  // errors, and under `lenient` what was forgiven (warnings, same places)
};

// All problems at once, with file:line:column. `path` is for messages and syntax (`.json` is JSON;
// a JSON text given to the intercept dialect is read as the YAML it also is, and always so where
// the text is not read strictly).
Loaded load_text(std::string path, std::string text, const LoadOptions& options);
Loaded load_file(const std::string& path, const LoadOptions& options);

// One thing in a policy that a run can exercise: hide entries, tool entries, rules, limits,
// default.
struct Element {
  enum class Kind : std::uint8_t { Default, Hide, Tool, Rule, Limit, Definitions, Redaction };
  Kind kind;
  std::string path;  // rule path; "(default deny)" is reported under the default clause's own path
  base::SourcePos at;
};
std::vector<Element> elements(const Policy& policy);

}  // namespace gatecrash::policy
