// every_effect_explained, list_call_agree, forwarded_equals_judged, audit_complete,
// quota_conserved, model_agreement: each on the run of a gateway that is wrong in the way the
// oracle is there for, and on one that is not.
#include <algorithm>

#include "harness/base/text.h"
#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::oracle {
namespace {

using namespace test;
using decision::Outcome;
using mcp::ReplyShape;

constexpr std::string_view kLimitPath = "/tools/cancel_task/limits/cancel_task_rate";

std::vector<Finding> findings(std::string_view oracle, trace::Run run,
                              std::string_view policy = kLimitPolicy) {
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
  const auto found =
      findings("every_effect_explained",
               RunBuilder().advance(std::chrono::seconds(1)).effect(Effect::FileDeleted, "f"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed == "1 file.deleted");
  CHECK(findings("every_effect_explained", RunBuilder()
                                               .passes("cancel_task", "t-1")
                                               .advance(std::chrono::seconds(1))
                                               .effect(Effect::WorkStopped, "t-1"))
            .empty());
}

TEST_CASE("a tool that the list does not show and that can be called is a bypass") {
  const auto found =
      findings("list_call_agree", RunBuilder().list({"list_tasks"}).passes("cancel_task", "t-1"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Bypass);
  CHECK(found[0].step == 1);
  CHECK(findings("list_call_agree", RunBuilder().list({"list_tasks"}).refuses("cancel_task"))
            .empty());
  CHECK(
      findings("list_call_agree", RunBuilder().passes("cancel_task").list({"list_tasks"})).empty());
  CHECK(findings("list_call_agree",
                 RunBuilder().list({"list_tasks"}).list({"cancel_task"}).passes("cancel_task"))
            .empty());
}

std::string two_names(std::string_view first, std::string_view last) {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":")" +
         std::string(first) + R"(","name":")" + std::string(last) + R"(","arguments":{}}})";
}

TEST_CASE("a list is the principal's own") {
  CHECK(
      findings("list_call_agree", RunBuilder().list({"list_tasks"}).passes("cancel_task").by("bob"))
          .empty());
  CHECK(findings("list_call_agree",
                 RunBuilder().list({"list_tasks"}).by("bob").passes("cancel_task").by("bob"))
            .size() == 1);
}

TEST_CASE("in the probed run a tool counts that the upstream listed and the gateway took out") {
  const auto probed = [](const std::vector<std::string>& upstream) {
    return RunBuilder(scenario::RunKind::Probe)
        .list({"list_tasks"})
        .upstream_lists(upstream)
        .passes("cancel_task", "t-1")
        .build();
  };
  const auto found = findings("list_call_agree", probed({"list_tasks", "cancel_task"}));
  REQUIRE(found.size() == 1);
  CHECK(found[0].run == scenario::RunKind::Probe);
  CHECK(findings("list_call_agree", probed({"list_tasks"})).empty());
}

TEST_CASE(
    "a message is read as every personality would, and what one sees that was not judged is a "
    "divergence") {
  const auto found =
      findings("forwarded_equals_judged", RunBuilder()
                                              .raw(two_names("list_tasks", "cancel_task"))
                                              .judged("list_tasks", "{}")
                                              .arrived_as("list_tasks", "{}")
                                              .reply_from_upstream());
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Divergence);
  CHECK(found[0].observed ==
        "the gateway judged `list_tasks`, a server that reads as `dup-last-wins` does sees "
        "`cancel_task`");
  const auto other =
      findings("forwarded_equals_judged", RunBuilder()
                                              .raw(two_names("cancel_task", "list_tasks"))
                                              .judged("list_tasks", "{}")
                                              .misread());
  REQUIRE(other.size() == 1);  // even if this upstream refused it
  CHECK(other[0].observed ==
        "the gateway judged `list_tasks`, a server that reads as `dup-first-wins` does sees "
        "`cancel_task`");
  // Two names that are one to everybody who reads them.
  CHECK(findings("forwarded_equals_judged", RunBuilder()
                                                .raw(two_names("list_tasks", "list_tasks"))
                                                .judged("list_tasks", "{}")
                                                .misread())
            .empty());
}

TEST_CASE("a message passed on without a decision is one if any personality sees a call") {
  const std::string batch =
      R"([{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task"}}])";
  const auto found = findings("forwarded_equals_judged", RunBuilder().raw(batch).misread());
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed ==
        "the gateway judged no call, a server that reads as `accepts-batch` does sees one of "
        "`cancel_task`");
  CHECK(findings("forwarded_equals_judged", RunBuilder().raw("{").misread()).empty());
}

TEST_CASE("arguments and tool names that only look different are read as a lenient server would") {
  const auto folded =
      findings("forwarded_equals_judged",
               RunBuilder().passes("list_tasks", {}, R"({"task_id":"a","Task_ID":"b"})"));
  REQUIRE(folded.size() == 1);
  CHECK(folded[0].observed ==
        "the gateway judged `list_tasks`, a server that reads as `case-insensitive-keys` does sees "
        "other arguments");
  CHECK(findings("forwarded_equals_judged",
                 RunBuilder().passes("list_tasks", {}, R"({"task_id":"a","Task":"b"})"))
            .empty());
  for (const auto& [name, reader] : {std::pair{"Cancel_task", "name-casefold"},
                                     {" cancel_task", "name-trim"},
                                     {"\uff43ancel_task", "name-nfkc"}}) {
    const auto found = findings("forwarded_equals_judged", RunBuilder().passes(name));
    REQUIRE(found.size() == 1);
    CHECK(found[0].observed.find(base::quoted(reader) + " does sees `cancel_task`") !=
          std::string::npos);
  }
  CHECK(findings("forwarded_equals_judged", RunBuilder().passes("Another")).empty());
}

TEST_CASE("where nobody says what was judged, the personalities have to agree") {
  const auto silent = [](RunBuilder& run) {
    trace::Case made = case_of(run);
    made.attack[0].gateway.clear();
    made.benign.gateway.clear();
    return judge_run(*find_oracle("forwarded_equals_judged"), made, made.attack[0]);
  };
  const auto found = silent(RunBuilder().raw(two_names("list_tasks", "cancel_task")).misread());
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed ==
        "a server that reads as `dup-first-wins` does sees a call of `list_tasks`, one that "
        "reads as `dup-last-wins` does one of `cancel_task`");
  CHECK(silent(RunBuilder().raw(two_names("list_tasks", "list_tasks")).misread()).empty());
}

TEST_CASE(
    "a message that is a call to this upstream and none to a strict one is ambiguous, whatever was "
    "judged") {
  const std::string extra =
      R"({"jsonrpc":"2.0","id":1,"x":1,"method":"tools/call","params":{"name":"list_tasks","arguments":{}}})";
  const auto found = findings("forwarded_equals_judged", RunBuilder()
                                                             .personalities({"sdk-python"})
                                                             .raw(extra)
                                                             .judged("list_tasks", "{}")
                                                             .arrived_as("list_tasks", "{}"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed ==
        "a server that reads as `strict` does sees no call, one that reads as `sdk-python` does "
        "one of `list_tasks`");
  CHECK(findings("forwarded_equals_judged",
                 RunBuilder().raw(extra).judged("list_tasks", "{}").misread())
            .empty());
}

TEST_CASE("the upstream's own personalities are read together") {
  const std::string both =
      R"({"jsonrpc":"2.0","x":1,"id":null,"method":"tools/call","params":{"name":"cancel_task"}})";
  CHECK(findings("forwarded_equals_judged", RunBuilder().raw(both).misread()).empty());
  const auto found =
      findings("forwarded_equals_judged", RunBuilder()
                                              .personalities({"any-id", "ignores-unknown-members"})
                                              .raw(both)
                                              .arrived_as("cancel_task", "{}"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed.find("`any-id with ignores-unknown-members`") != std::string::npos);
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
  run.ledger.add(
      EventKind::Arrived,
      R"({"jsonrpc":"2.0","id":99,"method":"tools/call","params":{"name":"list_tasks","arguments":{"a":2,"b":1}}})");
  run.ledger.add(EventKind::Understood, "list_tasks", R"({"a":2,"b":1})");
  CHECK(findings("forwarded_equals_judged", run).empty());
}

TEST_CASE("a decision about another tool than the upstream understood is found") {
  const auto found = findings(
      "forwarded_equals_judged",
      RunBuilder().call("cancel_task").judged("list_tasks", "{}").arrived().reply_from_upstream());
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed == "the gateway judged `list_tasks`, the upstream read `cancel_task`");
  // Nor may it be about other arguments of the tool.
  const auto other = findings("forwarded_equals_judged", RunBuilder()
                                                             .call("list_tasks", R"({"a":1})")
                                                             .judged("list_tasks", R"({"a":2})")
                                                             .arrived()
                                                             .reply_from_upstream());
  REQUIRE(other.size() == 1);
  CHECK(other[0].observed == "the gateway judged `list_tasks`, the upstream read other arguments");
}

TEST_CASE("a call without a record, or with a contrary one, is drift") {
  const auto dropped = findings(
      "audit_complete",
      RunBuilder().passes("list_tasks").call("list_tasks").arrived().reply_from_upstream());
  REQUIRE(dropped.size() == 1);
  CHECK(dropped[0].kind == FindingKind::Drift);
  CHECK(dropped[0].step == 1);
  CHECK(findings("audit_complete", RunBuilder().call("cancel_task").arrived().denied("x")).size() ==
        1);
  CHECK(findings("audit_complete", RunBuilder()
                                       .passes("list_tasks")
                                       .call("list_tasks")
                                       .reply_to_agent(ReplyShape::ToolError))
            .size() == 1);
}

TEST_CASE("where a scenario claims it, two different messages leave different records") {
  const auto run = [](bool claimed, std::string_view first, std::string_view second) {
    RunBuilder made;
    if (claimed) made.always(scenario::Invariant::Kind::Audit);
    return findings("audit_complete",
                    made.call("a", first).judged("a", "{}").call("a", second).judged("a", "{}"));
  };
  const auto alike = [](const std::vector<Finding>& found) {
    return std::ranges::count(found, "two different messages leave different records",
                              &Finding::claim);
  };
  CHECK(alike(run(true, R"({"x":1})", R"({"x":2})")) == 1);
  CHECK(alike(run(true, R"({"x":1})", R"({"x":1})")) == 0);
  CHECK(alike(run(false, R"({"x":1})", R"({"x":2})")) == 0);
  CHECK(alike(findings("audit_complete", RunBuilder()
                                             .always(scenario::Invariant::Kind::Audit)
                                             .refuses("a", "(default deny)")
                                             .refuses("b", "(default deny)"))) == 0);
}

TEST_CASE("a record about another call of the same step covers nothing") {
  const auto found = findings("audit_complete", RunBuilder()
                                                    .call("list_tasks", R"({"a":1})")
                                                    .judged("list_tasks", R"({"a":2})")
                                                    .arrived()
                                                    .effect(Effect::FileDeleted, "f")
                                                    .reply_from_upstream());
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Drift);
  CHECK(
      found[0].observed ==
      "a call reached the upstream with the decision about another call on record, with 1 effect");
  // Two calls in one step, two records: whichever comes first.
  CHECK(findings("audit_complete", RunBuilder()
                                       .call("list_tasks", R"({"a":1,"b":2})")
                                       .judged("other", "{}")
                                       .judged("list_tasks", R"({"b":2,"a":1})")
                                       .arrived()
                                       .arrived_as("other", "{}")
                                       .reply_from_upstream())
            .empty());
  // One record is good for one call.
  const auto twice =
      findings("audit_complete",
               RunBuilder().call("list_tasks").allowed().arrived().arrived().reply_from_upstream());
  REQUIRE(twice.size() == 1);
  CHECK(twice[0].observed == "a call reached the upstream without a decision on record");
}

TEST_CASE("A record about another connection covers nothing") {
  trace::Run run = RunBuilder().call("list_tasks").arrived().reply_from_upstream();
  for (const std::uint32_t connection : {0u, 1u}) {
    run.gateway.clear();
    run.gateway.set_step(0);
    run.gateway.set_connection(connection);
    trace::Event& record = run.gateway.add(EventKind::Decided, "list_tasks");
    record.detail = static_cast<std::uint8_t>(Outcome::Allow);
    record.call = mcp::CallDigest().of("list_tasks", R"({"task_id":"t-1"})");
    const auto found = findings("audit_complete", run);
    INFO("a record of connection " << connection);
    REQUIRE(found.size() == connection);
    if (connection == 0) continue;
    CHECK(found[0].kind == FindingKind::Drift);
    CHECK(found[0].observed == "a call reached the upstream without a decision on record");
  }
}

TEST_CASE("decisions that have changed places are contrary to what happened") {
  const auto found = findings("audit_complete", RunBuilder()
                                                    .call("list_tasks", R"({"a":1})")
                                                    .denied("x")
                                                    .judged("list_tasks", R"({"a":2})")
                                                    .arrived()
                                                    .reply_from_upstream());
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed == "a call that is on record as denied reached the upstream");
}

TEST_CASE("a denied call whose record is about another one left none of its own") {
  const auto found = findings("audit_complete", RunBuilder()
                                                    .call("list_tasks")
                                                    .judged("list_tasks", "{}")
                                                    .reply_to_agent(ReplyShape::ToolError));
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed == "a call of the agent left no record of its own");
}

TEST_CASE("a record of whose call only the tool is known is taken for what it says") {
  const auto without_digest = [](RunBuilder& run) {
    trace::Run made = run.build();
    trace::Trace bare;
    for (const trace::Event& each : made.gateway.events()) {
      bare.set_step(each.step);
      bare.add(each.kind, made.gateway.view(each.text)).detail = each.detail;
    }
    made.gateway = std::move(bare);
    return made;
  };
  CHECK(findings("audit_complete", without_digest(RunBuilder().passes("list_tasks"))).empty());
  CHECK(findings("audit_complete", without_digest(RunBuilder()
                                                      .call("list_tasks")
                                                      .judged("other", "{}")
                                                      .arrived()
                                                      .reply_from_upstream()))
            .size() == 1);
}

TEST_CASE("a gateway that shows no decisions has no record to complete") {
  CHECK(findings("audit_complete", RunBuilder().call("list_tasks").arrived().reply_from_upstream())
            .size() == 1);
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
  CHECK(findings("quota_conserved",
                 cancels(10).advance(std::chrono::seconds(55)).passes("cancel_task", "t"))
            .empty());
}

TEST_CASE("what failed and changed nothing may have been refunded, what was done may not") {
  const auto with_failures = [](int done, int failed, bool changes) {
    RunBuilder run;
    run.start("2026-01-01T10:00:10Z");
    for (int i = 0; i < failed; ++i) {
      run.call("cancel_task").allowed().arrived();
      if (changes) run.cancels("t");
      run.reply_from_upstream(ReplyShape::RpcError, "no");
    }
    for (int i = 0; i < done; ++i) run.passes("cancel_task", i % 2 == 0 ? "t" : "");
    return run;
  };
  CHECK(findings("quota_conserved", with_failures(10, 5, false)).empty());
  const auto results = findings("quota_conserved", with_failures(11, 5, false));
  REQUIRE(results.size() == 1);
  CHECK(results[0].observed == "the 11th of one calendar window was carried out");
  CHECK(results[0].step == 15);
  const auto effects = findings("quota_conserved", with_failures(8, 3, true));
  REQUIRE(effects.size() == 1);
  CHECK(effects[0].step == 10);
}

TEST_CASE("what the gateway says it allowed and kept to itself uses nothing up") {
  const auto lost = [](bool hung_up) {
    RunBuilder run = cancels(8);
    if (hung_up) run.hangs_up();
    for (int i = 0; i < 2; ++i)
      run.call("cancel_task").allowed().reply_to_agent(ReplyShape::RpcError);
    return run.refuses("cancel_task", kLimitPath);
  };
  const auto found = findings("quota_conserved", lost(false));
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed == "refused although 8 of 10 were used");
  // To an upstream that has hung up they may have gone out.
  CHECK(findings("quota_conserved", lost(true)).empty());
}

TEST_CASE("a quota is free again after its window") {
  CHECK(findings("quota_conserved",
                 cancels(10).advance(std::chrono::seconds(60)).refuses("cancel_task", kLimitPath))
            .size() == 1);
  CHECK(findings("quota_conserved",
                 cancels(10).advance(std::chrono::seconds(59)).refuses("cancel_task", kLimitPath))
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
