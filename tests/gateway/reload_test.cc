// The operator puts another policy in the place of the one in force, while clients are connected.
#include "harness/base/digest.h"
#include "harness/base/file.h"
#include "harness/gateway/audit.h"
#include "harness/gateway/defences.h"
#include "harness/gateway/mutants.h"
#include "tests/gateway/rig.h"
#include "tests/support/paths.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

constexpr std::string_view kAllows = R"({"version":"1","default":"allow"})";
constexpr std::string_view kHides = R"({"version":"1","default":"allow","hide":["cancel_task"]})";
constexpr std::string_view kTwoAMinute =
    R"({"version":"1","default":"deny","tools":{"get_task":{"limits":[)"
    R"({"counter":"c","window":"minute","max":2,"scope":"grant"}]}}})";

gateway::Replaced reload(Rig& rig, const gateway::PolicyInput& policy,
                         std::vector<std::string>* told = nullptr) {
  gateway::Frames to_client;
  gateway::Replaced replaced = rig.gateway().reload(policy, rig.now, to_client, rig.log);
  while (const auto frame = to_client.pop()) {
    if (told != nullptr) told->emplace_back(frame->bytes);
  }
  return replaced;
}

gateway::Replaced reload(Rig& rig, std::string_view policy,
                         std::vector<std::string>* told = nullptr) {
  return reload(rig, policy_input(std::string(policy)), told);
}

// A policy with classes, under which everything passes.
gateway::PolicyInput classes() {
  return policy_input(
      "version: \"1\"\ndefault: allow\ntools: {cancel_task: {class: destructive}, get_task: "
      "{class: read}}\n",
      policy::Dialect::Gatecrash);
}

std::string one(const std::vector<std::string>& replies) {
  return replies.size() == 1 ? replies[0] : "(not one)";
}

}  // namespace

TEST_CASE(
    "A reloaded policy decides the very next call of an open session, and filters its lists") {
  Rig rig("reference", policy_input(std::string(kAllows)));
  rig.handshake();
  CHECK(contains(one(rig.call("cancel_task")), "done"));
  CHECK(reload(rig, kHides).done);
  CHECK(contains(one(rig.call("cancel_task")), "[POLICY DENIED]"));
  CHECK_FALSE(
      contains(one(rig.send(R"({"jsonrpc":"2.0","id":7,"method":"tools/list"})")), "cancel_task"));
  CHECK(reload(rig, kAllows).done);
  CHECK(contains(one(rig.call("cancel_task")), "done"));
}

TEST_CASE("Clients that were promised word of changed lists are told of a reload, others are not") {
  Rig rig("reference", policy_input(std::string(kAllows)));
  rig.gateway().open(1, {});
  rig.handshake();  // the fake server promises it; connection 1 has not shaken hands
  std::vector<std::string> told;
  CHECK(reload(rig, kHides, &told).done);
  CHECK(told == std::vector<std::string>{
                    R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})"});
}

TEST_CASE("A policy that does not load leaves the one before in force, and says why") {
  Rig rig("reference", policy_input(std::string(kHides)));
  rig.handshake();
  std::vector<std::string> told;
  const gateway::Replaced replaced = reload(rig, R"({"version":"1","default":"perhaps"})", &told);
  CHECK_FALSE(replaced.done);
  CHECK_FALSE(replaced.problems.empty());
  CHECK(told.empty());
  CHECK(contains(one(rig.call("cancel_task")), "[POLICY DENIED]"));
}

TEST_CASE(
    "After a refused reload nothing but reading passes, until a policy loads or the gateway begins "
    "anew") {
  Rig rig("reference", classes());
  rig.handshake();
  CHECK(contains(one(rig.call("cancel_task")), "done"));
  const auto refuse = [&] {
    const gateway::Replaced refused = reload(rig, "{");
    CHECK_FALSE(refused.done);
    CHECK(refused.read_only);
  };
  refuse();
  CHECK(contains(one(rig.call("cancel_task")), "[POLICY DENIED] The new policy does not load"));
  CHECK(
      contains(one(rig.call("list_tasks")), "[POLICY DENIED]"));  // nobody says that it only reads
  CHECK(contains(one(rig.call("get_task")), "done"));
  CHECK(reload(rig, classes()).done);
  CHECK(contains(one(rig.call("cancel_task")), "done"));
  refuse();
  rig.gateway().reset();
  rig.gateway().open(0, {});
  rig.handshake();
  CHECK(contains(one(rig.call("cancel_task")), "done"));
  CHECK(rig.gateway()
            .not_reloaded(base::problem("policy.yaml", {}, "cannot read"), rig.now, rig.log)
            .read_only);
  CHECK(contains(one(rig.call("cancel_task")), "[POLICY DENIED]"));
}

TEST_CASE("Without that defence, and in the released proxy, a refused reload changes nothing") {
  for (const gateway::Maker make :
       {gateway::find_defence("closed-reload")->without, gateway::find_maker("intercept-1.1")}) {
    Rig rig(make(classes()));
    rig.handshake();
    const gateway::Replaced refused = reload(rig, "{");
    CHECK_FALSE(refused.done);
    CHECK_FALSE(refused.read_only);
    CHECK(contains(one(rig.call("cancel_task")), "done"));
  }
}

TEST_CASE("A refused reload is on record with the reason and the policy that stays in force") {
  const std::string path = scratch_path("gateway/kept.jsonl");
  REQUIRE(base::write_file(path, "").has_value());
  auto audit = gateway::JsonLinesAudit::open(path, "k");
  REQUIRE(audit.has_value());
  (*audit)->set_policy("policy.yaml", classes().text);
  Rig rig("reference", classes());
  rig.gateway().set_audit(audit->get());
  CHECK_FALSE(reload(rig, "{").done);
  REQUIRE((*audit)->write_out());
  REQUIRE(rig.log.events().size() == 1);
  const trace::Event& event = rig.log.events()[0];
  CHECK(event.kind == trace::EventKind::Kept);
  CHECK(rig.log.view(event.text).starts_with("policy.json:1:"));
  CHECK(rig.log.view(event.more) == base::sha256_hex(classes().text));
  const std::string record = *base::read_file(path);
  CHECK(record.starts_with(
      R"({"at":"2026-01-01T00:00:00Z","decision":"keep","reason":"policy.json:1:)"));
  CHECK(contains(record, R"("policy":")" + base::sha256_hex(classes().text).substr(0, 16)));
  rig.gateway().set_audit(nullptr);
}

TEST_CASE("Counters survive a reload: writing the file anew is no way to a new budget") {
  Rig rig("reference", policy_input(std::string(kTwoAMinute)));
  rig.handshake();
  CHECK(contains(one(rig.call("get_task")), "done"));
  CHECK(contains(one(rig.call("get_task")), "done"));
  CHECK(reload(rig, kTwoAMinute).done);
  CHECK(contains(one(rig.call("get_task")), "[POLICY DENIED]"));
}

TEST_CASE("A call in flight at a reload is answered and keeps its charge") {
  // The released proxy refunds calls that fail.
  const gateway::PolicyInput limited = policy_input(
      "version: \"1\"\ndefault: allow\ntools:\n  get_task:\n    rules:\n      - name: two\n        "
      "rate_limit: 2/minute\n",
      policy::Dialect::Intercept);
  Rig rig("intercept-1.1", limited);
  rig.handshake();
  rig.upstream.answer = FakeUpstream::Answer::RpcError;
  rig.hold = true;
  rig.call("get_task");
  CHECK(reload(rig, limited).done);
  rig.hold = false;
  CHECK(contains(one(rig.flush()), "failed"));
  rig.upstream.answer = FakeUpstream::Answer::Ok;
  CHECK(contains(one(rig.call("get_task")), "done"));
  CHECK(contains(one(rig.call("get_task")), "DENIED"));
}

TEST_CASE("A restart forgets sessions and counters, and starts under the policy it is given") {
  Rig rig("reference", policy_input(std::string(kTwoAMinute)));
  rig.handshake();
  rig.call("get_task");
  rig.call("get_task");
  CHECK(rig.gateway().restart(policy_input(std::string(kTwoAMinute))).done);
  rig.gateway().open(0, {});
  rig.handshake();
  CHECK(contains(one(rig.call("get_task")), "done"));
  CHECK_FALSE(rig.gateway().restart(policy_input("{")).done);
  CHECK(contains(one(rig.call("get_task")), "done"));
}

TEST_CASE("A mutant of the policy is a mutant after a reload too, and one ignores every reload") {
  Rig forgets(gateway::find_mutant("forgets_hide")->make(policy_input(std::string(kAllows))));
  forgets.handshake();
  CHECK(reload(forgets, kHides).done);
  CHECK(contains(one(forgets.call("cancel_task")), "done"));
  Rig ignores(gateway::find_mutant("ignores_reload")->make(policy_input(std::string(kAllows))));
  ignores.handshake();
  CHECK(reload(ignores, kHides).done);
  CHECK(contains(one(ignores.call("cancel_task")), "done"));
}
