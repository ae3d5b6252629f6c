// The same plan gives the same evidence on every lane, whatever the gateway; a child that was used
// before is as new; a party that dies is noticed.
#include <set>
#include <thread>

#include "harness/gateway/mutants.h"
#include "harness/replay/memory_lane.h"
#include "tests/replay/bench.h"
#include "tests/support/build.h"
#include "tests/transport/process_support.h"

using namespace gatecrash;
using namespace gatecrash::test;
using replay::LaneKind;
using replay::Workbench;

namespace {

// Thousands of steps; one of them stands for all.
constexpr const char* kLong = "slow-drip|runaway-cancel";

// Says what the processes' lane had to do for it.
replay::Effort check_same_on_both_lanes(const Chosen& chosen) {
  Workbench memory({.lane = LaneKind::Memory});
  Workbench stdio({.lane = LaneKind::Stdio, .limits = kNoHurry});
  for (const Scenario& scenario : chosen.scenarios) {
    const auto here = run_all(memory, scenario, chosen);
    const auto there = run_all(stdio, scenario, chosen);
    REQUIRE(here.size() == there.size());
    for (std::size_t i = 0; i < here.size(); ++i) {
      INFO(scenario->id << " on " << chosen.subjects.of(*scenario->target)[i].name);
      const oracle::Judged expected = oracle::judge(here[i]);
      const oracle::Judged actual = oracle::judge(there[i]);
      CHECK(actual.verdict == expected.verdict);
      CHECK(actual.validity == expected.validity);
      REQUIRE(actual.findings.size() == expected.findings.size());
      for (std::size_t j = 0; j < actual.findings.size(); ++j) {
        CHECK(actual.findings[j].fingerprint == expected.findings[j].fingerprint);
      }
      const auto left = runs_of(here[i]), right = runs_of(there[i]);
      REQUIRE(left.size() == right.size());
      for (std::size_t j = 0; j < left.size(); ++j) {
        INFO("run " << j << ": " << right[j]->problem);
        CHECK(right[j]->complete == left[j]->complete);
        CHECK(trace::same(left[j]->ledger, right[j]->ledger));
        CHECK(trace::same(left[j]->agent, right[j]->agent));
        CHECK(trace::same(left[j]->gateway, right[j]->gateway));
        CHECK(left[j]->digest_after == right[j]->digest_after);
      }
    }
  }
  return stdio.effort();
}

constexpr const char* kVictim = "^rate/window-edge-burst@binassist_hardened$";

// The case of kVictim with its attack run played anew, with something happening on the way.
struct Disturbed {
  trace::Case the_case;
  pid_t gateway = 0, mock = 0;
};
Disturbed disturb(const Chosen& chosen, replay::ProcessPool& pool,
                  const DisturbedLane::Moment& moment) {
  ::signal(SIGPIPE, SIG_IGN);  // as `replay` does: a write to the dead is an error, not our end
  const Scenario scenario = only(chosen);
  Workbench memory({.lane = LaneKind::Memory});
  Disturbed out{.the_case = run_all(memory, scenario, chosen).front()};
  trace::Run& run = out.the_case.attack.front();
  run.agent.clear();
  run.gateway.clear();
  run.ledger.clear();
  run.complete = false;
  replay::StdioLane lane(pool, chosen.subjects.of(*scenario->target).front().command);
  DisturbedLane disturbed(lane, [&](replay::StdioLane& inner, std::uint32_t step, bool before) {
    out.gateway = inner.session()->gateway_pid();
    out.mock = inner.session()->mock_pid();
    if (moment) moment(inner, step, before);
  });
  replay::Agent().play(scenario->attacks.front(), disturbed, run);
  return out;
}

}  // namespace

TEST_CASE("Every shipped scenario gives the same verdicts and the same ledgers on both lanes") {
  check_same_on_both_lanes(*choose(kPackSample, {"reference", "intercept-1.1"}));
  check_same_on_both_lanes(*choose(
      kWholePack ? "@(binassist|codex_worker)_hardened$" : "/[p-z].*@codex_worker_hardened$",
      {"null", "deny_all"}, {}, 1, kLong));
}

TEST_CASE("Behind gateways that say too much or too little too") {
  std::vector<std::string> mutants;
  std::size_t number = 0;
  for (const gateway::MutantEntry& mutant : gateway::mutants()) {
    if (kWholePack || number++ % 4 == 0) mutants.push_back("mutant:" + std::string(mutant.name));
  }
  const auto chosen =
      choose("^(hid/call-by-name|rate/window-edge-burst)@binassist_hardened$|^probe/", mutants,
             {source_path("scenarios"), source_path("tests/matrix/probes")});
  REQUIRE(chosen->scenarios.size() > 5);
  const replay::Effort effort = check_same_on_both_lanes(*chosen);
  CHECK(effort.played_again < effort.runs / 4);
}

// The last two calls are denied; the mutant forwards them all the same. The mock sleeps over the
// first of them and wakes when the step of the second is posted.
TEST_CASE("An eager run in which the mock was behind was not quiet") {
  const auto chosen = choose(kVictim, {"mutant:denies_in_words_only"});
  const Scenario scenario = only(*chosen);
  const scenario::Plan& plan = scenario->attacks.front();
  const auto last = static_cast<std::uint32_t>(plan.steps.size() - 1);
  replay::ProcessPool pool(kNoHurry);
  for (const bool asleep : {false, true}) {
    trace::Run run;
    replay::StdioLane lane(pool, chosen->subjects.of(*scenario->target).front().command, {},
                           replay::Pace::Eager);
    DisturbedLane disturbed(lane, [&](replay::StdioLane& inner, std::uint32_t step, bool before) {
      if (!asleep || !before || step + 1 < last) return;
      ::kill(inner.session()->mock_pid(), step < last ? SIGSTOP : SIGCONT);
    });
    replay::Agent().play(plan, disturbed, run);
    INFO(run.problem);
    CHECK(run.complete);
    if (asleep) CHECK_FALSE(lane.was_quiet());
  }
}

TEST_CASE("A quiet run is not played again") {
  const auto chosen =
      choose(kWholePack ? "@binassist_(published|hardened)$" : "/[h-o].*@binassist_hardened$",
             {"reference", "null"}, {}, 1, kLong);
  CHECK(check_same_on_both_lanes(*chosen).played_again == 0);
}

TEST_CASE("Agent, gateway and mock are three processes") {
  const auto chosen = choose(kVictim, {"reference"});
  replay::ProcessPool pool(kNoHurry);
  const Disturbed undisturbed = disturb(*chosen, pool, nullptr);
  INFO(undisturbed.the_case.attack.front().problem);
  CHECK(undisturbed.the_case.attack.front().complete);
  CHECK(oracle::judge(undisturbed.the_case).verdict == oracle::Verdict::Pass);
  const std::set<pid_t> all{::getpid(), undisturbed.gateway, undisturbed.mock};
  CHECK(all.size() == 3);
  CHECK(all.count(0) == 0);
}

TEST_CASE("A gateway or mock killed before or after any step is noticed, and is never a pass") {
  const auto chosen = choose(kVictim, {"reference"});
  const auto steps = static_cast<std::uint32_t>(only(*chosen)->attacks.front().steps.size());
  REQUIRE(steps >= 3);
  replay::ProcessPool pool(kNoHurry);
  for (const bool mock : {false, true}) {
    // The handshake, then every third step and the last.
    for (std::uint32_t i = 0; i <= steps; i = i == steps ? i + 1 : std::min(i + 3, steps)) {
      const std::uint32_t victim = i == 0 ? trace::kSetUp : i - 1;
      for (const bool before : {true, false}) {
        const Disturbed killed =
            disturb(*chosen, pool, [&](replay::StdioLane& lane, std::uint32_t step, bool now) {
              if (step != victim || now != before) return;
              ::kill(mock ? lane.session()->mock_pid() : lane.session()->gateway_pid(), SIGKILL);
            });
        INFO((mock ? "mock" : "gateway")
             << " killed " << (before ? "before" : "after") << " step " << victim);
        const trace::Run& run = killed.the_case.attack.front();
        CHECK_FALSE(run.complete);
        CHECK(run.problem.find("is gone or silent") != std::string::npos);
        const oracle::Judged judged = oracle::judge(killed.the_case);
        CHECK(judged.verdict == oracle::Verdict::Inconclusive);
        CHECK_FALSE(judged.reasons.empty());
        wait_until_gone(killed.gateway);
        wait_until_gone(killed.mock);
      }
    }
  }
}

TEST_CASE("Killed at any moment, a run is whole and right or it is not complete") {
  const auto chosen = choose(kVictim, {"reference"});
  replay::ProcessPool pool(kNoHurry);
  int broken_off = 0;
  for (int i = 0; i < 30; ++i) {
    std::thread killer;
    const Disturbed killed =
        disturb(*chosen, pool, [&](replay::StdioLane& lane, std::uint32_t, bool) {
          if (killer.joinable()) return;
          const pid_t victim =
              i % 2 == 0 ? lane.session()->mock_pid() : lane.session()->gateway_pid();
          killer = std::thread([victim, i] {
            std::this_thread::sleep_for(std::chrono::microseconds(i * 97));
            ::kill(victim, SIGKILL);
          });
        });
    if (killer.joinable()) killer.join();
    const trace::Run& run = killed.the_case.attack.front();
    const oracle::Verdict verdict = oracle::judge(killed.the_case).verdict;
    INFO("kill " << i << ": " << run.problem << " " << to_string(verdict));
    CHECK((run.complete ? verdict == oracle::Verdict::Pass
                        : verdict == oracle::Verdict::Inconclusive));
    broken_off += run.complete ? 0 : 1;
  }
  CHECK(broken_off > 0);
}

TEST_CASE("A thousand runs leave no descriptor and no child behind, pooled or not") {
  const auto chosen = choose("^hid/call-by-name@taobao_hardened$", {"reference"});
  const Scenario scenario = only(*chosen);
  const std::size_t before = open_descriptors();
  {
    Workbench bench({.lane = LaneKind::Stdio, .limits = kNoHurry});
    run_all(bench, scenario, *chosen);
    const std::size_t warm = open_descriptors();
    while (bench.effort().runs < 1000) run_all(bench, scenario, *chosen);
    CHECK(open_descriptors() == warm);
  }
  CHECK(open_descriptors() == before);
  CHECK(has_no_children());
  for (int i = 0; i < 10; ++i) {
    Workbench fresh({.lane = LaneKind::Stdio, .limits = kNoHurry});
    run_all(fresh, scenario, *chosen);
  }
  CHECK(open_descriptors() == before);
  CHECK(has_no_children());
}

TEST_CASE(
    "A child that was used before is as new: same digest, same ledger, after a hundred other "
    "runs") {
  const auto chosen = choose(
      "^(rate/session-rotation|bulk/enumerate-then-cancel)@binassist_hardened$", {"reference"});
  REQUIRE(chosen->scenarios.size() == 2);
  const Scenario first = chosen->scenarios[1], other = chosen->scenarios[0];
  const replay::Subject& subject = chosen->subjects.of(*first->target).front();
  replay::ProcessPool pool(kNoHurry);
  std::set<pid_t> mocks, gateways;
  const auto play = [&](const scenario::Plan& plan) {
    auto run = std::make_unique<trace::Run>();
    replay::StdioLane lane(pool, subject.command);
    DisturbedLane watched(lane, [&](replay::StdioLane& inner, std::uint32_t, bool) {
      mocks.insert(inner.session()->mock_pid());
      gateways.insert(inner.session()->gateway_pid());
    });
    replay::Agent().play(plan, watched, *run);
    CHECK(run->complete);
    return run;
  };
  const auto fresh = play(first->attacks.front());
  for (int i = 0; i < 100; ++i) play(i % 2 == 0 ? other->attacks.front() : other->benign);
  const auto used = play(first->attacks.front());
  CHECK(mocks.size() == 1);
  CHECK(gateways.size() == 1);
  CHECK(fresh->digest_before == used->digest_before);
  CHECK(fresh->digest_after == used->digest_after);
  CHECK(trace::same(fresh->ledger, used->ledger));
  CHECK(trace::same(fresh->agent, used->agent));
  CHECK(trace::same(fresh->gateway, used->gateway));
}

TEST_CASE("A kept child that died while nobody looked is not handed out") {
  const auto chosen = choose(kVictim, {"reference"});
  replay::ProcessPool pool(kNoHurry);
  const Disturbed first = disturb(*chosen, pool, nullptr);
  ::kill(first.gateway, SIGKILL);
  wait_until_gone(first.gateway);
  const Disturbed second = disturb(*chosen, pool, nullptr);
  INFO(second.the_case.attack.front().problem);
  CHECK(second.the_case.attack.front().complete);
  CHECK(second.gateway != first.gateway);
}
