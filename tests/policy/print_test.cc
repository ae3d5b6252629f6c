// Printing is the inverse of reading, and converting keeps the meaning or says what it cannot keep.
#include "harness/policy/print.h"

#include <filesystem>
#include <string>
#include <utility>

#include "tests/support/catch.h"
#include "tests/support/paths.h"
#include "tests/support/policy_calls.h"

using namespace gatecrash;
using policy::Dialect;

namespace {

policy::Loaded load_to_print(const std::string& text, Dialect dialect) {
  return policy::load_text(dialect == Dialect::PolicyLayer ? "p.json" : "p.yaml", text,
                           {.dialect = dialect});
}

void check_printed(const policy::Policy& policy) {
  const std::string printed = policy::print(policy);
  const auto again = load_to_print(printed, policy.dialect);
  INFO(printed << base::to_string(again.problems));
  REQUIRE(again.policy);
  CHECK(policy::equal(policy, *again.policy));
  CHECK(policy::print(*again.policy) == printed);
}

std::string converted(const std::string& text, Dialect from, Dialect to) {
  const auto loaded = load_to_print(text, from);
  INFO(base::to_string(loaded.problems));
  REQUIRE(loaded.policy);
  const auto other = policy::convert(*loaded.policy, to);
  return other ? policy::print(*other) : base::to_string(other.error());
}

std::string with_rules(const std::string& list) {
  return "version: '1'\ntools:\n  t:\n    rules:\n" + list;
}
std::string tool(const std::string& content) {
  return R"({"version":"1","default":"deny","tools":{"t":{)" + content + "}}}";
}

}  // namespace

TEST_CASE("what is printed is read as the policy it was") {
  std::size_t count = 0;
  for (const std::string folder :
       {"scenarios/policies", "tests/policy/realistic", "fuzz/corpus/fuzz_policy_intercept",
        "fuzz/corpus/fuzz_policy_policylayer"}) {
    for (const auto& each :
         std::filesystem::recursive_directory_iterator(test::source_path(folder))) {
      if (!each.is_regular_file()) continue;
      const std::string path = each.path().string();
      for (const Dialect dialect : {Dialect::Intercept, Dialect::PolicyLayer}) {
        const auto loaded = policy::load_file(path, {.dialect = dialect});
        if (!loaded.policy) continue;
        INFO(path);
        check_printed(*loaded.policy);
        ++count;
      }
    }
  }
  CHECK(count >= 25);
}

TEST_CASE("a difference in any part of a policy is seen") {
  const std::string whole =
      "version: '1'\ndefault: deny\nhide: [h]\ntools:\n  t:\n    rules:\n"
      "      - {name: n, conditions: [{path: args.a, op: lt, value: 1}, {path: state.t.c, op: lte, "
      "value: 9}], "
      "state: {counter: c, window: day, increment_from: args.a}, on_deny: o}\n"
      "      - {name: k, action: require_approval, approval_timeout: 5m}\n  '*':\n    rules: "
      "[{name: w, rate_limit: 3/hour}]\n";
  const auto loaded = load_to_print(whole, Dialect::Intercept);
  REQUIRE(loaded.policy);
  CHECK(policy::equal(*loaded.policy, *load_to_print(whole, Dialect::Intercept).policy));
  const std::pair<std::string, std::string> changes[] = {
      {"default: deny", "default: allow"},
      {"[h]", "[i]"},
      {"  t:\n", "  u:\n"},
      {"name: n", "name: m"},
      {"args.a, op", "args.b, op"},
      {"op: lt,", "op: gt,"},
      {"value: 1}", "value: 2}"},
      {"op: lte", "op: lt"},
      {"value: 9", "value: 8"},
      {"window: day", "window: hour"},
      {", increment_from: args.a", ""},
      {"on_deny: o", "on_deny: p"},
      {"require_approval", "deny"},
      {"5m", "6m"},
      {"3/hour", "4/hour"},
      {"'*'", "'x'"},
  };
  for (const auto& [from, to] : changes) {
    std::string text = whole;
    text.replace(text.find(from), from.size(), to);
    if (to == "deny") text.erase(text.find(", approval_timeout: 5m"), 22);
    if (to == "  u:\n") text.replace(text.find("state.t.c"), 9, "state.u.c");
    const auto changed = load_to_print(text, Dialect::Intercept);
    INFO(text << base::to_string(changed.problems));
    REQUIRE(changed.policy);
    CHECK(!policy::equal(*loaded.policy, *changed.policy));
  }
}

TEST_CASE("intercept becomes policylayer") {
  CHECK(converted("version: '1'\n"
                  "default: deny\n"
                  "hide: [drop]\n"
                  "tools:\n"
                  "  pay:\n"
                  "    rules:\n"
                  "      - name: small\n"
                  "        conditions:\n"
                  "          - {path: args.amount, op: lte, value: 500}\n"
                  "          - {path: state.pay.spent, op: lte, value: 1000}\n"
                  "        state: {counter: spent, window: day, increment_from: args.amount}\n"
                  "        on_deny: too much\n"
                  "      - {name: few, conditions: [{path: state.pay.n, op: lt, value: 3}], state: "
                  "{counter: n, window: hour}}\n"
                  "  never: {rules: [{name: off, action: deny}]}\n"
                  "  '*': {rules: [{name: rate, rate_limit: 60/minute}, "
                  "{name: dev, conditions: [{path: args.env, op: eq, value: dev}]}]}\n",
                  Dialect::Intercept, Dialect::PolicyLayer) == R"({
  "version": "1",
  "default": "deny",
  "hide": [
    "drop"
  ],
  "all_tools": {
    "limits": [
      {"counter": "_rate_minute", "window": "minute", "max": 60, "scope": "grant"}
    ]
  },
  "tools": {
    "pay": {
      "require": [
        {"conditions": [{"path": "args.env", "op": "eq", "value": "dev"}], "name": "dev"},
        {"conditions": [{"path": "args.amount", "op": "lte", "value": 500}], "on_deny": "too much", "name": "small"}
      ],
      "limits": [
        {"counter": "spent", "window": "day", "max": 1000, "scope": "grant", "increment_from": "args.amount", "on_deny": "too much"},
        {"counter": "n", "window": "hour", "max": 2, "scope": "grant"}
      ]
    },
    "never": {
      "require": [
        {"conditions": [{"path": "args.env", "op": "eq", "value": "dev"}], "name": "dev"},
        {"conditions": [{"path": "args._", "op": "exists", "value": true}, {"path": "args._", "op": "exists", "value": false}], "name": "off"}
      ]
    }
  }
}
)");
}

TEST_CASE("policylayer becomes intercept") {
  CHECK(converted(tool(R"("require":[{"conditions":[{"path":"args.n","op":"gt","value":0}]}],
                          "deny_if":[{"name":"big","conditions":[{"path":"args.n","op":"gt","value":5}]},
                                     {"conditions":[{"path":"args.force","op":"exists","value":true}]}],
                          "limits":[{"counter":"c","window":"day","max":2.5,"scope":"grant","on_deny":"enough"}])"),
                  Dialect::PolicyLayer, Dialect::Intercept) ==
        "version: \"1\"\n"
        "default: deny\n"
        "tools:\n"
        "  t:\n"
        "    rules:\n"
        "      - name: \"/tools/t/require/0\"\n"
        "        conditions:\n"
        "          - {path: args.n, op: gt, value: 0}\n"
        "      - name: big\n"
        "        conditions:\n"
        "          - {path: args.n, op: lte, value: 5}\n"
        "      - name: \"/tools/t/deny_if/1\"\n"
        "        conditions:\n"
        "          - {path: args.force, op: exists, value: false}\n"
        "      - name: \"/tools/t/limits/c\"\n"
        "        conditions:\n"
        "          - {path: state.t.c, op: lte, value: 2.5}\n"
        "        state: {counter: c, window: day}\n"
        "        on_deny: \"enough\"\n");
}

TEST_CASE("prose becomes either") {
  const std::string text =
      "tools:\n  a: {action: deny, reason: no}\n  b: {rate_limit: {max: 10, window: 60, scope: "
      "grant}}\n";
  CHECK(converted(text, Dialect::Prose, Dialect::Intercept).find("value: 10}") !=
        std::string::npos);
  CHECK(converted(text, Dialect::Prose, Dialect::PolicyLayer)
            .find("\"window\": \"minute\", \"max\": 10") != std::string::npos);
}

TEST_CASE("what the other dialect cannot say is named with its place") {
  struct Row {
    Dialect from;
    std::string text, problem;
  };
  const Row rows[] = {
      {Dialect::Intercept, with_rules("      - {name: a, action: require_approval}\n"),
       "p.yaml:5:9: an approval"},
      {Dialect::Intercept,
       with_rules(
           "      - {name: a, conditions: [{path: state.t._rate_day, op: gt, value: 1}]}\n      "
           "- {name: b, rate_limit: 5/day}\n"),
       "p.yaml:5:32: a condition on a counter"},
      {Dialect::Intercept,
       with_rules(
           "      - {name: a, conditions: [{path: args.a, op: eq, value: 1}], state: {counter: "
           "c, window: day}}\n"),
       "a counter without a limit"},
      {Dialect::Intercept,
       with_rules("      - {name: a, conditions: [{path: state.t.c, op: lte, value: 9}], state: "
                  "{counter: c, window: day, increment: 2}}\n"),
       "an increment but 1"},
      {Dialect::Intercept,
       with_rules("      - {name: a, conditions: [{path: state.t.c, op: lt, value: 2.5}], state: "
                  "{counter: c, window: day}}\n"),
       "this `lt` limit"},
      {Dialect::Intercept,
       with_rules("      - {name: a, conditions: [{path: state.t.c, op: lte, value: -1}], state: "
                  "{counter: c, window: day}}\n"),
       "a limit of -1"},
      {Dialect::Intercept, "version: '1'\ntools: {'*': {rules: [{name: a, action: deny}]}}\n",
       "a rule for every tool that is no limit"},
      {Dialect::PolicyLayer,
       tool(R"("deny_if":[{"conditions":[{"path":"args.a","op":"eq","value":1}]}])"),
       "a `deny_if` that passes a call without `args.a`"},
      {Dialect::PolicyLayer,
       tool(
           R"("require":[{"conditions":[{"path":"args.a","op":"exists","value":true}]}],"deny_if":[{"conditions":[{"path":"args.a","op":"lt","value":1}]}])"),
       "a `deny_if` that passes a call without `args.a`"},
      {Dialect::PolicyLayer,
       tool(R"("deny_if":[{"conditions":[{"path":"args.a","op":"regex","value":"x"}]}])"),
       "a `deny_if` with `regex`"},
      {Dialect::PolicyLayer,
       tool(
           R"("deny_if":[{"conditions":[{"path":"args.a","op":"exists","value":true},{"path":"args.b","op":"exists","value":true}]}])"),
       "a `deny_if` of several conditions"},
      {Dialect::Prose, "tools: {t: {rate_limit: {max: 10, window: 60}}}",
       "a limit that is not by grant"},
      {Dialect::Prose, "tools: {t: {rate_limit: {max: 10, window: 90, scope: grant}}}",
       "a window of 90s"},
  };
  for (const Row& row : rows) {
    const Dialect other =
        row.from == Dialect::PolicyLayer ? Dialect::Intercept : Dialect::PolicyLayer;
    const std::string said = converted(row.text, row.from, other);
    INFO(said);
    CHECK(said.find(row.problem) != std::string::npos);
    CHECK(said.find(" has no equivalent in dialect `") != std::string::npos);
  }
}

// Found by fuzz_policy_intercept and fuzz_policy_policylayer.
TEST_CASE("odd spellings survive printing and converting") {
  const std::pair<Dialect, std::string> cases[] = {
      {Dialect::Intercept,
       with_rules("      - {name: r, rate_limit: 09/minute}\n")},  // 09 is no JSON number
  };
  for (const auto& [dialect, text] : cases) {
    const auto loaded = load_to_print(text, dialect);
    INFO(text << base::to_string(loaded.problems));
    REQUIRE(loaded.policy);
    check_printed(*loaded.policy);
    const auto other = policy::convert(
        *loaded.policy, dialect == Dialect::Intercept ? Dialect::PolicyLayer : Dialect::Intercept);
    REQUIRE(other.has_value());
    const auto theirs = load_to_print(policy::print(*other), other->dialect);
    INFO(policy::print(*other) << base::to_string(theirs.problems));
    REQUIRE(theirs.policy);
    test::Outcomes outcomes;
    const auto calls = test::calls_for(*loaded.policy, base::Seed{1}, 100);
    for (const auto& semantics : {decision::hardened(), decision::intercept_1_1()}) {
      CHECK(test::disagreement(*loaded.policy, *theirs.policy, semantics, calls, outcomes) ==
            std::nullopt);
    }
  }
}
