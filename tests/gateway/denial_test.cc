// What an agent is told, and what is recorded, when a call does not pass.
#include "tests/gateway/rig.h"

using namespace gatecrash;
using namespace gatecrash::test;

TEST_CASE("A denial is a tool result in the policy's dialect with the request's id") {
  struct Row {
    std::string_view gateway;
    policy::Dialect dialect;
    std::string text;
    std::string expected;
  };
  const std::string intercept =
      "version: \"1\"\ndefault: deny\nhide: [cancel_task]\ntools:\n  get_task: {}\n";
  const Row rows[] = {
      {"reference", policy::Dialect::PolicyLayer, std::string(kHidesCancel),
       R"({"jsonrpc":"2.0","id":"x-1","result":{"content":[{"type":"text","text":"[POLICY DENIED] Tool \"cancel_task\" is hidden by policy"}],"isError":true}})"},
      {"reference", policy::Dialect::Intercept, intercept,
       R"({"jsonrpc":"2.0","id":"x-1","result":{"content":[{"type":"text","text":"[INTERCEPT POLICY DENIED] Tool \"cancel_task\" is hidden by policy"}],"isError":true}})"},
      {"intercept-1.1", policy::Dialect::Intercept, intercept,
       R"({"jsonrpc":"2.0","id":"x-1","result":{"content":[{"type":"text","text":"[INTERCEPT POLICY DENIED] Tool \"cancel_task\" is hidden by policy"}],"isError":true}})"},
      {"intercept-1.1", policy::Dialect::PolicyLayer, std::string(kHidesCancel),
       R"({"jsonrpc":"2.0","id":"x-1","result":{"content":[{"type":"text","text":"[INTERCEPT POLICY DENIED] Tool \"cancel_task\" is hidden by policy"}],"isError":true}})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.gateway, row.text);
    Rig rig(row.gateway, policy_input(row.text, row.dialect));
    rig.handshake();
    const auto replies = rig.send(
        R"({"jsonrpc":"2.0","id":"x-1","method":"tools/call","params":{"name":"cancel_task"}})");
    REQUIRE(replies.size() == 1);
    CHECK(replies[0] == row.expected);
    CHECK(rig.upstream.arrived.empty());
    REQUIRE(rig.count(trace::EventKind::Decided) == 1);
    const trace::Event& event = rig.log.events().back();
    CHECK(event.detail == static_cast<std::uint8_t>(decision::Outcome::Deny));
    CHECK(rig.log.view(event.text) == "cancel_task");
    CHECK(rig.log.view(event.more) == "(hidden)");
    CHECK(rig.log.view(event.extra) == "Tool \"cancel_task\" is hidden by policy");
    CHECK(event.place.line != 0);
  }
}

TEST_CASE("An allowed call arrives once, is answered once, and is recorded") {
  for (const std::string_view name : {"reference", "intercept-1.1"}) {
    CAPTURE(name);
    Rig rig(name, policy_input(std::string(kHidesCancel)));
    rig.handshake();
    const auto replies = rig.call("get_task", R"({"id":"a"})");
    REQUIRE(replies.size() == 1);
    CHECK(contains(replies[0], R"("id":101,)"));
    CHECK(contains(replies[0], "done"));
    CHECK(rig.upstream.executed == std::vector<std::string>{"get_task"});
    CHECK(rig.count(trace::EventKind::Decided) == 1);
    CHECK(rig.log.events().back().detail == static_cast<std::uint8_t>(decision::Outcome::Allow));
  }
}

TEST_CASE("The deny style is a choice: constant text, or a JSON-RPC error with constant text") {
  const gateway::PolicyInput input = policy_input(std::string(kHidesCancel));
  gateway::Character character = gateway::reference_character();
  character.wire.deny_style = gateway::DenyStyle::Constant;
  Rig constant(gateway::make_policy_gateway(gateway::load_as_written, character, input));
  constant.handshake();
  CHECK(
      constant.call("cancel_task") ==
      std::vector<std::string>{
          R"({"jsonrpc":"2.0","id":101,"result":{"content":[{"type":"text","text":"[POLICY DENIED] Denied by policy"}],"isError":true}})"});
  character.wire.deny_style = gateway::DenyStyle::RpcError;
  Rig error(gateway::make_policy_gateway(gateway::load_as_written, character, input));
  error.handshake();
  CHECK(error.call("cancel_task") ==
        std::vector<std::string>{
            R"({"jsonrpc":"2.0","id":101,"error":{"code":403,"message":"denied by policy"}})"});
}

TEST_CASE("A counted call is refused with its limit's message, and passes again a window later") {
  Rig rig("reference", policy_input(std::string(kTwoPerMinute)));
  rig.handshake();
  rig.call("cancel_task");
  rig.call("cancel_task");
  const auto denied = rig.call("cancel_task");
  REQUIRE(denied.size() == 1);
  CHECK(contains(denied[0], "[POLICY DENIED] "));
  CHECK(rig.upstream.executed.size() == 2);
  CHECK(rig.last_reason(trace::EventKind::Decided) == "/tools/cancel_task/limits/c");
  rig.now += std::chrono::seconds(60);
  rig.call("cancel_task");
  CHECK(rig.upstream.executed.size() == 3);
}

TEST_CASE("An upstream error refunds the released proxy's counter and never the hardened one's") {
  struct Row {
    std::string_view gateway;
    FakeUpstream::Answer answer;
    std::size_t executed;  // of five calls under a limit of two
  };
  const Row rows[] = {{"reference", FakeUpstream::Answer::RpcError, 2},
                      {"reference", FakeUpstream::Answer::ToolError, 2},
                      {"intercept-1.1", FakeUpstream::Answer::RpcError, 5},
                      {"intercept-1.1", FakeUpstream::Answer::ToolError, 2},
                      {"intercept-1.1", FakeUpstream::Answer::Ok, 2}};
  for (const Row& row : rows) {
    CAPTURE(row.gateway, static_cast<int>(row.answer));
    Rig rig(row.gateway,
            policy_input(std::string(kInterceptTwoPerMinute), policy::Dialect::Intercept));
    rig.handshake();
    rig.upstream.answer = row.answer;
    for (int i = 0; i < 5; ++i) rig.call("cancel_task");
    CHECK(rig.upstream.executed.size() == row.executed);
  }
}

TEST_CASE("A refund needs the call's own id: the released proxy takes any error with that id") {
  Rig rig("intercept-1.1",
          policy_input(std::string(kInterceptTwoPerMinute), policy::Dialect::Intercept));
  rig.handshake();
  for (int i = 0; i < 4; ++i) {
    rig.hold = true;
    rig.send(R"({"jsonrpc":"2.0","id":7,"method":"no/such"})");
    rig.send(R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"cancel_task"}})");
    rig.flush();  // the error for no/such comes first and refunds the call
  }
  CHECK(rig.upstream.executed.size() == 4);
  Rig hardened("reference",
               policy_input(std::string(kInterceptTwoPerMinute), policy::Dialect::Intercept));
  hardened.handshake();
  for (int i = 0; i < 4; ++i) {
    hardened.hold = true;
    hardened.send(R"({"jsonrpc":"2.0","id":7,"method":"no/such"})");
    hardened.send(
        R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"cancel_task"}})");
    hardened.flush();
  }
  CHECK(hardened.upstream.executed.size() == 2);
}

TEST_CASE("Counters are shared by all connections of a grant, and reset makes the gateway as new") {
  Rig rig("reference", policy_input(std::string(kTwoPerMinute)));
  rig.handshake();
  rig.call("cancel_task");
  rig.gateway().open(1, {});
  rig.handshake(1);
  rig.call("cancel_task", "{}", 1);
  rig.call("cancel_task", "{}", 1);
  CHECK(rig.upstream.executed.size() == 2);
  rig.gateway().reset();
  CHECK(rig.call("cancel_task").empty());  // no connection is open
  rig.gateway().open(0, {});
  rig.handshake();
  rig.call("cancel_task");
  CHECK(rig.upstream.executed.size() == 3);
}

TEST_CASE(
    "A policy the released validator refuses makes no gateway; ours forgives it if asked to") {
  const std::string published =
      "default: allow\ntools:\n  cancel-task:\n    rules:\n      - action: deny\n        reason: "
      "\"blocked\"\n";
  for (const std::string_view name : {"reference", "intercept-1.1"}) {
    CAPTURE(name);
    gateway::PolicyInput input = policy_input(published, policy::Dialect::Intercept);
    gateway::Made made = gateway::find_gateway(name)->make(input);
    CHECK(made.gateway == nullptr);
    CHECK(made.refused);
    CHECK(base::has_error(made.problems));
    input.lenient_if_refused = true;
    made = gateway::find_gateway(name)->make(input);
    CHECK((made.gateway != nullptr) == (name == "reference"));
    CHECK(made.refused);
    CHECK_FALSE(made.problems.empty());
  }
}

TEST_CASE("The released proxy does not start with approvals; beside a rate limit it drops them") {
  const auto made = [](std::string_view rest) {
    return gateway::find_gateway("intercept-1.1")
        ->make(policy_input("version: \"1\"\ntools:\n  t:\n    rules:\n      - {name: r, action: "
                            "require_approval" +
                                std::string(rest) + "}\n",
                            policy::Dialect::Intercept));
  };
  CHECK(made("").refused);
  CHECK(made("").gateway == nullptr);
  CHECK(made(", rate_limit: 1/day").gateway != nullptr);
}

TEST_CASE("The released proxy writes names as Go quotes them, so no line of theirs comes out") {
  Rig rig("intercept-1.1",
          policy_input("version: \"1\"\ndefault: deny\ntools: {}\n", policy::Dialect::Intercept));
  rig.handshake();
  const std::vector<std::string> answers = rig.call(R"(a\n!call b\u200b\u0001\"é)");
  REQUIRE(answers.size() == 1);
  CHECK(
      contains(answers[0], R"(Tool \"a\\n!call b\\u200b\\x01\\\"é\" is not permitted by policy)"));
}

TEST_CASE("The released proxy drops the other dialect's limits; the reference keeps them") {
  const gateway::PolicyInput input = policy_input(std::string(kTwoPerMinute));
  Rig released("intercept-1.1", input);
  CHECK_FALSE(released.made().refused);
  CHECK(contains(base::to_string(released.made().problems), "limits"));
  released.handshake();
  for (int i = 0; i < 20; ++i) released.call("cancel_task");
  CHECK(released.upstream.executed.size() == 20);
  Rig reference("reference", input);
  CHECK(reference.made().problems.empty());
  reference.handshake();
  for (int i = 0; i < 20; ++i) reference.call("cancel_task");
  CHECK(reference.upstream.executed.size() == 2);
}

TEST_CASE("A policy that is no document makes no gateway") {
  for (const gateway::GatewayEntry& entry : gateway::gateways()) {
    CAPTURE(entry.name);
    const gateway::Made made = entry.make(policy_input("{"));
    CHECK((made.gateway != nullptr) == entry.control);  // the controls look at no policy
  }
}
