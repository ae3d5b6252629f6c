// What the tests of lanes share: the shipped scenarios with their subjects as `replay run` makes
// them, runs whose case outlives the bench, and a lane that kills on the way.
#pragma once

#include <signal.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/file.h"
#include "harness/cli/pack.h"
#include "harness/cli/subjects.h"
#include "harness/oracle/oracle.h"
#include "harness/replay/stdio_lane.h"
#include "harness/replay/workbench.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"
#include "tests/support/wait.h"

namespace gatecrash::test {

using Scenario = std::shared_ptr<const scenario::Scenario>;

// What is dead is noticed at once, and a hang is for CTest to end: no machine is too slow.
inline constexpr replay::Limits kNoHurry{.ready = kNoLimit, .answer = kNoLimit};

// Two calls that have to pass, no attack.
inline constexpr std::string_view kTwoCancels = R"(replay: 1
id: benign/two-cancels
title: A person cancels two tasks of their own
policy: {dialect: policylayer, inline: '{"version":"1","default":"deny","tools":{"cancel_task":{},"list_tasks":{}}}'}
upstreams: {tasks: {mock: generic, world: {tasks: {t0: running, t1: running}}}}
traits: {cancel: {tool: cancel_task, id: task_id}}
benign:
  - {call: {tool: cancel_task, args: {task_id: t0}}, expect: allow}
  - {call: {tool: cancel_task, args: {task_id: t1}}, expect: allow}
)";

struct Chosen {
  cli::Selection selection;
  cli::Subjects subjects;
  std::vector<Scenario> scenarios;
};

// Shipped scenarios (or the files of `paths`) whose id matches.
inline std::unique_ptr<Chosen> choose(const std::string& run, std::vector<std::string> gateways,
                                      std::vector<std::string> paths = {}, std::uint64_t seed = 1,
                                      const std::string& exclude = "") {
  if (paths.empty()) paths = {source_path("scenarios")};
  auto chosen = std::make_unique<Chosen>();
  auto selection = cli::select(paths, {.run = run, .exclude = exclude}, {.seed = seed});
  if (selection.has_error()) FAIL(base::to_string(selection.error()));
  chosen->selection = std::move(*selection);
  const auto prepared =
      chosen->subjects.prepare(chosen->selection, {.gateways = std::move(gateways)});
  if (prepared.has_error()) FAIL(base::to_string(prepared.error()));
  for (const cli::Pair& pair : chosen->selection.scenarios)
    chosen->scenarios.push_back(pair.expand());
  return chosen;
}

inline Scenario only(const Chosen& chosen) {
  REQUIRE(chosen.scenarios.size() == 1);
  return chosen.scenarios.front();
}

// One case per subject, kept.
inline std::vector<trace::Case> run_all(replay::Workbench& bench, const Scenario& scenario,
                                        const Chosen& chosen) {
  std::vector<trace::Case> cases;
  bench.run(scenario, chosen.subjects.of(*scenario->target),
            [&](std::size_t, trace::Case& each) { cases.push_back(each); });
  return cases;
}

inline std::vector<const trace::Run*> runs_of(const trace::Case& the_case) {
  std::vector<const trace::Run*> runs;
  for (const trace::Run& each : the_case.teeth) runs.push_back(&each);
  for (const trace::Run& each : the_case.attack) runs.push_back(&each);
  for (const trace::Run& each : the_case.probed) runs.push_back(&each);
  runs.push_back(&the_case.benign);
  return runs;
}

// A lane of real programs on which something happens at a moment of the plan.
class DisturbedLane final : public replay::Lane {
 public:
  using Moment = std::function<void(replay::StdioLane& lane, std::uint32_t step, bool before)>;
  DisturbedLane(replay::StdioLane& lane, Moment moment) : lane_(lane), moment_(std::move(moment)) {}

  std::string_view name() const override { return lane_.name(); }
  bool begin(const scenario::Plan& plan, trace::Run& run) override {
    return lane_.begin(plan, run);
  }
  void open(replay::Connection connection, const replay::Identity& identity) override {
    lane_.open(connection, identity);
  }
  void close(replay::Connection connection) override { lane_.close(connection); }
  void fence(std::uint32_t step) override {
    lane_.fence(step);
    step_ = step;
  }
  bool exchange(replay::Frames& from_agent, replay::Frames& to_agent) override {
    return around([&] { return lane_.exchange(from_agent, to_agent); });
  }
  bool reload(replay::Frames& to_agent) override {
    return around([&] { return lane_.reload(to_agent); });
  }
  bool advance(base::Duration by, replay::Frames& to_agent) override {
    return around([&] { return lane_.advance(by, to_agent); });
  }
  bool operate(std::string_view words, replay::Frames& to_agent) override {
    return lane_.operate(words, to_agent);
  }
  bool fault(std::string_view words, replay::Frames& to_agent) override {
    return lane_.fault(words, to_agent);
  }
  bool wind_down(replay::Frames& to_agent) override { return lane_.wind_down(to_agent); }
  bool end() override { return lane_.end(); }
  base::Instant now() const override { return lane_.now(); }

 private:
  bool around(const std::function<bool()>& act) {
    if (lane_.session() != nullptr) moment_(lane_, step_, true);
    const bool done = act();
    if (lane_.session() != nullptr) moment_(lane_, step_, false);
    return done;
  }

  replay::StdioLane& lane_;
  Moment moment_;
  std::uint32_t step_ = trace::kSetUp;
};

}  // namespace gatecrash::test
