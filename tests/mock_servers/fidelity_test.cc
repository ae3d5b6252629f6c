// The mocks' surfaces against the facts on the real servers (facts/*.json: names, parameters,
// required, defaults, enumerations, annotations, categories; kept apart from the tables that the
// mocks serve).
#include <fstream>
#include <map>
#include <sstream>

#include "harness/base/json.h"
#include "harness/base/tree.h"
#include "tests/mock_servers/driver.h"
#include "tests/support/paths.h"

namespace gatecrash::mock_servers {
namespace {

using base::Kind;
using base::Value;

struct Facts {
  std::string source;
  base::Tree tree;
  Value tools() const { return tree.root().find("tools"); }
};

void load(const std::string& server, Facts& facts) {
  std::ifstream file(test::source_path("tests/mock_servers/facts/" + server + ".json"));
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  facts.source = text.str();
  REQUIRE_FALSE(base::read_json(facts.source, {}, facts.tree));
}

// tools/list of a mock, by name.
struct Served {
  std::string line;
  base::Tree tree;
  std::map<std::string, Value, std::less<>> tools;
};

void list(const std::string& mock, const std::string& profile, Served& served) {
  Driver driver(mock, {}, {.profile = profile});
  served.line = driver.one(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  base::JsonRules rules;
  REQUIRE_FALSE(base::read_json(served.line, rules, served.tree));
  for (const Value tool : served.tree.root().find("result").find("tools")) {
    served.tools.emplace(std::string(tool.find("name").text()), tool);
  }
}

std::string compact(Value value) {
  std::string text;
  base::write_json_sorted(value, text);
  return text;
}

// The schema of the values proper: without the null that an optional parameter may also be.
Value core(Value schema, bool& nullable) {
  nullable = false;
  for (const char* word : {"anyOf", "oneOf"}) {
    const Value either = schema.find(word);
    if (!either) continue;
    Value first;
    std::uint32_t others = 0;
    for (const Value each : either) {
      if (each.find("type").text() == "null") {
        nullable = true;
      } else {
        if (!first) first = each;
        ++others;
      }
    }
    return others == 1 ? first : schema;
  }
  return schema;
}

void check_param(Value fact, Value schema) {
  bool nullable = false;
  const Value plain = core(schema, nullable);
  CHECK(nullable == fact.find("nullable").is_true());
  const Value type = fact.find("type");
  if (type.is_list()) {
    std::string types;
    for (const char* word : {"anyOf", "oneOf"}) {
      for (const Value each : schema.find(word)) {
        if (each.find("type").text() != "null")
          types += std::string(each.find("type").text()) + " ";
      }
    }
    std::string wanted;
    for (const Value each : type) wanted += std::string(each.text()) + " ";
    CHECK(types == wanted);
  } else if (type.text() == "any") {
    CHECK_FALSE(schema.find("type"));
  } else {
    CHECK(plain.find("type").text() == type.text());
  }
  const Value otherwise = fact.find("default");
  CHECK(static_cast<bool>(otherwise) == static_cast<bool>(schema.find("default")));
  if (otherwise && otherwise.is_number()) {
    CHECK(std::stod(std::string(otherwise.text())) ==
          std::stod(std::string(schema.find("default").text())));
  } else if (otherwise) {
    CHECK(compact(otherwise) == compact(schema.find("default")));
  }
  if (const Value items = fact.find("items"); items && !type.is_list()) {
    CHECK(compact(items) == compact(plain.find("items")));
  }
  if (const Value values = fact.find("additionalProperties")) {
    CHECK(compact(values) == compact(plain.find("additionalProperties")));
  }
  for (const char* word :
       {"enum", "minimum", "maximum", "exclusiveMinimum", "minLength", "minItems"}) {
    if (type.is_list()) continue;
    CAPTURE(word);
    CHECK(compact(fact.find(word)) == compact(plain.find(word)));
  }
  // Checked at run time or only documented: never in the schema.
  if (fact.find("values_accepted")) CHECK_FALSE(plain.find("enum"));
}

void check_tool(Value fact, Value tool, bool schema_known) {
  CAPTURE(fact.find("name").text());
  CHECK_FALSE(tool.find("description").text().empty());
  const Value annotations = fact.find("annotations");
  CHECK(compact(annotations) == compact(tool.find("annotations")));
  if (!schema_known) return;
  const Value schema = tool.find("inputSchema");
  const Value properties = schema.find("properties");
  CHECK(fact.find("params").size() == properties.size());
  std::string required, wanted;
  for (const Value each : schema.find("required")) required += std::string(each.text()) + " ";
  std::uint32_t at = 0;
  for (const Value param : fact.find("params")) {
    const std::string_view name = param.find("name").text();
    CAPTURE(name);
    CHECK(properties.at(at++).key() == name);  // in the order of the signature
    if (param.find("required").is_true()) wanted += std::string(name) + " ";
    check_param(param, properties.find(name));
  }
  CHECK(required == wanted);
}

TEST_CASE("every known tool is served with its parameters, defaults and annotations") {
  for (const char* server : {"codex_worker", "allcanuse", "binassist"}) {
    CAPTURE(server);
    Facts facts;
    load(server, facts);
    Served served;
    list(server, "", served);
    CHECK(served.tools.size() == facts.tools().size());
    for (const Value fact : facts.tools()) {
      const auto tool = served.tools.find(fact.find("name").text());
      CAPTURE(fact.find("name").text());
      REQUIRE(tool != served.tools.end());
      check_tool(fact, tool->second, true);
    }
  }
}

TEST_CASE("openaaas serves 15 tools, and 16 as the catalogue counts them") {
  Facts facts;
  load("openaaas", facts);
  Served as_served, as_catalogued;
  list("openaaas", "as-served", as_served);
  list("openaaas", "as-catalogued", as_catalogued);
  CHECK(as_served.tools.size() == 15);
  CHECK(as_catalogued.tools.size() == 16);
  for (const Value fact : facts.tools()) {
    const std::string_view name = fact.find("name").text();
    CAPTURE(name);
    const Value by_server = fact.find("served_by_mcp_server");
    const Value in_catalogue = fact.find("in_catalogue");
    const bool served = !by_server || by_server.is_true();
    const bool catalogued = !in_catalogue || in_catalogue.is_true();
    CHECK(as_served.tools.contains(name) == served);
    CHECK(as_catalogued.tools.contains(name) == catalogued);
    check_tool(fact, (served ? as_served : as_catalogued).tools.find(name)->second, true);
  }
}

TEST_CASE("taobao serves the three known names and five marked synthetic") {
  Facts facts;
  load("taobao", facts);
  const auto served = served_tools("taobao", {});
  REQUIRE(served.has_value());
  CHECK(served->size() == 8);
  CHECK(std::ranges::count_if(*served, &ServedTool::synthetic) == 5);
  for (const Value fact : facts.tools()) {
    const auto tool = std::ranges::find(*served, fact.find("name").text(), &ServedTool::name);
    REQUIRE(tool != served->end());
    CHECK_FALSE(tool->synthetic);
  }
}

TEST_CASE("allcanuse's codex profile serves its 40 tools, with _meta and without resources") {
  Facts facts;
  load("allcanuse", facts);
  Served codex;
  list("allcanuse", "codex", codex);
  CHECK(codex.tools.size() == 40);
  for (const Value fact : facts.tools()) {
    CAPTURE(fact.find("name").text());
    CHECK(codex.tools.contains(fact.find("name").text()) ==
          fact.find("in_codex_profile").is_true());
  }
  for (const auto& [name, tool] : codex.tools) {
    CHECK(tool.find("_meta").find("allcanuse_profile").text() == "codex");
  }
  Driver full("allcanuse");
  Driver small("allcanuse", {}, {.profile = "codex"});
  for (const char* method : {"resources/list", "prompts/list"}) {
    const std::string line = std::string(R"({"jsonrpc":"2.0","id":1,"method":")") + method + "\"}";
    CHECK_FALSE(read_reply(full.one(line)).is_rpc_error);
    CHECK(read_reply(small.one(line)).is_rpc_error);
  }
}

TEST_CASE("binassist's unproven candidates are served only when asked for, marked synthetic") {
  const auto served = served_tools("binassist", {.profile = "candidates"});
  REQUIRE(served.has_value());
  CHECK(served->size() == 42);
  CHECK(std::ranges::count_if(*served, &ServedTool::synthetic) == 2);
  CHECK(served_tools("binassist", {})->size() == 40);
}

TEST_CASE("categories are those of the facts, and known to be the catalogue's where they are") {
  for (const char* server : {"openaaas", "codex_worker", "taobao", "allcanuse", "binassist"}) {
    Facts facts;
    load(server, facts);
    std::map<std::string, ServedTool> all;
    for (const std::string_view profile : find_mock(server)->profiles) {
      const auto served = served_tools(server, {.profile = std::string(profile)});
      for (const ServedTool& each : *served) all.emplace(each.name, each);
    }
    for (const Value fact : facts.tools()) {
      CAPTURE(fact.find("name").text());
      const auto tool = all.find(std::string(fact.find("name").text()));
      REQUIRE(tool != all.end());
      CHECK(tool->second.category == fact.find("category").text());
      CHECK(tool->second.catalogued == (fact.find("category_source").text() == "catalogue"));
    }
  }
}

TEST_CASE("schemas have the shape of the server's framework") {
  Served openaaas, allcanuse;
  list("openaaas", "", openaaas);
  list("allcanuse", "", allcanuse);
  const Value one = openaaas.tools.find("get_task")->second;
  CHECK_FALSE(one.find("inputSchema").find("title"));
  CHECK(compact(one.find("inputSchema").find("additionalProperties")) == "false");
  CHECK(one.find("outputSchema").find("x-fastmcp-wrap-result").is_true());
  const Value two = allcanuse.tools.find("cancel_background_task")->second;
  CHECK(two.find("inputSchema").find("title").text() == "cancel_background_taskArguments");
  CHECK_FALSE(two.find("inputSchema").find("additionalProperties"));
  CHECK_FALSE(two.find("outputSchema"));
  CHECK(two.find("inputSchema").find("properties").find("task_id").find("title").text() ==
        "Task Id");
}

}  // namespace
}  // namespace gatecrash::mock_servers
