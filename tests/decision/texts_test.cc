#include "harness/decision/texts.h"

#include "harness/base/json.h"
#include "tests/support/catch.h"
#include "tests/support/spellings.h"

namespace gatecrash::decision {
namespace {

constexpr std::string_view kToken = "AKIA-CANARY-7f3d-zq81";

bool sees(std::string_view secret, std::string_view text) {
  std::string json;
  base::write_json_string(text, json);
  base::Tree tree;
  REQUIRE_FALSE(base::read_json(json, {}, tree));
  return any_text(tree.root(), [&](std::string_view reading) {
    return reading.find(secret) != std::string_view::npos;
  });
}

TEST_CASE("A text is seen in every spelling, and half of it is not taken for the whole") {
  for (const test::Spelling& spelling : test::spellings()) {
    INFO(spelling.name);
    CHECK(sees(kToken, spelling.write(kToken)));
    CHECK_FALSE(sees(kToken, spelling.write(kToken.substr(0, 14))));
  }
}

TEST_CASE("A row of letters is seen wherever it stands in a text") {
  for (std::size_t before = 0; before < 50; ++before) {
    INFO(before);
    CHECK(sees("abcdefghijkl", std::string(before, 'x') + " a b c d e f g h i j k l"));
    CHECK(sees("abcdefghijkl", std::string(before, 'x') + "\na-b-c-d-e-f-g-h-i-j-k-l\nxyz"));
  }
}

TEST_CASE("Letters that only look set apart stay as they are") {
  // A list of short words is no spelling of one long word.
  for (const std::string_view text : {"a-b c-d e-f g-h i-j k-l m-n", "a b c d e f", "1.2.3.4.5.6"})
    CHECK_FALSE(sees("abcdef", text));
  CHECK_FALSE(sees("taskforce", "task force meets"));
}

TEST_CASE("Reading every spelling takes time in proportion to the text") {
  const auto readings = [](std::size_t size) {
    std::size_t bytes = 0;
    std::string json = "\"";
    while (json.size() < size) json += "a. b-%41 Zm9v 616263 ";
    json += '"';
    base::Tree tree;
    REQUIRE_FALSE(base::read_json(json, {}, tree));
    any_text(tree.root(), [&](std::string_view reading) {
      bytes += reading.size();
      return false;
    });
    return bytes;
  };
  CHECK(readings(100'000) <= 11 * readings(10'000));
}

}  // namespace
}  // namespace gatecrash::decision
