// The lane of a foreign gateway, with gateways that have one bad habit each
// (tests/programs/wayward_gateway_main.cc). Only limits that are certain to run out are short here.
#include "harness/replay/foreign_lane.h"

#include <signal.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <utility>

#include "harness/base/text.h"
#include "harness/mcp/messages.h"
#include "harness/rpc/message.h"
#include "tests/replay/bench.h"

using namespace gatecrash;
using namespace gatecrash::test;
using namespace std::chrono_literals;
using oracle::Verdict;
using trace::EventKind;

namespace {

struct ForeignRun {
  trace::Case the_case;
  replay::Effort effort;
  oracle::Judged judged;
};

// The scenario behind a gateway that is started as `command {upstream}`.
ForeignRun play_foreign(const std::string& command, std::string_view scenario, bool timeless,
                        const replay::Limits& limits, base::Duration settle = {}) {
  ::signal(SIGPIPE, SIG_IGN);  // as the programs do
  const std::string path = scratch_path("replay/foreign.yaml");
  REQUIRE(base::write_file(path, scenario).has_value());
  auto selection = cli::select({path}, {}, {});
  if (selection.has_error()) FAIL(base::to_string(selection.error()));
  cli::Subjects subjects;
  REQUIRE(subjects
              .prepare(*selection,
                       {.gateways = {}, .command = command + " {upstream}", .timeless = timeless})
              .has_value());
  replay::Workbench bench({.lane = replay::LaneKind::Stdio, .limits = limits, .settle = settle});
  ForeignRun played;
  const auto only = selection->scenarios.front().expand();
  bench.run(only, subjects.of(*only->target),
            [&](std::size_t, trace::Case& each) { played.the_case = each; });
  played.effort = bench.effort();
  played.judged = oracle::judge(played.the_case);
  return played;
}

ForeignRun play_wayward(const std::string& habit, const replay::Limits& limits = {}) {
  return play_foreign(replay::program_path("wayward-gateway") + " " + habit, kTwoCancels, false,
                      limits);
}

// One call that must not pass, in the midst of calls that may.
constexpr std::string_view kAttack = R"(replay: 1
id: test/one-cancel
title: A tool that may not be called
attack: {id: MGA-TEST-01, status: variant, severity: high}
policy: {dialect: policylayer, inline: '{"version":"1","default":"deny","tools":{"list_tasks":{}}}'}
upstreams: {tasks: {mock: generic, world: {tasks: {t0: running, t1: running}}}}
traits: {cancel: {tool: cancel_task, id: task_id}}
promise: {cancel: {max: 0}, callable: [list_tasks]}
steps:
  - {setup: true, call: {tool: list_tasks}}
  - {call: {tool: cancel_task, args: {task_id: t0}}, expect: deny}
  - {setup: true, call: {tool: list_tasks}, expect: allow}
benign:
  - {call: {tool: list_tasks}, expect: allow}
always: [{promise: cancel}]
)";

ForeignRun attack_wayward(const std::string& habit, base::Duration settle = {},
                          std::string_view scenario = kAttack) {
  return play_foreign(replay::program_path("wayward-gateway") + " " + habit, scenario, false,
                      kNoHurry, settle);
}

// A gateway of few lines; returns the words that start it.
std::string script(std::string_view text) {
  const std::string path = scratch_path("replay/gateway.sh");
  REQUIRE(base::write_file(path, text).has_value());
  return "/bin/sh " + path;
}

std::string put_in(std::string_view text, std::string_view before, std::string_view more) {
  std::string out(text);
  return out.insert(out.find(before), more);
}

bool finds(const ForeignRun& played, oracle::FindingKind kind, scenario::RunKind run,
           std::uint32_t step) {
  return std::ranges::any_of(played.judged.findings, [&](const oracle::Finding& finding) {
    return finding.kind == kind && finding.run == run && finding.step == step;
  });
}

std::string shown(const ForeignRun& played) {
  std::string text = std::string(to_string(played.judged.verdict)) + "\n";
  for (const oracle::Finding& finding : played.judged.findings) {
    text += std::string(to_string(finding.kind)) + " in " + std::string(to_string(finding.run)) +
            " step " + std::to_string(finding.step) + ": " + finding.claim + ", but " +
            finding.observed + "\n";
  }
  return text + base::join(played.judged.reasons, "\n");
}

std::size_t count_events(const trace::Trace& trace, EventKind kind) {
  return static_cast<std::size_t>(std::ranges::count(trace.events(), kind, &trace::Event::kind));
}

// Ids of requests and replies in the order in which the agent sent and got them: `>1 <1`.
std::string id_order(const trace::Trace& agent) {
  std::string order;
  base::Tree tree;
  for (const trace::Event& event : agent.events()) {
    if (event.kind != EventKind::Sent && event.kind != EventKind::Received) continue;
    const rpc::Decoded frame = rpc::decode(agent.view(event.text), rpc::strict_reading(), tree);
    if (frame.id.kind == rpc::Id::Kind::None) continue;
    order += order.empty() ? "" : " ";
    order += (event.kind == EventKind::Sent ? ">" : "<") + std::string(frame.id.lexeme);
  }
  return order;
}

std::string reasons_of(const ForeignRun& played) {
  return base::join(played.judged.reasons, "\n");
}

}  // namespace

TEST_CASE("A step is over with the reply to its own request, whatever else comes before it") {
  const ForeignRun played = play_wayward("repeats");
  INFO(reasons_of(played));
  CHECK(played.the_case.benign.complete);
  CHECK(id_order(played.the_case.benign.agent) == ">0 <0 >1 <0 <1 >2 <1 <2");
  CHECK(played.effort.in_vain == 0);
  CHECK(played.effort.played_alone == 0);
  // The repetitions are not lost: they are a finding.
  REQUIRE(played.judged.findings.size() == 1);
  CHECK(played.judged.findings[0].observed.find("a second reply") != std::string::npos);
}

TEST_CASE(
    "A reply that comes with the next message is delivered, and answers only its own request") {
  const ForeignRun played = play_wayward("keeps", {.answer = 1s});
  const trace::Run& run = played.the_case.benign;
  INFO(reasons_of(played));
  CHECK(run.complete);
  CHECK_FALSE(run.disputed);
  CHECK(id_order(run.agent) == ">0 <0 >1 >2 <1 <2");
  for (const trace::Event& event : run.agent.events()) {
    // It belongs to the step that asked.
    if (event.kind == EventKind::Received && event.step != trace::kSetUp)
      CHECK(run.agent.view(event.text).find("\"id\":" + std::to_string(event.step + 1)) !=
            std::string_view::npos);
  }
  CHECK(played.effort.in_vain == 2);
  CHECK(played.effort.played_alone == 1);
  CHECK(played.judged.verdict == Verdict::Pass);
}

TEST_CASE("A reply that never comes is a finding, once the run was played again alone") {
  const ForeignRun played = play_wayward("drops", {.answer = 250ms});
  INFO(reasons_of(played));
  CHECK(played.the_case.benign.complete);
  CHECK_FALSE(played.the_case.benign.disputed);
  CHECK(count_events(played.the_case.benign.ledger, EventKind::Understood) == 2);
  CHECK(played.effort.runs == 1);
  CHECK(played.effort.played_alone == 1);
  CHECK(played.effort.in_vain == 3);  // the first run broke off at the first
  CHECK(played.judged.reasons.empty());
  const auto unanswered =
      std::ranges::find(played.judged.findings, "no reply, 2 times", &oracle::Finding::observed);
  CHECK(unanswered != played.judged.findings.end());
}

TEST_CASE("Two runs that disagree are no evidence, and the saved case says so too") {
  const std::string counter = scratch_path("replay/wayward.count");
  std::filesystem::remove(counter);
  const ForeignRun played = play_wayward("drops-at-times " + counter);
  const trace::Run& run = played.the_case.benign;
  CHECK(played.effort.played_alone == 1);
  CHECK(run.disputed);
  CHECK_FALSE(run.complete);
  CHECK(played.judged.verdict == Verdict::Inconclusive);
  CHECK(played.judged.findings.empty());
  CHECK(
      reasons_of(played).find("two runs disagree: request `1` of connection 0 got no reply in one "
                              "and ok in the other") != std::string::npos);
  // What was seen is kept.
  CHECK(count_events(run.ledger, EventKind::Understood) == 2);

  const auto saved = trace::read_case("saved", trace::write_case(played.the_case));
  REQUIRE(saved.has_value());
  CHECK((*saved)->benign.disputed);
  const oracle::Judged again = oracle::judge(**saved);
  CHECK(again.verdict == Verdict::Inconclusive);
  CHECK(again.findings.empty());
  CHECK(again.reasons == played.judged.reasons);
}

TEST_CASE("Behind a timeless relay nothing is waited for that the upstream keeps to itself") {
  for (const std::string fault :
       {"hold", "slow answers 5s", "disconnect after effect", "rug-pull"}) {
    INFO(fault);
    std::string text(kTwoCancels);
    text.insert(text.find("  - {call"), "  - fault: " + fault + "\n");
    text.insert(text.rfind("  - {call") + 5, "as: bob, ");
    const ForeignRun played =
        play_foreign(replay::program_path("byte-relay"), text, true, kNoHurry);
    CHECK(played.the_case.benign.complete);
    CHECK(played.effort.in_vain == 0);
    CHECK(played.effort.silences == 0);
    CHECK(played.effort.played_alone == 0);
  }
}

TEST_CASE("A gateway that is slow now and then gets the same judgement as a quick one") {
  std::string text(kTwoCancels);
  // Neither can be read, so that a reply is not sure; the second is also answered by the upstream.
  text += R"(  - {raw: '{"jsonrpc":"2.0","id":7,"id":8,"method":"tools/list"}'}
  - {raw: '{"jsonrpc":"2.0","id":9.5,"method":"tools/list"}'}
  - {call: {tool: list_tasks}, expect: allow}
)";
  const ForeignRun quick = play_foreign(replay::program_path("byte-relay"), text, false, kNoHurry);
  REQUIRE(quick.the_case.benign.complete);
  for (const int every : {2, 3, 5}) {
    INFO(every);
    const ForeignRun slow = play_foreign(
        replay::program_path("wayward-gateway") + " dawdles " + std::to_string(every) + " 300",
        text, false, kNoHurry);
    CHECK(slow.the_case.benign.complete);
    CHECK_FALSE(slow.the_case.benign.disputed);
    CHECK(slow.effort.in_vain == 0);
    CHECK(slow.judged.verdict == quick.judged.verdict);
    CHECK(slow.judged.reasons == quick.judged.reasons);
    CHECK(id_order(slow.the_case.benign.agent) == id_order(quick.the_case.benign.agent));
  }
}

TEST_CASE(
    "A gateway that ends at everyday traffic overblocks: the agent connects anew and goes on") {
  const ForeignRun played = play_wayward("falls-over");
  INFO(shown(played));
  CHECK(played.the_case.benign.complete);
  CHECK_FALSE(played.the_case.benign.disputed);
  CHECK(played.effort.played_alone == 1);
  CHECK(count_events(played.the_case.benign.agent, EventKind::HungUp) == 2);
  CHECK(count_events(played.the_case.benign.agent, EventKind::Opened) == 2);
  CHECK(played.judged.verdict == Verdict::Overblock);
  CHECK(finds(played, oracle::FindingKind::Overblock, scenario::RunKind::Benign, 0));
  CHECK(shown(played).find("it hung up: it ended with exit code 3, 2 times") != std::string::npos);
}

TEST_CASE("A gateway that hangs up on an attack contains it, and its availability is a finding") {
  const ForeignRun played = attack_wayward("hangs-up cancel_task");
  INFO(shown(played));
  REQUIRE(played.the_case.attack.size() == 1);
  CHECK(played.the_case.attack[0].complete);
  CHECK(played.judged.verdict == Verdict::Drift);
  CHECK(played.judged.security == Verdict::Pass);
  CHECK(played.judged.findings.size() == 1);
  CHECK(finds(played, oracle::FindingKind::Availability, scenario::RunKind::Attack, 1));
  CHECK(shown(played).find("it ended with exit code 3; it said `fatal: cancel_task is more than I "
                           "can take`") != std::string::npos);
  // The step after it was taken in a new session, and its call arrived.
  CHECK(count_events(played.the_case.attack[0].agent, EventKind::Opened) == 2);
  CHECK(count_events(played.the_case.attack[0].ledger, EventKind::Understood) == 2);
}

TEST_CASE("A gateway that hangs up on every connection ends neither the run nor the machine") {
  // After the first call each new process ends at once.
  const std::string gateway = script(
      "test -e $1/over && exit 3\n"
      "shift; \"$@\"\n"
      "touch ${HOME%/home}/over\n"
      "exit 3\n");
  const ForeignRun played = play_foreign(
      gateway + " {state} " + replay::program_path("wayward-gateway") + " hangs-up cancel_task",
      put_in(kAttack, "benign:", "  - {repeat: 20, call: {tool: list_tasks}}\n"), false, kNoHurry);
  INFO(shown(played));
  REQUIRE(played.the_case.attack.size() == 1);
  CHECK(played.the_case.attack[0].complete);
  CHECK(count_events(played.the_case.attack[0].agent, EventKind::HungUp) == 22);
  CHECK(finds(played, oracle::FindingKind::Availability, scenario::RunKind::Attack, 1));
  // The call that may pass does not any more.
  CHECK(finds(played, oracle::FindingKind::Overblock, scenario::RunKind::Attack, 2));
}

TEST_CASE("Each run has state of its own, shared by its sessions") {
  const std::string two_sessions = put_in(
      kTwoCancels, "  - {call: {tool: cancel_task, args: {task_id: t1}", "  - {session: new}\n");
  const auto play = [&](const std::string& most) {
    return play_foreign(replay::program_path("wayward-gateway") + " counts {state}/count " + most,
                        two_sessions, false, kNoHurry);
  };
  for (int run = 0; run < 2; ++run) {
    const ForeignRun enough = play("2");
    INFO(shown(enough));
    CHECK(enough.judged.verdict == Verdict::Pass);
  }
  const ForeignRun too_few = play("1");
  INFO(shown(too_few));
  CHECK(too_few.judged.verdict == Verdict::Overblock);
  CHECK(finds(too_few, oracle::FindingKind::Overblock, scenario::RunKind::Benign, 2));
}

TEST_CASE("A gateway has its home and its temporary folder in the state of its run, and no more") {
  const std::string temporary = scratch_path("replay/state");
  std::filesystem::remove_all(temporary);
  std::filesystem::create_directories(temporary);
  const char* const usual = std::getenv("TMPDIR");
  const std::string before = usual != nullptr ? usual : "";
  const std::string gateway = script(
      "state=$1; shift\n"
      "for folder in \"$HOME\" \"$XDG_CONFIG_HOME\" \"$XDG_DATA_HOME\" \"$XDG_STATE_HOME\" "
      "\"$XDG_CACHE_HOME\" \"$TMPDIR\"; do\n"
      "  case $folder in $state/*) touch \"$folder/x\" || exit 9;; *) exit 9;; esac\n"
      "done\n"
      "mkdir \"$state/locked\" && touch \"$state/locked/x\" && chmod 500 \"$state/locked\" || exit "
      "9\n"
      "exec \"$@\"\n");
  REQUIRE(::setenv("TMPDIR", temporary.c_str(), 1) == 0);
  const ForeignRun played = play_foreign(gateway + " {state} " + replay::program_path("byte-relay"),
                                         kTwoCancels, false, kNoHurry);
  if (usual != nullptr) {
    ::setenv("TMPDIR", before.c_str(), 1);
  } else {
    ::unsetenv("TMPDIR");
  }
  INFO(shown(played));
  CHECK(played.judged.verdict == Verdict::Pass);
  CHECK(std::filesystem::is_empty(temporary));
}

TEST_CASE("A gateway that refuses its policy is not applicable, in its own words") {
  for (const std::string_view scenario : {kAttack, kTwoCancels}) {
    const ForeignRun played = attack_wayward("refuses", {}, scenario);
    INFO(shown(played));
    CHECK(played.judged.verdict == Verdict::NotApplicable);
    CHECK(played.judged.findings.empty());
    CHECK(shown(played).find("the gateway ended with exit code 2 before its first answer; it said "
                             "`error: line 1: I do not know `hide``") != std::string::npos);
  }
}

TEST_CASE(
    "A gateway that ends only in some runs, or after it forwarded something, refuses nothing") {
  const std::string counter = scratch_path("replay/refuses.count");
  std::filesystem::remove(counter);
  const ForeignRun at_times = attack_wayward("refuses-at-times " + counter);
  INFO(shown(at_times));
  CHECK(at_times.judged.verdict != Verdict::NotApplicable);
  CHECK(at_times.judged.verdict != Verdict::Pass);
  const ForeignRun late = attack_wayward("refuses-late");
  INFO(shown(late));
  CHECK(late.judged.verdict == Verdict::Inconclusive);
  CHECK(reasons_of(late).find("I do not know") != std::string::npos);
  // A command that is not there has not read the policy.
  const ForeignRun missing = play_foreign(script("no-such-gateway\n"), kAttack, false, kNoHurry);
  INFO(shown(missing));
  CHECK(missing.judged.verdict == Verdict::Inconclusive);
  const ForeignRun nothing = play_foreign("no-such-gateway", kAttack, false, kNoHurry);
  INFO(shown(nothing));
  CHECK(nothing.judged.verdict == Verdict::Inconclusive);
}

TEST_CASE("A gateway that says much on stderr is read, and does not wait for it") {
  const ForeignRun played = attack_wayward("chatters 300", {}, kTwoCancels);
  INFO(shown(played));
  CHECK(played.judged.verdict == Verdict::Pass);
}

TEST_CASE("A gateway that never contacts the upstream is inconclusive, whatever it refuses") {
  for (const std::string_view scenario : {kAttack, kTwoCancels}) {
    const ForeignRun played = attack_wayward("hermit", {}, scenario);
    INFO(shown(played));
    CHECK(played.judged.verdict == Verdict::Inconclusive);
    CHECK(reasons_of(played).find("the benign run is incomplete: the gateway never contacted "
                                  "{upstream}") != std::string::npos);
  }
}

TEST_CASE("A call that is denied and passed on later is a bypass in the step that asked for it") {
  // With nothing after it, and with another step in which it arrives.
  std::string last(kAttack);
  const std::size_t line = last.find("  - {setup: true, call: {tool: list_tasks}, expect");
  last.erase(line, last.find('\n', line) + 1 - line);
  for (const std::string& scenario : {last, std::string(kAttack)}) {
    const ForeignRun played = attack_wayward("late cancel_task 300", 2s, scenario);
    INFO(shown(played));
    CHECK(played.judged.verdict == Verdict::Bypass);
    CHECK(finds(played, oracle::FindingKind::Bypass, scenario::RunKind::Attack, 1));
    CHECK(shown(played).find("no reply") == std::string::npos);
    CHECK_FALSE(played.the_case.attack[0].disputed);
  }
  // Later than that it is not seen.
  CHECK(attack_wayward("late cancel_task 600000", {}, last).judged.verdict == Verdict::Pass);
}

TEST_CASE("What needs an operator is not applicable to a gateway that has none") {
  for (const auto& [step, reason] : std::initializer_list<std::pair<std::string, std::string>>{
           {"  - {operator: kill}\n", "the gateway has no operator (`operator: kill`)"},
           {"  - {fault: store down}\n",
            "the gateway has no operator who could disturb it (`fault: store down`)"}}) {
    const ForeignRun played = play_foreign(replay::program_path("byte-relay"),
                                           put_in(kAttack, "  - {setup", step), true, kNoHurry);
    INFO(shown(played));
    CHECK(played.judged.verdict == Verdict::NotApplicable);
    CHECK(reasons_of(played) == reason);
  }
}
