// One whole scenario of five steps in memory: agent, gateway and mock exchange real bytes through the
// codec at every hop, from a reset world to the last evidence. Floor in the same run: the same frames
// through the relay (`null`), which decides nothing.
#include <benchmark/benchmark.h>

#include "harness/base/check.h"
#include "harness/gateway/gateway.h"
#include "harness/oracle/oracle.h"
#include "harness/replay/agent.h"
#include "harness/replay/memory_lane.h"
#include "mock_servers/mock.h"

namespace {

using namespace gatecrash;

constexpr std::string_view kPolicy = R"({"version": "1", "default": "deny", "hide": ["start_task"], "tools": {
  "cancel_task": {"limits": [{"counter": "c", "window": "minute", "max": 2, "scope": "grant"}]},
  "get_task_status": {}, "list_tasks": {}}})";

// Two cancels that pass, one over the limit, one hidden tool, one status call.
scenario::Plan five_steps() {
  scenario::Plan plan;
  plan.scenario = "benchmark";
  plan.era = "2025-11-25";
  plan.mock = "binassist";
  plan.grant = "default";
  for (int i = 0; i < 6; ++i) {
    plan.world.tasks.push_back({.id = "00000000-0000-4000-8000-00000000000" + std::to_string(i), .state = {}, .owner = {}, .work = {}});
  }
  const auto call = [&](std::string tool, int task) {
    scenario::Step step;
    step.kind = scenario::StepKind::Call;
    step.tool = std::move(tool);
    step.arguments = R"({"task_id":")" + plan.world.tasks[static_cast<std::size_t>(task)].id + R"("})";
    plan.steps.push_back(std::move(step));
  };
  call("cancel_task", 0);
  call("cancel_task", 1);
  call("cancel_task", 2);
  call("start_task", 3);
  call("get_task_status", 4);
  return plan;
}

void five_step_scenario(benchmark::State& state, std::string_view name) {
  const scenario::Plan plan = five_steps();
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

void BM_five_steps_reference(benchmark::State& state) { five_step_scenario(state, "reference"); }
void BM_five_steps_intercept(benchmark::State& state) { five_step_scenario(state, "intercept-1.1"); }
void BM_five_steps_relay(benchmark::State& state) { five_step_scenario(state, "null"); }

BENCHMARK(BM_five_steps_relay);
BENCHMARK(BM_five_steps_reference);
BENCHMARK(BM_five_steps_intercept);

}  // namespace
