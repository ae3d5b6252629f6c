// tools/list shows what the policy lets be called, on every page, and nothing else is lost.
#include "tests/gateway/rig.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

std::string list(std::string_view id, std::string_view cursor = {}) {
  std::string frame = R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":"tools/list")";
  if (!cursor.empty()) frame += R"(,"params":{"cursor":")" + std::string(cursor) + "\"}";
  return frame + "}";
}

}  // namespace

TEST_CASE("A hidden tool is on no page, cursors stay") {
  for (const std::string_view name : {"reference", "intercept-1.1"}) {
    CAPTURE(name);
    Rig rig(name, policy_input(R"({"version":"1","default":"allow","hide":["cancel_task"]})"));
    rig.upstream.pages = {{"a", "cancel_task"}, {"cancel_task"}, {"b", "cancel_task", "c"}};
    rig.handshake();
    const std::string first = rig.send(list("1")).at(0);
    const std::string second = rig.send(list("2", "1")).at(0);
    const std::string third = rig.send(list("3", "2")).at(0);
    for (const std::string& page : {first, second, third})
      CHECK_FALSE(contains(page, "cancel_task"));
    CHECK(contains(first, R"("name":"a")"));
    CHECK(contains(first, R"("nextCursor":"1")"));
    CHECK(contains(second, R"("tools":[])"));
    CHECK(contains(second, R"("nextCursor":"2")"));
    CHECK(contains(third, R"("name":"b")"));
    CHECK(contains(third, R"("name":"c")"));
    CHECK_FALSE(contains(third, "nextCursor"));
  }
}

TEST_CASE(
    "Under default deny the hardened list shows listed tools, the released one all not hidden") {
  const auto input =
      policy_input(R"({"version":"1","default":"deny","hide":["x"],"tools":{"get_task":{}}})");
  Rig reference("reference", input);
  reference.handshake();
  const std::string hardened = reference.send(list("1")).at(0);
  CHECK(contains(hardened, "get_task"));
  CHECK_FALSE(contains(hardened, "cancel_task"));
  Rig released("intercept-1.1", input);
  released.handshake();
  CHECK(contains(released.send(list("1")).at(0), "cancel_task"));
}

TEST_CASE("A list with nothing to hide passes as it is; unknown members and lexemes are kept") {
  const auto input = policy_input(R"({"version":"1","default":"allow","hide":["x"]})");
  for (const std::string_view name : {"reference", "intercept-1.1"}) {
    CAPTURE(name);
    Rig rig(name, input);
    rig.handshake();
    rig.hold = true;
    rig.send(list("1"));
    const std::string reply =
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","annotations":{"n":1.0}}],"ttlMs":5,"_meta":{}}})";
    transport::Frames up, client;
    rig.gateway().from_upstream(0, reply, rig.now, up, client, rig.log);
    CHECK(client.pop()->bytes == reply);
  }
}

TEST_CASE("A tool whose name cannot be read is dropped by the hardened gateway only") {
  const auto input = policy_input(R"({"version":"1","default":"allow","hide":["x"]})");
  const std::string reply =
      R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":["x"]},{"name":"a"}]}})";
  for (const std::string_view name : {"reference", "intercept-1.1"}) {
    CAPTURE(name);
    Rig rig(name, input);
    rig.handshake();
    rig.hold = true;
    rig.send(list("1"));
    transport::Frames up, client;
    rig.gateway().from_upstream(0, reply, rig.now, up, client, rig.log);
    CHECK(contains(client.pop()->bytes, R"(["x"])") == (name != "reference"));
  }
}

TEST_CASE("Another reply in flight is not taken for a list") {
  Rig rig("reference", policy_input(R"({"version":"1","default":"allow","hide":["secret"]})"));
  rig.handshake();
  rig.hold = true;
  rig.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}})");
  const std::string reply =
      R"({"jsonrpc":"2.0","id":1,"result":{"content":[],"tools":[{"name":"secret"}]}})";
  transport::Frames up, client;
  rig.gateway().from_upstream(0, reply, rig.now, up, client, rig.log);
  CHECK(client.pop()->bytes == reply);
}

TEST_CASE("Visible equals callable: every listed tool can be called and every other is denied") {
  for (
      const std::string_view text :
      {R"({"version":"1","default":"deny","hide":["cancel_task"],"tools":{"get_task":{},"cancel_task":{}}})",
       R"({"version":"1","default":"deny","hide":["*"],"tools":{"get_task":{}}})",
       R"({"version":"1","default":"allow","hide":["get_task"]})",
       R"({"version":"1","default":"deny"})"}) {
    CAPTURE(text);
    Rig rig("reference", policy_input(std::string(text)));
    rig.handshake();
    const std::string pages = rig.send(list("1")).at(0) + rig.send(list("2", "1")).at(0);
    for (const std::string tool : {"get_task", "cancel_task", "list_tasks"}) {
      CAPTURE(tool);
      const bool denied = contains(rig.call(tool).at(0), "[POLICY DENIED]");
      CHECK(denied != contains(pages, "\"" + tool + "\""));
    }
  }
}
