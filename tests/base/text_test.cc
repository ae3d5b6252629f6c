#include "harness/base/text.h"

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/digest.h"
#include "harness/base/problem.h"
#include "harness/base/seed.h"
#include "tests/support/catch.h"

namespace gatecrash::base {
namespace {

TEST_CASE("A slip is recognised, another word is not") {
  const std::vector<std::string_view> known = {"scenario",    "target", "policy",
                                               "cancel_task", "id",     "ms"};
  const std::vector<std::pair<std::string_view, std::string_view>> table = {
      {"scenarios", "scenario"},
      {"secnario", "scenario"},
      {"traget", "target"},
      {"Policy", "policy"},
      {"cancel-task", "cancel_task"},
      {"cancelTask", "cancel_task"},
      {"CANCEL-TASK", "cancel_task"},
      {"ids", "id"},
      {"gateway", ""},
      {"x", ""},
      {"", ""},
      {"nothing_like_it", ""},
  };
  for (const auto& [word, expected] : table) {
    CAPTURE(word);
    CHECK(closest(word, known) == expected);
  }
  CHECK(closest(std::string(100'000, 'a'), known).empty());
}

TEST_CASE("A hint names the closest, or up to eight of what is known") {
  const std::vector<std::string_view> two = {"alpha", "beta"};
  CHECK(did_you_mean("alhpa", two) == "did you mean `alpha`?");
  CHECK(did_you_mean("gamma_ray", two) == "one of `alpha`, `beta`");
  CHECK(did_you_mean("x", std::span(two).first(1)) == "only `alpha`");
  CHECK(did_you_mean("x", {}).empty());
  const std::vector<std::string_view> many = {"aaa", "bbb", "ccc", "ddd", "eee",
                                              "fff", "ggg", "hhh", "iii"};
  CHECK(did_you_mean("zzzzzz", many) ==
        "one of `aaa`, `bbb`, `ccc`, `ddd`, `eee`, `fff`, `ggg`, `hhh`, …");
}

TEST_CASE("Quoted text shows what a terminal would hide") {
  CHECK(base::quoted("abc") == "`abc`");
  CHECK(base::quoted("") == "``");
  CHECK(base::quoted(std::string_view("a\0\n\x1b[31m\x7f", 9)) == "`a\\x00\\x0a\\x1b[31m\\x7f`");
  CHECK(base::quoted("\u00e9\xff") == "`\u00e9\\xff`");
  CHECK(base::quoted("a\u202eb\u200b") == "`a\\u{202e}b\\u{200b}`");
  CHECK(base::quoted(std::string(80, 'x')) == "`" + std::string(80, 'x') + "`");
  CHECK(base::quoted(std::string(81, 'x')) == "`" + std::string(80, 'x') + "…`");
}

TEST_CASE("UTF-8 is told from bytes") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("a\u00e9\u20ac\U0001F600"));
  for (const std::string_view bytes :
       {"\x80", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xc0\x80", "a\xff"}) {
    CHECK_FALSE(is_utf8(bytes));
  }
}

TEST_CASE("Split and join are each other's inverse") {
  CHECK(split("a,b,,c", ',') == std::vector<std::string_view>{"a", "b", "", "c"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(split(",", ',') == std::vector<std::string_view>{"", ""});
  CHECK(join(std::vector<std::string>{"a", "b", "", "c"}, ",") == "a,b,,c");
  CHECK(join({}, ",").empty());
}

TEST_CASE("Globs match like a shell's") {
  struct Row {
    std::string_view pattern, text;
    bool matches;
  };
  const std::vector<Row> table = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"*", "abc", true},
      {"a*c", "abbbc", true},
      {"a*c", "abbb", false},
      {"?", "a", true},
      {"?", "", false},
      {"a?c", "abc", true},
      {"*_task", "cancel_task", true},
      {"cancel_*", "cancel_", true},
      {"*a*b*", "xxaxxbxx", true},
      {"*a*b*", "xxbxxaxx", false},
      {"abc", "abcd", false},
      {"**", "x", true},
      {"[a]", "a", false},
  };
  for (const Row& row : table) {
    CAPTURE(row.pattern, row.text);
    CHECK(glob_match(row.pattern, row.text) == row.matches);
  }
  // A naive matcher takes exponential time here.
  CHECK_FALSE(glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST_CASE("Base64 and hex follow RFC 4648") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xff\xfe\xfd", "//79"},
  };
  for (const auto& [bytes, text] : table) {
    CAPTURE(text);
    CHECK(to_base64(bytes) == text);
    std::string back = "x";
    CHECK(from_base64(text, back));
    CHECK(back == bytes);
  }
  for (const std::string wrong :
       {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "Z===", "Zg==Zg==", "Zm9v\n", "Zm-_", "=g==",
        "Zm9vYg=="
        "x"}) {
    CAPTURE(wrong);
    std::string back;
    CHECK_FALSE(from_base64(wrong, back));
    CHECK(back.empty());
  }
  CHECK(to_hex(std::string_view("\x00\x7f\xff", 3)) == "007fff");
}

TEST_CASE("SHA-256 gives the values of FIPS 180-4") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("A problem prints as path, place, message and hint") {
  CHECK(to_string(problem("a.yaml", {3, 5}, "unknown key `x`", "did you mean `y`?")) ==
        "a.yaml:3:5: unknown key `x` (did you mean `y`?)");
  CHECK(to_string(problem("a.yaml", {}, "is empty")) == "a.yaml: is empty");
  CHECK(to_string(problem("", {}, "nothing")) == "nothing");
  Problem lint = problem("p", {1, 1}, "loose");
  lint.severity = Severity::Warning;
  lint.id = "loose-rule";
  CHECK(to_string(lint) == "p:1:1: warning: loose [loose-rule]");
  CHECK_FALSE(has_error({lint}));
  CHECK(has_error({lint, problem("", {}, "x")}));
  CHECK(to_string(Problems{lint, lint}) == to_string(lint) + "\n" + to_string(lint) + "\n");
}

TEST_CASE("A result of a number is a number, and of problems problems") {
  const auto number = [](bool good) -> Result<int> {
    if (good) return 3;
    return problem("f", {}, "bad");
  };
  CHECK(number(true).value() == 3);
  CHECK(number(false).error() == Problems{problem("f", {}, "bad")});
}

TEST_CASE("Chance is the same everywhere and forks are independent") {
  Seed seed(1);
  CHECK(seed.next() == 0x910a2dec89025cc1ULL);  // SplitMix64's published stream for seed 1
  CHECK(Seed(1).fork("a").next() == Seed(1).fork("a").next());
  CHECK(Seed(1).fork("a").next() != Seed(1).fork("b").next());
  for (int i = 0; i < 1000; ++i) CHECK(seed.below(7) < 7);
}

}  // namespace
}  // namespace gatecrash::base
