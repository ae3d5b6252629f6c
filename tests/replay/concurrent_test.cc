// `concurrent`: the seed chooses how the branches interleave, each branch keeps its order, and the
// plan that comes out is the same on every lane.
#include <algorithm>
#include <map>
#include <set>

#include "harness/scenario/plan.h"
#include "tests/replay/bench.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

constexpr std::string_view kTwoAtOnce = R"(replay: 1
id: test/two-at-once
title: Two principals of one grant cancel at the same time
attack: {id: MGA-TEST-01, status: variant, severity: low}
policy: {dialect: policylayer, inline: '{"version":"1","default":"deny","tools":{"cancel_task":{"limits":[{"counter":"c","window":"minute","max":3,"scope":"grant"}]},"list_tasks":{}}}'}
upstreams: {tasks: {mock: binassist, world: {tasks: 12}}}
promise: {cancel: {max: 3, per: 60s}, callable: rest}
traits: {cancel: {tool: cancel_task, id: task_id}}
steps:
  - concurrent:
      - {repeat: 6, as: ann, call: {tool: cancel_task, args: {task_id: "${task[n]}"}}}
      - steps:
          - {as: bob, session: new}
          - {repeat: 5, as: bob, call: {tool: cancel_task, args: {task_id: "${task[n+6]}"}}}
always: [{promise: cancel}]
benign:
  - {call: {tool: cancel_task, args: {task_id: "${task[0]}"}}, expect: allow}
)";

std::unique_ptr<Chosen> two_at_once(std::uint64_t seed) {
  const std::string path = scratch_path("replay/two-at-once.yaml");
  REQUIRE(base::write_file(path, kTwoAtOnce).has_value());
  return choose("", {"reference", "null"}, {path}, seed);
}

std::string order(const scenario::Plan& plan) {
  std::string text;
  for (const scenario::Step& each : plan.steps) {
    text += each.as.substr(0, 1) + (each.kind == scenario::StepKind::NewSession ? "!" : "");
  }
  return text;
}

}  // namespace

TEST_CASE(
    "Two seeds order concurrent branches differently, the same seed alike; each branch keeps its "
    "order") {
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto chosen = two_at_once(seed);
    const scenario::Plan& plan = only(*chosen)->attacks.front();
    REQUIRE(std::ranges::count(plan.steps, scenario::StepKind::Fault, &scenario::Step::kind) >=
            12);  // no branch overtakes itself
    REQUIRE(std::ranges::count_if(plan.steps, [](const auto& each) { return !each.as.empty(); }) ==
            12);
    std::string ann, bob;
    for (const scenario::Step& each : plan.steps) (each.as == "ann" ? ann : bob) += each.arguments;
    const auto alone = two_at_once(99);
    std::string ann_alone, bob_alone;
    for (const scenario::Step& each : only(*alone)->attacks.front().steps) {
      (each.as == "ann" ? ann_alone : bob_alone) += each.arguments;
    }
    CHECK(ann == ann_alone);
    CHECK(bob == bob_alone);
    CHECK(order(plan) == order(only(*two_at_once(seed))->attacks.front()));
    orders.insert(order(plan));
  }
  CHECK(orders.size() >= 18);  // of 924 there are
}

TEST_CASE(
    "Concurrent branches give the same evidence on both lanes, and the seed shows in the ledger") {
  replay::Workbench memory({.lane = replay::LaneKind::Memory});
  replay::Workbench stdio({.lane = replay::LaneKind::Stdio, .limits = kNoHurry});
  std::vector<trace::Case> first;
  for (const std::uint64_t seed : {1, 2}) {
    const auto chosen = two_at_once(seed);
    const auto here = run_all(memory, only(*chosen), *chosen);
    const auto there = run_all(stdio, only(*chosen), *chosen);
    REQUIRE(here.size() == 2);
    for (std::size_t i = 0; i < here.size(); ++i) {
      INFO("seed " << seed << ", subject " << i << ": " << there[i].attack.front().problem);
      CHECK(oracle::judge(here[i]).verdict ==
            (i == 0 ? oracle::Verdict::Pass : oracle::Verdict::Bypass));
      CHECK(oracle::judge(there[i]).verdict == oracle::judge(here[i]).verdict);
      CHECK(trace::same(here[i].attack.front().ledger, there[i].attack.front().ledger));
      CHECK(trace::same(here[i].attack.front().agent, there[i].attack.front().agent));
    }
    if (first.empty()) {
      first = here;
    } else {
      CHECK_FALSE(trace::same(first[1].attack.front().ledger, here[1].attack.front().ledger));
    }
  }
}

TEST_CASE(
    "Requests of concurrent branches are in flight together, and every reply belongs to the step "
    "that asked") {
  std::set<std::size_t> together;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const auto chosen = two_at_once(seed);
    replay::Workbench memory({.lane = replay::LaneKind::Memory});
    const auto cases = run_all(memory, only(*chosen), *chosen);
    const trace::Run& run = cases[1].attack.front();  // null: everything arrives
    REQUIRE(run.complete);
    std::size_t waiting = 0, most = 0;
    for (const trace::Event& each : run.ledger.events()) {
      if (each.kind == trace::EventKind::Understood) most = std::max(most, ++waiting);
      if (each.kind == trace::EventKind::Resumed) --waiting;
    }
    CHECK(waiting == 0);
    together.insert(most);
    std::map<std::uint32_t, int> replies;
    for (const trace::Event& each : run.agent.events()) {
      if (each.kind == trace::EventKind::Received) ++replies[each.step];
    }
    for (std::uint32_t i = 0; i < run.plan->steps.size(); ++i) {
      const scenario::Step& step = run.plan->steps[i];
      INFO("step " << i << " " << to_string(step.kind));
      if (step.kind == scenario::StepKind::Call)
        CHECK(replies[i] >= 1);  // two where a session was opened first
      if (step.kind == scenario::StepKind::Fault) CHECK(replies.count(i) == 0);
    }
  }
  CHECK(*together.rbegin() == 2);  // one of each branch
}

TEST_CASE(
    "Branches are at least two, time is nobody's, and nobody in particular acts in the group") {
  struct Row {
    const char* branches;
    const char* said;
  };
  const Row rows[] = {
      {"[{list: tools}]", ":10:18: one branch is not concurrent with anything"},
      {"[{list: tools}, {advance: 5s}]", ":10:35: time passes for all branches alike"},
      {"[]", ":10:18: a list of steps is empty"},
      {"{list: tools}", ":10:18: steps have to be a list"},
      {"[{list: tools}, {list: tools}], as: ann", "`as` says who acts; nobody acts in this step"},
      {"[{list: tools}, {list: tools}], expect: allow", "nothing can be expected of this step"},
      {"[{list: tools}, {list: tools}], list: tools",
       "a step is one thing: `list` or `concurrent`"},
  };
  for (const Row& row : rows) {
    INFO(row.branches);
    std::string text(kTwoAtOnce);
    const std::size_t steps = text.find("steps:\n"), always = text.find("always:");
    text.replace(steps, always - steps,
                 "steps:\n  - {concurrent: " + std::string(row.branches) + "}\n");
    const std::string path = scratch_path("replay/wrong.yaml");
    REQUIRE(base::write_file(path, text).has_value());
    const auto attack = scenario::load_attack(path);
    REQUIRE(attack.has_error());
    const std::string said = base::to_string(attack.error());
    INFO(said);
    CHECK(said.find(row.said) != std::string::npos);
  }
}
