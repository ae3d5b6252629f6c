#include "harness/replay/real_time.h"

#include "tests/support/catch.h"

using namespace gatecrash;
using namespace std::chrono_literals;

namespace {

base::Instant at(std::string_view text) {
  const auto instant = base::parse_instant(text);
  REQUIRE(instant.has_value());
  return *instant;
}

replay::RealTime needed(std::string_view start, base::Duration first, base::Duration second = {}) {
  scenario::Plan plan;
  plan.start = at(start);
  for (const base::Duration by : {first, second}) {
    scenario::Step& step = plan.steps.emplace_back();
    step.kind = scenario::StepKind::Advance;
    step.by = by;
  }
  return replay::real_time(plan);
}

}  // namespace

TEST_CASE("A plan needs the time that its steps let pass") {
  CHECK(needed("2026-01-01T00:00:00Z", 200ms, 3s).most() == 3200ms);
  CHECK(needed("2026-01-01T00:00:00Z", 200ms, 3s).period == base::Duration::zero());
}

TEST_CASE("A plan that starts before the end of a minute, hour or day needs to start there") {
  const auto period = [](std::string_view start) { return needed(start, 100ms, 100ms).period; };
  CHECK(period("2026-01-01T10:00:59.9Z") == 1min);
  CHECK(period("2026-01-01T10:59:59.9Z") == 1h);
  CHECK(period("2026-01-01T23:59:59.9Z") == 24h);
  // It does not come to the end.
  CHECK(period("2026-01-01T10:00:59.7Z") == base::Duration::zero());
  CHECK(needed("2026-01-01T10:00:59.9Z", 200ms).most() == 60200ms);
}

TEST_CASE("The next instant like a start is at the same point of the period") {
  const auto next = [](std::string_view start, base::Duration period, std::string_view from) {
    return replay::next_like(at(start), period, at(from));
  };
  CHECK(next("2026-01-01T10:00:59.9Z", 1min, "2026-11-21T08:30:00Z") ==
        at("2026-11-21T08:30:59.9Z"));
  CHECK(next("2026-01-01T10:00:59.9Z", 1min, "2026-11-21T08:30:59.95Z") ==
        at("2026-11-21T08:31:59.9Z"));
  CHECK(next("2026-01-01T10:00:59.9Z", 1min, "2026-11-21T08:30:59.9Z") ==
        at("2026-11-21T08:30:59.9Z"));
  // The clock may be behind the start.
  CHECK(next("2028-02-29T23:59:30Z", 24h, "2026-11-21T23:59:31Z") == at("2026-11-22T23:59:30Z"));
  CHECK(next("2028-02-29T23:59:30Z", 24h, "2026-11-21T23:59:29Z") == at("2026-11-21T23:59:30Z"));
}
