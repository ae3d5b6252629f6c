#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::oracle {
namespace {

using namespace test;
using mcp::ReplyShape;
constexpr auto kDeny = Expect::Outcome::Deny;
constexpr auto kAllow = Expect::Outcome::Allow;
constexpr std::string_view kArguments = "{\"task_id\":\"t-1\"}";

std::vector<Finding> expect_findings(const trace::Run& run, std::string_view policy = kHidePolicy) {
  const trace::Case made = case_of(run, policy);
  return judge_run(*find_oracle("expect"), made, made.attack[0]);
}

TEST_CASE("a denial with nothing behind it is what deny expects") {
  CHECK(expect_findings(RunBuilder().refuses("cancel_task", "(hidden)", kDeny)).empty());
  // The frame arrived, but the mock could not read it: nothing was called.
  CHECK(expect_findings(RunBuilder().raw("{", kDeny).misread().reply_to_agent(ReplyShape::RpcError))
            .empty());
}

TEST_CASE("a call that should be denied and changes something is a bypass") {
  const auto found = expect_findings(RunBuilder().passes("cancel_task", "t-1", kArguments, kDeny));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Bypass);
  CHECK(found[0].effect == Effect::TaskCancelled);
  CHECK(found[0].effects == 1);
  CHECK(found[0].observed == "it reached the upstream and changed something");
}

TEST_CASE("a call that should be denied and only arrives is a bypass without effect") {
  const auto found = expect_findings(RunBuilder().passes("cancel_task", "", kArguments, kDeny));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Bypass);
  CHECK_FALSE(found[0].effect);
  CHECK(found[0].effects == 0);
}

TEST_CASE("a denial in words in front of a call that went through is a bypass") {
  CHECK(expect_findings(RunBuilder()
                            .call("cancel_task", kArguments, kDeny)
                            .arrived()
                            .upstream_replies()
                            .denied("x"))
            .size() == 1);
}

TEST_CASE("a result for a call that nobody received is no denial") {
  const auto found = expect_findings(
      RunBuilder().call("cancel_task", kArguments, kDeny).reply_to_agent(ReplyShape::Ok));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Protocol);
  CHECK(found[0].part == Part::Conformance);
}

TEST_CASE("a result from the upstream is what allow expects, errors of the tool included") {
  CHECK(expect_findings(RunBuilder().passes("list_tasks", "", kArguments, kAllow)).empty());
  CHECK(expect_findings(RunBuilder()
                            .call("list_tasks", kArguments, kAllow)
                            .arrived()
                            .reply_from_upstream(ReplyShape::ToolError, "no such task"))
            .empty());
}

TEST_CASE("a refusal of what should work is overblock, the policy's or the gateway's") {
  const auto policy = expect_findings(RunBuilder().refuses("list_tasks", "(default deny)", kAllow));
  REQUIRE(policy.size() == 1);
  CHECK(policy[0].kind == FindingKind::Overblock);
  CHECK(policy[0].part == Part::Promise);
  CHECK(policy[0].rule == "(default deny)");
  const auto gateway =
      expect_findings(RunBuilder().refuses("list_tasks", "x", kAllow), kLimitPolicy);
  REQUIRE(gateway.size() == 1);
  CHECK(gateway[0].part == Part::Conformance);
}

TEST_CASE("a result that the gateway made up is not what allow expects") {
  const auto found = expect_findings(
      RunBuilder().call("list_tasks", kArguments, kAllow).reply_to_agent(ReplyShape::Ok));
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed == "answered without reaching the upstream");
}

TEST_CASE("no reply is not what allow expects") {
  CHECK(expect_findings(RunBuilder().call("list_tasks", kArguments, kAllow).arrived()).size() == 1);
}

TEST_CASE("steps that one clause decides about make one finding") {
  const auto found = expect_findings(RunBuilder()
                                         .passes("tool_a", "t-1", kArguments, kDeny)
                                         .passes("tool_b", "t-2", kArguments, kDeny)
                                         .passes("tool_c", "", kArguments, kDeny),
                                     R"({"version":"1","default":"allow","tools":{"other":{}}})");
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed ==
        "it reached the upstream and changed something (in 3 steps, with 3 tools)");
  CHECK(found[0].effects == 2);
}

TEST_CASE("a name that must be absent and is listed is a leak") {
  const auto found = expect_findings(RunBuilder().list({"cancel_task"}, {"cancel_task"}));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Leak);
  CHECK(expect_findings(RunBuilder().list({"list_tasks"}, {"cancel_task"})).empty());
}

TEST_CASE("names that must be present and are missing are overblock, once") {
  const auto found = expect_findings(RunBuilder().list({}, {}, {"list_tasks", "get_task"}));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Overblock);
  CHECK(found[0].claim == "`list_tasks`, `get_task` are listed");
  CHECK(found[0].part == Part::Promise);
  CHECK(found[0].why == "the policy denies by default and lists no tool, so nothing is shown");
  CHECK(expect_findings(RunBuilder().list({"list_tasks"}, {}, {"list_tasks"})).empty());
}

TEST_CASE("a name that the policy shows and the list lacks is the gateway's doing") {
  const auto found = expect_findings(RunBuilder().list({}, {}, {"list_tasks"}), kLimitPolicy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].part == Part::Conformance);
}

TEST_CASE("replies that differ in id and the tool's own name only look alike") {
  const auto said = [](std::string_view one, std::string_view other) {
    return expect_findings(RunBuilder()
                               .call("cancel_task")
                               .denied("(hidden)", {}, one)
                               .call("no_such_tool")
                               .denied("(default deny)", {}, other)
                               .like_previous());
  };
  CHECK(said("not there", "not there").empty());
  CHECK(said("`cancel_task` is not there", "`no_such_tool` is not there").empty());
  const auto found = said("cancel_task is hidden", "no_such_tool is not listed");
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Leak);
  CHECK(found[0].part == Part::Security);
  CHECK(found[0].step == 1);
  CHECK(found[0].claim == "`no_such_tool` is answered as `cancel_task` is");
  CHECK(found[0].observed ==
        "this one is told `no_such_tool is not listed`, that one `cancel_task is hidden`");
}

TEST_CASE("replies are compared over a new session, and over nothing else") {
  const auto said = [](bool same_session) {
    RunBuilder run;
    run.call("cancel_task").denied("(hidden)", {}, "not there");
    if (same_session) {
      run.advance(std::chrono::seconds(1));
    } else {
      run.session();
    }
    return expect_findings(run.call("cancel_task").denied("(hidden)", {}, "gone").like_previous());
  };
  CHECK(said(false).size() == 1);
  CHECK(said(true).empty());
}

TEST_CASE("another form of error tells two tools apart, and so does silence") {
  const auto form = expect_findings(RunBuilder()
                                        .call("a")
                                        .reply_to_agent(ReplyShape::ToolError, "no")
                                        .call("b")
                                        .reply_to_agent(ReplyShape::RpcError, "no")
                                        .like_previous());
  REQUIRE(form.size() == 1);
  CHECK(form[0].observed == "the replies differ");
  const auto silent = expect_findings(
      RunBuilder().call("a").reply_to_agent(ReplyShape::ToolError, "no").call("b").like_previous());
  REQUIRE(silent.size() == 1);
  CHECK(silent[0].observed == "only one of them is answered");
}

TEST_CASE("a step that was never taken is not judged") {
  RunBuilder run;
  run.passes("list_tasks", "", kArguments, kAllow);
  trace::Run built = run.untaken("cancel_task");
  auto plan = std::make_shared<scenario::Plan>(*built.plan);
  plan->steps[1].expect.outcome = kAllow;
  built.plan = plan;
  CHECK(expect_findings(built).empty());
}

TEST_CASE("nothing is expected, nothing disappoints") {
  CHECK(expect_findings(RunBuilder().passes("cancel_task", "t-1")).empty());
}

}  // namespace
}  // namespace gatecrash::oracle
