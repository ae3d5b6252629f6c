#include "harness/base/document.h"

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "tests/support/catch.h"

namespace gatecrash::base {
namespace {

// The document as sorted JSON, or its problems.
std::string as_json(const std::string& source, Syntax syntax = Syntax::Yaml) {
  Document document;
  const auto result = parse_document("f", source, syntax, document);
  if (result.has_error()) {
    CHECK(document.tree.empty());
    return to_string(result.error());
  }
  std::string out;
  write_json(document.tree.root(), out);
  return out;
}

TEST_CASE("YAML is read by the 1.2 core schema") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"a: 1", R"({"a":1})"},
      {"- a\n- 'b'\n- \"c\\n\"\n", R"(["a","b","c\n"])"},
      {"[null, ~, Null, NULL, '']", R"([null,null,null,null,""])"},
      {"[true, True, TRUE, false, False, FALSE]", "[true,true,true,false,false,false]"},
      {"[yes, no, on, off, y, n, nULL, tRUE]", R"(["yes","no","on","off","y","n","nULL","tRUE"])"},
      {"['true', \"null\", '1', 'it''s']", R"(["true","null","1","it's"])"},
      {"[0, -1, +1, 12345678901234567890123]", "[0,-1,1,12345678901234567890123]"},
      {"[0x1F, 0o17, 0xffffffffffffffff]", "[31,15,18446744073709551615]"},
      {"[1.5, .5, 5., -.5, 1e3, 1.5E-3, +.5]", "[1.5,0.5,5.0,-0.5,1e3,1.5E-3,0.5]"},
      {"[1_000, 1:30, 1.2.3, 0x, 0xg, 0o8, -0x1, 1e, ., -, +, e5, 2026-01-01]",
       R"(["1_000","1:30","1.2.3","0x","0xg","0o8","-0x1","1e",".","-","+","e5","2026-01-01"])"},
      {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", R"({"a":"x\ny\n","b":"x y"})"},
      {"a:\nb:\n", R"({"a":null,"b":null})"},
      {"a :\n'b':\n\"c\": # x\n", R"({"a":null,"b":null,"c":null})"},
      {"{a, b: , c:}", R"({"a":null,"b":null,"c":null})"},
      {"1: a\ntrue: b\n'': c\n'<<': d", R"({"1":"a","true":"b","":"c","<<":"d"})"},
      {"a: {b: [c, {d: e}]}", R"({"a":{"b":["c",{"d":"e"}]}})"},
      {"# only\na: 1 # here\n...\n", R"({"a":1})"},
      {"---\na: 1\n", R"({"a":1})"},
      {"a: &x {k: [1, 2]}\nb: *x\nc: [*x]",
       R"({"a":{"k":[1,2]},"b":{"k":[1,2]},"c":[{"k":[1,2]}]})"},
      {"a: &x\nb: *x\nc: &y text\nd: *y", R"({"a":null,"b":null,"c":"text","d":"text"})"},
      {"\"a\\u00e9\\0\": \u20ac", "{\"a\u00e9\\u0000\":\"\u20ac\"}"},
      {"just text", "\"just text\""},
      {R"({"json": [1, true, null, "x"]})", R"({"json":[1,true,null,"x"]})"},
      {"a: 1\r\nb: 2\r\n", R"({"a":1,"b":2})"},
  };
  for (const auto& [source, expected] : table) {
    CAPTURE(source);
    CHECK(as_json(source) == expected);
  }
}

TEST_CASE("What would be read in two ways is refused, with its place and a hint") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "f: is empty\n"},
      {" \n\n", "f: is empty\n"},
      {"# a comment\n", "f: is empty (it holds no value)\n"},
      {"---\n", "f: is empty (it holds no value)\n"},
      {"a: 1\nb: 2\na: 3\n", "f:3:1: duplicate key `a` (first on line 1)\n"},
      {"x: {a: 1, 'a': 2}\ny: {b: 1, \"\\x62\": 2}\n",
       "f:1:11: duplicate key `a` (first on line 1)\nf:2:11: duplicate key `b` (first on line "
       "2)\n"},
      {"a: 1\n---\nb: 2\n",
       "f:2:1: a second YAML document, or text behind the end of the first (one file holds one "
       "document)\n"},
      {"[a] b",
       "f:1:5: a second YAML document, or text behind the end of the first (one file holds one "
       "document)\n"},
      {"a: !!str 1\n",
       "f:1:4: a YAML tag `tag:yaml.org,2002:str` (quote the value to make it text)\n"},
      {"a: !x {b: 1}\n", "f:1:4: a YAML tag `!x` (quote the value to make it text)\n"},
      {"a: &x {k: 1}\nb:\n  <<: *x\n  l: 2\n", "f:3:3: a merge key `<<` (write the members out)\n"},
      {"? [a]\n: 1\n", "f:1:3: a list as a key, or one that is never closed (keys are text)\n"},
      {"? {a: b}\n: 1\n",
       "f:1:3: a mapping as a key, or one that is never closed (keys are text)\n"},
      {"~: 1\n",
       "f:1:1: a key is missing or null (quote the key if it is the word `null` or `~`)\n"},
      {"a: [1, 2\nb: 3\n",
       "f:2:2: not well-formed YAML: end of sequence flow not found (check the brackets)\n"},
      {"a: &x k\n*x : 1\n", "f:2:1: an alias as a key (write the key out)\n"},
      {"&a [*a]\n", "f:1:5: an alias inside the value it stands for (it would never end)\n"},
      {"a: 010\n",
       "f:1:4: `010` is read as different numbers by different readers (write it in plain decimal, "
       "or "
       "quote it)\n"},
      {"a: .inf\nb: -.INF\nc: .nan\n",
       "f:1:4: `.inf` is no number here (quote it to make it text)\n"
       "f:2:4: `-.INF` is no number here (quote it to make it text)\n"
       "f:3:4: `.nan` is no number here (quote it to make it text)\n"},
      {"a: *nowhere\n", "f:1:4: not well-formed YAML: the referenced anchor is not defined\n"},
      {"a: b: c\n",
       "f:1:5: not well-formed YAML: illegal map value (text that holds `: ` has to be quoted)\n"},
      {"a:\n\t- b\n",
       "f:2:2: not well-formed YAML: illegal block entry (indent with spaces, not tabs)\n"},
      {"a: \"open\n", "f:1:4: a quote that is never closed\n"},
      {"a: &x 'open\n", "f:1:4: a quote that is never closed\n"},
      {"a: 'open''\n", "f:1:4: a quote that is never closed\n"},
      {"a: ! 1\n", "f:1:4: a YAML tag `!` (quote the value to make it text)\n"},
      {"a: !{b: 1}\n", "f:1:4: a YAML tag `!` (quote the value to make it text)\n"},
      {"# x\n%version: 1\na: 1\n",
       "f:2:1: a YAML directive (a line that starts with `%` is not read; remove it)\n"},
      {"a: 1\nstray\n", "f:2:1: text that is neither a key nor a value (is a `:` missing?)\n"},
      {"a: 1\nb\n - c\n", "f:2:1: text that is neither a key nor a value (is a `:` missing?)\n"},
      {"a: \"open",
       "f:1:9: not well-formed YAML: illegal EOF in scalar (a quote is never closed)\n"},
      {std::string("a: 1\nb: \0x\n", 11), "f:2:4: holds a NUL byte: a binary file, not text\n"},
      {"a: 1\nb: \x04\nc: 3\n",
       "f:2:4: holds a control character `\\x04` (write it as an escape in double quotes)\n"},
      {"\xef\xbb\xbf"
       "a: 1\n",
       "f:1:1: starts with a byte-order mark (save it as UTF-8 without one)\n"},
      {std::string("\xff\xfe"
                   "a\0",
                   4),
       "f:1:1: is UTF-16, not UTF-8 (save it as UTF-8)\n"},
      {"a: 1\nb: x\xe9y\n", "f:2:5: is not UTF-8: `\\xe9` (save it as UTF-8)\n"},
  };
  for (const auto& [source, expected] : table) {
    CAPTURE(source);
    CHECK(as_json(source) == expected);
  }
}

TEST_CASE("A JSON file's mistakes are shown with place, expectation and hint") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"{\n  \"a\": 1,\n}\n",
       "f:3:1: not well-formed JSON: expected a member name in double quotes (remove the comma "
       "before "
       "it)\n"},
      {"{\"a\": [1, 2}", "f:1:12: not well-formed JSON: expected `,` or `]` (found `}`)\n"},
      {"{\"a\" 1}", "f:1:6: not well-formed JSON: expected `:` (found `1`)\n"},
      {"{\"a\": True}", "f:1:7: not well-formed JSON: expected a value (did you mean `true`?)\n"},
      {"{'a': 1}",
       "f:1:2: not well-formed JSON: expected a member name in double quotes (JSON uses double "
       "quotes)\n"},
      {"{ // x\n}",
       "f:1:3: not well-formed JSON: expected a member name in double quotes (JSON has no "
       "comments)\n"},
      {"{\"a\": [1,\n", "f:2:1: not well-formed JSON: expected a value (the text ends here)\n"},
      {"{\"a\": 1, \"a\": 2}", "f:1:10: duplicate member name `a` (each name once)\n"},
      {"{\"a\": 1, \"\\u0061\": 2}", "f:1:10: duplicate member name `\\u0061` (each name once)\n"},
      {"{} x",
       "f:1:4: text after the JSON value: expected the end of the text (one file holds one "
       "value)\n"},
      {std::string(65, '[') + std::string(65, ']'), "f:1:65: nested too deep (at most 64)\n"},
      {"[1.]",
       "f:1:4: malformed or overlong number: expected a digit (no leading zeros, no bare decimal "
       "point, at most 64 bytes)\n"},
      {"", "f: is empty\n"},
      {"\xef\xbb\xbf{}", "f:1:1: starts with a byte-order mark (save it as UTF-8 without one)\n"},
      {"\x7f"
       "ELF",
       "f:1:1: not well-formed JSON: expected a value (found `\\x7f`)\n"},
  };
  for (const auto& [source, expected] : table) {
    CAPTURE(source);
    CHECK(as_json(source, Syntax::Json) == expected);
  }
}

TEST_CASE("Places in YAML are bytes, whatever stands before them") {
  const std::string source =
      "\u00e9t\u00e9: \"\U0001F600\"\r\nlist:\r\n  - x: 1\n  - &a {y: [2]}\n  - *a\nempty:\nlast: "
      "|\n  t\n";
  Document document;
  REQUIRE(parse_document("f", source, Syntax::Yaml, document).has_value());
  const Value root = document.tree.root();
  const auto at = [&](Value value) { return document.source.substr(value.offset(), 1); };
  CHECK(document.place(root) == SourcePos{1, 1});
  CHECK(document.place(root.at(0)) == SourcePos{1, 8});
  CHECK(at(root.at(0)) == "\"");
  const Value list = root.find("list");
  CHECK(document.key_place(list) == SourcePos{2, 1});
  CHECK(document.place(list) == SourcePos{3, 3});
  CHECK(document.place(list.at(0).find("x")) == SourcePos{3, 8});
  CHECK(document.key_place(list.at(0).find("x")) == SourcePos{3, 5});
  CHECK(document.place(list.at(1).find("y")) == SourcePos{4, 12});
  CHECK(document.place(list.at(2)) == SourcePos{5, 5});                   // the alias itself
  CHECK(document.place(list.at(2).find("y").at(0)) == SourcePos{4, 13});  // where it is written
  CHECK(document.place(root.find("empty")) == SourcePos{6, 1});           // its key
  CHECK(document.place(root.find("last")) == SourcePos{7, 7});
  CHECK(root.find("last").node()->quoted);
  CHECK_FALSE(root.find("list").at(0).find("x").node()->quoted);
}

TEST_CASE("An alias bomb is refused, by size or by depth") {
  // Written out, the first would have 10^20 values: there is no end to it.
  std::string wide = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  std::string deep = "a0: &a0 [x]\n";
  for (int i = 1; i <= 70; ++i) {
    const std::string name = "a" + std::to_string(i), last = "*a" + std::to_string(i - 1);
    if (i < 20) {
      wide += name + ": &" + name + " [" + last;
      for (int k = 1; k < 10; ++k) wide += ", " + last;
      wide += "]\n";
    }
    deep += name + ": &" + name + " [" + last + "]\n";
  }
  CHECK(as_json(wide).find("more than 1048576 values once its aliases are written out") !=
        std::string::npos);
  CHECK(as_json(deep).find("nested deeper than 64") != std::string::npos);
}

TEST_CASE("Nesting is bounded before it can hurt") {
  CHECK(as_json(std::string(64, '[') + std::string(64, ']')) ==
        std::string(64, '[') + std::string(64, ']'));
  CHECK(as_json(std::string(65, '[') + std::string(65, ']')) == "f:1:65: nested deeper than 64\n");
  CHECK(as_json(std::string(10'000, '[')).find("never closed") != std::string::npos);
  CHECK(as_json(std::string(10'000, '{')).find("f:1:") == 0);
}

TEST_CASE("The syntax follows the name of the file") {
  CHECK(syntax_of("a.json") == Syntax::Json);
  CHECK(syntax_of("a.yaml") == Syntax::Yaml);
  CHECK(syntax_of("a.yml") == Syntax::Yaml);
  CHECK(syntax_of("json") == Syntax::Yaml);
}

TEST_CASE("A file that cannot be read is a problem with its name") {
  Document document;
  const auto result = load_document("/nonexistent/x.yaml", document);
  REQUIRE(result.has_error());
  CHECK(to_string(result.error()) == "/nonexistent/x.yaml: no such file\n");
}

}  // namespace
}  // namespace gatecrash::base
