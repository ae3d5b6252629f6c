// One whole scenario of five steps in memory: agent, gateway and mock exchange real bytes through
// the codec at every hop, from a reset world to the last evidence. Floor in the same run: the same
// frames through the relay (`null`), which decides nothing.
#include <benchmark/benchmark.h>

#include "harness/base/check.h"
#include "harness/gateway/gateway.h"
#include "harness/oracle/oracle.h"
#include "harness/replay/agent.h"
#include "harness/replay/memory_lane.h"
#include "mock_servers/mock.h"
#include "tests/benchmark/five_steps.h"

namespace {

using namespace gatecrash;

constexpr std::string_view kPolicy =
    R"({"version": "1", "default": "deny", "hide": ["start_task"], "tools": {
  "cancel_task": {"limits": [{"counter": "c", "window": "minute", "max": 2, "scope": "grant"}]},
  "get_task_status": {}, "list_tasks": {}}})";

void five_step_scenario(benchmark::State& state, std::string_view name) {
  const scenario::Plan plan = benchmark_plan::five_steps();
  gateway::Made made = gateway::find_gateway(name)->make({.path = "benchmark.json",
                                                          .text = std::string(kPolicy),
                                                          .dialect = policy::Dialect::PolicyLayer,
                                                          .lenient_if_refused = false,
                                                          .list_tool = {},
                                                          .list_argument = {}});
  GATECRASH_CHECK(made.gateway != nullptr);
  auto mock = *mock_servers::find_mock(plan.mock)->make({});
  replay::Agent agent;
  trace::Run run;
  for (auto _ : state) {
    run.agent.clear();
    run.gateway.clear();
    run.ledger.clear();
    replay::MemoryLane lane(made.gateway.get(), *mock);
    agent.play(plan, lane, run);
    GATECRASH_CHECK(run.complete);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["steps/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * 5), benchmark::Counter::kIsRate);
}

void BM_five_steps_reference(benchmark::State& state) {
  five_step_scenario(state, "reference");
}
void BM_five_steps_intercept(benchmark::State& state) {
  five_step_scenario(state, "intercept-1.1");
}
void BM_five_steps_relay(benchmark::State& state) {
  five_step_scenario(state, "null");
}

BENCHMARK(BM_five_steps_relay);
BENCHMARK(BM_five_steps_reference);
BENCHMARK(BM_five_steps_intercept);

}  // namespace
