#include "harness/base/fields.h"

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "tests/support/catch.h"

namespace gatecrash::base {
namespace {

// What a reader of this mapping complains about.
std::string problems_of(const std::string& source, const std::function<void(Fields&)>& read) {
  Document document;
  REQUIRE(parse_document("f", source, Syntax::Yaml, document).has_value());
  Problems problems;
  {
    Fields fields(document, document.tree.root(), "a step", problems);
    read(fields);
  }
  return to_string(problems);
}

TEST_CASE("Every kind of field is read") {
  const std::string source =
      "text: abc\nplain: 12\nflag: true\nmax: 10\nper: 60s\nstart: 2026-01-01T10:00:59.9Z\n"
      "list: [a, 1, true]\none: a\nmode: second\nmap: {x: 1}\n";
  CHECK(problems_of(source, [](Fields& fields) {
          CHECK(fields.string("text") == "abc");
          CHECK(fields.string("plain") == "12");
          CHECK(fields.boolean("flag") == true);
          CHECK(fields.number("max", 0, 10) == 10U);
          CHECK(fields.duration("per") == std::chrono::seconds{60});
          CHECK(to_string(*fields.instant("start")) == "2026-01-01T10:00:59.9Z");
          CHECK(fields.strings("list") == std::vector<std::string>{"a", "1", "true"});
          CHECK(fields.strings("one") == std::vector<std::string>{"a"});
          constexpr std::array<std::string_view, 2> kModes{"first", "second"};
          CHECK(fields.one_of("mode", kModes) == 1U);
          CHECK(fields.of("map", Kind::Object).find("x").text() == "1");
          CHECK(fields.required("text").text() == "abc");
        }).empty());
}

TEST_CASE("What is missing is absent and no problem, unless it is required") {
  CHECK(problems_of("x: 1\n", [](Fields& fields) {
          CHECK_FALSE(fields.string("a"));
          CHECK_FALSE(fields.boolean("b"));
          CHECK_FALSE(fields.number("c", 0, 1));
          CHECK_FALSE(fields.duration("d"));
          CHECK_FALSE(fields.instant("e"));
          CHECK(fields.strings("f").empty());
          CHECK_FALSE(fields.one_of("g", {}));
          CHECK_FALSE(fields.of("h", Kind::List));
          CHECK_FALSE(fields.required("id"));
          fields.any("x");
        }) == "f:1:1: `id` is missing in a step\n");
}

TEST_CASE("All problems of a mapping are reported at once, each in its place") {
  const std::string source =
      "text: [1]\nflag: yes\nmax: 11\nsmall: \"5\"\nneg: -1\nper: 60\nstart: noon\nlist: {a: 1}\n"
      "items: [a, [b]]\nmode: secnod\nmap: 1\ntool: x\n";
  CHECK(problems_of(source,
                    [](Fields& fields) {
                      fields.string("text");
                      fields.boolean("flag");
                      fields.number("max", 0, 10);
                      fields.number("small", 0, 10);
                      fields.number("neg", 1, UINT64_MAX);
                      fields.duration("per");
                      fields.instant("start");
                      fields.strings("list");
                      fields.strings("items");
                      constexpr std::array<std::string_view, 2> kModes{"first", "second"};
                      fields.one_of("mode", kModes);
                      fields.of("map", Kind::Object);
                      fields.any("tools");
                    }) ==
        "f:1:7: `text` has to be text, not a list\n"
        "f:2:7: `flag` has to be a boolean, not `yes`\n"
        "f:3:6: `max` has to be a whole number, from 0 to 10, not `11`\n"
        "f:4:8: `small` has to be a whole number, from 0 to 10, not `5` (without quotes)\n"
        "f:5:6: `neg` has to be a whole number, 1 or more, not `-1`\n"
        "f:6:6: `per` has to be a duration, not `60` (a whole number and a unit: `200ms`, `60s`, "
        "`5m`, "
        "`24h`, `7d`)\n"
        "f:7:8: `start` has to be a time in UTC, not `noon` (as in `2026-01-01T10:00:59.9Z`)\n"
        "f:8:7: `list` has to be a list of texts, not a mapping\n"
        "f:9:12: `items` has to hold texts only, not a list\n"
        "f:10:7: `mode` is `secnod`, which is none of its values (did you mean `second`?)\n"
        "f:11:6: `map` has to be a mapping, not `1`\n"
        "f:12:1: unknown key `tool` in a step (did you mean `tools`?)\n");
}

TEST_CASE("A key nobody asked for is unknown, unless the rest belongs to another reader") {
  CHECK(problems_of("a: 1\nzzzzz: 2\n", [](Fields& fields) { fields.any("a"); }) ==
        "f:2:1: unknown key `zzzzz` in a step (only `a`)\n");
  CHECK(problems_of("a: 1\nzzzzz: 2\n", [](Fields& fields) { fields.allow_rest(); }).empty());
}

TEST_CASE("What is no mapping is reported once and answers with nothing") {
  CHECK(problems_of("- a\n", [](Fields& fields) {
          CHECK_FALSE(fields.any("a"));
          CHECK_FALSE(fields.required("b"));
          CHECK_FALSE(fields.string("c"));
        }) == "f:1:1: a step has to be a mapping, not a list\n");
}

}  // namespace
}  // namespace gatecrash::base
