#include "tests/support/catch.h"

#include <string>
#include <vector>

#include "harness/base/document.h"
#include "harness/base/yaml_scalar.h"

using namespace gatecrash;
using base::Kind;

TEST_CASE("numbers that yaml.v3 reads otherwise than the core schema") {
  struct Row {
    std::string text, lexeme;  // empty: text
  };
  for (const Row& row : std::vector<Row>{{"1_000", "1000"},
                                         {"1__0", "10"},
                                         {"0b11", "3"},
                                         {"-0x1f", "-31"},
                                         {"010", "8"},
                                         {"08", "8.0"},
                                         {"0o17", "15"},
                                         {"+5", "5"},
                                         {"1.", "1.0"},
                                         {".5", "0.5"},
                                         {"-.inf", "-Infinity"},
                                         {".NaN", "NaN"},
                                         {"9223372036854775808", "9223372036854775808"},
                                         {"18446744073709551616", "18446744073709551616.0"},
                                         {"1e400", ""},
                                         {"_1", ""},
                                         {"0x", ""},
                                         {"", ""},
                                         {"-", ""},
                                         {"1e", ""}}) {
    INFO(row.text);
    std::string lexeme;
    CHECK(base::read_go_number(row.text, lexeme) == !row.lexeme.empty());
    if (!row.lexeme.empty()) CHECK(lexeme == row.lexeme);
  }
  CHECK(base::is_go_unsigned("9223372036854775808"));
  CHECK_FALSE(base::is_go_unsigned("9223372036854775807"));
  CHECK_FALSE(base::is_go_unsigned("9223372036854775808.0"));
}

TEST_CASE("dates that yaml.v3 takes for timestamps, as Go prints them") {
  struct Row {
    std::string text, printed;  // empty: text
  };
  for (const Row& row :
       std::vector<Row>{{"2024-01-01", "2024-01-01 00:00:00 +0000 UTC"},
                        {"2024-1-2", "2024-01-02 00:00:00 +0000 UTC"},
                        {"2024-01-01T10:20:30Z", "2024-01-01 10:20:30 +0000 UTC"},
                        {"2024-01-01t10:20:30.500+02:00", "2024-01-01 10:20:30.5 +0200 +0200"},
                        {"2024-01-01 10:20:30", "2024-01-01 10:20:30 +0000 UTC"},
                        {"2024-02-30", ""},
                        {"24-01-01", ""},
                        {"2024-01-01T10:20:30", ""},
                        {"2024-01-01 24:00:00", ""}}) {
    INFO(row.text);
    CHECK(base::go_timestamp(row.text).value_or("") == row.printed);
  }
}

TEST_CASE("yaml.v3 reads tags, merge keys and the first document; a core reader refuses them") {
  const std::string text =
      "base: &base {a: 1, b: 2}\nown:\n  <<: *base\n  b: !!str 3\n  ~: lost\n  c: "
      "0x1f\n---\nrest\n";
  base::Document document;
  REQUIRE(base::parse_document("p.yaml", text, base::Syntax::GoYaml, document));
  const base::Value own = document.tree.root().find("own");
  CHECK(own.size() == 3);
  CHECK(own.find("a").text() == "1");
  CHECK(own.find("b").text() == "3");
  CHECK(own.find("b").kind() == Kind::String);
  CHECK(own.find("c").text() == "31");
  CHECK(document.spelling(own.find("c")) == "0x1f");
  CHECK(document.tree.root().size() == 2);
  CHECK_FALSE(base::parse_document("p.yaml", text, base::Syntax::Yaml, document));
  CHECK_FALSE(base::parse_document("p.yaml", "a: !!int x\n", base::Syntax::GoYaml, document));
  CHECK_FALSE(base::parse_document("p.yaml", "a: 1\n<<: 2\n", base::Syntax::GoYaml, document));
}
