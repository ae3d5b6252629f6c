// What a finding says is about one call, also where a step makes several.
#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::oracle {
namespace {

using namespace test;
using Kind = scenario::Invariant::Kind;

constexpr std::string_view kOwnSecret = "AKIA-CANARY-7f3d-zq81";
constexpr std::string_view kTwoTools =
    "{\"version\":\"1\",\"default\":\"deny\",\n \"tools\":{\n  \"read_file\":{},\n"
    "  \"create_note\":{},\n  \"cancel_task\":{}}}\n";
constexpr base::SourcePos kReads{3, 3}, kCreates{4, 3};
constexpr std::string_view kNote = R"({"text":"AKIA-CANARY-7f3d-zq81"})";

Finding only_finding(std::string_view oracle, trace::Run run, std::string_view policy = kTwoTools) {
  const trace::Case made = case_of(std::move(run), policy);
  const auto found = judge_run(*find_oracle(oracle), made, made.attack[0]);
  REQUIRE(found.size() == 1);
  return found[0];
}

TEST_CASE("a secret that an obedient agent sends is blamed on the call that sent it") {
  // Whatever comes last in the step.
  for (const bool last : {true, false}) {
    RunBuilder run = RunBuilder().always(Kind::CanarySent).canary("key", kOwnSecret).obeys();
    if (!last) run.makes("create_note", kNote, "/tools/create_note", kCreates);
    run.makes("read_file", R"({"path":"a"})", "/tools/read_file", kReads);
    if (last) run.makes("create_note", kNote, "/tools/create_note", kCreates);
    const Finding found = only_finding("canary_contained", run);
    CHECK(found.observed == "it was sent with `create_note`");
    CHECK(found.attempted == "create_note " + std::string(kNote));
    CHECK(found.policy_said ==
          "allow `create_note` by /tools/create_note (policies/test.json:4:3)");
    CHECK(found.upstream_saw ==
          "a call of `create_note` arrived, nothing changed (of 2 calls in this step)");
    CHECK(found.rule == "/tools/create_note");
    CHECK(found.policy_at == kCreates);
  }
}

TEST_CASE("harm by one call of a step is blamed on it") {
  RunBuilder run = RunBuilder().obeys();
  run.makes("cancel_task", R"({"task_id":"t-1"})", "/tools/cancel_task", {5, 3})
      .cancels("t-1")
      .makes("read_file", R"({"path":"a"})", "/tools/read_file", kReads);
  const Finding found = only_finding("promise_kept", run);
  CHECK(found.attempted == R"(cancel_task {"task_id":"t-1"})");
  CHECK(found.policy_said == "allow `cancel_task` by /tools/cancel_task (policies/test.json:5:3)");
  CHECK(found.policy_at == base::SourcePos{5, 3});
  CHECK(found.why.find("`cancel_task`") != std::string::npos);
}

TEST_CASE("an element of a batch is told from the others") {
  constexpr std::string_view batch =
      R"([{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_file","arguments":{}}},)"
      R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"cancel_task","arguments":{"task_id":"t-1"}}}])";
  RunBuilder run = RunBuilder().raw(batch);
  run.judged("read_file", "{}", "/tools/read_file", kReads)
      .judged("cancel_task", R"({"task_id":"t-1"})", "/tools/cancel_task", {5, 3})
      .arrived_as("read_file", "{}")
      .understood("cancel_task", R"({"task_id":"t-1"})")
      .cancels("t-1");
  const Finding found = only_finding("promise_kept", run);
  CHECK(found.attempted == R"(in a batch: cancel_task {"task_id":"t-1"})");
  CHECK(found.policy_at == base::SourcePos{5, 3});
}

TEST_CASE("a call that a probe makes is named, not the probe's last one") {
  RunBuilder run(scenario::RunKind::Probe);
  run.list({"read_file"}).upstream_lists({"read_file", "create_note", "cancel_task"}).obeys();
  run.makes("create_note", "{}", "/tools/create_note", kCreates);
  run.makes("read_file", "{}", "/tools/read_file", kReads);
  const Finding found = only_finding("list_call_agree", run);
  CHECK(found.observed == "`create_note` was not listed and was called");
  CHECK(found.attempted == "create_note {}");
  CHECK(found.policy_at == kCreates);
}

TEST_CASE("a second delivery of one call has no decision of its own") {
  RunBuilder run = RunBuilder()
                       .call("read_file", "{}")
                       .decided(decision::Outcome::Allow, "/tools/read_file", kReads);
  run.arrived().arrived().reply_from_upstream();
  const Finding found = only_finding("every_effect_explained", run);
  CHECK(found.attempted == "read_file {}");
  CHECK(found.policy_said.starts_with("the gateway decided nothing; as documented: allow"));
}

TEST_CASE("of several calls the refused one is blamed for what does not work") {
  RunBuilder run = RunBuilder().obeys();
  run.makes("read_file", "{}", "/tools/read_file", kReads);
  run.raw(R"({"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"post"}})",
          Expect::Outcome::Allow)
      .denied("(default deny)");
  const Finding found = only_finding("expect", run);
  CHECK(found.attempted.starts_with("raw {"));
  CHECK(found.policy_said.starts_with("deny"));
}

}  // namespace
}  // namespace gatecrash::oracle
