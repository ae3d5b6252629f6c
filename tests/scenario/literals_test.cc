// No file takes `${…}` as it is written by mistake: each text of each format either substitutes or
// is refused at its place.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/expected.h"
#include "harness/scenario/shapes.h"
#include "tests/scenario/files.h"

namespace gatecrash {
namespace {

using Json = nlohmann::ordered_json;
using Pointer = Json::json_pointer;

constexpr const char* kNonsense = "${nonsense}";

// Every mapping of the formats stands in one of these files; kHomes says where.
const std::map<std::string, Json>& sample_files() {
  static const std::map<std::string, Json> files = [] {
    const Json scenario = Json::parse(R"({"replay": 1, "id": "a/b", "title": "t",
      "attack": {"id": "X", "status": "variant", "severity": "low", "tags": ["a"], "sources": ["s"]},
      "clock": {"start": "2026-01-01T10:00:00Z"}, "world": {"tasks": 3, "work": "5s"},
      "personalities": ["small-pages"], "matrix": {"personality": ["name-trim"]},
      "canaries": {"key": "AKIA-CANARY-7f3d0001"}, "grant": "g",
      "policy": {"file": "policy.json", "dialect": "policylayer"},
      "upstreams": {"tasks": {"mock": "generic", "profile": "p", "personalities": ["name-nfkc"],
        "world": {"tasks": {"t-1": {"state": "running", "owner": "o", "work": "5s"}, "t-2": "running"},
                  "states": ["running"], "ids": "t-##", "work": "5s"},
        "extra_tools": [{"name": "post", "description": "d", "effects": ["task.cancelled"],
          "input_schema": {"properties": {"text": {"type": "string"}}},
          "annotations": {"title": "Posts"}}],
        "effects": {"send": ["message.sent"]}}},
      "promise": {"cancel": {"max": 1, "per": "60s", "scope": "grant"}, "hidden": ["h"],
        "callable": ["get_task"], "says": "s"},
      "budget": {"task.cancelled": {"max": 9, "per": "24h"}},
      "traits": {"cancel": {"tool": "cancel_task", "id": "task_id"}, "x.colour": "green"},
      "steps": [
        {"repeat": 2, "raw": "{}", "when": {"x.colour": "green"}},
        {"repeat": 2, "list": {"cursor": "c", "params": {"a": "b"}}, "expect": {"outcome": "any", "absent": ["h"]}},
        {"obey": {"most": 1}, "setup": true},
        {"repeat": 2, "each": ["a", {"b": "c"}],
         "call": {"tool": "cancel_task", "args": {"task_id": ["t-1"]}}}],
      "benign": [{"call": {"tool": "get_task", "args": {"task_id": "t-1"}}, "expect": "allow"}],
      "always": [{"never": "file.deleted"}, {"at_most": {"effect": "file.read", "max": 1}}]})");
    Json listed = scenario;
    listed["needs"] = {"operator"};
    listed["canaries"]["own"] = {{"text", "AKIA-CANARY-7f3d0002"}, {"of", "ann"}};
    listed["principals"] = {{"ann", {{"grant", "g"}, {"tenant", "t"}}}};
    Json sweep = scenario;
    sweep["principals"] = {{"each", "p${n}"}, {"count", 2}, {"grant", "g-${n}"}, {"tenant", "t"}};
    const Json target = Json::parse(R"({"target": "shop", "system": "s", "mock": "generic",
      "policy": {"inline": "{}", "dialect": "policylayer", "if_refused": "lenient"},
      "world": {"tasks": 3}, "benign": [{"repeat": 2, "call": {"tool": "t"}}]})");
    const Json expected = Json::parse(R"({"causes": {"c": {"reason": "r", "link": "l"}},
      "entries": [{"scenario": "a/*", "verdict": "bypass", "effect": "none", "cause": "c",
                   "gateway": "g", "lane": "*", "expires": "2027-01-31"}]})");
    return std::map<std::string, Json>{{"scenario", scenario},
                                       {"listed", listed},
                                       {"sweep", sweep},
                                       {"target", target},
                                       {"expected", expected}};
  }();
  return files;
}

struct Home {
  const char* file;
  const char* at;
};
const std::map<std::string_view, Home> kHomes = {
    {"policy", {"target", "/policy"}},
    {"promise", {"scenario", "/promise"}},
    {"cap", {"scenario", "/promise/cancel"}},
    {"world", {"scenario", "/upstreams/tasks/world"}},
    {"named_task", {"scenario", "/upstreams/tasks/world/tasks/t-1"}},
    {"extra_tool", {"scenario", "/upstreams/tasks/extra_tools/0"}},
    {"scenario", {"scenario", ""}},
    {"attack_info", {"scenario", "/attack"}},
    {"clock", {"scenario", "/clock"}},
    {"attack_world", {"scenario", "/world"}},
    {"matrix", {"scenario", "/matrix"}},
    {"principal", {"listed", "/principals/ann"}},
    {"sweep", {"sweep", "/principals"}},
    {"owned_canary", {"listed", "/canaries/own"}},
    {"upstream", {"scenario", "/upstreams/tasks"}},
    {"step", {"scenario", "/steps/0"}},
    {"list", {"scenario", "/steps/1/list"}},
    {"obey", {"scenario", "/steps/2/obey"}},
    {"call", {"scenario", "/steps/3/call"}},
    {"expect", {"scenario", "/steps/1/expect"}},
    {"invariant", {"scenario", "/always/0"}},
    {"at_most", {"scenario", "/always/1/at_most"}},
    {"target", {"target", ""}},
    {"expected", {"expected", "/entries/0"}},
    {"expectations", {"expected", ""}},
    {"cause", {"expected", "/causes/c"}},
};

// Of the keys of a mapping that exclude each other, takes out those that `key` excludes.
void leave_alternatives(const Json& definition, const std::string& key, Json& mapping) {
  if (!definition.contains("oneOf")) return;
  std::set<std::string> others;
  bool is_one = false;
  for (const Json& alternative : definition.at("oneOf")) {
    const Json& required = alternative.at("required");
    const bool own = std::find(required.begin(), required.end(), key) != required.end();
    is_one = is_one || own;
    for (const Json& each : required) {
      if (!own) others.insert(each.get<std::string>());
    }
  }
  for (const std::string& other : others) {
    if (is_one) mapping.erase(other);
  }
}

const Json& definition_of(std::string_view shape) {
  static const std::vector<Json> schemas = [] {
    std::vector<Json> read;
    for (const std::string name : {"scenario", "target", "expected"}) {
      std::ifstream file(test::source_path("scenarios/schema/" + name + ".schema.json"));
      read.push_back(Json::parse(file));
    }
    return read;
  }();
  for (const Json& schema : schemas) {
    if (schema.at("$defs").contains(shape)) return schema.at("$defs").at(std::string(shape));
  }
  FAIL("no schema has " << shape);
  return schemas.front();
}

// What the loaders say, and all that a loaded attack sends or says.
struct Loaded {
  std::string problems;
  std::string plan;
};

Loaded load_sample(const std::string& kind, const Json& file) {
  test::write_scratch("policy.json", test::kPolicyText);
  const std::string path = test::write_scratch("literal.json", file.dump());
  if (kind == "target") return {test::problems_of(scenario::load_target(path)), {}};
  if (kind == "expected") return {test::problems_of(scenario::load_expected(path)), {}};
  const auto attack = scenario::load_attack(path);
  if (attack.has_error()) return {test::problems_of(attack), {}};
  const auto made = scenario::expand(*attack, (*attack)->own_target, {});
  if (made.has_error()) return {test::problems_of(made), {}};
  const scenario::Plan& plan = (*made)->attacks.at(0);
  std::string all;
  const auto add = [&](const std::string& text) { all += text + "\n"; };
  for (const scenario::Step& step : plan.steps) {
    for (const std::string* text : {&step.tool, &step.arguments, &step.line, &step.as}) add(*text);
    for (const auto* names : {&step.expect.absent, &step.expect.present}) {
      for (const std::string& name : *names) add(name);
    }
  }
  for (const scenario::PrincipalSpec& each : plan.principals)
    add(each.name + " " + each.grant + " " + each.tenant);
  for (const scenario::ExtraTool& each : plan.extra_tools) add(each.description);
  return {{}, all};
}

enum class Answer { Refuses, Substitutes };

// With `${nonsense}` somewhere in the file.
Answer answer_to_nonsense(const std::string& kind, const Json& file) {
  const std::string text = file.dump();
  INFO(text);
  const std::string said = load_sample(kind, file).problems;
  INFO(said);
  const std::size_t column = text.find('"' + std::string(kNonsense) + '"') + 1;
  const auto at = [](std::size_t where) {
    return "literal.json:1:" + std::to_string(where) + ": ";
  };
  // Templates point at the name behind the quotation mark.
  const bool placed =
      said.find(at(column)) != std::string::npos || said.find(at(column + 1)) != std::string::npos;
  CHECK(placed);
  const bool substitutes = said.find("unknown name `${nonsense}`") != std::string::npos;
  return substitutes ? Answer::Substitutes : Answer::Refuses;
}

// Each place of a file: first with the text that stands there replaced, then with the name.
void for_each_place(const Json& file, const Json& part, const Pointer& at,
                    const std::function<void(const Json&)>& look) {
  if (part.is_primitive()) {
    Json changed = file;
    changed[at] = kNonsense;
    return look(changed);
  }
  if (part.is_array()) {
    for (std::size_t i = 0; i < part.size(); ++i) for_each_place(file, part[i], at / i, look);
    return;
  }
  for (const auto& [key, value] : part.items()) {
    Json renamed = Json::object();
    for (const auto& [other, kept] : part.items()) renamed[other == key ? kNonsense : other] = kept;
    Json changed = file;
    changed[at] = renamed;
    look(changed);
    for_each_place(file, value, at / key, look);
  }
}

}  // namespace

TEST_CASE("the sample files load") {
  for (const auto& [kind, file] : sample_files()) {
    INFO(kind);
    CHECK(load_sample(kind, file).problems.empty());
  }
}

TEST_CASE("every key of the formats substitutes, or refuses with its place") {
  std::set<std::string> substituting;
  for (const scenario::Shape* shape : scenario::all_shapes()) {
    INFO(shape->name);
    const auto home = kHomes.find(shape->name);
    REQUIRE(home != kHomes.end());
    for (const scenario::Key& key : shape->keys) {
      const std::string name(key.name);
      INFO(name);
      Json file = sample_files().at(home->second.file);
      Json& mapping = file.at(Pointer(home->second.at));
      leave_alternatives(definition_of(shape->name), name, mapping);
      mapping[name] = kNonsense;
      if (answer_to_nonsense(home->second.file, file) == Answer::Refuses) {
        const std::string said = load_sample(home->second.file, file).problems;
        INFO(said);
        CHECK(said.find("`" + name + "` takes no `${…}`") != std::string::npos);
        continue;
      }
      const bool canaries_only = name == "description";
      mapping[name] = canaries_only ? "x ${canary.key} y" : "x-${n}-y-${cancel.tool}-z";
      const Loaded known = load_sample(home->second.file, file);
      INFO(known.problems << known.plan);
      CHECK(known.problems.empty());
      CHECK(known.plan.find(canaries_only ? "x AKIA-CANARY-7f3d0001 y" : "x-1-y-cancel_task-z") !=
            std::string::npos);
      substituting.insert(std::string(shape->name) + "." + name);
    }
  }
  CHECK(substituting == std::set<std::string>{"call.args", "call.tool", "expect.absent",
                                              "expect.present", "extra_tool.description",
                                              "list.cursor", "list.id", "step.as", "step.fault",
                                              "step.operator", "step.raw", "sweep.each",
                                              "sweep.grant", "sweep.tenant"});
}

TEST_CASE("every text and every name of a file substitutes, or is refused with its place") {
  std::size_t places = 0;
  for (const auto& [kind, file] : sample_files()) {
    for_each_place(file, file, Pointer(), [&, &kind = kind](const Json& changed) {
      answer_to_nonsense(kind, changed);
      ++places;
    });
  }
  CHECK(places > 400);
}

TEST_CASE("a text that takes no names says so, and how to go on") {
  const auto said = [](const std::string& more) {
    return test::problems_of(
        test::load_attack_text(test::attack_text("  - {call: {tool: a}}\n", more), "f.yaml"));
  };
  CHECK(said("principals: {ann: {grant: \"g-${n}\"}}\n") ==
        "f.yaml:6:27: `grant` takes no `${…}` (write the text out)\n");
  CHECK(said("principals: {\"p${n}\": {grant: g}}\n") ==
        "f.yaml:6:14: a name in `principals` takes no `${…}` (write the name out)\n");
  CHECK(said("reloaded_from: {dialect: prose, inline: \"$${x}\"}\n") ==
        "f.yaml:6:41: `inline` takes no `${…}` (put the policy into a file of its own)\n");
  CHECK(said("extra_tools: [{name: a, description: \"to ${cancel.tool}\"}]\n") ==
        "f.yaml:6:42: nothing but canaries is substituted here (`${canary.NAME}`, or write the "
        "text out)\n");
  // Inside of another mistake nothing is known about it.
  CHECK(said("grnt: \"${n}\"\n") ==
        "f.yaml:6:1: unknown key `grnt` in a scenario (did you mean `grant`?)\n");
}

}  // namespace gatecrash
