// every_effect_explained, list_call_agree, forwarded_equals_judged, audit_complete, quota_conserved,
// model_agreement: each on the run of a gateway that is wrong in the way the oracle is there for, and on
// one that is not.
#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::oracle {
namespace {

using namespace test;
using decision::Outcome;
using mcp::ReplyShape;

constexpr std::string_view kLimitPath = "/tools/cancel_task/limits/cancel_task_rate";

std::vector<Finding> findings(std::string_view oracle, trace::Run run, std::string_view policy = kLimitPolicy) {
  const trace::Case made = case_of(std::move(run), policy);
  return judge_run(*find_oracle(oracle), made, made.attack[0]);
}

TEST_CASE("none of them finds anything in an ordinary run") {
  for (const OracleEntry& each : oracles()) {
    INFO(each.name);
    CHECK(findings(each.name, RunBuilder()
                                  .list({"cancel_task", "list_tasks"})
                                  .passes("list_tasks")
                                  .refuses("other", "(default deny)")
                                  .call("list_tasks")
                                  .allowed()
                                  .arrived()
                                  .reply_from_upstream(ReplyShape::ToolError, "no"))
              .empty());
  }
}

TEST_CASE("a call that arrives twice is an orphan") {
  const auto found = findings("every_effect_explained", RunBuilder()
                                                            .call("cancel_task")
                                                            .allowed()
                                                            .arrived()
                                                            .cancels("t-1")
                                                            .upstream_replies()
                                                            .arrived()
                                                            .cancels("t-2")
                                                            .reply_from_upstream());
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Orphan);
  CHECK(found[0].observed == "1 call too many");
}

TEST_CASE("an effect in a step that sends nothing is an orphan, unless time does such things") {
  const auto found = findings("every_effect_explained",
                              RunBuilder().advance(std::chrono::seconds(1)).effect(Effect::FileDeleted, "f"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed == "1 file.deleted");
  CHECK(findings("every_effect_explained",
                 RunBuilder().passes("cancel_task", "t-1").advance(std::chrono::seconds(1)).effect(Effect::WorkStopped, "t-1"))
            .empty());
}

TEST_CASE("a tool that the list does not show and that can be called is a bypass") {
  const auto found = findings("list_call_agree", RunBuilder().list({"list_tasks"}).passes("cancel_task", "t-1"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Bypass);
  CHECK(found[0].step == 1);
  CHECK(findings("list_call_agree", RunBuilder().list({"list_tasks"}).refuses("cancel_task")).empty());
  CHECK(findings("list_call_agree", RunBuilder().passes("cancel_task").list({"list_tasks"})).empty());
  CHECK(findings("list_call_agree",
                 RunBuilder().list({"list_tasks"}).list({"cancel_task"}).passes("cancel_task"))
            .empty());
}

TEST_CASE("a message that two parsers read differently may not reach the upstream") {
  const auto found = findings(
      "forwarded_equals_judged",
      RunBuilder()
          .raw(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_tasks","name":"cancel_task"}})")
          .arrived_as("cancel_task", "{}")
          .reply_from_upstream());
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Divergence);
  CHECK(found[0].observed.find("duplicate_key") != std::string::npos);
}

TEST_CASE("a call that the gateway changed on the way is found") {
  trace::Run run = RunBuilder().call("list_tasks", R"({"a":1})").allowed();
  std::string changed;
  mcp::write_tools_call(1, "list_tasks", R"({"a":2})", changed);
  run.ledger.add(EventKind::Arrived, changed);
  run.ledger.add(EventKind::Understood, "list_tasks", R"({"a":2})");
  CHECK(findings("forwarded_equals_judged", run).size() == 1);
}

TEST_CASE("a call that only changed its spelling on the way is the same call") {
  trace::Run run = RunBuilder().call("list_tasks", R"({ "b" : 1, "a" : 2 })").allowed();
  run.ledger.add(EventKind::Arrived,
                 R"({"jsonrpc":"2.0","id":99,"method":"tools/call","params":{"name":"list_tasks","arguments":{"a":2,"b":1}}})");
  run.ledger.add(EventKind::Understood, "list_tasks", R"({"a":2,"b":1})");
  CHECK(findings("forwarded_equals_judged", run).empty());
}

TEST_CASE("a decision about another tool than the upstream understood is found") {
  CHECK(findings("forwarded_equals_judged",
                 RunBuilder().call("list_tasks").allowed().arrived_as("cancel_task", "{}").reply_from_upstream())
            .size() == 1);
}

TEST_CASE("a call without a record, or with a contrary one, is drift") {
  const auto dropped = findings(
      "audit_complete", RunBuilder().passes("list_tasks").call("list_tasks").arrived().reply_from_upstream());
  REQUIRE(dropped.size() == 1);
  CHECK(dropped[0].kind == FindingKind::Drift);
  CHECK(dropped[0].step == 1);
  CHECK(findings("audit_complete", RunBuilder().call("cancel_task").arrived().denied("x")).size() == 1);
  CHECK(findings("audit_complete",
                 RunBuilder().passes("list_tasks").call("list_tasks").reply_to_agent(ReplyShape::ToolError))
            .size() == 1);
}

TEST_CASE("a gateway that shows no decisions has no record to complete") {
  CHECK(findings("audit_complete", RunBuilder().call("list_tasks").arrived().reply_from_upstream()).size() == 1);
  trace::Case made = case_of(RunBuilder().call("list_tasks").arrived().reply_from_upstream());
  made.benign.gateway.clear();
  CHECK(judge_run(*find_oracle("audit_complete"), made, made.attack[0]).empty());
}

RunBuilder cancels(int number) {
  RunBuilder run;
  run.start("2026-01-01T10:00:10Z");
  for (int i = 0; i < number; ++i) run.passes("cancel_task", "t");
  return run;
}

TEST_CASE("a limit that refuses one too early is drift") {
  const auto found = findings("quota_conserved", cancels(9).refuses("cancel_task", kLimitPath));
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed == "refused although 9 of 10 were used");
  CHECK(found[0].rule == kLimitPath);
  CHECK(findings("quota_conserved", cancels(10).refuses("cancel_task", kLimitPath)).empty());
}

TEST_CASE("a limit that lets one too many through in one calendar window is drift") {
  CHECK(findings("quota_conserved", cancels(11)).size() == 1);
  CHECK(findings("quota_conserved", cancels(10).advance(std::chrono::seconds(55)).passes("cancel_task", "t")).empty());
}

TEST_CASE("a quota is free again after its window") {
  CHECK(findings("quota_conserved", cancels(10)
                                        .advance(std::chrono::seconds(60))
                                        .refuses("cancel_task", kLimitPath))
            .size() == 1);
  CHECK(findings("quota_conserved", cancels(10)
                                        .advance(std::chrono::seconds(59))
                                        .refuses("cancel_task", kLimitPath))
            .empty());
}

TEST_CASE("a decision that neither reading of the policy explains is a divergence") {
  CHECK(findings("model_agreement", RunBuilder().refuses("list_tasks", "x")).size() == 1);
  CHECK(findings("model_agreement", RunBuilder().passes("other")).size() == 1);
  CHECK(findings("model_agreement", cancels(11)).size() == 1);
  CHECK(findings("model_agreement", cancels(9).refuses("cancel_task", kLimitPath)).size() == 1);
  CHECK(findings("model_agreement", cancels(10).refuses("cancel_task", kLimitPath)).empty());
}

TEST_CASE("calendar and sliding windows are both readings of the policy") {
  RunBuilder calendar;
  calendar.start("2026-01-01T10:00:59.9Z");
  RunBuilder sliding;
  sliding.start("2026-01-01T10:00:59.9Z");
  for (int i = 0; i < 10; ++i) {
    calendar.passes("cancel_task", "t");
    sliding.passes("cancel_task", "t");
  }
  calendar.advance(std::chrono::milliseconds(200)).passes("cancel_task", "t");
  sliding.advance(std::chrono::milliseconds(200)).refuses("cancel_task", kLimitPath);
  CHECK(findings("model_agreement", calendar).empty());
  CHECK(findings("model_agreement", sliding).empty());
}

}  // namespace
}  // namespace gatecrash::oracle
