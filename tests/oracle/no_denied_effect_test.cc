#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::oracle {
namespace {

using namespace test;
using decision::Outcome;

std::vector<Finding> denial_findings(trace::Run run, std::string_view policy = kHidePolicy) {
  const trace::Case made = case_of(std::move(run), policy);
  return judge_run(*find_oracle("no_denied_effect"), made, made.attack[0]);
}

TEST_CASE("an effect of a call that the policy hides is a bypass at the hide entry") {
  const auto found = denial_findings(RunBuilder().passes("cancel_task", "t-1"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Bypass);
  CHECK(found[0].part == Part::Security);
  CHECK(found[0].rule == "(hidden)");
  CHECK(found[0].policy_at == base::SourcePos{4, 12});
  CHECK(found[0].effect == Effect::TaskCancelled);
  CHECK(found[0].effects == 1);
  CHECK(found[0].step == 0);
  CHECK(found[0].attempted == "cancel_task {\"task_id\":\"t-1\"}");
  CHECK(found[0].upstream_saw == "1 call of `cancel_task`: 1 task.cancelled (`t-1`)");
  CHECK(found[0].scenario_file == "scenarios/test.yaml");
  CHECK(found[0].scenario_at == base::SourcePos{11, 5});
  CHECK(found[0].fingerprint.size() == 16);
}

TEST_CASE("a call that the policy refuses and that changes nothing is no finding") {
  CHECK(denial_findings(RunBuilder().refuses("cancel_task", "(hidden)")).empty());
  CHECK(denial_findings(RunBuilder().call("cancel_task").arrived().reply_from_upstream()).empty());
}

TEST_CASE("an effect of a call that the policy allows is no finding") {
  CHECK(denial_findings(RunBuilder().passes("cancel_task", "t-1"), kLimitPolicy).empty());
}

TEST_CASE(
    "the call is judged as the mock understood it, and the finding says what the gateway judged") {
  const auto found = denial_findings(RunBuilder()
                                         .call("list_tasks")
                                         .allowed()
                                         .arrived_as("cancel_task", "{\"task_id\":\"t-1\"}")
                                         .cancels("t-1")
                                         .reply_from_upstream());
  REQUIRE(found.size() == 1);
  CHECK(found[0].why.find("judged a call of `list_tasks`, but the upstream read `cancel_task`") !=
        std::string::npos);
}

TEST_CASE("a message that the gateway passed on without a decision is told apart") {
  const auto found = denial_findings(
      RunBuilder()
          .refuses("list_tasks")  // so that the gateway is known to record decisions
          .raw("{\"method\":\"tools/call\"}")
          .arrived_as("cancel_task", "{\"task_id\":\"t-1\"}")
          .cancels("t-1")
          .reply_from_upstream());
  REQUIRE(found.size() == 1);
  CHECK(found[0].why.find("without a decision") != std::string::npos);
  CHECK(found[0].policy_said ==
        "the gateway decided nothing; as documented: deny by (hidden) (policies/test.json:4:12)");
}

TEST_CASE("a refusal in words with an effect behind it is a bypass, whatever the policy says") {
  const auto found = denial_findings(RunBuilder()
                                         .call("cancel_task")
                                         .arrived()
                                         .cancels("t-1")
                                         .upstream_replies()
                                         .denied("/tools/cancel_task/limits/cancel_task_rate"),
                                     kLimitPolicy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].claim == "a call that was refused changes nothing");
}

TEST_CASE("an error of the upstream's own after its effect is no refusal") {
  CHECK(denial_findings(RunBuilder()
                            .call("cancel_task")
                            .allowed()
                            .arrived()
                            .cancels("t-1")
                            .reply_from_upstream(mcp::ReplyShape::RpcError, "internal"),
                        kLimitPolicy)
            .empty());
}

TEST_CASE("one call that does more than a whole limit is denied by that limit") {
  auto run =
      RunBuilder()
          .call("cancel_task", R"({"task_id":["1","2","3","4","5","6","7","8","9","10","11"]})")
          .allowed()
          .arrived();
  for (int i = 1; i <= 11; ++i) run.cancels(std::to_string(i));
  const auto found = denial_findings(run.reply_from_upstream(), kLimitPolicy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].effects == 11);
  CHECK(found[0].why.find("argument `task_id` takes a list") != std::string::npos);
  CHECK(found[0].rule == "/tools/cancel_task/limits/cancel_task_rate");
}

TEST_CASE("a rule whose key the gateway dropped is explained by the key") {
  trace::Case made =
      case_of(RunBuilder().passes("cancel_task", "t-1", R"({"task_id":"*"})"),
              "{\"version\":\"1\",\"default\":\"deny\",\n\"tools\":{\"cancel_task\":{\n\"require\":"
              "[{\"conditions\":[{\"path\":\"args.task_id\",\"op\":\"neq\",\"value\":\"*\"}]}]}}}");
  made.policy.gateway_problems.push_back(base::problem(
      "policies/test.json", {3, 1}, "unknown key `require` in a tool is dropped, and more"));
  const auto found = judge_run(*find_oracle("no_denied_effect"), made, made.attack[0]);
  REQUIRE(found.size() == 1);
  CHECK(found[0].policy_at == base::SourcePos{3, 1});
  CHECK(found[0].why.find("the gateway dropped that on load: unknown key `require` in a tool "
                          "(policies/test.json:3:1)") != std::string::npos);
}

TEST_CASE("what time does is nobody's call") {
  CHECK(denial_findings(RunBuilder()
                            .refuses("cancel_task")
                            .advance(std::chrono::seconds(5))
                            .effect(Effect::WorkCompleted, "t-1"))
            .empty());
}

TEST_CASE("without a policy that loads only refusals are judged") {
  trace::Case made = case_of(RunBuilder().passes("cancel_task", "t-1"));
  made.policy.meaning = nullptr;
  CHECK(judge_run(*find_oracle("no_denied_effect"), made, made.attack[0]).empty());
}

constexpr std::string_view kAsks =
    "version: \"1\"\ndefault: deny\ntools:\n  cancel_task: {rules: [{name: ask, action: "
    "require_approval}]}\n"
    "  list_tasks: {rules: []}\n";

std::vector<Finding> findings_where_asked(trace::Run run) {
  trace::Case made = case_of(std::move(run));
  made.policy = policy_use(kAsks, "policies/test.yaml", policy::Dialect::Intercept);
  return judge_run(*find_oracle("no_denied_effect"), made, made.attack[0]);
}

TEST_CASE("a call that waited and was approved may change something, once") {
  RunBuilder run;
  run.refuses("cancel_task").operates("approve").passes("cancel_task", "t-1");
  CHECK(findings_where_asked(run).empty());
  run.passes("cancel_task", "t-1");
  const auto found = findings_where_asked(run);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Bypass);
  CHECK(found[0].step == 3);
  CHECK(found[0].why.find("without an approval that was good for it") != std::string::npos);
}

TEST_CASE("a call without an approval of its own is a bypass, however it lacks it") {
  const auto one = [](RunBuilder run) {
    return findings_where_asked(run.passes("cancel_task", "t-1")).size() == 1;
  };
  CHECK(one(RunBuilder()));
  CHECK(one(RunBuilder().operates("approve")));  // before it was asked
  CHECK(one(RunBuilder().refuses("cancel_task").operates("approve t-2")));
  CHECK(one(RunBuilder().refuses("cancel_task").operates("deny")));
  CHECK(one(RunBuilder().refuses("cancel_task").operates("approve").operates("expire")));
  CHECK(one(RunBuilder().refuses("cancel_task").operates("expire").operates("approve")));
  CHECK(one(RunBuilder().as("ann").refuses("cancel_task").operates("approve").as("bob")));
  CHECK_FALSE(one(RunBuilder().refuses("cancel_task").operates("approve t-1")));
  CHECK_FALSE(one(RunBuilder().refuses("cancel_task").operates("approve cancel_")));
  // What a hasty approver decided is not known.
  CHECK_FALSE(one(RunBuilder().refuses("cancel_task").operates("decide 50 seed 1")));
}

TEST_CASE("an approval grows old as the policy says, counted from when it was asked for") {
  const auto one = [](RunBuilder run) {
    trace::Case made = case_of(run.passes("cancel_task", "t-1"));
    std::string text(kAsks);
    text.insert(text.find("}]"), ", approval_timeout: 60s");
    made.policy = policy_use(text, "policies/test.yaml", policy::Dialect::Intercept);
    return judge_run(*find_oracle("no_denied_effect"), made, made.attack[0]).size() == 1;
  };
  using std::chrono::seconds;
  const auto asked = [] { return RunBuilder().refuses("cancel_task"); };
  CHECK_FALSE(one(asked().advance(seconds(59)).operates("approve")));
  CHECK_FALSE(one(asked().operates("approve").advance(seconds(59))));
  CHECK(one(asked().advance(seconds(60)).operates("approve")));
  CHECK(one(asked().operates("approve").advance(seconds(60))));
  CHECK_FALSE(
      one(asked().advance(seconds(60)).refuses("cancel_task").operates("approve")));  // asked anew
  CHECK(one(asked()
                .advance(seconds(40))
                .refuses("cancel_task")
                .advance(seconds(40))
                .operates("approve")));
  // By whose clock?
  CHECK_FALSE(one(asked().operates("approve").fault("clock -90s").advance(seconds(60))));
}

TEST_CASE("whom the operator has stopped changes nothing until the operator says otherwise") {
  const auto found =
      denial_findings(RunBuilder().operates("kill").passes("list_tasks", "t-1"), kLimitPolicy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].claim == "nothing passes that the operator has stopped");
  CHECK(found[0].observed == "1 task.cancelled by `list_tasks` after `kill`");
  const auto count = [](RunBuilder run) {
    return denial_findings(run.passes("list_tasks", "t-1"), kLimitPolicy).size();
  };
  CHECK(count(RunBuilder().operates("kill").operates("revive")) == 0);
  CHECK(count(RunBuilder().operates("revoke default")) == 1);
  CHECK(count(RunBuilder().operates("revoke default").operates("restore default")) == 0);
  CHECK(count(RunBuilder().operates("revoke other")) == 0);
  CHECK(count(RunBuilder().operates("revoke g-mal").as("mallory", "g-mal")) == 1);
  CHECK(count(RunBuilder().operates("revoke g-mal").as("bob")) == 0);
}

TEST_CASE("a policy denies nothing before the operator puts it in force") {
  CHECK(denial_findings(
            RunBuilder().reloaded_from("{}").passes("cancel_task", "t-1").operates("reload"))
            .empty());
  CHECK(denial_findings(
            RunBuilder().reloaded_from("{}").operates("reload").passes("cancel_task", "t-1"))
            .size() == 1);
  CHECK(denial_findings(RunBuilder().reloaded_from("{}").passes("cancel_task", "t-1")).size() == 1);
}

}  // namespace
}  // namespace gatecrash::oracle
