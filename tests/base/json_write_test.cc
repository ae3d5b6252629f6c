#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/tree.h"
#include "tests/support/catch.h"

namespace gatecrash::base {
namespace {

TEST_CASE("Sorted writing orders members at every level and keeps lists") {
  Tree tree;
  REQUIRE_FALSE(read_json(R"({"b":[{"d":1,"c":2},3,1],"a":{"z":"\n","y":0},"":1})", {}, tree));
  std::string out = "x";
  write_json_sorted(tree.root(), out);
  CHECK(out == R"(x{"":1,"a":{"y":0,"z":"\n"},"b":[{"c":2,"d":1},3,1]})");
}

TEST_CASE("A written text never breaks a line") {
  std::string text;
  for (int c = 0; c < 128; ++c) text += static_cast<char>(c);
  text += "\u2028\u00e9";
  std::string out;
  write_json_string(text, out);
  CHECK(out.find_first_of("\r\n") == std::string::npos);
  Tree tree;
  REQUIRE_FALSE(read_json(out, {}, tree));
  CHECK(tree.root().text() == text);
}

// Short texts take other paths than long ones, and an escape may stand anywhere in either.
TEST_CASE("Texts of every length are escaped at every place") {
  for (std::size_t size = 0; size < 40; ++size) {
    std::string text(size, 'a');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
    std::string out = "x";
    write_json_string(text, out);
    CHECK(out == "x\"" + text + "\"");
    for (const char special : {'"', '\\', '\n', '\x1f', '\0'}) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string changed = text;
        changed[at] = special;
        out.clear();
        write_json_string(changed, out);
        Tree tree;
        REQUIRE_FALSE(read_json(out, {}, tree));
        REQUIRE(tree.root().text() == changed);
        REQUIRE(out.size() > size + 2);
      }
    }
    for (const char plain : {' ', '!', '#', '[', ']', '\x7f', '\xc3', '\xff', '\x80'}) {
      if (size == 0) continue;
      std::string changed = text;
      changed[size / 2] = plain;
      out.clear();
      write_json_string(changed, out);
      REQUIRE(out == "\"" + changed + "\"");
    }
  }
}

TEST_CASE("An absent value is written as null") {
  std::string out;
  write_json(Value{}, out);
  CHECK(out == "null");
}

TEST_CASE("Two values are equal whatever the order of their members") {
  struct Row {
    std::string left, right;
    bool same;
  };
  const std::vector<Row> table = {
      {R"({"a":1,"b":[2,{}]})", R"({"b":[2,{}],"a":1})", true},
      {R"({"a":1})", R"({"a":1.0})", false},  // lexemes
      {R"([1,2])", R"([2,1])", false},
      {R"({"a":1})", R"({"b":1})", false},
      {R"({"a":1,"a":2})", R"({"a":1,"a":2})", true},
      {R"({"a":1,"a":2})", R"({"a":2,"a":1})", false},
      {R"({"a":1,"a":1})", R"({"a":1,"b":1})", false},
      {R"({"a":1,"b":3,"a":2})", R"({"b":3,"a":1,"a":2})", true},
      {"[]", "{}", false},
      {"\"1\"", "1", false},
      {"true", "true", true},
      {"true", "false", false},
      {"null", "null", true},
  };
  JsonRules rules;
  rules.keep_duplicates = true;
  for (const Row& row : table) {
    CAPTURE(row.left, row.right);
    Tree left, right;
    REQUIRE_FALSE(read_json(row.left, rules, left));
    REQUIRE_FALSE(read_json(row.right, rules, right));
    CHECK(equal(left.root(), right.root()) == row.same);
    CHECK(equal(right.root(), left.root()) == row.same);
  }
  CHECK(equal(Value{}, Value{}));
}

TEST_CASE("A moved tree takes its texts along and leaves an empty one that can be used") {
  Tree from;
  REQUIRE_FALSE(read_json(R"(["\u0041", "\u0042"])", {}, from));
  Tree to = std::move(from);
  CHECK(to.root().at(1).text() == "B");
  CHECK(from.empty());  // NOLINT(bugprone-use-after-move): the header promises it
  REQUIRE_FALSE(read_json(R"("\u0043")", {}, from));
  CHECK(from.root().text() == "C");
  to = std::move(from);
  CHECK(to.root().text() == "C");
}

}  // namespace
}  // namespace gatecrash::base
