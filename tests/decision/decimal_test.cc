#include "tests/support/catch.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "harness/decision/decimal.h"

using gatecrash::decision::Decimal;
using gatecrash::decision::to_double;
using Round = Decimal::Round;

namespace {

Decimal number(std::string_view text) {
  INFO(text);
  const auto parsed = Decimal::parse(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

}  // namespace

TEST_CASE("numbers are compared by value, whatever their spelling") {
  const std::pair<const char*, const char*> equal[] = {{"1", "1.0"},
                                                       {"1", "10e-1"},
                                                       {"100", "1e2"},
                                                       {"100", "1E+2"},
                                                       {"0", "-0"},
                                                       {"0", "0.000"},
                                                       {"0", "0e5"},
                                                       {"0.05", "5e-2"},
                                                       {"-1.50", "-15e-1"},
                                                       {"123.456", "0.123456e3"},
                                                       {"1e999999999", "10e999999998"}};
  for (const auto& [left, right] : equal) {
    INFO(left << " = " << right);
    CHECK(number(left) == number(right));
  }
  const char* ascending[] = {"-1e30",
                             "-100",
                             "-99.5",
                             "-1",
                             "-0.1",
                             "-0.09",
                             "0",
                             "1e-30",
                             "0.09",
                             "0.1",
                             "0.99999999999999999999",
                             "1",
                             "1.00000000000000000001",
                             "9",
                             "10",
                             "99.5",
                             "100",
                             "9007199254740992",
                             "9007199254740993",
                             "18446744073709551616",
                             "1e30"};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      INFO(ascending[i] << " and " << ascending[j]);
      CHECK((number(ascending[i]) < number(ascending[j])) == (i < j));
    }
  }
}

TEST_CASE("what is no JSON number is no decimal") {
  for (const char* text : {"", "-", "+1", ".5", "5.", "1.2.3", "1e", "1e+", "e5", "0x10", "NaN",
                           "Infinity", "1 ", " 1", "1e1234567890", "--1", "1-", "-.5"}) {
    INFO(text);
    CHECK(!Decimal::parse(text));
  }
  CHECK(Decimal::parse("1e0000000000000005").has_value());
}

TEST_CASE("scaling is exact or rounds the way it is told") {
  CHECK(number("0.1").scaled(6, Round::Down) == 100'000);
  CHECK(number("2.5").scaled(6, Round::Down) == 2'500'000);
  CHECK(number("1e3").scaled(6, Round::Down) == 1'000'000'000);
  CHECK(number("-1.5").scaled(6, Round::Down) == -1'500'000);
  CHECK(number("0.0000001").scaled(6, Round::Down) == 0);
  CHECK(number("0.0000001").scaled(6, Round::Up) == 1);
  CHECK(number("1.0000000").scaled(6, Round::Up) == 1'000'000);
  CHECK(number("2.9").scaled(0, Round::Down) == 2);
  CHECK(number("9223372036854775807").scaled(0, Round::Down) ==
        std::numeric_limits<std::int64_t>::max());
  CHECK(!number("9223372036854775808").scaled(0, Round::Down));
  CHECK(!number("1e20").scaled(0, Round::Down));
  CHECK(!number("1e999999999").scaled(6, Round::Up));
  CHECK(number("1e-999999999").scaled(6, Round::Up) == 1);
}

TEST_CASE("doubles lose what doubles lose") {
  CHECK(to_double("9007199254740993") == to_double("9007199254740992"));
  CHECK(to_double("1e400") == std::numeric_limits<double>::infinity());
  CHECK(to_double("-1e400") == -std::numeric_limits<double>::infinity());
  CHECK(to_double("1e-400") == 0.0);
  CHECK(to_double("0.1") == 0.1);
}
