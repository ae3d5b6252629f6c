// The same plan twice gives the same ledger to the byte, in memory and as processes: four ledgers,
// all equal.
#include <set>

#include "tests/replay/bench.h"
#include "tests/support/build.h"

using namespace gatecrash;
using namespace gatecrash::test;
using replay::LaneKind;
using replay::Workbench;

TEST_CASE(
    "The same plan twice gives the same ledger on both lanes, for every mock that a target names") {
  const auto chosen = choose(kWholePack ? "^(hid/call-by-name|bulk/.*|cxl/.*)@"
                                        : "^hid/call-by-name@|^(bulk|cxl)/.*@binassist_hardened$",
                             {"reference"});
  std::set<std::string> mocks;
  std::size_t ledgers = 0;
  for (const Scenario& scenario : chosen->scenarios) {
    INFO(scenario->id);
    mocks.insert(scenario->target->mock);
    std::vector<std::vector<trace::Case>> times;
    for (const LaneKind lane :
         {LaneKind::Memory, LaneKind::Memory, LaneKind::Stdio, LaneKind::Stdio}) {
      Workbench fresh({.lane = lane, .limits = kNoHurry});
      times.push_back(run_all(fresh, scenario, *chosen));
    }
    for (std::size_t i = 0; i < times[0].size(); ++i) {
      const auto first = runs_of(times[0][i]);
      for (std::size_t again = 1; again < times.size(); ++again) {
        const auto runs = runs_of(times[again][i]);
        REQUIRE(runs.size() == first.size());
        for (std::size_t j = 0; j < runs.size(); ++j) {
          INFO("time " << again << ", run " << j << ": " << runs[j]->problem);
          CHECK(runs[j]->complete);
          CHECK(trace::same(first[j]->ledger, runs[j]->ledger));
          ledgers += runs[j]->ledger.empty() ? 0 : 1;
        }
      }
    }
  }
  CHECK(mocks.size() >= 5);
  CHECK(ledgers > 100);
}
