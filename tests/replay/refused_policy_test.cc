// `refused_policy: contained`: a gateway that does not start with the policy has kept the attack out; one
// that starts all the same is judged by what it lets through.
#include "tests/replay/bench.h"

using namespace gatecrash;
using namespace gatecrash::test;
using oracle::Verdict;

namespace {

// A key that means nothing: the released proxy drops it, and the limit with it.
std::unique_ptr<Chosen> scenario_of(const std::string& more, const std::string& call) {
  const std::string path = scratch_path("replay/refused_policy.yaml");
  REQUIRE(base::write_file(path, "replay: 1\nid: test/refused\ntitle: t\n"
                                 "attack: {id: MGA-TEST-04, status: variant, severity: low}\n" + more +
                                 "policy:\n  dialect: intercept\n  inline: |\n    version: \"1\"\n    default: deny\n"
                                 "    tools:\n      cancel_task: {rulez: [{action: deny}]}\n"
                                 "upstreams: {u: {mock: generic, world: {tasks: {t0: running}}}}\n"
                                 "benign: [{call: {tool: list_tasks}}]\nalways: [{never: task.cancelled}]\n"
                                 "steps: [" + call + "]\n")
              .has_value());
  return choose("", {"reference", "null"}, {path});
}

constexpr const char* kCancels = "{call: {tool: cancel_task, args: {task_id: t0}}}";

}  // namespace

TEST_CASE("A refused policy contains the attack where the scenario says so, on both lanes") {
  const auto chosen = scenario_of("refused_policy: contained\n", kCancels);
  for (const replay::LaneKind lane : {replay::LaneKind::Memory, replay::LaneKind::Stdio}) {
    replay::Workbench bench({.lane = lane});
    const auto cases = run_all(bench, only(*chosen), *chosen);
    REQUIRE(cases.size() == 2);
    CHECK(cases[0].teeth.size() == 1);
    CHECK(cases[0].attack.empty());
    CHECK_FALSE(cases[0].policy.gateway_problems.empty());
    CHECK(oracle::judge(cases[0]).verdict == Verdict::Pass);
    CHECK(oracle::judge(cases[1]).verdict == Verdict::Bypass);
  }
}

TEST_CASE("An attack without teeth is broken although the policy is refused") {
  const auto chosen = scenario_of("refused_policy: contained\n", "{call: {tool: list_tasks}}");
  replay::Workbench bench({});
  CHECK(oracle::judge(run_all(bench, only(*chosen), *chosen)[0]).verdict == Verdict::Broken);
}

TEST_CASE("Where the scenario says nothing of it, a refused policy ends the run before it starts") {
  scenario_of("refused_policy: contained\n", kCancels);
  const std::string path = scratch_path("replay/refused_policy.yaml");
  std::string text = *base::read_file(path);
  text.erase(text.find("refused_policy"), std::string("refused_policy: contained\n").size());
  REQUIRE(base::write_file(path, text).has_value());
  const auto selection = cli::select({path}, {}, {});
  REQUIRE(selection.has_value());
  cli::Subjects subjects;
  CHECK(subjects.prepare(*selection, {.gateways = {"reference"}}).has_error());
}
