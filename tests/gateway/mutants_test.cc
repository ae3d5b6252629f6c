// Every mutant is really wrong: a battery of conversations tells it from the gateway it was made
// of.
#include "harness/gateway/mutants.h"

#include <set>

#include "tests/gateway/rig.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

struct Observed {
  std::vector<std::string> arrived;
  std::vector<std::string> executed;
  std::vector<std::string> replies;
  std::vector<std::string> records;
  friend bool operator==(const Observed&, const Observed&) = default;
};

// `hides`: more names, each with a comma before it.
gateway::PolicyInput battery_policy(const std::string& hides = "") {
  return policy_input(
      R"({"version":"1","default":"deny","hide":["hidden")" + hides +
      R"(],"tools":{"echo":{},"late":{},)"
      R"("guarded":{"require":[{"conditions":[{"path":"args.amount","op":"lte","value":100}]}]},)"
      R"("bulk":{"limits":[{"counter":"b","window":"minute","max":5,"scope":"grant"}]},)"
      R"("limited":{"limits":[{"counter":"l","window":"minute","max":3,"scope":"grant"}]}}})");
}

// Lists, limits, hiding, conditions, bad frames, late frames, a reload, new sessions, a kill
// switch, a refused reload.
Observed battery(gateway::Made made) {
  Observed seen;
  Rig rig(std::move(made));
  const auto send = [&](std::string_view frame, transport::Connection connection = 0) {
    for (std::string& each : rig.send(frame, connection)) seen.replies.push_back(std::move(each));
  };
  const auto call = [&](std::string_view tool, std::string_view arguments = "{}",
                        transport::Connection connection = 0) {
    for (std::string& each : rig.call(tool, arguments, connection))
      seen.replies.push_back(std::move(each));
  };
  send(R"({"jsonrpc":"2.0","id":90,"method":"tools/call","params":{"name":"echo"}})");  // too early
  rig.handshake();
  rig.upstream.pages = {{"echo", "late", "hidden"}, {"hidden", "guarded"}};
  send(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  send(R"({"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"1"}})");
  send(R"({"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"cursor":""}})");
  call("hidden");
  call("unlisted");
  call("echo", R"({"a":"b"})");
  call("guarded", R"({"amount":500})");
  send(R"([{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"hidden"}}])");
  for (const std::string_view names :
       {R"("name":"hidden","name":"echo")", R"("name":"echo","name":"hidden")",
        R"("name":"echo","Name":"hidden")"}) {
    send(R"({"jsonrpc":"2.0","id":4,"method":"tools/call","params":{)" + std::string(names) + "}}");
  }
  send(R"({"jsonrpc":"2.0","id":5,"method":"tasks/cancel","params":{"taskId":"t"}})");
  rig.hold = true;
  for (int i = 0; i < 2; ++i) {
    send(R"({"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"echo"}})");
  }
  rig.hold = false;
  for (std::string& each : rig.flush()) seen.replies.push_back(std::move(each));
  call("bulk", R"({"ids":["a","b","c","d","e","f"]})");
  rig.now = kStart + std::chrono::seconds(59);
  for (int i = 0; i < 4; ++i) call("limited");
  rig.now += std::chrono::seconds(2);
  for (int i = 0; i < 2; ++i) call("limited");
  gateway::Frames told;
  rig.gateway().reload(battery_policy(R"(,"late")"), rig.now, told, rig.log);
  call("late");
  rig.gateway().open(1, {});
  rig.handshake(1);
  call("limited", "{}", 1);
  rig.now += std::chrono::hours(1);
  rig.upstream.answer = FakeUpstream::Answer::RpcError;
  for (int i = 0; i < 4; ++i) call("limited");
  rig.upstream.answer = FakeUpstream::Answer::Ok;
  rig.gateway().operate(*gateway::parse_operator("kill"), rig.now, told);
  call("echo", R"({"after":"kill"})");
  rig.gateway().operate(*gateway::parse_operator("unfreeze"), rig.now, told);
  call("echo", R"({"after":"unfreeze"})");
  rig.gateway().reload(policy_input("{"), rig.now, told, rig.log);
  for (const trace::Event& each : rig.log.events()) {
    seen.records.push_back(std::to_string(each.detail) + std::string(rig.log.view(each.text)) +
                           std::string(rig.log.view(each.more)));
  }
  seen.arrived = rig.upstream.arrived;
  seen.executed = rig.upstream.executed;
  return seen;
}

// Of a policy that asks a person.
gateway::PolicyInput approvals_policy() {
  return policy_input(
      "version: \"1\"\ndefault: deny\ntools:\n  echo: {rules: [{name: ask, action: "
      "require_approval}]}\n",
      policy::Dialect::Intercept);
}

// What is executed when two calls wait and one is approved.
std::vector<std::string> approvals_battery(gateway::Made made) {
  Rig rig(std::move(made));
  rig.handshake();
  rig.call("echo", R"({"a":1})");
  rig.call("echo", R"({"a":2})");
  gateway::Frames told;
  rig.gateway().operate(*gateway::parse_operator(R"(approve {"a":1})"), rig.now, told);
  rig.call("echo", R"({"a":2})");
  rig.call("echo", R"({"a":1})");
  return rig.upstream.executed;
}

// The answer to a call, in which a secret is the name of a member.
std::vector<std::string> redaction_battery(const gateway::MutantEntry* mutant) {
  const gateway::PolicyInput input = policy_input(
      "version: \"1\"\ndefault: deny\ntools: {echo: {}}\n"
      "responses: {redact: [{name: key, regex: 'sk-[a-z]{4}'}]}\n",
      policy::Dialect::Gatecrash);
  Rig rig(mutant != nullptr ? mutant->make(input) : gateway::make_reference(input));
  rig.handshake();
  rig.hold = true;
  rig.call("echo");
  return rig.upstream_says(R"({"jsonrpc":"2.0","id":101,"result":{"sk-abcd":1,"content":[]}})");
}

// What is executed of the last of three calls that one grant makes under a limit of two, with a
// crowd of others before it.
std::size_t crowd_battery(gateway::Made made) {
  Rig rig(std::move(made));
  for (transport::Connection each = 0; each < 600; ++each) {
    const std::string grant = "g-" + std::to_string(each);
    rig.gateway().open(each, {.name = {}, .grant = grant, .tenant = {}});
    rig.handshake(each);
    rig.call("cancel_task", "{}", each);
    if (each == 0) rig.call("cancel_task");
  }
  rig.upstream.executed.clear();
  rig.call("cancel_task");
  return rig.upstream.executed.size();
}

}  // namespace

TEST_CASE("Every mutant differs from the reference gateway in what can be seen") {
  const Observed sound = battery(gateway::make_reference(battery_policy()));
  REQUIRE(battery(gateway::make_reference(battery_policy())) ==
          sound);  // the battery itself is stable
  for (const gateway::MutantEntry& mutant : gateway::mutants()) {
    CAPTURE(mutant.name);
    const bool same =
        battery(mutant.make(battery_policy())) == sound &&
        approvals_battery(mutant.make(approvals_policy())) == std::vector<std::string>{"echo"} &&
        redaction_battery(&mutant) == redaction_battery(nullptr) &&
        crowd_battery(mutant.make(policy_input(std::string(kTwoPerMinute)))) == 0;
    CHECK_FALSE(same);
  }
}

TEST_CASE("The reference gateway stands the battery") {
  const Observed sound = battery(gateway::make_reference(battery_policy()));
  CHECK(approvals_battery(gateway::make_reference(approvals_policy())) ==
        std::vector<std::string>{"echo"});
  CHECK(contains(redaction_battery(nullptr).at(0), R"("[redacted: key]":1)"));
  CHECK(crowd_battery(gateway::make_reference(policy_input(std::string(kTwoPerMinute)))) == 0);
  const std::vector<std::string> expected = {"echo",    "echo",    "limited", "limited",
                                             "limited", "limited", "limited", "limited"};
  CHECK(sound.executed == expected);
}

TEST_CASE("Mutants have names of their own, a defect in words and an oracle") {
  std::set<std::string_view> names;
  for (const gateway::MutantEntry& mutant : gateway::mutants()) {
    CAPTURE(mutant.name);
    CHECK(names.insert(mutant.name).second);
    CHECK(gateway::find_mutant(mutant.name) == &mutant);
    CHECK(gateway::find_gateway(mutant.name) == nullptr);
    CHECK_FALSE(mutant.defect.empty());
    CHECK_FALSE(mutant.oracle.empty());
  }
  CHECK(names.size() >= 10);
  CHECK(gateway::find_mutant("") == nullptr);
}

TEST_CASE("A mutant of a refused policy is refused like the gateway it is made of") {
  for (const gateway::MutantEntry& mutant : gateway::mutants()) {
    CAPTURE(mutant.name);
    CHECK(mutant.make(policy_input("{")).gateway == nullptr);
  }
}
