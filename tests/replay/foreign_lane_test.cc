// The lane of a foreign gateway, with gateways that have one bad habit each
// (tests/programs/wayward_gateway_main.cc). Only limits that are certain to run out are short here.
#include "harness/replay/foreign_lane.h"

#include <filesystem>

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
                        const replay::Limits& limits) {
  const std::string path = scratch_path("replay/foreign.yaml");
  REQUIRE(base::write_file(path, scenario).has_value());
  auto selection = cli::select({path}, {}, {});
  if (selection.has_error()) FAIL(base::to_string(selection.error()));
  cli::Subjects subjects;
  REQUIRE(subjects
              .prepare(*selection,
                       {.gateways = {}, .command = command + " {upstream}", .timeless = timeless})
              .has_value());
  replay::Workbench bench({.lane = replay::LaneKind::Stdio, .limits = limits});
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

TEST_CASE("A gateway that ends is looked at twice, and ends the run both times") {
  const ForeignRun played = play_wayward("falls-over");
  CHECK_FALSE(played.the_case.benign.complete);
  CHECK_FALSE(played.the_case.benign.disputed);
  CHECK(played.effort.played_alone == 1);
  CHECK(played.judged.verdict == Verdict::Inconclusive);
  CHECK(played.judged.findings.empty());
  CHECK(reasons_of(played).find("the gateway is gone or silent: it ended with exit code 3") !=
        std::string::npos);
}
