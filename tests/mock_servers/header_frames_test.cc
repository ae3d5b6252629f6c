// Allcanuse takes frames with a Content-Length beside JSON lines, and answers as it was asked
// (mock-servers.json: transport_note).
#include "tests/mock_servers/driver.h"

namespace gatecrash::mock_servers {
namespace {

using Lines = std::vector<std::string>;

const std::string kFramedPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
const std::string kPong = R"({"jsonrpc":"2.0","id":1,"result":{}})";
const Lines kFramedPong{"Content-Length: " + std::to_string(kPong.size()), "", kPong};

std::string length(std::size_t bytes) {
  return "Content-Length: " + std::to_string(bytes);
}

std::string cancel(std::string_view task) {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_background_task","arguments":{"task_id":")" +
         std::string(task) + "\"}}}";
}

TEST_CASE("a framed message is answered with a frame, a line with a line") {
  Driver driver("allcanuse");
  CHECK(driver.send(kFramedPing) == Lines{kPong});
  CHECK(driver.send(length(kFramedPing.size())).empty());
  CHECK(driver.send("").empty());
  CHECK(driver.send(kFramedPing) == kFramedPong);
  CHECK(driver.send("").empty());  // the line's end, after the body
  CHECK(driver.send(kFramedPing) == Lines{kPong});
}

TEST_CASE("headers are read without regard to case, others do not matter, the last length counts") {
  Driver driver("allcanuse");
  driver.send("CONTENT-LENGTH:5\r");
  driver.send("Content-Type: application/vscode-jsonrpc; charset=utf-8\r");
  driver.send(length(kFramedPing.size()) + "\r");
  driver.send("\r");
  CHECK(driver.send(kFramedPing) == kFramedPong);
}

TEST_CASE("a body may span lines, and what follows it on its line is the next message") {
  Driver driver("allcanuse", one_task("t", ""));
  const std::string body = "{\"jsonrpc\":\"2.0\",\n\"id\":1,\"method\":\"ping\"}";
  driver.send(length(body.size()));
  driver.send("");
  CHECK(driver.send("{\"jsonrpc\":\"2.0\",").empty());
  const Lines replies = driver.send("\"id\":1,\"method\":\"ping\"}" + cancel("t"));
  REQUIRE(replies.size() == 4);
  CHECK(replies[2] == kPong);
  CHECK(driver.effects().size() == 2);
}

TEST_CASE("a call behind a header that is a line of its own to others reaches the task table") {
  // To a reader of lines this is text it cannot read, then an empty line, then a call cut at its
  // start.
  const std::string call = cancel("t");
  Driver driver("allcanuse", one_task("t", ""));
  driver.send(length(call.size() + 1));
  driver.send("");
  driver.send("");
  driver.send(call);
  CHECK(driver.effects().size() == 2);
  Driver other("binassist", one_task("t", ""));
  const std::string reply = other.one(length(call.size() + 1));
  CHECK(reply.find("-32700") != std::string::npos);
}

TEST_CASE("a length that is none, or too much, is a line like any other") {
  for (const char* line :
       {"Content-Length: 0", "Content-Length: -5", "Content-Length: 5 bytes",
        "Content-Length: 99999999999", "Content-Length:", "Content-Lengthy: 5"}) {
    CAPTURE(line);
    Driver driver("allcanuse");
    CHECK(driver.send(line).size() == 1);
    CHECK(driver.send(kFramedPing) == Lines{kPong});
  }
}

TEST_CASE("each client has its own framing, and late answers keep it") {
  Driver driver("allcanuse", world_of({{.id = "a"}, {.id = "b"}}));
  driver.connect(1);
  driver.fault("hold");
  const std::string call = cancel("a");
  driver.send(length(call.size()), 1);
  driver.send("", 1);
  driver.send(call, 1);
  driver.send(cancel("b"), 0);
  const Lines replies = driver.fault("release");
  REQUIRE(replies.size() == 4);
  CHECK(replies[0] == length(replies[2].size()));
  CHECK(replies[1].empty());
  driver.start();
  CHECK(driver.send(kFramedPing) == Lines{kPong});
}

TEST_CASE("pictures come as image content where they are asked for") {
  Driver driver("allcanuse");
  for (const char* tool : {"capture_screenshot", "capture_camera_photo"}) {
    CAPTURE(tool);
    CHECK(driver.call(tool, "{}").find("\"image\"") == std::string::npos);
    const std::string shown = driver.call(tool, R"({"return_image_content":true})");
    base::Tree tree;
    REQUIRE_FALSE(base::read_json(shown, {}, tree));
    const base::Value content = tree.root().find("result").find("content");
    REQUIRE(content.size() == 2);
    CHECK(content.at(0).find("type").text() == "text");
    CHECK(content.at(1).find("type").text() == "image");
    CHECK(content.at(1).find("mimeType").text() == "image/png");
    CHECK(content.at(1).find("data").text().starts_with("iVBORw0KGgo"));
  }
}

}  // namespace
}  // namespace gatecrash::mock_servers
