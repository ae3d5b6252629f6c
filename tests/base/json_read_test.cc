#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/seed.h"
#include "tests/support/catch.h"

namespace gatecrash::base {
namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

std::string many_members(std::size_t count, const std::string& last) {
  std::string text = "{";
  for (std::size_t i = 0; i < count; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  return text + "\"" + last + "\":1}";
}

std::string compact(std::string_view text, const JsonRules& rules = {}) {
  Tree tree;
  if (const auto error = read_json(text, rules, tree)) return std::string(to_string(error->fault));
  std::string out;
  write_json(tree.root(), out);
  return out;
}

TEST_CASE("RFC 8259 texts are accepted and written back the same") {
  const std::vector<std::string> texts = {"null",
                                          "true",
                                          "false",
                                          "0",
                                          "-0",
                                          "1",
                                          "-1",
                                          "0.5",
                                          "1e5",
                                          "1E+5",
                                          "1e-5",
                                          "-0.0e0",
                                          "12345678901234567890123",
                                          "\"\"",
                                          "\"a\"",
                                          "[]",
                                          "{}",
                                          "[1,2,3]",
                                          "[[],{},[[]]]",
                                          R"({"a":1,"b":[true,null],"c":{"d":"e"}})",
                                          R"({"":0})",
                                          R"(["a\"b","a\\b","a\nb"])",
                                          "\"\u00e9\u20ac\U0001F600\"",
                                          "\"\x7f\"",
                                          nested(64),
                                          many_members(40, "z")};
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(compact(text) == text);
  }
}

TEST_CASE("Space, escapes and spellings are brought to one form") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {" \t\r\n 1 \n", "1"},
      {"[ 1 , 2 ]", "[1,2]"},
      {"{ \"a\" : [ ] , \"b\" : { } }", "{\"a\":[],\"b\":{}}"},
      {R"("\u0041\/\u00e9\u20AC")", "\"A/\u00e9\u20ac\""},
      {R"("\ud83d\ude00")", "\"\U0001F600\""},
      {R"("\uD834\uDD1E")", "\"\U0001D11E\""},
      {R"("\udbff\udfff")", "\"\U0010FFFF\""},
      {R"("\b\f\n\r\t\"\\")", R"("\b\f\n\r\t\"\\")"},
      {R"("\u0000\u001f\u007f")", "\"\\u0000\\u001f\x7f\""},
      {R"({"n\u0061me":1})", R"({"name":1})"},
  };
  for (const auto& [text, expected] : table) {
    CAPTURE(text);
    CHECK(compact(text) == expected);
  }
}

TEST_CASE("What is not RFC 8259 is refused with its fault and its place") {
  struct Row {
    std::string text;
    JsonFault fault;
    std::uint32_t offset;
  };
  using enum JsonFault;
  const std::vector<Row> table = {
      {"", Empty, 0},
      {"  ", Empty, 2},
      {"\xef\xbb\xbf{}", Syntax, 0},
      {"nul", Syntax, 0},
      {"True", Syntax, 0},
      {"nulll", TrailingText, 4},
      {"{} {}", TrailingText, 3},
      {"1 2", TrailingText, 2},
      {std::string("1\0", 2), TrailingText, 1},
      {"[", Syntax, 1},
      {"[1", Syntax, 2},
      {"[1,", Syntax, 3},
      {"[1,]", Syntax, 3},
      {"[,1]", Syntax, 1},
      {"[1,,2]", Syntax, 3},
      {"[1 2]", Syntax, 3},
      {"[1}", Syntax, 2},
      {"{]", Syntax, 1},
      {"{\"a\"", Syntax, 4},
      {"{\"a\" 1}", Syntax, 5},
      {"{\"a\":}", Syntax, 5},
      {"{\"a\":1,}", Syntax, 7},
      {"{,\"a\":1}", Syntax, 1},
      {"{\"a\":1 \"b\":2}", Syntax, 7},
      {"{a:1}", Syntax, 1},
      {"{'a':1}", Syntax, 1},
      {"{1:1}", Syntax, 1},
      {"]", Syntax, 0},
      {"// c\n1", Syntax, 0},
      {"[1/**/]", Syntax, 2},
      {"\f1", Syntax, 0},
      {"\xc2\xa0"
       "1",
       Syntax, 0},
      // numbers
      {"-", Number, 1},
      {"+1", Syntax, 0},
      {".5", Syntax, 0},
      {"01", Number, 0},
      {"-01", Number, 0},
      {"1.", Number, 2},
      {"1.e5", Number, 2},
      {"1e", Number, 2},
      {"1e+", Number, 3},
      {"0x10", TrailingText, 1},
      {"1_000", TrailingText, 1},
      {"NaN", Syntax, 0},
      {"Infinity", Syntax, 0},
      {"-Infinity", Number, 1},
      {std::string(65, '1'), Number, 0},
      // strings
      {"\"", Syntax, 1},
      {"\"abc", Syntax, 4},
      {"\"\\", Syntax, 2},
      {"\"\\\"", Syntax, 3},
      {R"("\x41")", Syntax, 2},
      {R"("\u12")", Syntax, 3},
      {R"("\u12G4")", Syntax, 5},
      {R"("\U0041")", Syntax, 2},
      {"\"a\nb\"", ControlCharacter, 2},
      {"\"\t\"", ControlCharacter, 1},
      {std::string("\"\0\"", 3), ControlCharacter, 1},
      {"\"\\n\x01\"", ControlCharacter, 3},
      {R"("\ud800")", Surrogate, 1},
      {R"("\ud800x")", Surrogate, 1},
      {R"("\ud800\u0041")", Surrogate, 1},
      {R"("\ud800\ud800\udc00")", Surrogate, 1},
      {R"("\udc00\ud800")", Surrogate, 1},
      {R"("ab\udfff")", Surrogate, 3},
      // UTF-8
      {"\"\x80\"", Utf8, 1},
      {"\"\xc0\xaf\"", Utf8, 1},  // overlong /
      {"\"\xc1\xbf\"", Utf8, 1},
      {"\"\xe0\x80\xaf\"", Utf8, 1},
      {"\"\xe0\x9f\xbf\"", Utf8, 1},
      {"\"\xed\xa0\x80\"", Utf8, 1},  // a surrogate written as UTF-8
      {"\"\xf0\x8f\xbf\xbf\"", Utf8, 1},
      {"\"\xf4\x90\x80\x80\"", Utf8, 1},  // above U+10FFFF
      {"\"\xf5\x80\x80\x80\"", Utf8, 1},
      {"\"\xff\"", Utf8, 1},
      {"\"\xe2\x82\"", Utf8, 1},
      {"\"\xe2\x82", Utf8, 1},
      {"\"\\n\xe2\x82\"", Utf8, 3},
      {"{\"\xff\":1}", Utf8, 2},
      // depth and names
      {nested(65), Depth, 64},
      {std::string(100'000, '['), Depth, 64},
      {R"({"a":1,"a":2})", DuplicateKey, 7},
      {R"({"name":1,"n\u0061me":2})", DuplicateKey, 10},
      {R"({"":1,"":2})", DuplicateKey, 6},
      {R"([{"x":{"a":1,"b":2,"a":3}}])", DuplicateKey, 19},
      {many_members(12, "k3"), DuplicateKey, 87},
      {many_members(40, "k3"), DuplicateKey, 311},
  };
  for (const Row& row : table) {
    CAPTURE(row.text.substr(0, 60), to_string(row.fault));
    Tree tree;
    const auto error = read_json(row.text, {}, tree);
    REQUIRE(error);
    CHECK(to_string(error->fault) == to_string(row.fault));
    CHECK(error->offset == row.offset);
    CHECK(tree.empty());
    CHECK_FALSE(tree.root());
  }
}

TEST_CASE("Each rule opens exactly what it names") {
  JsonRules rules;
  SECTION("duplicates are kept in order") {
    rules.keep_duplicates = true;
    CHECK(compact(R"({"a":1,"b":0,"\u0061":2})", rules) == R"({"a":1,"b":0,"a":2})");
  }
  SECTION("lone surrogates become U+FFFD, pairs stay pairs") {
    rules.lone_surrogates = true;
    CHECK(compact(R"("\ud800\ud83d\ude00\udc00x")", rules) == "\"\ufffd\U0001F600\ufffdx\"");
  }
  SECTION("invalid bytes become U+FFFD, one each") {
    rules.repair_utf8 = true;
    CHECK(compact("\"a\xff\xc0\xaf\u00e9\"", rules) == "\"a\ufffd\ufffd\ufffd\u00e9\"");
    CHECK(compact("{\"\xff\":\"\xff\xff\xff\xff\"}", rules) ==
          "{\"\ufffd\":\"\ufffd\ufffd\ufffd\ufffd\"}");
  }
  SECTION("names that become equal by repair are duplicates") {
    rules.repair_utf8 = true;
    CHECK(compact("{\"\xff\":1,\"\xfe\":2}", rules) == to_string(JsonFault::DuplicateKey));
  }
  SECTION("NaN and the infinities are numbers") {
    rules.accept_nan = true;
    CHECK(compact("[NaN,Infinity,-Infinity,-1]", rules) == "[NaN,Infinity,-Infinity,-1]");
    CHECK(compact("-Inf", rules) == to_string(JsonFault::Number));
  }
  SECTION("depth") {
    rules.depth = 2;
    CHECK(compact("[[]]", rules) == "[[]]");
    CHECK(compact("[[[]]]", rules) == to_string(JsonFault::Depth));
    rules.depth = 0;
    CHECK(compact("1", rules) == "1");
  }
  SECTION("size") {
    rules.bytes = 3;
    CHECK(compact("123", rules) == "123");
    CHECK(compact("1234", rules) == to_string(JsonFault::Size));
  }
  SECTION("number length") {
    rules.number_length = 3;
    CHECK(compact("-12", rules) == "-12");
    CHECK(compact("-123", rules) == to_string(JsonFault::Number));
  }
}

TEST_CASE("Every node knows its place in the text") {
  const std::string text = "{ \"a\" : [1, \"\\u00e9x\"],\n\"b\":{\"c\":null}}";
  Tree tree;
  REQUIRE_FALSE(read_json(text, {}, tree));
  const Value root = tree.root();
  CHECK(root.offset() == 0);
  const Value list = root.find("a");
  CHECK(list.key_offset() == 2);
  CHECK(list.offset() == 8);
  CHECK(list.at(0).offset() == 9);
  CHECK(list.at(1).offset() == 12);
  CHECK(list.at(1).text() == "\u00e9x");
  const Value c = root.find("b").find("c");
  CHECK(position(text, c.key_offset()) == SourcePos{2, 6});
  CHECK(position(text, c.offset()) == SourcePos{2, 10});
  CHECK_FALSE(root.find("c"));
  CHECK_FALSE(list.at(2));
  CHECK_FALSE(list.find("a"));
}

TEST_CASE("A syntax error says what could have stood there") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"{\"a\" 1}", "`:`"},
      {"[1 2]", "`,` or `]`"},
      {"{\"a\":1 2}", "`,` or `}`"},
      {"{a:1}", "a member name in double quotes"},
      {"[1,]", "a value"},
      {"\"a", "the closing quote"},
      {"1.x", "a digit"},
      {R"("\u1")", "four hex digits"},
  };
  for (const auto& [text, expected] : table) {
    CAPTURE(text);
    Tree tree;
    const auto error = read_json(text, {}, tree);
    REQUIRE(error);
    CHECK(error->expected == expected);
  }
}

TEST_CASE("A tree is used again without traces of the last text") {
  Tree tree;
  const std::string escapes = "\"" + std::string(3000, 'x') + "\\n\"";
  for (int round = 0; round < 4; ++round) {
    const std::string text = "[" + escapes + "," + escapes + ",\"\\u0041\"]";
    REQUIRE_FALSE(read_json(text, {}, tree));
    CHECK(tree.root().at(0).text() == std::string(3000, 'x') + "\n");
    CHECK(tree.root().at(1).text() == tree.root().at(0).text());
    CHECK(tree.root().at(2).text() == "A");
    REQUIRE(read_json("[1,", {}, tree));
    REQUIRE_FALSE(read_json("7", {}, tree));
    CHECK(tree.root().text() == "7");
  }
}

// Texts that nlohmann accepts and RFC 8259 leaves open (duplicates, depth, long numbers) may be
// refused by ours; the other way round must never happen.
TEST_CASE("Nothing is accepted that a second parser refuses") {
  const std::vector<std::string> seeds = {
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task","arguments":{"ids":["a","b"],"n":-1.5e+3}}})",
      R"(["\u0041\ud83d\ude00\\\"", true, false, null, 0, -0, 1E5, [], {}, "é€😀"])",
      R"({"a":{"b":{"c":[[[{"d":""}]]]}}})",
  };
  const std::string alphabet =
      "{}[]\",:\\/ubfnrt0123456789.eE+- \n\tabcdefADdD\x01\x80\xc3\xed\xf0";
  Seed seed(1);
  int accepted = 0, refused = 0;
  Tree tree;
  for (int i = 0; i < 60'000; ++i) {
    std::string text = seeds[seed.below(seeds.size())];
    for (std::uint64_t edits = 1 + seed.below(4); edits > 0; --edits) {
      const std::size_t at = seed.below(text.size());
      switch (seed.below(4)) {
        case 0: text.erase(at, 1 + seed.below(3)); break;
        case 1: text.insert(at, 1, alphabet[seed.below(alphabet.size())]); break;
        case 2: text[at] = alphabet[seed.below(alphabet.size())]; break;
        default: text.insert(at, text.substr(seed.below(text.size()), seed.below(6))); break;
      }
      if (text.empty()) text = "1";
    }
    const bool theirs = nlohmann::json::accept(text);
    const auto error = read_json(text, {}, tree);
    if (!error) {
      ++accepted;
      if (!theirs) {
        // Numbers beyond a double are well-formed; nlohmann refuses them by their value.
        constexpr int kOutOfRange = 406;
        try {
          [[maybe_unused]] const auto parsed = nlohmann::json::parse(text);
        } catch (const nlohmann::json::exception& refusal) {
          if (refusal.id != kOutOfRange) FAIL("accepted: " << text);
        }
        continue;
      }
      // Write, then read: the same value, and the same text from then on.
      std::string first, second;
      write_json(tree.root(), first);
      Tree again;
      REQUIRE_FALSE(read_json(first, {}, again));
      REQUIRE(equal(tree.root(), again.root()));
      write_json(again.root(), second);
      REQUIRE(first == second);
      if (nlohmann::json::parse(first) != nlohmann::json::parse(text)) FAIL("differs: " << text);
    } else {
      ++refused;
      const bool ours_alone = error->fault == JsonFault::DuplicateKey ||
                              error->fault == JsonFault::Depth || error->fault == JsonFault::Size ||
                              error->fault == JsonFault::Number;
      if (theirs && !ours_alone) FAIL("refused: " << text << " as " << to_string(error->fault));
    }
  }
  CHECK(accepted > 3000);
  CHECK(refused > 3000);
}

}  // namespace
}  // namespace gatecrash::base
