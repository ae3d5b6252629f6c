#include "tests/support/catch.h"

#include <algorithm>
#include <set>
#include <string>

#include "harness/base/document.h"
#include "harness/base/file.h"
#include "harness/policy/gatecrash.h"
#include "harness/policy/policy.h"
#include "tests/support/paths.h"

using namespace gatecrash;
using policy::RuleKind;

namespace {

policy::Loaded load(std::string text) {
  return policy::load_text("p.gatecrash.yaml", std::move(text),
                           {.dialect = policy::Dialect::Gatecrash});
}

const policy::ToolPolicy& tool(const policy::Policy& policy, std::string_view name) {
  const auto at = std::ranges::find(policy.tools, name, &policy::ToolPolicy::name);
  REQUIRE(at != policy.tools.end());
  return *at;
}

constexpr std::string_view kHead = "version: \"1\"\ndefault: deny\n";

}  // namespace

TEST_CASE("a gatecrash file is known by its ending") {
  CHECK(policy::dialect_of("a/b.gatecrash.yaml") == policy::Dialect::Gatecrash);
  CHECK(policy::dialect_of("a/gatecrash.yaml") == policy::Dialect::Intercept);
}

TEST_CASE("both published dialects can be said in it") {
  const auto loaded = load(std::string(kHead) + R"(hide: [h]
all_tools: {limits: [{counter: all, window: day, max: 9}]}
tools:
  "*": {rules: [{name: w, conditions: [{path: args.a, op: eq, value: 1}]}]}
  t:
    rules:
      - {name: r, action: deny, on_deny: no}
      - {name: s, conditions: [{path: state.t._rate_hour, op: lt, value: 3}]}
      - {name: u, rate_limit: 5/hour}
    require: [{conditions: [{path: args.b, op: in, value: [x]}]}]
    deny_if: [{conditions: [{path: args.c, op: exists, value: true}]}]
    limits: [{counter: c, window: 90s, max: 2, scope: tenant, weight: args.ids, per: [args.owner, args]}]
)");
  INFO(base::to_string(loaded.problems));
  REQUIRE(loaded.policy);
  CHECK(loaded.policy->hide.at(0).name == "h");
  REQUIRE(loaded.policy->wildcard);
  CHECK(loaded.policy->wildcard->rules.size() == 2);
  const policy::ToolPolicy& t = tool(*loaded.policy, "t");
  REQUIRE(t.rules.size() == 6);
  CHECK(t.rules[0].kind == RuleKind::Deny);
  CHECK(t.rules[0].anchor.path == "/tools/t/rules/0");
  CHECK(t.rules[1].conditions.at(0).steps == std::vector<std::string>{"t", "_rate_hour"});
  CHECK(t.rules[3].anchor.path == "/tools/t/require/0");
  CHECK(t.rules[4].kind == RuleKind::DenyIf);
  const policy::Limit& limit = t.rules[5].limit.value();
  CHECK(limit.anchor.path == "/tools/t/limits/c");
  CHECK(limit.period == std::chrono::seconds(90));
  CHECK(limit.scope == policy::Scope::Tenant);
  CHECK(limit.list_argument == "ids");
  CHECK(limit.per == std::vector<std::vector<std::string>>{{"owner"}, {}});
}

TEST_CASE("what stands once for several tools is one element of the policy") {
  const auto loaded = load(std::string(kHead) + R"(tools: {a: {}, b: {}, c: {class: destructive}}
budgets: [{name: work, tools: [a, b], window: day, max: 5, scope: tenant}]
sequences: [{name: no c after a, after: [a, b], within: 1h, deny: [c]}]
freeze: {classes: [destructive]}
definitions: {pin: first_seen}
)");
  INFO(base::to_string(loaded.problems));
  REQUIRE(loaded.policy);
  std::multiset<std::string> paths;
  for (const policy::Element& each : policy::elements(*loaded.policy)) paths.insert(each.path);
  CHECK(paths == std::multiset<std::string>{"/default", "/tools/a", "/tools/b", "/tools/c",
                                            "/budgets/work", "/sequences/no c after a", "/freeze",
                                            "/definitions"});
}

TEST_CASE("what is wrong in a gatecrash file is said with its place") {
  struct Row {
    std::string text;
    std::string problem;
  };
  const std::string head(kHead);
  const Row rows[] = {
      {"default: deny\n", "1:1: `version` is missing"},
      {"version: 2\ndefault: deny\n", "1:10: `version` has to be the text `1`"},
      {"version: 1\n", "1:1: `default` is missing"},
      {head + "tolls: {}\n", "3:1: unknown key `tolls` in a policy (did you mean `tools`?)"},
      {head + "tools: {t: {limit: []}}\n",
       "3:13: unknown key `limit` in a tool (did you mean `limits`?)"},
      {head + "tools: {t: {class: evil}}\n", "3:20: `class` cannot be `evil`"},
      {head + "tools: {t: {limits: [{counter: c, max: 1}]}}\n", "3:22: a limit lacks `window`"},
      {head + "tools: {t: {limits: [{counter: c, window: 0s, max: 1}]}}\n",
       "`window` `0s` is not a time"},
      {head + "tools: {t: {limits: [{counter: c, window: day, max: -1}]}}\n",
       "`max` has to be at least zero"},
      {head + "tools: {t: {limits: [{counter: c, window: day, max: 1, weight: args.a.b}]}}\n",
       "`weight` names an argument"},
      {head + "tools: {t: {limits: [{counter: c, window: day, max: 1, per: [owner]}]}}\n",
       "does not begin with `args.`"},
      {head + "tools: {t: {arguments: {propertys: {}}}}\n",
       "3:25: unknown key `propertys` in a schema"},
      {head + "tools: {t: {arguments: {required: [a]}}}\n",
       "required property `a` is not among `properties`"},
      {head + "tools: {t: {arguments: {properties: {a: {type: text}}}}}\n", "unknown type `text`"},
      {head + "tools: {t: {arguments: {properties: {a: {pattern: '('}}}}}\n", "does not compile"},
      {head + "tools: {t: {arguments: {properties: {a: {maxItems: 1.5}}}}}\n",
       "`maxItems` has to be a whole number"},
      {head + "tools: {t: {destinations: {url: [a.example]}}}\n",
       "`url` does not begin with `args.`"},
      {head + "tools: {t: {destinations: {args.url: ['https://a.example']}}}\n", "is not a host"},
      {head + "budgets: [{name: b, tools: [x], window: day, max: 1}]\n",
       "3:29: `x` is not listed under `tools`"},
      {head + "tools: {a: {}}\nsequences: [{name: s, after: [a], deny: [a]}]\n",
       "a sequence lacks `within`"},
      {head + "tools: {a: {}}\nfreeze: {}\n", "`freeze` says neither `tools` nor `classes`"},
      {head + "tools: {a: {}}\nfreeze: {classes: [bad]}\n", "unknown class `bad`"},
      {head + "tools: {a: {}}\nownership: [{name: o, id: '(', created_by: [a], used_by: {a: "
              "args.id}}]\n",
       "does not compile"},
      {head + "tools: {a: {}}\nownership: [{name: o, id: x, created_by: [a], used_by: {b: "
              "args.id}}]\n",
       "`b` is not listed"},
      {head + "tools: {a: {}}\nbudgets: [{name: b, tools: ['*'], window: day, max: 1}]\n",
       "`*` is no tool here"},
      {head + "tools: {a: {}}\nbudgets: [{name: b, tools: [], window: day, max: 1}]\n",
       "`tools` names nothing"},
      {head + "tools: {a: {}}\nbudgets: [{name: b, tools: [a, a], window: day, max: 1}]\n",
       "`a` stands twice in `tools`"},
      {head + "tools: {a: {}}\nsequences: [{name: s, after: [], within: 1h, deny: [a]}]\n",
       "`after` names nothing"},
      {head + "requests: {refuse: []}\n", "`refuse` names nothing"},
      {head + "definitions: {pin: never}\n", "`pin` cannot be `never`"},
      {head + "responses: {redact: [{name: a, regex: 'x*'}]}\n", "matches the empty text"},
      {head + "approvals: {max_pending: 0}\n", "`max_pending` has to be above zero"},
      {head + "approvals: {timeout: soon}\n", "`timeout` `soon` is not a time"},
      {head + "tools: {t: {rules: [{name: a, conditions: [{path: args.a, op: matches, value: "
              "{}}]}]}}\n",
       "`op` cannot be `matches`"},
  };
  for (const Row& row : rows) {
    const auto loaded = load(row.text);
    INFO(row.text << base::to_string(loaded.problems));
    CHECK(!loaded.policy);
    CHECK(base::to_string(loaded.problems).find(row.problem) != std::string::npos);
  }
}

TEST_CASE("the README's example loads without a word") {
  const std::string readme = base::read_file(test::source_path("README.md")).value();
  const std::size_t begin = readme.find("```yaml\nversion:");
  REQUIRE(begin != std::string::npos);
  const std::size_t from = begin + std::string("```yaml\n").size();
  const auto loaded = load(readme.substr(from, readme.find("```", from) - from));
  INFO(base::to_string(loaded.problems));
  CHECK(loaded.policy);
  CHECK(loaded.problems.empty());
}

TEST_CASE(
    "under default allow a tool that is only named in a budget stays allowed and is counted") {
  const auto loaded = load(
      "version: \"1\"\ndefault: allow\nbudgets: [{name: b, tools: [x], window: day, max: 1}]\n");
  REQUIRE(loaded.policy);
  CHECK(tool(*loaded.policy, "x").rules.at(0).limit.value().shared);
}

TEST_CASE("the schema of gatecrash policies and its reader know the same keys") {
  base::Document document;
  REQUIRE(base::load_document(test::source_path("scenarios/schema/policy.schema.json"), document)
              .has_value());
  const base::Value definitions = document.tree.root().find("$defs");
  std::set<std::string> seen{"schema"};  // a JSON Schema; schema_check.cc reads it
  for (const policy::GatecrashShape& shape : policy::gatecrash_shapes()) {
    INFO(shape.name);
    seen.emplace(shape.name);
    std::set<std::string_view> keys;
    for (const base::Value each : definitions.find(shape.name).find("properties"))
      keys.insert(each.key());
    CHECK(keys == std::set<std::string_view>(shape.keys.begin(), shape.keys.end()));
    CHECK(definitions.find(shape.name).find("additionalProperties").is_bool());
  }
  for (const base::Value each : definitions) CHECK(seen.contains(std::string(each.key())));
  // What the reader refuses is no keyword of the schema's own schemas either.
  for (const base::Value each : definitions.find("schema").find("properties")) {
    std::string value = "{}";
    if (each.key() == "type" || each.key() == "pattern" || each.key() == "title" ||
        each.key() == "description")
      value = "string";
    if (each.key() == "required" || each.key() == "enum") value = "[]";
    if (each.key() == "additionalProperties") value = "true";
    if (each.key().starts_with("m")) value = "1";
    const auto loaded = load(std::string(kHead) + "tools: {t: {arguments: {" +
                             std::string(each.key()) + ": " + value + "}}}\n");
    INFO(each.key() << "\n" << base::to_string(loaded.problems));
    CHECK(loaded.policy);
  }
}
