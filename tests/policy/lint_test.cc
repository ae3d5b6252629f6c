#include "tests/support/catch.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "harness/policy/lint.h"
#include "tests/support/paths.h"

using namespace gatecrash;
using policy::Dialect;

namespace {

const policy::Server kServer{{
    {.name = "cancel-task",
     .harms = true,
     .stops_work = true,
     .list_arguments = {"task_id"},
     .arguments = std::vector<std::string>{"task_id"}},
    {.name = "respond-task", .stops_work = true},
    {.name = "wait-task"},
    {.name = "run_shell", .harms = true},
}};

struct Case {
  std::string id;         // the lint that has to speak
  std::uint32_t line;     // of the finding
  std::string text;       // the policy
  std::string well = {};  // nearly the same, about which it has to be silent
  Dialect dialect = Dialect::Intercept;
  bool lenient = false;
};

std::string rules(const std::string& list) {
  return "version: \"1\"\ndefault: deny\ntools:\n  t:\n    rules:\n" + list;
}

std::vector<Case> cases() {
  const std::string state = "        state: {counter: n, window: day";
  return {
      {"dropped-key", 4, "version: \"1\"\ntools:\n  t:\n    limits: []\n",
       "version: \"1\"\ntools:\n  t:\n    rules: []\n", Dialect::Intercept, true},
      {"refused-by-validator", 1, "tools: {}\n", "version: \"1\"\ntools: {}\n", Dialect::Intercept,
       true},
      {"nothing-allowed", 2, "version: \"1\"\ndefault: deny\nhide: [a]\n",
       "version: \"1\"\ndefault: deny\nhide: [a]\ntools: {b: {}}\n"},
      {"nothing-allowed", 2, "version: \"1\"\nhide: [\"*\"]\ntools: {b: {}}\n"},
      {"nothing-allowed", 2, "version: \"1\"\ndefault: deny\nhide: [a]\ntools: {a: {}}\n"},
      {"nothing-refused", 2, "version: \"1\"\ndefault: allow\ntools: {t: {rules: []}}\n",
       "version: \"1\"\ndefault: allow\ntools: {t: {rules: [{name: n, action: deny}]}}\n"},
      {"nothing-refused", 1, "version: \"1\"\ntools: {}\n",
       "version: \"1\"\nhide: [t]\ntools: {}\n"},
      {"default-omitted", 1, "version: \"1\"\ntools: {a: {rules: [{name: n, action: deny}]}}\n",
       "version: \"1\"\ndefault: allow\ntools: {a: {rules: [{name: n, action: deny}]}}\n"},
      {"prose", 1, "tools: {a: {action: deny}}\n", "", Dialect::Prose},
      {"odd-name", 2, "version: \"1\"\nhide: [\"cancel*\"]\ntools: {}\n",
       "version: \"1\"\nhide: [\"*\"]\ntools: {}\n"},
      {"odd-name", 2, "version: \"1\"\nhide: [\" a\"]\ntools: {}\n"},
      {"odd-name", 2, "version: \"1\"\nhide: [\"c\xd0\xb0ncel\"]\ntools: {}\n"},
      {"yaml-spelling", 6,
       rules("      - {name: a, conditions: [{path: args.x, op: eq, value: 2024-01-01}]}\n"),
       rules("      - {name: a, conditions: [{path: args.x, op: eq, value: \"2024-01-01\"}]}\n")},
      {"yaml-spelling", 6,
       rules("      - {name: a, conditions: [{path: args.x, op: in, value: [1, 1_000]}]}\n"),
       rules("      - {name: a, conditions: [{path: args.x, op: in, value: [1, 1000]}]}\n")},
      {"yaml-spelling", 6,
       rules("      - {name: a, conditions: [{path: args.x, op: eq, value: 0b11}]}\n"),
       rules("      - {name: a, conditions: [{path: args.x, op: eq, value: 3}]}\n")},
      {"yaml-spelling", 6,
       rules("      - {name: a, conditions: [{path: args.x, op: eq, value: 1e400}]}\n"),
       rules("      - {name: a, conditions: [{path: args.x, op: eq, value: 1e40}]}\n")},
      {"yaml-spelling", 6,
       rules(
           "      - {name: a, conditions: [{path: args.x, op: lt, value: 9223372036854775808}]}\n"),
       rules("      - {name: a, conditions: [{path: args.x, op: lt, value: "
             "9223372036854775807}]}\n")},
      {"shadowed-rule", 7,
       rules("      - {name: a, action: deny}\n      - {name: b, rate_limit: 1/day}\n"),
       rules("      - {name: b, rate_limit: 1/day}\n      - {name: a, action: deny}\n")},
      {"shadowed-rule", 3, "version: \"1\"\nhide: [t]\ntools: {t: {}}\n"},
      {"wildcard-useless", 3,
       "version: \"1\"\ndefault: deny\ntools: {\"*\": {rules: [{name: r, rate_limit: 1/day}]}}\n",
       "version: \"1\"\ndefault: allow\ntools: {\"*\": {rules: [{name: r, rate_limit: 1/day}]}}\n"},
      {"never-counts", 8,
       rules("      - name: n\n        conditions: [{path: args.a, op: exists, value: true}]\n" +
             state + "}\n"),
       rules("      - name: n\n        conditions: [{path: state.t.n, op: lte, value: 5}]\n" +
             state + "}\n")},
      {"unreachable-limit", 7,
       rules("      - {name: a, rate_limit: 1/hour}\n      - {name: b, rate_limit: 30/day}\n"),
       rules("      - {name: a, rate_limit: 1/hour}\n      - {name: b, rate_limit: 20/day}\n")},
      {"weight-sign", 8,
       rules("      - name: n\n        conditions: [{path: state.t.n, op: lte, value: 5}]\n" +
             state + ", increment_from: args.x}\n"),
       rules("      - name: n\n        conditions: [{path: state.t.n, op: lte, value: 5}, {path: "
             "args.x, op: gte, value: 1}]\n" +
             state + ", increment_from: args.x}\n")},
      {"calendar-window", 6, rules("      - {name: a, rate_limit: 10/minute}\n"),
       rules("      - {name: a, action: deny}\n")},
      {"short-horizon", 6, rules("      - {name: a, rate_limit: 10/minute}\n"),
       rules("      - {name: a, rate_limit: 10/minute}\n      - {name: b, rate_limit: 100/day}\n")},
      {"short-horizon", 6, rules("      - {name: a, rate_limit: 10/hour}\n"),
       rules("      - {name: a, rate_limit: 10/day}\n")},
      {"session-scope", 2, "tools:\n  a: {action: allow, rate_limit: {max: 1, window: 60}}\n",
       "tools:\n  a: {action: allow, rate_limit: {max: 1, window: 60, scope: grant}}\n",
       Dialect::Prose},
      {"unanchored-regex", 6,
       rules("      - {name: a, conditions: [{path: args.x, op: regex, value: \"a\"}]}\n"),
       rules("      - {name: a, conditions: [{path: args.x, op: regex, value: \"^a$\"}]}\n")},
      {"unanchored-regex", 6,
       rules("      - {name: a, conditions: [{path: args.x, op: regex, value: \"^a|b$\"}]}\n"),
       rules("      - {name: a, conditions: [{path: args.x, op: regex, value: \"^(a|b)$\"}]}\n")},
      {"negation-unguarded", 6,
       rules("      - {name: a, conditions: [{path: args.x, op: neq, value: b}]}\n"),
       rules("      - {name: a, conditions: [{path: args.x, op: neq, value: b}, {path: args.x, op: "
             "regex, value: \"^[a-z]+$\"}]}\n")},
      {"deny-if-missing", 1,
       R"({"version":"1","default":"deny","tools":{"t":{"deny_if":[{"conditions":[{"path":"args.x","op":"gt","value":1}]}]}}})",
       R"({"version":"1","default":"deny","tools":{"t":{"require":[{"conditions":[{"path":"args.x","op":"exists","value":true}]}],"deny_if":[{"conditions":[{"path":"args.x","op":"gt","value":1}]}]}}})",
       Dialect::PolicyLayer},
      {"approval-forever", 6, rules("      - {name: a, action: require_approval}\n"),
       rules("      - {name: a, action: require_approval, approval_timeout: 5m}\n")},
      {"unknown-tool", 2, "version: \"1\"\nhide: [cancel_task]\ntools: {}\n",
       "version: \"1\"\nhide: [cancel-task]\ntools: {}\n"},
      {"unguarded-tool", 2,
       "version: \"1\"\ndefault: allow\ntools: {cancel-task: {rules: [{name: n, action: deny}]}}\n",
       "version: \"1\"\ndefault: deny\ntools: {wait-task: {}}\n"},
      {"side-door", 3, "version: \"1\"\ndefault: deny\ntools: {respond-task: {}}\n",
       "version: \"1\"\ndefault: deny\ntools: {wait-task: {}}\n"},
      {"list-argument", 3,
       "version: \"1\"\ndefault: deny\ntools: {cancel-task: {rules: [{name: r, rate_limit: "
       "1/day}]}}\n",
       "version: \"1\"\ndefault: deny\ntools: {wait-task: {rules: [{name: r, rate_limit: "
       "1/day}]}}\n"},
      {"unfillable-path", 3,
       "version: \"1\"\ndefault: deny\ntools: {cancel-task: {rules: [{name: r, conditions: [{path: "
       "args.task, op: exists, value: true}]}]}}\n",
       "version: \"1\"\ndefault: deny\ntools: {cancel-task: {rules: [{name: r, conditions: [{path: "
       "args.task_id, op: exists, value: true}]}]}}\n"},
      {"protocol-cancel", 2, "version: \"1\"\nhide: [cancel-task]\ntools: {}\n",
       "version: \"1\"\nhide: [wait-task]\ntools: {}\n"},
  };
}

policy::Loaded load(const Case& one, const std::string& text) {
  return policy::load_text(one.dialect == Dialect::PolicyLayer ? "p.json" : "p.yaml", text,
                           {.dialect = one.dialect, .lenient = one.lenient});
}

std::set<std::string> ids(const base::Problems& problems) {
  std::set<std::string> out;
  for (const base::Problem& each : problems) out.insert(each.id);
  return out;
}

}  // namespace

TEST_CASE("every lint speaks at its place, and is silent about the policy that mends it") {
  std::set<std::string> tried;
  for (const Case& one : cases()) {
    tried.insert(one.id);
    INFO(one.id << "\n" << one.text);
    const auto loaded = load(one, one.text);
    INFO(base::to_string(loaded.problems));
    REQUIRE(loaded.policy);
    const base::Problems found = policy::lint(loaded, &kServer);
    INFO(base::to_string(found));
    const auto hit = std::ranges::find_if(found, [&](const base::Problem& each) {
      return each.id == one.id && each.at.line == one.line;
    });
    REQUIRE(hit != found.end());
    CHECK(!hit->message.empty());
    if (one.well.empty()) continue;
    const auto well = load(one, one.well);
    INFO(one.well << base::to_string(well.problems));
    REQUIRE(well.policy);
    CHECK(!ids(policy::lint(well, &kServer)).contains(one.id));
  }
  for (const policy::LintEntry& each : policy::lint_entries()) {
    INFO(each.id);
    CHECK(tried.contains(std::string(each.id)));
    CHECK(!each.about.empty());
  }
}

TEST_CASE("lints that need the server are silent without it") {
  const auto loaded =
      policy::load_text("p.yaml", "version: \"1\"\nhide: [cancel_task]\ntools: {}\n", {});
  const auto without = ids(policy::lint(loaded));
  for (const policy::LintEntry& each : policy::lint_entries()) {
    if (each.needs_server) CHECK(!without.contains(std::string(each.id)));
  }
}

TEST_CASE("the published policies are told what is wrong with them") {
  const auto findings = [](const std::string& name, Dialect dialect, bool lenient) {
    return ids(
        policy::lint(policy::load_file(test::source_path("scenarios/policies/published/" + name),
                                       {.dialect = dialect, .lenient = lenient})));
  };
  CHECK(findings("openaaas.json", Dialect::PolicyLayer, false) ==
        std::set<std::string>{"nothing-allowed", "protocol-cancel"});
  CHECK(findings("codex_worker.yaml", Dialect::Intercept, true) ==
        std::set<std::string>{"dropped-key", "refused-by-validator", "default-omitted",
                              "protocol-cancel"});
  CHECK(findings("binassist.json", Dialect::PolicyLayer, false) ==
        std::set<std::string>{"calendar-window", "short-horizon"});
  CHECK(findings("binassist.json", Dialect::Intercept, true) ==
        std::set<std::string>{"dropped-key"});
}

// Found by fuzz_policy_policylayer: 1e43 a minute is no count that fits an integer.
TEST_CASE("the reach of a limit beyond all counting is said in words") {
  for (const std::string max : {"1e43", "1e999"}) {
    const auto loaded = policy::load_text(
        "p.json",
        R"({"version":"1","default":"deny","tools":{"t":{"limits":[{"counter":"c","window":"minute","max":)" +
            max + R"(,"scope":"grant"}]}}})",
        {.dialect = Dialect::PolicyLayer});
    REQUIRE(loaded.policy);
    CHECK(base::to_string(policy::lint(loaded, nullptr)).find("more than 10^18") !=
          std::string::npos);
  }
}
