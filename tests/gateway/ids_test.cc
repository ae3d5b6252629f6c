// Ids are exact, used once at a time, and answered once.
#include "tests/gateway/rig.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

gateway::PolicyInput open_policy() {
  return policy_input(R"({"version":"1","default":"allow","hide":["cancel_task"]})");
}

std::string call_with_id(std::string_view id, std::string_view tool = "get_task") {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) +
         R"(,"method":"tools/call","params":{"name":")" + std::string(tool) + "\"}}";
}

}  // namespace

TEST_CASE("An id comes back with its type and its lexeme, allowed or denied") {
  for (const std::string id : {"1", "\"1\"", "0", "-5", "\"\"", "9007199254740993",
                               "123456789012345678901234567890", "\"a\\\"b\"", "\"\u00e9\""}) {
    for (const std::string_view tool : {"get_task", "cancel_task"}) {
      CAPTURE(id, tool);
      Rig rig("reference", open_policy());
      rig.handshake();
      const auto replies = rig.send(call_with_id(id, tool));
      REQUIRE(replies.size() == 1);
      CHECK(contains(replies[0], "\"id\":" + id + ","));
    }
  }
}

TEST_CASE("Text one and number one are two requests in flight at the same time") {
  Rig rig("reference", open_policy());
  rig.handshake();
  rig.hold = true;
  CHECK(rig.send(call_with_id("1")).empty());
  CHECK(rig.send(call_with_id("\"1\"")).empty());
  const auto replies = rig.flush();
  REQUIRE(replies.size() == 2);
  CHECK(contains(replies[0], "\"id\":1,"));
  CHECK(contains(replies[1], "\"id\":\"1\","));
}

TEST_CASE("A second request with an id in flight is refused; the released proxy forwards it") {
  Rig rig("reference", open_policy());
  rig.handshake();
  rig.hold = true;
  rig.send(call_with_id("5"));
  const auto refused = rig.send(call_with_id("5"));
  REQUIRE(refused.size() == 1);
  CHECK(contains(refused[0], R"("id":5,"error":{"code":-32600)"));
  CHECK(rig.last_reason(trace::EventKind::Refused) == "id_in_flight");
  CHECK(rig.flush().size() == 1);
  CHECK(rig.upstream.executed.size() == 1);
  rig.hold = false;
  CHECK(rig.send(call_with_id("5")).size() == 1);  // answered: the id is free again
  CHECK(rig.upstream.executed.size() == 2);

  Rig released("intercept-1.1", open_policy());
  released.handshake();
  released.hold = true;
  released.send(call_with_id("5"));
  released.send(call_with_id("5"));
  released.flush();
  CHECK(released.upstream.executed.size() == 2);
}

TEST_CASE("An upstream reply passes only for an exact id in flight, and once") {
  struct Row {
    std::string_view id;
    bool passes;
  };
  for (const Row row : {Row{"7", true}, Row{"\"7\"", false}, Row{"8", false}, Row{"7.0", false},
                        Row{"null", false}}) {
    CAPTURE(row.id);
    Rig rig("reference", open_policy());
    rig.handshake();
    rig.hold = true;
    rig.send(call_with_id("7"));
    const std::string reply =
        R"({"jsonrpc":"2.0","id":)" + std::string(row.id) + R"(,"result":{}})";
    transport::Frames up, client;
    rig.gateway().from_upstream(0, reply, rig.now, up, client, rig.log);
    CHECK(client.empty() == !row.passes);
    CHECK((rig.count(trace::EventKind::Refused) == 1) == !row.passes);
    if (!row.passes) continue;
    client.clear();
    rig.gateway().from_upstream(0, reply, rig.now, up, client, rig.log);
    CHECK(client.empty());
    CHECK(rig.last_reason(trace::EventKind::Refused) == "unexpected_reply");
  }
}

TEST_CASE(
    "A reply that cannot be read is answered for the upstream, so that the client does not wait") {
  Rig rig("reference", open_policy());
  rig.handshake();
  rig.hold = true;
  rig.send(call_with_id("7"));
  transport::Frames up, client;
  rig.gateway().from_upstream(
      0, R"({"jsonrpc":"2.0","id":7,"result":{},"error":{"code":1,"message":"x"}})", rig.now, up,
      client, rig.log);
  const auto answer = client.pop();
  REQUIRE(answer);
  CHECK(contains(answer->bytes, R"("id":7,"error":{"code":-32603)"));
}

TEST_CASE("The number of requests in flight is bounded") {
  const auto input = open_policy();
  gateway::Character character = gateway::reference_character();
  character.wire.max_in_flight = 3;
  Rig rig(gateway::make_policy_gateway(gateway::load_as_written, character, input));
  rig.handshake();
  rig.hold = true;
  for (const std::string_view id : {"1", "2", "3"}) CHECK(rig.send(call_with_id(id)).empty());
  CHECK(rig.send(call_with_id("4")).size() == 1);
  CHECK(rig.last_reason(trace::EventKind::Refused) == "too_many_in_flight");
  CHECK(rig.flush().size() == 3);
  rig.hold = false;
  CHECK(contains(rig.send(call_with_id("4")).at(0), "done"));
}

TEST_CASE("A client may cancel its own request in flight by its exact id only") {
  Rig rig("reference", open_policy());
  rig.handshake();
  rig.hold = true;
  rig.send(call_with_id("7"));
  rig.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"7"}})");
  CHECK(rig.last_reason(trace::EventKind::Refused) == "nothing_to_cancel");
  rig.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  rig.flush();
  REQUIRE(rig.upstream.arrived.size() == 2);
  CHECK(contains(rig.upstream.arrived[1], "\"requestId\":7"));
}

TEST_CASE("A client cannot cancel its handshake, answered or not") {
  Rig rig("reference", open_policy());
  rig.hold = true;
  rig.handshake();  // `initialize` waits at the upstream, though the client says it is initialized
  const std::string cancel =
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}})";
  rig.send(cancel);
  CHECK(rig.last_reason(trace::EventKind::Refused) == "nothing_to_cancel");
  rig.hold = false;
  rig.flush();
  rig.send(cancel);
  CHECK(rig.last_reason(trace::EventKind::Refused) == "nothing_to_cancel");
  for (const std::string& frame : rig.upstream.arrived) CHECK_FALSE(contains(frame, "cancelled"));
}

TEST_CASE(
    "The upstream's ping is relayed and its answer passes once; sampling is refused to its face") {
  Rig rig("reference", open_policy());
  rig.handshake();
  CHECK(rig.upstream_says(R"({"jsonrpc":"2.0","id":"u1","method":"ping"})").size() == 1);
  rig.send(R"({"jsonrpc":"2.0","id":"u1","result":{}})");
  rig.send(R"({"jsonrpc":"2.0","id":"u1","result":{}})");
  CHECK(rig.upstream.arrived.size() == 1);
  CHECK(
      rig.upstream_says(R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}})")
          .empty());
  REQUIRE(rig.upstream.arrived.size() == 2);
  CHECK(contains(rig.upstream.arrived[1], R"("id":1,"error":{"code":-32601)"));
  CHECK(rig.upstream_says(R"({"jsonrpc":"2.0","method":"notifications/tasks/status","params":{}})")
            .empty());
  CHECK(rig.upstream_says(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})")
            .size() == 1);
}

TEST_CASE("When the upstream is lost, every waiting request is answered and the charge stays") {
  const auto input = policy_input(std::string(kTwoPerMinute));
  auto made = gateway::make_reference(input);
  auto* machine = dynamic_cast<gateway::PolicyGateway*>(made.gateway.get());
  Rig rig(std::move(made));
  rig.handshake();
  rig.hold = true;
  rig.send(call_with_id("1", "cancel_task"));
  rig.send(call_with_id("2", "cancel_task"));
  CHECK(machine->in_flight(0) == 2);
  transport::Frames client;
  machine->upstream_lost(0, rig.now, client, rig.log);
  std::size_t answers = 0;
  while (const auto frame = client.pop()) {
    ++answers;
    CHECK(contains(frame->bytes, "outcome is unknown"));
  }
  CHECK(answers == 2);
  CHECK(machine->in_flight(0) == 0);
  CHECK(contains(rig.send(call_with_id("3", "cancel_task")).at(0), "[POLICY DENIED]"));
}

TEST_CASE("The id table finds exactly what was put in, through growth and removal in any order") {
  gateway::InFlight table;
  std::vector<std::string> lexemes;
  for (int i = 0; i < 500; ++i) lexemes.push_back(std::to_string(i * 7919));
  const auto integer = [&](int i) { return rpc::Id{rpc::Id::Kind::Integer, lexemes[i], {}}; };
  const auto text = [&](int i) { return rpc::Id{rpc::Id::Kind::String, lexemes[i], {}}; };
  for (int i = 0; i < 500; ++i) table.at(integer(i)).ticket = i + 1;
  CHECK(table.size() == 500);
  for (int i = 0; i < 500; ++i) CHECK(table.find(text(i)) == nullptr);
  for (int i = 0; i < 500; i += 3) {
    const auto taken = table.take(integer(i));
    REQUIRE(taken);
    CHECK(taken->ticket == static_cast<std::uint64_t>(i + 1));
    CHECK_FALSE(table.take(integer(i)));
  }
  for (int i = 0; i < 500; ++i) {
    const gateway::Awaited* found = table.find(integer(i));
    REQUIRE((found != nullptr) == (i % 3 != 0));
    if (found != nullptr) CHECK(found->ticket == static_cast<std::uint64_t>(i + 1));
  }
  table.clear();
  CHECK(table.size() == 0);
  CHECK(table.find(integer(1)) == nullptr);
}
