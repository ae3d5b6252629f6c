#include "harness/base/time.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace gatecrash::base {
namespace {

TEST_CASE("Instants are read and printed as RFC 3339 in UTC") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
      {"2026-01-01T10:00:59.9Z", "2026-01-01T10:00:59.9Z"},
      {"2026-01-01T10:00:59.900000Z", "2026-01-01T10:00:59.9Z"},
      {"1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000001Z"},
      {"2024-02-29T23:59:59.123456Z", "2024-02-29T23:59:59.123456Z"},
      {"2026-12-31T23:59:59.0Z", "2026-12-31T23:59:59Z"},
      {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
  };
  for (const auto& [text, printed] : table) {
    CAPTURE(text);
    const auto instant = parse_instant(text);
    REQUIRE(instant);
    CHECK(to_string(*instant) == printed);
    CHECK(parse_instant(printed) == instant);
  }
  CHECK(to_string(default_start()) == "2026-01-01T00:00:00Z");
  CHECK(parse_instant("1970-01-02T00:00:00.5Z")->time_since_epoch().count() == 86'400'500'000);
}

TEST_CASE("What is no instant is not read") {
  for (const std::string text : {"",
                                 "2026-01-01",
                                 "2026-01-01T00:00:00",
                                 "2026-01-01 00:00:00Z",
                                 "2026-01-01T00:00:00+00:00",
                                 "2026-02-30T00:00:00Z",
                                 "2025-02-29T00:00:00Z",
                                 "2026-13-01T00:00:00Z",
                                 "2026-00-01T00:00:00Z",
                                 "2026-01-01T24:00:00Z",
                                 "2026-01-01T00:60:00Z",
                                 "2026-01-01T00:00:60Z",
                                 "2026-01-01T00:00:00.Z",
                                 "2026-01-01T00:00:00.1234567Z",
                                 "2026-01-01T00:00:00.1x3Z",
                                 "1969-12-31T23:59:59Z",
                                 "2026-01-01T00:00:00zZ",
                                 "+026-01-01T00:00:00Z",
                                 "2026-01-01T00:00:0 Z",
                                 "2026-1-01T00:00:00Z."}) {
    CAPTURE(text);
    CHECK_FALSE(parse_instant(text));
  }
}

TEST_CASE("Durations are read in one unit and printed as people write them") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"0s", "0s"},   {"200ms", "200ms"}, {"1000ms", "1s"},     {"60s", "60s"},
      {"1m", "60s"},  {"90s", "90s"},     {"5m", "5m"},         {"120s", "2m"},
      {"60m", "60m"}, {"1h", "60m"},      {"24h", "24h"},       {"1d", "24h"},
      {"7d", "7d"},   {"15us", "15us"},   {"1500us", "1500us"}, {"1500ms", "1500ms"},
      {"-5s", "-5s"}, {"-60s", "-60s"},   {"36525d", "36525d"},
  };
  for (const auto& [text, printed] : table) {
    CAPTURE(text);
    const auto duration = parse_duration(text);
    REQUIRE(duration);
    CHECK(to_string(*duration) == printed);
    CHECK(parse_duration(printed) == duration);
  }
}

TEST_CASE("What is no duration is not read") {
  for (const std::string text :
       {"", "5", "s", "5 s", " 5s", "5s ", "1.5s", "1h30m", "5S", "5min", "+5s", "36526d",
        "99999999999999999999s", "9223372036854775807d", "--5s", "ms"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("A virtual clock moves only when told") {
  VirtualClock clock;
  CHECK(clock.now() == default_start());
  clock.advance(std::chrono::milliseconds{1500});
  CHECK(to_string(clock.now()) == "2026-01-01T00:00:01.5Z");
  clock.set(default_start());
  CHECK(clock.now() == default_start());
}

}  // namespace
}  // namespace gatecrash::base
