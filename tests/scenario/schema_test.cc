// The JSON Schemas that editors use say what the loader says: the same keys, required or not, and
// the same closed sets, both ways.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "harness/base/document.h"
#include "harness/policy/policy.h"
#include "harness/scenario/effect.h"
#include "harness/scenario/shapes.h"
#include "harness/scenario/traits.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace gatecrash {
namespace {

using Names = std::set<std::string>;

Names texts(base::Value list) {
  Names names;
  for (const base::Value each : list) names.emplace(each.text());
  return names;
}

Names keys(base::Value object) {
  Names names;
  for (const base::Value each : object) names.emplace(each.key());
  return names;
}

Names keys(const scenario::Shape& shape, bool required_only) {
  Names names;
  for (const scenario::Key& key : shape.keys) {
    if (key.required || !required_only) names.emplace(key.name);
  }
  return names;
}

// Definitions that are neither a mapping by table nor a closed set.
const Names kOthers = {"budget", "fits", "tool_effects", "trait"};

TEST_CASE("the schemas and the loader know the same keys and values") {
  std::map<std::string, const scenario::Shape*> shapes;
  for (const scenario::Shape* shape : scenario::all_shapes()) shapes.emplace(shape->name, shape);
  std::map<std::string, const scenario::ClosedSet*> sets;
  for (const scenario::ClosedSet* set : scenario::all_sets()) sets.emplace(set->name, set);

  Names seen;
  for (const std::string file : {"scenario", "target", "expected"}) {
    base::Document document;
    const auto loaded = base::load_document(
        test::source_path("scenarios/schema/" + file + ".schema.json"), document);
    REQUIRE(loaded.has_value());
    CHECK(document.tree.root().find("$schema").text() ==
          "https://json-schema.org/draft/2020-12/schema");
    for (const base::Value definition : document.tree.root().find("$defs")) {
      const std::string name(definition.key());
      INFO(file << ".schema.json: " << name);
      seen.insert(name);
      if (const auto shape = shapes.find(name); shape != shapes.end()) {
        CHECK(keys(definition.find("properties")) == keys(*shape->second, false));
        CHECK(texts(definition.find("required")) == keys(*shape->second, true));
        const base::Value others = definition.find("additionalProperties");
        CHECK((others.is_bool() && !others.is_true()));
      } else if (const auto set = sets.find(name); set != sets.end()) {
        CHECK(texts(definition.find("enum")) ==
              Names(set->second->values.begin(), set->second->values.end()));
      } else if (name == "trait") {
        Names traits;
        for (const scenario::TraitEntry& trait : scenario::trait_table())
          traits.emplace(trait.name);
        CHECK(texts(definition.find("enum")) == traits);
      } else {
        CHECK(kOthers.contains(name));
      }
    }
  }
  for (const auto& entry : shapes) CHECK(seen.contains(entry.first));
  for (const auto& entry : sets) CHECK(seen.contains(entry.first));
}

TEST_CASE("scenario files know the dialects that there are") {
  const auto dialects = policy::dialect_names();
  const auto& values = scenario::sets::kDialect.values;
  CHECK(Names(dialects.begin(), dialects.end()) == Names(values.begin(), values.end()));
}

TEST_CASE("effects have a name each, both ways") {
  for (const std::string_view name : scenario::effect_names()) {
    const auto effect = scenario::parse_effect(name);
    REQUIRE(effect.has_value());
    CHECK(scenario::to_string(*effect) == name);
  }
  CHECK_FALSE(scenario::parse_effect("task.canceled").has_value());
}

}  // namespace
}  // namespace gatecrash
