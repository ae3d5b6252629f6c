// The probed run asks all along what is shown and what can be called, and leaves the others as they
// are.
#include "harness/replay/probe.h"

#include <algorithm>

#include "harness/gateway/mutants.h"
#include "tests/replay/bench.h"

using namespace gatecrash;
using namespace gatecrash::test;
using scenario::Step;
using scenario::StepKind;

namespace {

std::string letters(const scenario::Plan& plan) {
  std::string out;
  for (const Step& each : plan.steps) out += "LCRATFOBP"[static_cast<std::size_t>(each.kind)];
  return out;
}

Step step(StepKind kind, std::uint32_t line, std::string as = {}) {
  Step made;
  made.kind = kind;
  made.at = {line, 3};
  made.as = std::move(as);
  made.expect.outcome = scenario::Expect::Outcome::Deny;
  return made;
}

}  // namespace

TEST_CASE("Probes stand at the begin, at the end and wherever the step is another one") {
  scenario::Plan plan;
  plan.always.push_back({});
  plan.steps = {step(StepKind::Call, 1, "bob"), step(StepKind::Call, 1, "bob"),
                step(StepKind::Operator, 2), step(StepKind::Obey, 3),
                step(StepKind::NewSession, 4)};
  const scenario::Plan made = replay::probed(plan, {"a", "b"});
  CHECK(letters(made) == "LPCCLPOBLPTLP");
  CHECK(made.kind == scenario::RunKind::Probe);
  CHECK(made.upstream_tools == std::vector<std::string>{"a", "b"});
  CHECK(made.always.empty());
  CHECK(made.steps[0].as.empty());
  CHECK(made.steps[4].as == "bob");
  CHECK(std::ranges::all_of(made.steps, [](const Step& each) { return each.expect.empty(); }));
}

TEST_CASE("Of a repetition the first twelve are taken") {
  scenario::Plan plan;
  for (int i = 0; i < 100; ++i) {
    plan.steps.push_back(step(StepKind::Call, 1));
    plan.steps.push_back(step(StepKind::Advance, 2));
  }
  const scenario::Plan made = replay::probed(plan, {"a"});
  CHECK(std::ranges::count(made.steps, StepKind::Call, &Step::kind) == 12);
  CHECK(std::ranges::count(made.steps, StepKind::Advance, &Step::kind) == 12);
}

TEST_CASE("What the list leaves out is called by name, and no run but the probed one knows of it") {
  const auto chosen =
      choose("^bulk/freeze@binassist_hardened$", {"reference", "mutant:opens_once_operated"});
  for (const replay::LaneKind lane : {replay::LaneKind::Memory, replay::LaneKind::Stdio}) {
    replay::Workbench bench({.lane = lane, .limits = kNoHurry});
    const auto cases = run_all(bench, only(*chosen), *chosen);
    REQUIRE(cases.size() == 2);
    for (const trace::Case& each : cases) {
      REQUIRE(each.probed.size() == each.attack.size());
      const trace::Run& probed = each.probed.front();
      INFO(probed.problem);
      CHECK(probed.complete);
      CHECK(std::ranges::any_of(probed.gateway.events(), [](const trace::Event& event) {
        return event.kind == trace::EventKind::Decided;
      }));
    }
    CHECK(trace::same(cases[0].teeth.front().ledger, cases[1].teeth.front().ledger));
    const auto found = [&](const trace::Case& each) {
      return oracle::judge_run(*oracle::find_oracle("list_call_agree"), each, each.probed.front());
    };
    CHECK(found(cases[0]).empty());
    REQUIRE(found(cases[1]).size() == 1);
    CHECK(found(cases[1])[0].run == scenario::RunKind::Probe);
  }
}
