#include "tests/support/catch.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "harness/policy/policy.h"
#include "tests/support/paths.h"

using namespace gatecrash;
using policy::Dialect;
using policy::Element;
using policy::RuleKind;

namespace {

policy::Loaded load(std::string text, Dialect dialect, bool lenient = false) {
  const std::string name = dialect == Dialect::PolicyLayer ? "p.json" : "p.yaml";
  return policy::load_text(name, std::move(text), {.dialect = dialect, .lenient = lenient});
}

std::string problems(const policy::Loaded& loaded) {
  return base::to_string(loaded.problems);
}

}  // namespace

TEST_CASE("dialects are found by name and by file ending") {
  for (const std::string_view name : policy::dialect_names()) {
    REQUIRE(policy::parse_dialect(name).has_value());
    CHECK(policy::to_string(*policy::parse_dialect(name)) == name);
  }
  CHECK(!policy::parse_dialect("rego"));
  CHECK(policy::dialect_of("a/b.json") == Dialect::PolicyLayer);
  CHECK(policy::dialect_of("a/b.yaml") == Dialect::Intercept);
  CHECK(policy::dialect_of("a/b.yml") == Dialect::Intercept);
  CHECK(!policy::dialect_of("a/b.txt"));
}

TEST_CASE("every part of a JSON policy knows its rule path and place") {
  const auto loaded = load(R"({
  "version": "1",
  "default": "deny",
  "hide": ["a", "b"],
  "all_tools": {"limits": [{"counter": "all", "window": "day", "max": 5, "scope": "grant"}]},
  "tools": {
    "x/y": {
      "require": [{"conditions": [{"path": "args.p.q", "op": "eq", "value": 1}]}],
      "deny_if": [{"name": "n", "conditions": [{"path": "args.z", "op": "exists", "value": true}]}],
      "limits": [{"counter": "c", "window": "hour", "max": 2.5, "scope": "grant"}]
    }
  }
})",
                           Dialect::PolicyLayer);
  INFO(problems(loaded));
  REQUIRE(loaded.policy);
  CHECK(loaded.problems.empty());
  const policy::Policy& policy = *loaded.policy;
  CHECK(policy.default_action == policy::DefaultAction::Deny);
  CHECK(policy.default_anchor.at == base::SourcePos{3, 3});
  CHECK(policy.hide.at(1).anchor.at == base::SourcePos{4, 17});
  const policy::ToolPolicy& tool = policy.tools.at(0);
  CHECK(tool.name == "x/y");
  CHECK(tool.anchor.path == "/tools/x~1y");
  REQUIRE(tool.rules.size() == 3);
  CHECK(tool.rules[0].kind == RuleKind::Require);
  CHECK(tool.rules[0].anchor.path == "/tools/x~1y/require/0");
  CHECK(tool.rules[0].anchor.at == base::SourcePos{8, 19});
  CHECK(tool.rules[0].conditions.at(0).steps == std::vector<std::string>{"p", "q"});
  CHECK(tool.rules[0].conditions.at(0).anchor.path == "/tools/x~1y/require/0/conditions/0");
  CHECK(tool.rules[1].kind == RuleKind::DenyIf);
  CHECK(tool.rules[1].name == "n");
  REQUIRE(tool.rules[2].limit);
  CHECK(tool.rules[2].limit->max == "2.5");
  CHECK(tool.rules[2].limit->period == std::chrono::hours{1});
  CHECK(tool.rules[2].limit->anchor.path == "/tools/x~1y/limits/c");
  REQUIRE(policy.wildcard);
  CHECK(policy.wildcard->rules.at(0).anchor.path == "/all_tools/limits/all");

  std::vector<std::pair<Element::Kind, std::string>> found;
  for (const Element& each : policy::elements(policy)) found.emplace_back(each.kind, each.path);
  CHECK(found == std::vector<std::pair<Element::Kind, std::string>>{
                     {Element::Kind::Default, "/default"},
                     {Element::Kind::Hide, "/hide/0"},
                     {Element::Kind::Hide, "/hide/1"},
                     {Element::Kind::Tool, "/tools/x~1y"},
                     {Element::Kind::Rule, "/tools/x~1y/require/0"},
                     {Element::Kind::Rule, "/tools/x~1y/deny_if/0"},
                     {Element::Kind::Limit, "/tools/x~1y/limits/c"},
                     {Element::Kind::Tool, "/all_tools"},
                     {Element::Kind::Limit, "/all_tools/limits/all"}});
}

TEST_CASE("a YAML policy gives the same model, with its own places") {
  const auto loaded = load(
      "version: \"1\"\n"
      "default: deny\n"
      "tools:\n"
      "  pay:\n"
      "    rules:\n"
      "      - name: cap\n"
      "        conditions:\n"
      "          - {path: args.amount, op: lte, value: 50}\n"
      "          - {path: state.pay.spent, op: lt, value: 100}\n"
      "          - {path: state.pay.spent, op: gte, value: 0}\n"
      "        state: {counter: spent, window: day, increment_from: args.amount}\n"
      "        on_deny: too much\n"
      "      - name: ask\n"
      "        action: require_approval\n"
      "        approval_timeout: 30m\n"
      "  \"*\":\n"
      "    rules: [{name: slow, rate_limit: 60/minute}]\n",
      Dialect::Intercept);
  INFO(problems(loaded));
  REQUIRE(loaded.policy);
  const policy::ToolPolicy& pay = loaded.policy->tools.at(0);
  REQUIRE(pay.rules.size() == 2);
  const policy::Rule& cap = pay.rules[0];
  CHECK(cap.anchor.path == "/tools/pay/rules/0");
  CHECK(cap.anchor.at == base::SourcePos{6, 9});
  REQUIRE(cap.limit);
  SECTION("the first bound on the own counter is the limit, the other conditions stay") {
    CHECK(cap.limit->max == "100");
    CHECK(!cap.limit->inclusive);
    CHECK(cap.limit->increment_from == std::vector<std::string>{"amount"});
    CHECK(cap.limit->on_deny == "too much");
    REQUIRE(cap.conditions.size() == 2);
    CHECK(!cap.conditions[0].on_state);
    CHECK(cap.conditions[1].on_state);
    CHECK(cap.conditions[1].steps == std::vector<std::string>{"pay", "spent"});
  }
  SECTION("approval rules carry their timeout") {
    CHECK(pay.rules[1].kind == RuleKind::RequireApproval);
    CHECK(pay.rules[1].approval_timeout == std::chrono::minutes{30});
  }
  SECTION("the star is no tool") {
    REQUIRE(loaded.policy->wildcard);
    const policy::Limit& slow = loaded.policy->wildcard->rules.at(0).limit.value();
    CHECK(slow.counter == "_rate_minute");
    CHECK(slow.max == "60");
    CHECK(slow.from_rate_limit);
    CHECK(loaded.policy->tools.size() == 1);
  }
}

TEST_CASE("what the released loader drops is named with its place, and only under lenient") {
  const std::string text =
      "tools:\n"
      "  cancel-task:\n"
      "    rules:\n"
      "      - action: deny\n"
      "        reason: no\n"
      "    limits: []\n";
  const auto strict = load(text, Dialect::Intercept);
  CHECK(!strict.policy);
  CHECK(strict.problems.size() == 4);
  const auto lenient = load(text, Dialect::Intercept, true);
  REQUIRE(lenient.policy);
  CHECK(lenient.policy->lenient);
  REQUIRE(lenient.problems.size() == 4);
  for (const base::Problem& each : lenient.problems) {
    CHECK(each.severity == base::Severity::Warning);
  }
  CHECK(
      problems(lenient).find("p.yaml:5:9: warning: unknown key `reason` in a rule is dropped, and "
                             "with it the protection it describes") != std::string::npos);
  CHECK(problems(lenient).find("p.yaml:4:9: warning: a rule lacks `name`; the released proxy does "
                               "not start with it") != std::string::npos);
}

TEST_CASE("lenient forgives what the released loader forgives and nothing else") {
  const auto loaded = load("tools: {t: {rules: [{action: dney}]}}\n", Dialect::Intercept, true);
  CHECK(!loaded.policy);
  CHECK(problems(loaded).find("did you mean `deny`?") != std::string::npos);
}

TEST_CASE("a JSON policy of the other dialect loads leniently with its tools listed and bare") {
  const auto loaded =
      policy::load_file(test::source_path("scenarios/policies/published/binassist.json"),
                        {.dialect = Dialect::Intercept, .lenient = true});
  REQUIRE(loaded.policy);
  REQUIRE(loaded.policy->tools.size() == 1);
  CHECK(loaded.policy->tools[0].rules.empty());
  CHECK(loaded.policy->default_action == policy::DefaultAction::Deny);
}

TEST_CASE("the prose becomes rules, limits in seconds, and sessions") {
  const auto loaded = load(
      "tools:\n"
      "  a: {action: allow, rate_limit: {max: 10, window: 60}}\n"
      "  b: {action: deny, reason: blocked}\n"
      "  c:\n"
      "    rules:\n"
      "      - {action: require_approval, reason: ask}\n"
      "      - {rate_limit: {max: 2, window: 90, scope: grant}}\n",
      Dialect::Prose);
  INFO(problems(loaded));
  REQUIRE(loaded.policy);
  const auto& tools = loaded.policy->tools;
  REQUIRE(tools.size() == 3);
  const policy::Limit& limit = tools[0].rules.at(0).limit.value();
  CHECK(limit.scope == policy::Scope::Session);
  CHECK(limit.period == std::chrono::seconds{60});
  CHECK(limit.anchor.path == "/tools/a/rate_limit");
  CHECK(tools[1].rules.at(0).kind == RuleKind::Deny);
  CHECK(tools[1].rules.at(0).on_deny == "blocked");
  CHECK(tools[2].rules.at(0).kind == RuleKind::RequireApproval);
  CHECK(tools[2].rules.at(1).limit->scope == policy::Scope::Grant);
  CHECK(tools[2].rules.at(1).limit->period == std::chrono::seconds{90});
}

TEST_CASE("the prose is refused where it says nothing or nonsense") {
  const std::pair<std::string, std::string> cases[] = {
      {"tools: {a: {}}", "lacks `action`"},
      {"tools: {a: {action: block}}", "`action` cannot be `block`"},
      {"tools: {a: {action: allow, rate_limit: {max: 1}}}", "lacks `window`"},
      {"tools: {a: {action: allow, rate_limit: {max: 1, window: 0}}}",
       "`window` has to be above zero"},
      {"tools: {a: {action: allow, rate_limit: {max: 1, window: 1.5}}}", "whole seconds"},
      {"tools: {a: {action: allow, rate_limit: {max: -1, window: 60}}}",
       "`max` has to be at least"},
      {"tools: {a: {action: allow, rate_limit: 10/minute}}", "`rate_limit` has to be a mapping"},
      {"tools: {a: {action: allow, raeson: x}}", "did you mean `reason`?"},
  };
  for (const auto& [text, expected] : cases) {
    const auto loaded = load(text, Dialect::Prose);
    INFO(text << "\n" << problems(loaded));
    CHECK(!loaded.policy);
    CHECK(problems(loaded).find(expected) != std::string::npos);
  }
}

TEST_CASE("unusable files are problems, never crashes") {
  for (const Dialect dialect : {Dialect::Intercept, Dialect::PolicyLayer, Dialect::Prose}) {
    for (const std::string text :
         {"", "[]", "7", "null", "{", "{\"version\":", "\xff\xfe", "- a\n- b\n", "a: &x [*x]"}) {
      const auto loaded = load(text, dialect);
      INFO(text);
      CHECK(!loaded.policy);
      CHECK(base::has_error(loaded.problems));
    }
  }
  CHECK(!policy::load_file("/no/such/file.json", {}).policy);
}
