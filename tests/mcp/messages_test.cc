#include <string>
#include <vector>

#include "harness/mcp/messages.h"
#include "tests/support/catch.h"

using namespace gatecrash;
using mcp::ReplyShape;

namespace {

template <typename Write>
std::string written(Write write) {
  std::string out;
  write(out);
  return out;
}

rpc::Message read(const std::string& line, base::Tree& tree,
                  const rpc::Reading& reading = rpc::strict_reading()) {
  const rpc::Decoded decoded = rpc::decode(line, reading, tree);
  REQUIRE(to_string(decoded.fault) == "none");
  return decoded.message;
}

}  // namespace

TEST_CASE("client messages are written as the specification shows them") {
  CHECK(written(
            [](std::string& out) { mcp::write_initialize(0, mcp::Era::R2025_11_25, "x", out); }) ==
        R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
        R"("capabilities":{},"clientInfo":{"name":"x","version":"1"}}})");
  CHECK(written([](std::string& out) { mcp::write_initialized(out); }) ==
        R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  CHECK(written([](std::string& out) { mcp::write_tools_list(1, "", out); }) ==
        R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  CHECK(written([](std::string& out) { mcp::write_tools_list(1, "a\"b", out); }) ==
        R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"a\"b"}})");
  CHECK(written([](std::string& out) { mcp::write_tools_list_page(1, "", out); }) ==
        R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":""}})");
  CHECK(
      written([](std::string& out) { mcp::write_tools_call(2, "t", R"({"a":1})", out); }) ==
      R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t","arguments":{"a":1}}})");
  CHECK(written([](std::string& out) { mcp::write_tools_call(2, "t\n", "", out); }) ==
        R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t\n"}})");
}

TEST_CASE("text results carry isError only when it is true") {
  const rpc::Id id{rpc::Id::Kind::String, "a", {}};
  CHECK(written([&](std::string& out) { mcp::write_text_result(id, "ok", false, out); }) ==
        R"({"jsonrpc":"2.0","id":"a","result":{"content":[{"type":"text","text":"ok"}]}})");
  CHECK(
      written([&](std::string& out) { mcp::write_text_result(id, "no", true, out); }) ==
      R"({"jsonrpc":"2.0","id":"a","result":{"content":[{"type":"text","text":"no"}],"isError":true}})");
}

TEST_CASE("a tools/call is valid with a text name and an object of arguments") {
  struct Case {
    std::string params;
    bool valid;
    std::string tool;
  };
  const std::vector<Case> cases = {
      {R"({"name":"t"})", true, "t"},
      {R"({"name":"t","arguments":{}})", true, "t"},
      {R"({"name":"","arguments":{}})", true, ""},
      {R"({"name":["t"],"arguments":{}})", false, ""},
      {R"({"name":7})", false, ""},
      {R"({"arguments":{}})", false, ""},
      {R"({})", false, ""},
      {R"({"name":"t","arguments":"{}"})", false, "t"},
      {R"({"name":"t","arguments":[]})", false, "t"},
      {R"({"name":"t","arguments":null})", false, "t"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.params);
    base::Tree tree;
    const std::string line =
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + each.params + "}";
    const mcp::ToolCall call = mcp::read_tools_call(read(line, tree), rpc::strict_reading());
    CHECK(call.valid == each.valid);
    CHECK(call.tool == each.tool);
  }
  base::Tree tree;
  const rpc::Message bare = read(R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})", tree);
  CHECK_FALSE(mcp::read_tools_call(bare, rpc::strict_reading()).valid);
}

// What encoding/json makes of `struct {Name string; Arguments map[string]any}`.
TEST_CASE("a tools/call read as Go reads it") {
  struct Case {
    std::string params;
    bool valid;
    std::string tool;
    std::string arguments;
  };
  const std::vector<Case> cases = {
      {R"({"name":"t","arguments":{"a":1}})", true, "t", R"({"a":1})"},
      {R"({"NAME":"t","Arguments":{"a":1}})", true, "t", R"({"a":1})"},
      {R"({"name":"list","Name":"cancel"})", true, "cancel", ""},
      {R"({"name":"t","name":null})", true, "t", ""},
      {R"({"name":null})", true, "", ""},
      {R"({})", true, "", ""},
      {R"(null)", true, "", ""},
      {R"({"name":"t","arguments":null})", true, "t", ""},
      {R"({"name":"t","arguments":{"a":1e400}})", false, "t", ""},
      {R"({"name":"t","arguments":{"a":1e-400}})", true, "t", R"({"a":1e-400})"},
      {R"({"name":["t"]})", false, "", ""},
      {R"({"name":["t"],"name":"t"})", false, "", ""},
      {R"({"name":"t","arguments":"{}"})", false, "t", ""},
      {R"({"name":"t","arguments":[]})", false, "t", ""},
      {R"([])", false, "", ""},
      {R"("x")", false, "", ""},
  };
  const rpc::Reading go = rpc::go_reading();
  for (const Case& each : cases) {
    CAPTURE(each.params);
    base::Tree tree;
    const std::string line =
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + each.params + "}";
    const mcp::ToolCall call = mcp::read_tools_call(read(line, tree, go), go);
    CHECK(call.valid == each.valid);
    if (call.valid) CHECK(call.tool == each.tool);
    std::string arguments;
    if (call.valid && call.arguments) rpc::encode(call.arguments, go, arguments);
    CHECK(arguments == each.arguments);
  }
  base::Tree tree;
  CHECK_FALSE(mcp::read_tools_call(read(R"({"id":1,"method":"tools/call"})", tree, go), go).valid);
}

TEST_CASE("replies have one of five shapes") {
  struct Case {
    std::string line;
    ReplyShape shape;
    std::string text;
  };
  const std::vector<Case> cases = {
      {R"({"jsonrpc":"2.0","id":1,"result":{}})", ReplyShape::Ok, ""},
      {R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"image","text":"no"},{"type":"text","text":"yes"}]}})",
       ReplyShape::Ok, "yes"},
      {R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"t"}],"isError":false}})",
       ReplyShape::Ok, "t"},
      {R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"t"}],"isError":true}})",
       ReplyShape::ToolError, "t"},
      {R"({"jsonrpc":"2.0","id":1,"result":{"content":"text","isError":"true"}})",
       ReplyShape::Malformed, ""},
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}})", ReplyShape::RpcError, "m"},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping"})", ReplyShape::None, ""},
      {R"({"jsonrpc":"2.0","method":"notifications/message"})", ReplyShape::None, ""},
  };
  for (const Case& each : cases) {
    CAPTURE(each.line);
    base::Tree tree;
    const rpc::Message message = read(each.line, tree);
    CHECK(to_string(mcp::reply_shape(message)) == to_string(each.shape));
    CHECK(mcp::reply_text(message) == each.text);
  }
}
