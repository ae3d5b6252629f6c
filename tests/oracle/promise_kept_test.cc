#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::oracle {
namespace {

using namespace test;

trace::Case with_benign(trace::Run benign, std::string_view policy = kHidePolicy) {
  trace::Case made = case_of(RunBuilder().refuses("cancel_task", "(hidden)"), policy);
  made.benign = std::move(benign);
  made.promise.callable_rest = true;
  return made;
}
std::vector<Finding> findings(const trace::Case& made) {
  return judge_run(*find_oracle("promise_kept"), made, made.benign);
}
RunBuilder benign() {
  return RunBuilder(scenario::RunKind::Benign);
}

TEST_CASE("hide alone under default deny refuses everything, and the finding says so") {
  const auto found = findings(with_benign(benign().refuses("list_tasks")));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Overblock);
  CHECK(found[0].part == Part::Promise);
  CHECK(found[0].claim == "`list_tasks` keeps working");
  CHECK(found[0].rule == "(default deny)");
  CHECK(found[0].policy_at == base::SourcePos{3, 3});
  CHECK(found[0].why.find("lists no tool, so it refuses every call") != std::string::npos);
}

TEST_CASE("a tool that keeps working is no finding") {
  CHECK(findings(with_benign(benign().passes("list_tasks"))).empty());
}

TEST_CASE("a refusal that the policy does not ask for is the gateway's") {
  const auto found = findings(with_benign(benign().refuses("list_tasks"), kLimitPolicy));
  REQUIRE(found.size() == 1);
  CHECK(found[0].part == Part::Conformance);
  CHECK(found[0].why == "the policy as documented does not refuse this call");
}

constexpr std::string_view kSequence =
    "version: \"1\"\ndefault: deny\ntools:\n  read_file: {class: read}\n  post: {class: write}\n"
    "sequences: [{name: nothing leaves, after: [read_file], within: 1h, scope: grant, deny: "
    "[post]}]\n";

trace::Case after_a_read(trace::Run run) {
  trace::Case made = with_benign(std::move(run));
  made.policy = policy_use(kSequence, "p.gatecrash.yaml", policy::Dialect::Gatecrash);
  return made;
}

TEST_CASE("a refusal by what was called before is the policy's own, whoever says it") {
  for (const bool tells : {true, false}) {
    RunBuilder run = benign();
    run.passes("read_file").refuses("post", "/sequences/0");
    if (!tells) run.no_gateway_log();
    const auto found = findings(after_a_read(run));
    REQUIRE(found.size() == 1);
    CHECK(found[0].part == Part::Promise);
    CHECK(found[0].rule.starts_with("/sequences/"));
    CHECK(found[0].why.starts_with("the policy itself refuses it: deny by /sequences/"));
    CHECK(found[0].policy_said.find("deny") != std::string::npos);
    CHECK(found[0].policy_said.find("/sequences/") != std::string::npos);
  }
}

TEST_CASE(
    "a rule that the gateway names, but that does not apply, is not denied in the same breath") {
  RunBuilder run = benign();
  run.call("post").denied("/sequences/0", {6, 13});  // nothing was read
  const auto found = findings(after_a_read(run));
  REQUIRE(found.size() == 1);
  CHECK(found[0].part == Part::Conformance);
  CHECK(found[0].why ==
        "the gateway refuses it by this rule, which as documented does not apply after these "
        "calls");
  CHECK(found[0].policy_at == base::SourcePos{6, 13});
}

TEST_CASE("an error of the upstream's own is no refusal") {
  CHECK(findings(with_benign(benign()
                                 .call("list_tasks")
                                 .allowed()
                                 .arrived()
                                 .reply_from_upstream(mcp::ReplyShape::ToolError)))
            .empty());
}

TEST_CASE("the rest is neither the cancel tool nor what is promised to be hidden") {
  trace::Case made = with_benign(benign().refuses("cancel_task").refuses("secret_tool"));
  made.promise.hidden = {"secret_tool"};
  CHECK(findings(made).empty());
  made.promise.callable = {"cancel_task"};
  CHECK(findings(made).size() == 1);
}

TEST_CASE("nothing is promised, nothing is broken") {
  trace::Case made = with_benign(benign().refuses("list_tasks"));
  made.promise = {};
  CHECK(findings(made).empty());
}

TEST_CASE("a call that the twin itself expects to be denied is no broken promise") {
  CHECK(
      findings(with_benign(benign().refuses("list_tasks", "(default deny)", Expect::Outcome::Deny)))
          .empty());
}

TEST_CASE("a policy that its own product refuses is reported with every place") {
  trace::Case made = with_benign(benign().passes("list_tasks"));
  made.policy = policy_use(
      "tools:\n  cancel-task:\n    rules:\n      - action: deny\n        reason: \"Blocked\"\n",
      "codex.yaml", policy::Dialect::Intercept, true);
  const auto found = findings(made);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Overblock);
  CHECK(found[0].part == Part::Promise);
  CHECK(found[0].policy_file == "codex.yaml");
  CHECK(found[0].policy_at.line == 1);
  CHECK(found[0].policy_said.find("codex.yaml:1:1: `version` is missing") != std::string::npos);
  CHECK(found[0].policy_said.find("codex.yaml:5:9: unknown key `reason`") != std::string::npos);
  CHECK(found[0].why ==
        "its own product refuses this policy at start: nothing behind it works until it is mended");
  // It is told once, in the benign run.
  CHECK(judge_run(*find_oracle("promise_kept"), made, made.attack[0]).empty());
}

}  // namespace
}  // namespace gatecrash::oracle
