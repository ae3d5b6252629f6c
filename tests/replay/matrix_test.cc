// Each cell of a matrix is a run of its own: what the servers do differently shows in each.
#include "harness/replay/memory_lane.h"
#include "tests/replay/bench.h"

using namespace gatecrash;
using namespace gatecrash::test;
using trace::EventKind;

namespace {

// Each personality takes one of the spellings for `cancel_task`, and no other does.
constexpr std::string_view kCells = R"(replay: 1
id: test/cells
title: A tool in three spellings, for three servers
attack: {id: MGA-TEST-03, status: variant, severity: low}
policy: {dialect: policylayer, inline: '{"version":"1","default":"deny","tools":{"list_tasks":{}}}'}
upstreams: {tasks: {mock: generic, world: {tasks: {t0: running, t1: running, t2: running}}}}
promise: {cancel: {max: 0}, callable: rest}
traits: {cancel: {tool: cancel_task, id: task_id}}
matrix: {personality: [name-casefold, name-trim, name-nfkc]}
always: [{promise: cancel}]
benign:
  - {call: {tool: list_tasks}, expect: allow}
steps:
  - {call: {tool: CANCEL_TASK, args: {task_id: t0}}}
  - {call: {tool: "cancel_task ", args: {task_id: t1}}}
  - {call: {tool: "\uff43ancel_task", args: {task_id: t2}}}
)";

std::set<std::string> cancelled_in(const trace::Run& run) {
  std::set<std::string> tasks;
  for (const trace::Event& event : run.ledger.events()) {
    if (event.kind == EventKind::Effected &&
        event.detail == static_cast<std::uint8_t>(scenario::Effect::TaskCancelled)) {
      tasks.emplace(run.ledger.view(event.text));
    }
  }
  return tasks;
}

}  // namespace

TEST_CASE("Every cell of a matrix is played, with and without the gateway, on its own server") {
  const std::string path = scratch_path("replay/cells.yaml");
  REQUIRE(base::write_file(path, kCells).has_value());
  const auto chosen = choose("", {"null"}, {path});
  const Scenario scenario = only(*chosen);
  replay::Workbench bench({.lane = replay::LaneKind::Memory});
  const trace::Case the_case = run_all(bench, scenario, *chosen).front();
  const char* const tasks[] = {"t0", "t1", "t2"};
  for (const auto* runs : {&the_case.teeth, &the_case.attack, &the_case.probed}) {
    REQUIRE(runs->size() == 3);
    for (std::size_t cell = 0; cell < 3; ++cell) {
      INFO(to_string((*runs)[cell].kind) << " run of cell " << cell);
      CHECK((*runs)[cell].plan->variant == scenario->attacks[cell].variant);
      CHECK(cancelled_in((*runs)[cell]) == std::set<std::string>{tasks[cell]});
    }
  }
  // What only the last cell shows is found.
  const oracle::Judged judged = oracle::judge(the_case);
  CHECK(judged.verdict == oracle::Verdict::Bypass);
  std::set<std::string> found_in;
  for (const oracle::Finding& finding : judged.findings) {
    found_in.insert(finding.variant);
    found_in.insert(finding.also_in.begin(), finding.also_in.end());
  }
  for (const scenario::Plan& cell : scenario->attacks) CHECK(found_in.contains(cell.variant));
}
