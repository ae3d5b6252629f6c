// Equal behaviour gets equal judgement, whether the gateway tells its decisions or not; what a
// gateway of another make may do as well as ours is no finding.
#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::oracle {
namespace {

using namespace test;

constexpr std::string_view kReadsOnly =
    "{\"version\":\"1\",\"default\":\"deny\",\"tools\":{\"get_task\":{},\"list_tasks\":{}}}\n";
constexpr std::string_view kTwoNames =
    R"({"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"cancel_task","name":"get_task","arguments":{"task_id":"t-1"}}})";
constexpr std::string_view kTask = R"({"task_id":"t-1"})";

std::string canonical(std::string_view tool, std::uint64_t id = 9) {
  std::string frame;
  mcp::write_tools_call(id, tool, kTask, frame);
  return frame;
}

std::vector<std::string> kinds(std::string_view oracle, trace::Run run,
                               std::string_view policy = kReadsOnly) {
  const trace::Case made = case_of(std::move(run), policy);
  std::vector<std::string> all;
  for (const Finding& each : judge_run(*find_oracle(oracle), made, made.attack[0]))
    all.push_back(std::string(to_string(each.kind)) + " in step " + std::to_string(each.step));
  return all;
}

using Kinds = std::vector<std::string>;

TEST_CASE("the model agrees or not with what is done, told or not told") {
  struct Behaviour {
    RunBuilder run;
    Kinds expected;
  };
  const std::vector<Behaviour> all = {
      {RunBuilder().refuses("list_tasks"), {"overblock in step 0"}},
      // Refused as a message, before there was a decision.
      {RunBuilder().call("list_tasks").reply_to_agent(mcp::ReplyShape::RpcError),
       {"overblock in step 0"}},
      // A name that a lenient server takes for a known one may be refused as such.
      {RunBuilder().call("List_Tasks").reply_to_agent(mcp::ReplyShape::RpcError), {}},
      {RunBuilder().passes("cancel_task"), {"divergence in step 0"}},
      {RunBuilder().passes("list_tasks").refuses("cancel_task"), {}},
      // A message that only a lenient gateway takes for a call, and that it refuses, ends nothing.
      {RunBuilder().raw(kTwoNames).judged("get_task", kTask).refuses("list_tasks"),
       {"overblock in step 1"}},
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO(i);
    RunBuilder told = all[i].run;
    RunBuilder silent = all[i].run;
    CHECK(kinds("model_agreement", told) == all[i].expected);
    CHECK(kinds("model_agreement", silent.no_gateway_log()) == all[i].expected);
  }
}

TEST_CASE("one meaning of an ambiguous message, made canonical and allowed, is no finding") {
  for (const bool tells : {true, false}) {
    INFO(tells);
    RunBuilder run = RunBuilder().raw(kTwoNames, Expect::Outcome::Deny);
    run.judged("get_task", kTask).forwards(canonical("get_task")).arrived_as("get_task", kTask);
    run.reply_from_upstream();
    if (!tells) run.no_gateway_log();
    CHECK(kinds("forwarded_equals_judged", run).empty());
    CHECK(kinds("expect", run).empty());
  }
}

TEST_CASE("the other meaning of an ambiguous message is a finding") {
  RunBuilder run = RunBuilder().raw(kTwoNames, Expect::Outcome::Deny);
  run.forwards(canonical("cancel_task")).arrived_as("cancel_task", kTask).reply_from_upstream();
  // Not told: the policy refuses what arrived. Told: it was not what was judged.
  CHECK(kinds("forwarded_equals_judged", run) == Kinds{"divergence in step 0"});
  CHECK(kinds("expect", run) == Kinds{"bypass in step 0"});
  RunBuilder told = RunBuilder().raw(kTwoNames).judged("get_task", kTask);
  told.forwards(canonical("cancel_task")).arrived_as("cancel_task", kTask).cancels("t-1");
  CHECK(kinds("forwarded_equals_judged", told) == Kinds{"divergence in step 0"});
  CHECK(kinds("no_denied_effect", told) == Kinds{"bypass in step 0"});
}

TEST_CASE("a call that is in no reading of what was sent is made up") {
  RunBuilder run = RunBuilder().raw(kTwoNames, Expect::Outcome::Deny);
  run.forwards(canonical("list_tasks")).arrived_as("list_tasks", kTask).reply_from_upstream();
  CHECK(kinds("forwarded_equals_judged", run) == Kinds{"divergence in step 0"});
  CHECK(kinds("expect", run) == Kinds{"bypass in step 0"});
}

TEST_CASE("an ambiguous message that arrives as it was sent is a finding") {
  RunBuilder run = RunBuilder().raw(kTwoNames, Expect::Outcome::Deny);
  run.arrived_as("get_task", kTask).reply_from_upstream();
  CHECK(kinds("expect", run) == Kinds{"bypass in step 0"});
  CHECK(kinds("forwarded_equals_judged", run) == Kinds{"divergence in step 0"});
}

TEST_CASE("a message that can only be read in one way has no other meaning to forward") {
  RunBuilder run = RunBuilder().raw(canonical("get_task"), Expect::Outcome::Deny);
  run.forwards(canonical("get_task", 70)).arrived_as("get_task", kTask).reply_from_upstream();
  CHECK(kinds("expect", run) == Kinds{"bypass in step 0"});
}

TEST_CASE("a request under an id in use may be forwarded under one of its own, not as it is") {
  for (const std::uint64_t id : {9, 70}) {
    INFO(id);
    RunBuilder run = RunBuilder().raw(canonical("get_task")).arrived_as("get_task", kTask);
    run.raw(canonical("get_task"), Expect::Outcome::Deny);
    run.forwards(canonical("get_task", id)).arrived_as("get_task", kTask).reply_from_upstream();
    CHECK(kinds("expect", run) == (id == 70 ? Kinds{} : Kinds{"bypass in step 1"}));
  }
}

// V22.
trace::Case listing(trace::Run run, trace::Run benign) {
  trace::Case made =
      case_of(std::move(run), R"({"version":"1","default":"deny","hide":["cancel_task"],)"
                              R"("tools":{"list_tasks":{}}})");
  made.promise = {};
  made.promise.hidden = {"cancel_task"};
  made.null_verdict = "drift";
  made.teeth.clear();
  made.teeth.push_back(RunBuilder(scenario::RunKind::Teeth).list({"cancel_task"}).no_gateway_log());
  made.probed.push_back(RunBuilder(scenario::RunKind::Probe).list({"cancel_task"}));
  made.benign = std::move(benign);
  return made;
}
const std::vector<std::string> kServed{"list_tasks", "cancel_task"};

RunBuilder lists(const std::vector<std::string>& shown) {
  return RunBuilder().list(shown, {"cancel_task"}).upstream_lists(kServed);
}
RunBuilder control(RunBuilder run) {
  return run.refuses("cancel_task", "(hidden)").harmless();
}
RunBuilder works() {
  return RunBuilder(scenario::RunKind::Benign).passes("list_tasks");
}

TEST_CASE("a tool that is only listed is a drift, a secret is a bypass") {
  Finding leak;
  leak.kind = FindingKind::Leak;
  CHECK(verdict_of(leak) == Verdict::Drift);
  leak.secret = true;
  CHECK(verdict_of(leak) == Verdict::Bypass);
  const Judged judged = judge(listing(lists(kServed), works()));
  CHECK(judged.verdict == Verdict::Drift);
}

TEST_CASE(
    "to a gateway that hides nothing and refuses the call an attack on lists is not applicable") {
  const Judged judged = judge(listing(control(lists(kServed)), works()));
  CHECK(judged.verdict == Verdict::NotApplicable);
  CHECK(judged.findings.empty());
  REQUIRE(judged.reasons.size() == 1);
  CHECK(judged.reasons[0].starts_with("the gateway hides nothing"));
}

TEST_CASE("a gateway that hides in one list and shows in another has a leak") {
  RunBuilder two = lists({"list_tasks"});
  two.list(kServed, {"cancel_task"}).upstream_lists(kServed);
  CHECK(judge(listing(control(two), works())).verdict == Verdict::Drift);
  // The benign run counts too.
  RunBuilder benign(scenario::RunKind::Benign);
  benign.list({"list_tasks"}).upstream_lists(kServed).passes("list_tasks");
  CHECK(judge(listing(control(lists(kServed)), benign)).verdict == Verdict::Drift);
}

TEST_CASE("a gateway that lists a hidden tool and lets the call through has no excuse") {
  RunBuilder run = lists(kServed);
  run.passes("cancel_task").harmless();
  const Judged judged = judge(listing(run, works()));
  CHECK(judged.verdict >= Verdict::Drift);
  CHECK(judged.verdict != Verdict::NotApplicable);
}

// V19.
TEST_CASE("the promise of a target whose policy was replaced is told apart, and not folded") {
  trace::Case made = case_of(RunBuilder().refuses("cancel_task"),
                             R"({"version":"1","default":"deny","tools":{"get_task":{}}})");
  made.promise.callable_rest = true;
  made.benign = RunBuilder(scenario::RunKind::Benign).passes("get_task").refuses("list_tasks");
  made.policy.stands_in = false;
  CHECK(judge(made).verdict == Verdict::Overblock);
  made.policy.stands_in = true;
  const Judged judged = judge(made);
  CHECK(judged.verdict != Verdict::Overblock);
  CHECK(judged.promise == Verdict::Overblock);
  REQUIRE(judged.apart.size() == 1);
  CHECK(judged.apart[0].claim == "`list_tasks` keeps working");
  for (const Finding& each : judged.findings) CHECK(each.part != Part::Promise);
}

}  // namespace
}  // namespace gatecrash::oracle
