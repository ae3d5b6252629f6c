// `fault` steps: what the mock is told to do wrong comes out the same on every lane, through every
// gateway and without one, to the byte.
#include "harness/oracle/evidence.h"
#include "harness/replay/memory_lane.h"
#include "tests/replay/bench.h"

using namespace gatecrash;
using namespace gatecrash::test;
using replay::LaneKind;
using replay::Workbench;
using trace::EventKind;

namespace {

constexpr std::string_view kBefore = R"(replay: 1
id: test/faults
title: The upstream does not do what it should
attack: {id: MGA-TEST-02, status: variant, severity: low}
policy: {dialect: policylayer, inline: '{"version":"1","default":"deny","tools":{"cancel_task":{},"list_tasks":{},"late":{}}}'}
upstreams:
  tasks:
    mock: generic
    world: {tasks: {t0: running, t1: running, t2: running, t3: running}}
    extra_tools: [{name: late, effects: [message.sent], after_rug_pull: true}]
promise: {cancel: {max: 9, per: 60s}, callable: rest}
traits: {cancel: {tool: cancel_task, id: task_id}}
always: [{promise: cancel}]
benign:
  - {call: {tool: cancel_task, args: {task_id: t0}}, expect: allow}
steps:
  - {as: ann, list: tools}
  - {as: bob, list: tools}
)";

constexpr std::string_view kFour = R"(  - {as: ann, call: {tool: cancel_task, args: {task_id: t0}}}
  - {as: bob, call: {tool: cancel_task, args: {task_id: t1}}}
  - {as: ann, call: {tool: cancel_task, args: {task_id: t2}}}
  - {as: bob, call: {tool: cancel_task, args: {task_id: t3}}}
)";

std::string fault(const std::string& words) {
  return "  - fault: " + words + "\n";
}

std::unique_ptr<Chosen> scenario_of(const std::string& steps) {
  const std::string path = scratch_path("replay/faults.yaml");
  REQUIRE(base::write_file(path, std::string(kBefore) + steps).has_value());
  return choose("", {"reference", "intercept-1.1", "null"}, {path});
}

// The teeth run: what the mock does with nobody in between.
trace::Run played(const std::string& steps) {
  const auto chosen = scenario_of(steps);
  Workbench memory({.lane = LaneKind::Memory});
  return run_all(memory, only(*chosen), *chosen).front().teeth.front();
}

std::vector<std::string> cancelled(const trace::Run& run) {
  std::vector<std::string> tasks;
  for (const trace::Event& each : run.ledger.events()) {
    if (each.kind == EventKind::Effected &&
        each.detail == static_cast<std::uint8_t>(scenario::Effect::TaskCancelled)) {
      tasks.emplace_back(run.ledger.view(each.text));
    }
  }
  return tasks;
}

std::size_t count(const trace::Trace& trace, EventKind kind, std::string_view part = {}) {
  return static_cast<std::size_t>(
      std::ranges::count_if(trace.events(), [&](const trace::Event& each) {
        return each.kind == kind && trace.view(each.text).find(part) != std::string_view::npos;
      }));
}

using Tasks = std::vector<std::string>;

}  // namespace

TEST_CASE("Every fault gives the same evidence in memory and as processes") {
  const std::string four(kFour), list = "  - {as: ann, list: tools}\n";
  const std::string rows[] = {
      fault("hold") + four + fault("release"),
      fault("hold") + four + fault("release reverse") + four,
      fault("hold") + four + list + fault("release seed 5"),
      fault("hold answers") + four + fault("release reverse"),
      fault("hold all") + four + list + fault("release"),
      fault("hold") + four,  // never released
      fault("slow 5s") + four + "  - advance: 2s\n" + four + "  - advance: 4s\n" + list +
          "  - advance: 60s\n",
      fault("slow answers 5s") + four + list + "  - advance: 5s\n",
      fault("disconnect") + four + "  - {as: bob, session: new}\n" + fault("end disconnect") + four,
      fault("disconnect after effect") + four,
      fault("rug-pull") + list + four,
      fault("rug-pull silently after 2 calls") + four + list +
          "  - {as: ann, call: {tool: late}}\n",
      fault("rug-pull after 3 lists") + list + four + list + fault("end rug-pull") + list,
      fault("error-after-effect") + four,
      fault("malformed-replies") + four + fault("end malformed-replies") + four,
      fault("duplicate-replies") + four,
      fault("leaky-errors") + four + four,
      fault("poisoned-output") + four,
      fault("blocks-while-waiting") + fault("slow 1s") + four + list + "  - advance: 10s\n",
  };
  for (const std::string& steps : rows) {
    INFO(steps);
    const auto chosen = scenario_of(steps);
    Workbench memory({.lane = LaneKind::Memory});
    Workbench stdio({.lane = LaneKind::Stdio, .limits = kNoHurry});
    const auto here = run_all(memory, only(*chosen), *chosen);
    const auto there = run_all(stdio, only(*chosen), *chosen);
    REQUIRE(here.size() == 3);
    for (std::size_t i = 0; i < here.size(); ++i) {
      const auto left = runs_of(here[i]), right = runs_of(there[i]);
      REQUIRE(left.size() == right.size());
      for (std::size_t j = 0; j < left.size(); ++j) {
        INFO("gateway " << i << ", run " << j << ": " << left[j]->problem << right[j]->problem);
        CHECK(left[j]->complete);
        CHECK(right[j]->complete);
        CHECK(trace::same(left[j]->ledger, right[j]->ledger));
        CHECK(trace::same(left[j]->agent, right[j]->agent));
        CHECK(trace::same(left[j]->gateway, right[j]->gateway));
        CHECK(left[j]->digest_after == right[j]->digest_after);
      }
    }
  }
}

TEST_CASE("Calls of two clients are in flight together and go on in the order that was asked for") {
  const std::string held = fault("hold") + std::string(kFour);
  const trace::Run run = played(held + fault("release reverse"));
  CHECK(cancelled(run) == Tasks{"t3", "t2", "t1", "t0"});
  std::size_t understood = 0;
  for (const trace::Event& each : run.ledger.events()) {
    if (each.kind == EventKind::Resumed) break;
    understood += each.kind == EventKind::Understood ? 1 : 0;
  }
  CHECK(understood == 4);
  CHECK(count(run.agent, EventKind::Received, "cancelled") == 4);
  CHECK(cancelled(played(held)).empty());
  CHECK(cancelled(played(held + fault("release seed 5"))) != Tasks{"t0", "t1", "t2", "t3"});
}

TEST_CASE("Effects of a call that had to wait belong to the call, for those who judge") {
  const auto chosen = scenario_of(fault("hold") + std::string(kFour) + fault("release reverse"));
  Workbench memory({.lane = LaneKind::Memory});
  const trace::Case the_case = run_all(memory, only(*chosen), *chosen).front();
  const oracle::Meaning meaning(the_case);
  const oracle::Evidence evidence(the_case, the_case.attack.front(), meaning);
  REQUIRE(evidence.calls().size() == 4);
  for (const oracle::UpstreamCall& each : evidence.calls()) CHECK(each.effects > 0);
}

TEST_CASE("A client that the mock hung up on is not heard until it connects anew; the others are") {
  const std::string four(kFour);
  const trace::Run run = played(fault("disconnect") + four + fault("end disconnect") + four +
                                "  - {as: bob, session: new}\n  - {as: bob, call: {tool: "
                                "cancel_task, args: {task_id: t3}}}\n");
  CHECK(count(run.ledger, EventKind::HungUp) == 2);
  CHECK(cancelled(run) == Tasks{"t3"});
  // After effect: the first call of each took effect, and nobody was answered.
  const trace::Run after = played(fault("disconnect after effect") + four);
  CHECK(cancelled(after) == Tasks{"t0", "t1"});
  CHECK(count(after.agent, EventKind::Received, "cancelled") == 0);
}

TEST_CASE("A pulled rug shows in the list and in the call, told or not") {
  const std::string late = "  - {as: ann, call: {tool: late}}\n",
                    list = "  - {as: ann, list: tools}\n";
  const trace::Run before = played(late + list);
  CHECK(count(before.ledger, EventKind::Effected, "late") == 0);
  CHECK(count(before.agent, EventKind::Listed, "late") == 0);
  const trace::Run told = played(fault("rug-pull") + late + list);
  CHECK(count(told.ledger, EventKind::Effected, "late") == 1);
  CHECK(count(told.agent, EventKind::Listed, "late") == 1);
  // Everybody who is connected: the anonymous client, ann and bob.
  CHECK(count(told.agent, EventKind::Received, "notifications/tools/list_changed") == 3);
  const trace::Run silent = played(fault("rug-pull silently") + late + list);
  CHECK(count(silent.ledger, EventKind::Effected, "late") == 1);
  CHECK(count(silent.agent, EventKind::Received, "list_changed\"") == 0);
}

TEST_CASE("A fault that no mock knows breaks the run off on both lanes, with the same words") {
  const auto chosen = scenario_of(fault("hold"));
  scenario::Plan plan = only(*chosen)->attacks.front();
  plan.steps.back().line = "hodl";
  const auto mock = mock_servers::find_mock("generic")->make(
      {.profile = {}, .personalities = {}, .extra_tools = plan.extra_tools});
  replay::ProcessPool pool(kNoHurry);
  const replay::GatewayCommand nothing;
  replay::MemoryLane memory(nullptr, **mock);
  replay::StdioLane stdio(pool, nothing);
  std::string said;
  for (replay::Lane* lane : std::initializer_list<replay::Lane*>{&memory, &stdio}) {
    trace::Run run;
    replay::Agent().play(plan, *lane, run);
    CHECK_FALSE(run.complete);
    CHECK(run.problem.find("unknown fault `hodl`") != std::string::npos);
    CHECK((said.empty() || said == run.problem));
    said = run.problem;
  }
}
