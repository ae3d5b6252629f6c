#include "tests/support/catch.h"

#include <string>

#include "harness/base/json.h"
#include "harness/decision/schema.h"

using namespace gatecrash;

namespace {

// Of one argument: the root of a schema speaks of all of them.
bool allows(const std::string& schema, const std::string& value) {
  base::Tree rules, tree;
  const std::string all = R"({"properties":{"x":)" + schema + R"(},"required":["x"]})";
  const std::string arguments = R"({"x":)" + value + "}";
  REQUIRE(!base::read_json(all, {}, rules));
  REQUIRE(!base::read_json(arguments, {}, tree));
  return decision::Schema(rules.root()).allows(tree.root());
}

}  // namespace

TEST_CASE("what a schema allows and what it refuses") {
  struct Row {
    std::string schema, good, bad;
  };
  const Row rows[] = {
      {R"({"type":"string"})", R"("x")", "1"},
      {R"({"type":["string","null"]})", "null", "true"},
      {R"({"type":"integer"})", "10", "10.0"},
      {R"({"type":"integer"})", "-3", "1e1"},
      {R"({"type":"number"})", "1.5", R"("1.5")"},
      {R"({"properties":{"a":{"type":"string"}}})", R"({"a":"x"})", R"({"a":"x","b":1})"},
      {R"({"properties":{"a":{}},"additionalProperties":true})", R"({"b":1})", "[]"},
      {R"({"properties":{"a":{}},"required":["a"]})", R"({"a":null})", "{}"},
      {R"({"pattern":"[a-z]+"})", R"("abc")", R"("abc1")"},
      {R"({"pattern":"a|b"})", R"("b")", R"("bb")"},
      {R"({"pattern":"[a-z]+"})", R"("abc")", R"("abc\n")"},
      {R"({"type":"array","items":{"type":"string"},"maxItems":2})", R"(["a","b"])",
       R"(["a","b","c"])"},
      {R"({"type":"array","items":{"type":"string"},"minItems":1})", R"(["a"])", "[]"},
      {R"({"type":"array","items":{"type":"string"}})", "[]", "[1]"},
      {R"({"type":"string","minLength":2,"maxLength":3})", R"("äöü")", R"("äöüß")"},
      {R"({"type":"integer","minimum":1,"maximum":10})", "10", "11"},
      {R"({"type":"number","minimum":0.5})", "0.5", "0.49999999999999999999"},
      {R"({"enum":["a",1,{"b":[2]}]})", R"({"b":[2]})", R"({"b":[3]})"},
      {R"({"enum":["1"]})", R"("1")", "1"},
      {R"({"type":"number","maximum":5})", "5", "1e400"},
  };
  for (const Row& row : rows) {
    INFO(row.schema);
    CHECK(allows(row.schema, row.good));
    CHECK(!allows(row.schema, row.bad));
  }
}

TEST_CASE("a call without arguments is judged as one with none") {
  base::Tree open, strict;
  REQUIRE(!base::read_json(R"({"properties":{}})", {}, open));
  REQUIRE(!base::read_json(R"({"properties":{"a":{}},"required":["a"]})", {}, strict));
  CHECK(decision::Schema(open.root()).allows({}));
  CHECK(!decision::Schema(strict.root()).allows({}));
}
