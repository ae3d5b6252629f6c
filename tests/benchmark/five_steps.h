// The scenario that benchmarks measure, and its policy: two cancels that pass, one over the limit,
// one hidden tool, one status call.
#pragma once

#include <string>
#include <utility>

#include "harness/scenario/plan.h"

namespace gatecrash::benchmark_plan {

inline constexpr const char* kFiveStepsPolicy =
    R"({"version": "1", "default": "deny", "hide": ["start_task"], "tools": {
  "cancel_task": {"limits": [{"counter": "c", "window": "minute", "max": 2, "scope": "grant"}]},
  "get_task_status": {}, "list_tasks": {}}})";

inline constexpr std::pair<const char*, int> kFiveCalls[] = {{"cancel_task", 0},
                                                             {"cancel_task", 1},
                                                             {"cancel_task", 2},
                                                             {"start_task", 3},
                                                             {"get_task_status", 4}};

inline scenario::Plan five_steps() {
  scenario::Plan plan;
  plan.scenario = "benchmark";
  plan.era = "2025-11-25";
  plan.mock = "binassist";
  plan.grant = "default";
  for (int i = 0; i < 6; ++i) {
    plan.world.tasks.push_back(
        {.id = "task-" + std::to_string(i), .state = {}, .owner = {}, .work = {}});
  }
  for (const auto& [tool, task] : kFiveCalls) {
    scenario::Step step;
    step.kind = scenario::StepKind::Call;
    step.tool = tool;
    step.arguments = R"({"task_id":"task-)" + std::to_string(task) + R"("})";
    plan.steps.push_back(std::move(step));
  }
  return plan;
}

}  // namespace gatecrash::benchmark_plan
