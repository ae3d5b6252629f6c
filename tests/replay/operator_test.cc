// `operator` steps, principals and faults around the gateway: the same on every lane, and nothing
// at all without a gateway.
#include "harness/gateway/operator.h"
#include "harness/oracle/standing.h"
#include "tests/replay/bench.h"

using namespace gatecrash;
using namespace gatecrash::test;
using oracle::Verdict;
using replay::LaneKind;
using replay::Workbench;

namespace {

const std::string kProbe = source_path("tests/matrix/probes/operator.yaml");

std::uint64_t calls_upstream(const trace::Run& run) {
  std::uint64_t calls = 0;
  for (const trace::Event& each : run.ledger.events())
    calls += each.kind == trace::EventKind::Understood ? 1 : 0;
  return calls;
}

std::unique_ptr<Chosen> scenario_of(const std::string& steps, std::vector<std::string> gateways) {
  const std::string path = scratch_path("replay/operator.yaml");
  REQUIRE(base::write_file(
              path,
              "replay: 1\nid: test/operator\ntitle: t\n"
              "attack: {id: MGA-TEST-03, status: variant, severity: low}\n"
              "policy: {dialect: policylayer, inline: '{\"version\":\"1\",\"default\":\"deny\"}'}\n"
              "reloaded_from: {dialect: policylayer, inline: "
              "'{\"version\":\"1\",\"default\":\"allow\"}'}\n"
              "upstreams: {u: {mock: generic, world: {tasks: {t0: running, t1: running}}}}\n"
              "benign: [{call: {tool: list_tasks}}]\n"
              "always: [{at_most: {effect: task.cancelled, max: 1}}]\nsteps:\n" +
                  steps)
              .has_value());
  return choose("", std::move(gateways), {path});
}

}  // namespace

TEST_CASE(
    "What the operator approves passes once, whom it stops passes not at all, on both lanes "
    "alike") {
  const auto chosen = choose("", {"reference", "null"}, {kProbe});
  Workbench memory({.lane = LaneKind::Memory});
  Workbench stdio({.lane = LaneKind::Stdio, .limits = kNoHurry});
  const auto here = run_all(memory, only(*chosen), *chosen);
  const auto there = run_all(stdio, only(*chosen), *chosen);
  for (const auto* cases : {&here, &there}) {
    CHECK(oracle::judge((*cases)[0]).verdict == Verdict::Pass);
    CHECK(oracle::judge((*cases)[1]).verdict == Verdict::Bypass);
    CHECK(calls_upstream((*cases)[0].attack[0]) == 2);  // the approved one, and bob's
    CHECK(calls_upstream((*cases)[1].attack[0]) == 8);
    CHECK(calls_upstream((*cases)[0].teeth[0]) == 8);  // there is nobody to stop anything
  }
  for (std::size_t i = 0; i < here.size(); ++i) {
    CHECK(trace::same(here[i].attack[0].ledger, there[i].attack[0].ledger));
    CHECK(trace::same(here[i].attack[0].agent, there[i].attack[0].agent));
    CHECK(trace::same(here[i].attack[0].gateway, there[i].attack[0].gateway));
  }
}

TEST_CASE("`operator: reload` says when the policy under test comes into force") {
  const auto chosen = scenario_of(
      "  - {call: {tool: cancel_task, args: {task_id: t0}}, expect: allow}\n  - operator: reload\n"
      "  - {call: {tool: cancel_task, args: {task_id: t1}}, expect: deny}\n",
      {"reference"});
  for (const LaneKind lane : {LaneKind::Memory, LaneKind::Stdio}) {
    Workbench bench({.lane = lane, .limits = kNoHurry});
    const auto cases = run_all(bench, only(*chosen), *chosen);
    const oracle::Judged judged = oracle::judge(cases[0]);
    // What the earlier policy let through is no bypass of the later one.
    CHECK(judged.security == Verdict::Pass);
    CHECK(calls_upstream(cases[0].attack[0]) == 1);
    CHECK(calls_upstream(cases[0].benign) == 0);  // which does not say when: after the handshake
  }
}

TEST_CASE(
    "Judgement, which knows no gateway, tells its faults from the upstream's as the gateways do") {
  scenario::Step step;
  step.kind = scenario::StepKind::Fault;
  for (const gateway::OperatorEntry& each : gateway::operator_words()) {
    step.line = each.words;
    INFO(step.line);
    CHECK(oracle::is_gateway_fault(step) == each.fault);
    CHECK(gateway::is_gateway_fault(step.line) == each.fault);
  }
  for (const mock_servers::FaultEntry& each : mock_servers::faults()) {
    step.line = each.words;
    INFO(step.line);
    CHECK_FALSE(oracle::is_gateway_fault(step));
    CHECK_FALSE(gateway::is_gateway_fault(step.line));
  }
}
