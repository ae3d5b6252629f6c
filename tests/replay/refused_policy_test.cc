// `refused_policy: contained`: a gateway that does not start with the policy has kept the attack
// out; one that starts all the same, or is running when it refuses, is judged by what it lets
// through.
#include "harness/base/digest.h"
#include "harness/trace/pack.h"
#include "tests/replay/bench.h"

using namespace gatecrash;
using namespace gatecrash::test;
using oracle::Verdict;

namespace {

// A key that means nothing: the released proxy drops it, and the limit with it.
constexpr const char* kRulez =
    "default: deny\n    tools:\n      cancel_task: {rulez: [{action: deny}]}\n";
// It says what is meant, but lacks a name.
constexpr const char* kNameless = "tools:\n      cancel_task: {rules: [{action: deny}]}\n";

std::unique_ptr<Chosen> scenario_of(const std::string& more, const std::string& call,
                                    const std::string& policy = kRulez,
                                    const std::vector<std::string>& gateways = {"reference",
                                                                                "null"}) {
  const std::string path = scratch_path("replay/refused_policy.yaml");
  REQUIRE(base::write_file(
              path,
              "replay: 1\nid: test/refused\ntitle: t\n"
              "attack: {id: MGA-TEST-04, status: variant, severity: low}\n" +
                  more + "policy:\n  dialect: intercept\n  inline: |\n    version: \"1\"\n    " +
                  policy +
                  "upstreams: {u: {mock: generic, world: {tasks: {t0: running}}}}\n"
                  "benign: [{call: {tool: list_tasks}}]\nalways: [{never: task.cancelled}]\n"
                  "steps: [" +
                  call + "]\n")
              .has_value());
  return choose("", gateways, {path});
}

constexpr const char* kCancels = "{call: {tool: cancel_task, args: {task_id: t0}}}";

}  // namespace

TEST_CASE("A refused policy contains the attack where the scenario says so, on both lanes") {
  const auto chosen = scenario_of("refused_policy: contained\n", kCancels);
  for (const replay::LaneKind lane : {replay::LaneKind::Memory, replay::LaneKind::Stdio}) {
    replay::Workbench bench({.lane = lane, .limits = kNoHurry});
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

TEST_CASE(
    "A policy that is refused at a reload leaves the one before in force and on record, alike on "
    "both lanes") {
  const std::string before =
      R"({version: '1', default: allow, tools: {list_tasks: {class: read}}})";
  const auto chosen = scenario_of(
      "refused_policy: contained\nreloaded_from: {dialect: gatecrash, inline: \"" + before +
          "\"}\n",
      "{call: {tool: list_tasks}}, {operator: reload}, " + std::string(kCancels), kNameless,
      {"reference", "without:closed-reload", "mutant:ignores_reload", "mutant:misnames_policy",
       "null"});
  const std::vector<Verdict> wanted = {Verdict::Pass, Verdict::Bypass, Verdict::Bypass,
                                       Verdict::Drift, Verdict::Bypass};
  std::vector<std::vector<std::string>> ledgers;  // of the attack runs, by lane
  for (const replay::LaneKind lane : {replay::LaneKind::Memory, replay::LaneKind::Stdio}) {
    replay::Workbench bench({.lane = lane, .limits = kNoHurry});
    for (int again = 0; again < 2; ++again) {  // the next run finds nothing of this one
      const auto cases = run_all(bench, only(*chosen), *chosen);
      REQUIRE(cases.size() == wanted.size());
      std::vector<std::string>& ledger = ledgers.emplace_back();
      for (std::size_t i = 0; i < cases.size(); ++i) {
        CAPTURE(i, lane);
        REQUIRE(cases[i].attack.size() == 1);
        CHECK(cases[i].attack[0].complete);
        CHECK(oracle::judge(cases[i]).verdict == wanted[i]);
        trace::pack(cases[i].attack[0].ledger, ledger.emplace_back());
      }
      const trace::Trace& log = cases[0].attack[0].gateway;
      const auto kept =
          std::ranges::find(log.events(), trace::EventKind::Kept, &trace::Event::kind);
      REQUIRE(kept != log.events().end());
      CHECK(kept->step == 1);
      CHECK(log.view(kept->text).find("lacks `name`") != std::string_view::npos);
      CHECK(log.view(kept->more) == base::sha256_hex(before));
      const oracle::Judged bypassed = oracle::judge(cases[1]);
      REQUIRE_FALSE(bypassed.findings.empty());
      CHECK(bypassed.findings[0].why.find("refused to load it and went on under the one before") !=
            std::string::npos);
    }
  }
  for (const auto& each : ledgers) CHECK(each == ledgers.front());
}
