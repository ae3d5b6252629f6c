// A scenario without an attack: only its traffic runs, which has to pass; no attack is expected to
// bite.
#include "tests/replay/bench.h"

using namespace gatecrash;
using namespace gatecrash::test;
using oracle::Verdict;

TEST_CASE(
    "Everyday traffic passes where it is let through and is overblocked where it is not, on both "
    "lanes") {
  const std::string path = scratch_path("replay/everyday.yaml");
  REQUIRE(base::write_file(path, kTwoCancels).has_value());
  const auto chosen = choose("", {"reference", "null", "deny_all"}, {path});
  for (const replay::LaneKind lane : {replay::LaneKind::Memory, replay::LaneKind::Stdio}) {
    replay::Workbench bench({.lane = lane, .limits = kNoHurry});
    const auto cases = run_all(bench, only(*chosen), *chosen);
    REQUIRE(cases.size() == 3);
    for (const trace::Case& each : cases) {
      CHECK(each.teeth.empty());
      CHECK(each.attack.empty());
      CHECK(each.benign.complete);
    }
    CHECK(oracle::judge(cases[0]).verdict == Verdict::Pass);
    CHECK(oracle::judge(cases[1]).verdict == Verdict::Pass);
    CHECK(oracle::judge(cases[2]).verdict == Verdict::Overblock);
    CHECK(bench.effort().runs == 3);
  }
}
