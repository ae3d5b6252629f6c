// One whole scenario of five steps in memory: agent, gateway and mock exchange real bytes through
// the codec at every hop, from a reset world to the last evidence. Floor: the same frames through
// the relay (`null`), which decides nothing.
#include <memory>
#include <string_view>

#include "harness/base/check.h"
#include "harness/gateway/gateway.h"
#include "harness/replay/agent.h"
#include "harness/replay/memory_lane.h"
#include "mock_servers/mock.h"
#include "tests/benchmark/five_steps.h"
#include "tests/benchmark/paired.h"

namespace {

using namespace gatecrash;

class Scenario {
 public:
  explicit Scenario(std::string_view gateway)
      : gateway_(gateway::find_gateway(gateway)->make({.path = "benchmark.json",
                                                       .text = benchmark_plan::kFiveStepsPolicy,
                                                       .dialect = policy::Dialect::PolicyLayer,
                                                       .lenient_if_refused = false,
                                                       .list_tool = {},
                                                       .list_argument = {}})) {
    GATECRASH_CHECK(gateway_.gateway != nullptr);
  }
  void operator()() {
    run_.agent.clear();
    run_.gateway.clear();
    run_.ledger.clear();
    replay::MemoryLane lane(gateway_.gateway.get(), *mock_);
    agent_.play(plan_, lane, run_);
    GATECRASH_CHECK(run_.complete);
  }

 private:
  scenario::Plan plan_ = benchmark_plan::five_steps();
  gateway::Made gateway_;
  std::unique_ptr<mock_servers::Mock> mock_ = *mock_servers::find_mock(plan_.mock)->make({});
  replay::Agent agent_;
  trace::Run run_;
};

void reference(paired::Pairs& pairs) {
  pairs.run(Scenario("reference"), Scenario("null"), {.rate = true});
}
void released_proxy(paired::Pairs& pairs) {
  pairs.run(Scenario("intercept-1.1"), Scenario("null"), {.rate = true});
}

const bool kRows = paired::add({
    {"memory/scenario", "a scenario of five steps in memory, `reference`", "relay",
     paired::Clock::Cpu, paired::ratio_at_least(0.7), reference},
    {"memory/scenario_released",
     "a scenario of five steps in memory, `intercept-1.1`",
     "relay",
     paired::Clock::Cpu,
     {},
     released_proxy},
});

}  // namespace
