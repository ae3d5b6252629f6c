// What crosses the gateway and what does not: one row per way to say it, hardened against released.
#include "tests/gateway/rig.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

// Under default allow with cancel_task denied: what passes is up to the wire rules.
constexpr std::string_view kDeniesCancel =
    "version: \"1\"\ndefault: allow\ntools:\n  cancel_task:\n    rules:\n      - name: no\n"
    "        action: deny\n";

gateway::PolicyInput denies_cancel() {
  return policy_input(std::string(kDeniesCancel), policy::Dialect::Intercept);
}

struct Row {
  std::string_view what;
  std::string_view frame;
  std::string_view reason;  // why the hardened gateway refuses it; empty: it passes
  std::string_view reply;   // part of its answer; empty: none is given
  bool released_forwards;   // arrives upstream byte for byte
};

constexpr Row kRows[] = {
    {"plain denied call",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task"}})", "denied",
     R"("id":1,"result")", false},
    {"escaped name and method",
     R"({"jsonrpc":"2.0","id":1,"method":"tools\/c\u0061ll","params":{"n\u0061me":"c\u0061ncel_task"}})",
     "denied", R"("id":1,"result")", false},
    {"batch", R"([{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task"}}])",
     "batch", R"("code":-32600)", true},
    {"not JSON", R"({"jsonrpc":"2.0","id":1,)", "not_json",
     R"({"jsonrpc":"2.0","error":{"code":-32700)", true},
    {"duplicate name, denied one last",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_task","name":"cancel_task"}})",
     "duplicate_key", R"("id":1,"error":{"code":-32600)", false},
    {"duplicate name, denied one first",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task","name":"get_task"}})",
     "duplicate_key", R"("id":1,"error":{"code":-32600)", true},
    {"case variant of the name member",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_task","Name":"cancel_task"}})",
     "case_variant_key", R"("code":-32600)", false},
    {"notification form", R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"get_task"}})",
     "request_without_id", "", true},
    {"null id", R"({"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"get_task"}})",
     "bad_id", R"({"jsonrpc":"2.0","error":{"code":-32600)", true},
    {"fractional id",
     R"({"jsonrpc":"2.0","id":1.0,"method":"tools/call","params":{"name":"get_task"}})", "bad_id",
     R"({"jsonrpc":"2.0","error":{"code":-32600)", true},
    {"positional params",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":["cancel_task"]})", "bad_params",
     R"("id":1,"error")", true},
    {"arguments as text",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task","arguments":"{}"}})",
     "bad_params", R"("id":1,"error")", true},
    {"name as a list",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["cancel_task"]}})",
     "bad_params", R"("id":1,"error")", true},
    {"request and result at once",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","result":{},"params":{"name":"cancel_task"}})",
     "mixed_shape", R"("code":-32600)", false},
    {"other jsonrpc version",
     R"({"jsonrpc":"1.0","id":1,"method":"tools/call","params":{"name":"cancel_task"}})",
     "bad_version", R"("code":-32600)", false},
    {"method in another case",
     R"({"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"cancel_task"}})",
     "method_not_allowed", R"("code":-32601)", true},
    {"vendor method", R"({"jsonrpc":"2.0","id":1,"method":"x/cancel","params":{"id":"a"}})",
     "method_not_allowed", R"("code":-32601)", true},
    {"tasks/cancel", R"({"jsonrpc":"2.0","id":1,"method":"tasks/cancel","params":{"taskId":"a"}})",
     "method_not_allowed", R"("code":-32601)", true},
    {"resources/read",
     R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"task://a/cancel"}})",
     "method_not_allowed", R"("code":-32601)", true},
    {"notification as a request", R"({"jsonrpc":"2.0","id":1,"method":"notifications/cancelled"})",
     "method_not_allowed", R"("code":-32601)", true},
    {"vendor notification", R"({"jsonrpc":"2.0","method":"notifications/x"})", "method_not_allowed",
     "", true},
    {"cancel of a request that is not in flight",
     R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}})",
     "nothing_to_cancel", "", true},
    {"task-augmented call",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_task","task":{}}})",
     "task_not_offered", R"("id":1,"error")", true},
    {"related-task call",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_task","_meta":{"io.modelcontextprotocol/related-task":{"taskId":"a"}}}})",
     "task_not_offered", R"("id":1,"error")", true},
    {"name in another case",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Cancel_Task"}})",
     "doubtful_tool_name", R"("id":1,"error")", true},
    {"name with a trailing space",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task "}})",
     "doubtful_tool_name", R"("id":1,"error")", true},
    {"fullwidth name",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ｃancel_task"}})",
     "doubtful_tool_name", R"("id":1,"error")", true},
    {"reply nobody waits for", R"({"jsonrpc":"2.0","id":5,"result":{"action":"accept"}})",
     "unexpected_reply", "", true},
    {"broken reply", R"({"jsonrpc":"2.0","id":5,"result":{},"error":{}})", "", "", true},
    {"second initialize",
     R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})",
     "already_initialized", R"("id":1,"error")", true},
    {"second initialized", R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
     "not_initialized", "", true},
    {"number beyond any double",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_task","arguments":{"n":NaN}}})",
     "not_json", R"("code":-32700)", true},
    {"unknown top-level member",
     R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_task"},"x":1})",
     "unknown_member", R"("code":-32600)", true},
};

}  // namespace

TEST_CASE("The hardened gateway refuses what it cannot vouch for, and says why") {
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    Rig rig("reference", denies_cancel());
    rig.handshake();
    const auto replies = rig.send(row.frame);
    CHECK(rig.upstream.arrived.empty());
    CHECK(rig.upstream.executed.empty());
    CHECK(rig.count(trace::EventKind::Decided) + rig.count(trace::EventKind::Refused) == 1);
    if (row.reason == "denied") {
      CHECK(rig.last_reason(trace::EventKind::Decided) == "/tools/cancel_task/rules/0");
    } else if (!row.reason.empty()) {
      CHECK(rig.last_reason(trace::EventKind::Refused) == row.reason);
    }
    CHECK(replies.size() == (row.reply.empty() ? 0 : 1));
    if (!row.reply.empty() && !replies.empty()) {
      INFO(replies[0]);
      CHECK(contains(replies[0], row.reply));
    }
  }
}

TEST_CASE("The released proxy forwards the original bytes of all it does not take for a call") {
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    Rig rig("intercept-1.1", denies_cancel());
    rig.handshake();
    rig.send(row.frame);
    if (row.released_forwards) {
      CHECK(rig.upstream.arrived == std::vector<std::string>{std::string(row.frame)});
    } else {
      CHECK(rig.upstream.arrived.empty());
      CHECK(rig.count(trace::EventKind::Decided) == 1);
    }
  }
}

TEST_CASE(
    "Those bypasses have teeth: a careless upstream executes what the released proxy forwarded") {
  Rig rig("intercept-1.1", denies_cancel());
  rig.handshake();
  rig.upstream.accepts_batch = true;
  rig.send(R"([{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task"}}])");
  // Go folds `Name` onto the name it judges; this upstream takes the exact member.
  rig.send(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task","Name":"get_task"}})");
  CHECK(rig.upstream.executed == std::vector<std::string>{"cancel_task", "cancel_task"});
}

TEST_CASE(
    "What arrives is the judged tree: compact, escapes resolved, number lexemes and order kept") {
  Rig rig("reference", denies_cancel());
  rig.handshake();
  rig.send(
      "  {\"params\" : {\"arguments\":{\"z\":1.50e3,\"a\":[1, "
      "2,\t12345678901234567890],\"\\u0061b\":\"\\u00e9\\n\"},"
      "\"name\":\"get\\u005ftask\",\"_meta\":{\"vendor\":1}}, "
      "\"method\":\"tools\\/call\",\"id\":\"\\u0031\",\"jsonrpc\":\"2.0\"}");
  REQUIRE(rig.upstream.arrived.size() == 1);
  CHECK(rig.upstream.arrived[0] ==
        "{\"params\":{\"arguments\":{\"z\":1.50e3,\"a\":[1,2,12345678901234567890],\"ab\":"
        "\"\u00e9\\n\"},"
        "\"name\":\"get_task\",\"_meta\":{\"vendor\":1}},\"method\":\"tools/"
        "call\",\"id\":\"1\",\"jsonrpc\":\"2.0\"}");
}

TEST_CASE("Nothing but initialize and ping passes before the handshake") {
  for (const std::string_view frame :
       {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_task"}})",
        R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})"}) {
    CAPTURE(frame);
    Rig rig("reference", denies_cancel());
    REQUIRE(rig.send(frame).size() == 1);
    CHECK(rig.upstream.arrived.empty());
    CHECK(rig.last_reason(trace::EventKind::Refused) == "not_initialized");
    // `initialized` alone does not open the gate.
    rig.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    rig.send(frame);
    CHECK(rig.upstream.arrived.empty());
    Rig released("intercept-1.1", denies_cancel());
    released.send(frame);
    CHECK(released.upstream.arrived.size() == 1);
  }
  Rig rig("reference", denies_cancel());
  rig.send(R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
  CHECK(rig.upstream.arrived.size() == 1);
}

TEST_CASE("A refused handshake may be tried again, an accepted one may not") {
  Rig rig("reference", denies_cancel());
  const std::string_view initialize =
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})";
  transport::Frames up, client;
  const auto send = [&] {
    up.clear();
    client.clear();
    rig.gateway().from_client(0, initialize, rig.now, up, client, rig.log);
    return !up.empty();
  };
  const auto answer = [&](std::string_view body) {
    const std::string reply = R"({"jsonrpc":"2.0","id":1,)" + std::string(body) + "}";
    rig.gateway().from_upstream(0, reply, rig.now, up, client, rig.log);
  };
  CHECK(send());
  answer(R"("error":{"code":-32602,"message":"no such version"})");
  CHECK(send());
  answer(R"("result":{"protocolVersion":"2025-11-25","capabilities":{}})");
  CHECK_FALSE(send());
  CHECK(rig.last_reason(trace::EventKind::Refused) == "already_initialized");
}

TEST_CASE(
    "Capabilities whose methods are not relayed are stripped from both halves of the handshake") {
  Rig rig("reference", denies_cancel());
  const auto replies = rig.send(
      R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{"listChanged":true},"sampling":{},"elicitation":{},"tasks":{},"experimental":{},"extensions":{}},"clientInfo":{"name":"t","version":"1"},"_meta":{"x":1}}})");
  REQUIRE(rig.upstream.arrived.size() == 1);
  CHECK(
      rig.upstream.arrived[0] ==
      R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{"listChanged":true}},"clientInfo":{"name":"t","version":"1"},"_meta":{"x":1}}})");
  REQUIRE(replies.size() == 1);
  CHECK(
      replies[0] ==
      R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"fake","version":"1"}}})");
  Rig released("intercept-1.1", denies_cancel());
  const auto relayed = released.send(
      R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"tasks":{}},"clientInfo":{"name":"t","version":"1"}}})");
  CHECK(contains(released.upstream.arrived[0], "tasks"));
  CHECK(contains(relayed.at(0), "experimental"));
}

TEST_CASE("An oversize line is recorded and answered without an id") {
  const auto input = denies_cancel();
  auto made = gateway::make_reference(input);
  auto& machine = dynamic_cast<gateway::PolicyGateway&>(*made.gateway);
  machine.open(0, {});
  transport::Frames out;
  trace::Trace log;
  machine.oversize(0, kStart, out, log);
  CHECK(log.events().size() == 1);
  CHECK(contains(out.pop()->bytes, R"({"jsonrpc":"2.0","error":{"code":-32)"));
}
