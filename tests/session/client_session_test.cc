#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/session/client_session.h"
#include "tests/support/catch.h"

using namespace gatecrash;
using mcp::ReplyShape;
using session::Asked;
using session::ClientSession;
using session::Match;
using transport::Frames;

namespace {

std::string popped(Frames& frames) {
  const auto frame = frames.pop();
  return frame ? std::string(frame->bytes) : "(nothing)";
}

std::string reply(std::string_view id, std::string_view result = "{}") {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":)" + std::string(result) +
         "}";
}

const std::string kWelcome =
    reply("0", R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{}})");

// A session behind its handshake.
struct Open {
  Frames out;
  ClientSession session;
  Open() {
    session.start(out);
    session.on_frame(kWelcome, out);
    while (out.pop()) continue;
    REQUIRE(session.ready());
  }
  std::string match(const std::string& frame) {
    const session::Received received = session.on_frame(frame, out);
    return std::string(to_string(received.match)) + " " + std::string(to_string(received.shape));
  }
};

}  // namespace

TEST_CASE("a session opens with initialize and confirms an acceptable answer") {
  Frames out;
  ClientSession session(3, mcp::Era::R2025_06_18);
  session.start(out);
  const auto first = out.pop();
  REQUIRE(first);
  CHECK(first->connection == 3);
  CHECK(
      std::string(first->bytes)
          .starts_with(
              R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18")"));
  CHECK_FALSE(session.ready());
  CHECK(session.unanswered() == 1);

  const session::Received received = session.on_frame(kWelcome, out);
  CHECK(received.asked == Asked::Initialize);
  CHECK(received.match == Match::Answer);
  CHECK(session.ready());
  CHECK(session.unanswered() == 0);
  CHECK(session.era() == mcp::Era::R2025_11_25);
  CHECK(popped(out) == R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  CHECK(out.empty());
}

TEST_CASE("a session does not go on after an answer it cannot accept") {
  for (const std::string& answer :
       {reply("0", R"({"protocolVersion":"1900-01-01"})"), reply("0"),
        reply("0", R"({"protocolVersion":7})"),
        std::string(R"({"jsonrpc":"2.0","id":0,"error":{"code":-32602,"message":"no"}})")}) {
    CAPTURE(answer);
    Frames out;
    ClientSession session;
    session.start(out);
    while (out.pop()) continue;
    session.on_frame(answer, out);
    CHECK(session.failed());
    CHECK_FALSE(session.ready());
    CHECK(out.empty());
  }
}

TEST_CASE("requests are numbered from 1 and the number is the id") {
  Open open;
  CHECK(open.session.list(open.out) == 1);
  CHECK(popped(open.out) == R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  CHECK(open.session.list_page("", open.out) == 2);
  CHECK(popped(open.out) ==
        R"({"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":""}})");
  CHECK(open.session.call("t", R"({"a":1})", open.out) == 3);
  CHECK(
      popped(open.out) ==
      R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"t","arguments":{"a":1}}})");
  CHECK(open.session.unanswered() == 3);
  CHECK(open.session.first_unanswered() == 1);
}

TEST_CASE("replies are matched in any order, by exact id") {
  Open open;
  open.session.call("a", "", open.out);
  open.session.call("b", "", open.out);
  CHECK(open.match(reply("2")) == "answer ok");
  CHECK(open.session.answered(2));
  CHECK_FALSE(open.session.answered(1));
  CHECK(open.session.first_unanswered() == 1);
  CHECK(open.match(reply("2")) == "duplicate ok");
  CHECK(open.match(reply("\"1\"")) == "other_type ok");
  CHECK(open.match(reply("3")) == "unknown ok");
  CHECK(open.match(reply("01")) == "not_a_reply malformed");
  CHECK(open.match(reply("\"01\"")) == "unknown ok");
  CHECK(open.match(reply("1.0")) == "not_a_reply malformed");
  CHECK(open.match(reply("-1")) == "unknown ok");
  CHECK(open.match(reply("99999999999999999999999")) == "unknown ok");
  CHECK(open.match(R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"?"}})") ==
        "no_id rpc_error");
  CHECK(open.session.unanswered() == 1);
  CHECK(open.match(reply("1", R"({"content":[],"isError":true})")) == "answer tool_error");
  CHECK(open.session.unanswered() == 0);
}

TEST_CASE("a reply has to have the form that was asked for") {
  struct Case {
    bool list;
    std::string result;
    ReplyShape shape;
  };
  const std::vector<Case> cases = {
      {true, R"({"tools":[]})", ReplyShape::Ok},
      {true, R"({"tools":[{"name":"a","inputSchema":{}}],"nextCursor":""})", ReplyShape::Ok},
      {true, R"({})", ReplyShape::Malformed},
      {true, R"({"tools":{}})", ReplyShape::Malformed},
      {true, R"({"tools":["a"]})", ReplyShape::Malformed},
      {true, R"({"tools":[{"title":"a"}]})", ReplyShape::Malformed},
      {true, R"({"tools":[],"nextCursor":1})", ReplyShape::Malformed},
      {false, R"({"content":[]})", ReplyShape::Ok},
      {false, R"({"structuredContent":{}})", ReplyShape::Ok},
      {false, R"({"content":"text"})", ReplyShape::Malformed},
      {false, R"({"content":[],"isError":1})", ReplyShape::Malformed},
  };
  for (const Case& each : cases) {
    CAPTURE(each.list, each.result);
    Open open;
    if (each.list) {
      open.session.list(open.out);
    } else {
      open.session.call("t", "", open.out);
    }
    const std::string line = reply("1", each.result);
    const session::Received received = open.session.on_frame(line, open.out);
    CHECK(to_string(received.shape) == to_string(each.shape));
    CHECK(received.match == Match::Answer);
    CHECK(received.request == 1);
    CHECK(static_cast<bool>(received.tools) == (each.list && each.shape == ReplyShape::Ok));
  }
}

TEST_CASE("a page gives its tools and the cursor of the next one") {
  Open open;
  open.session.list(open.out);
  const std::string page = reply("1", R"({"tools":[{"name":"a"},{"name":"b"}],"nextCursor":"p2"})");
  const session::Received received = open.session.on_frame(page, open.out);
  CHECK(received.asked == Asked::ListTools);
  CHECK(received.tools.size() == 2);
  CHECK(received.tools.at(1).find("name").text() == "b");
  CHECK(received.next_cursor.text() == "p2");
}

TEST_CASE("every result with tools is a list, whatever was asked and in a batch too") {
  const std::string tools = R"({"tools":[{"name":"a"},{"name":"b"}]})";
  const auto pages_in = [](Open& open, const std::string& line) {
    std::vector<std::string> names;
    const session::Received received = open.session.on_frame(line, open.out);
    for (const base::Value page : received.pages) {
      for (const base::Value tool : page) names.emplace_back(tool.find("name").text());
    }
    return names;
  };
  const std::vector<std::string> both{"a", "b"};
  Open open;
  open.session.send_raw(R"({"jsonrpc":"2.0","id":"x","method":"resources/list"})", open.out);
  CHECK(pages_in(open, reply(R"("x")", tools)) == both);
  open.session.call("t", "", open.out);
  CHECK(pages_in(open, reply("2", tools)) == both);
  CHECK(pages_in(open, reply("77", tools)) == both);  // of no request
  CHECK(pages_in(open, "[" + reply("1", R"({})") + "," + reply("2", tools) + "]") == both);
  CHECK(pages_in(open, reply("2", R"({"tools":7})")).empty());
  CHECK(pages_in(open, R"({"jsonrpc":"2.0","method":"ping"})").empty());
}

TEST_CASE("a raw tools/list asks for a list") {
  Open open;
  open.session.send_raw(
      R"({"jsonrpc":"2.0","id":"x","method":"tools/list","params":{"cursor":""}})", open.out);
  const std::string page = reply(R"("x")", R"({"tools":[{"name":"a"}],"nextCursor":"p"})");
  const session::Received received = open.session.on_frame(page, open.out);
  CHECK(received.asked == Asked::ListTools);
  CHECK(received.match == Match::Answer);
  CHECK(received.next_cursor.text() == "p");
  open.session.send_raw(R"({"jsonrpc":"2.0","id":"y","method":"tools/list"})", open.out);
  CHECK(open.match(reply(R"("y")", R"({"tools":7})")) == "answer malformed");
}

TEST_CASE("a list is asked for under an id and with params of one's own") {
  Open open;
  open.session.list_with("", R"({"cursor":""})", open.out);
  CHECK(popped(open.out) ==
        R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":""}})");
  open.session.list_with(R"("mine")", "", open.out);
  CHECK(popped(open.out) == R"({"jsonrpc":"2.0","id":"mine","method":"tools/list"})");
  open.session.list_with("3", "", open.out);
  open.out.clear();
  open.session.call("t", "", open.out);  // 3 is taken
  CHECK(popped(open.out).find(R"("id":4)") != std::string::npos);
  CHECK(open.match(reply(R"("mine")", R"({"tools":[]})")) == "answer ok");
  CHECK(open.match(reply("3", R"({"tools":[]})")) == "answer ok");
  CHECK(open.match(reply("1", R"({"tools":[]})")) == "answer ok");
}

TEST_CASE("what cannot be read is malformed and says why") {
  Open open;
  for (const auto& [line, fault] : std::vector<std::pair<std::string, std::string>>{
           {"not JSON", "not_json"},
           {"[" + reply("0") + "]", "batch"},
           {R"({"jsonrpc":"2.0","id":0,"result":{},"result":{}})", "duplicate_key"},
           {R"({"jsonrpc":"2.0","id":0,"result":{},"error":{"code":1,"message":""}})",
            "mixed_shape"}}) {
    CAPTURE(line);
    const session::Received received = open.session.on_frame(line, open.out);
    CHECK(received.shape == ReplyShape::Malformed);
    CHECK(to_string(received.fault) == fault);
    CHECK(received.match == Match::NotAReply);
  }
}

TEST_CASE("the server's own requests are answered, its notifications are not") {
  Open open;
  CHECK(open.match(R"({"jsonrpc":"2.0","id":"s1","method":"ping"})") == "not_a_reply none");
  CHECK(popped(open.out) == R"({"jsonrpc":"2.0","id":"s1","result":{}})");
  CHECK(open.match(R"({"jsonrpc":"2.0","id":5,"method":"sampling/createMessage","params":{}})") ==
        "not_a_reply none");
  CHECK(popped(open.out) ==
        R"({"jsonrpc":"2.0","id":5,"error":{"code":-32601,"message":"method not found"}})");
  CHECK(open.match(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})") ==
        "not_a_reply none");
  CHECK(open.out.empty());
}

TEST_CASE("a raw line goes out as it is and its id is expected back") {
  Open open;
  const std::string line = R"({ "jsonrpc":"2.0","id":"x","method":"tools/call","params":{}})";
  CHECK(open.session.send_raw(line, open.out) == 1);
  CHECK(popped(open.out) == line);
  CHECK(open.session.unanswered() == 1);
  const std::string answer = reply("\"x\"");
  const session::Received received = open.session.on_frame(answer, open.out);
  CHECK(received.asked == Asked::Raw);
  CHECK(received.match == Match::Answer);
  CHECK(received.request == 1);
  CHECK(open.session.unanswered() == 0);
  CHECK(open.match(answer) == "duplicate ok");
}

TEST_CASE("an unacceptable raw line is owed nothing, but an answer to it is no surprise") {
  Open open;
  open.session.send_raw(R"({"jsonrpc":"2.0","id":"x","method":"a","method":"b"})", open.out);
  open.session.send_raw(R"({"jsonrpc":"2.0","id":true,"method":"a"})", open.out);
  open.session.send_raw("garbage", open.out);
  open.session.send_raw(R"({"jsonrpc":"2.0","method":"tools/call"})", open.out);
  CHECK(open.session.unanswered() == 0);
  CHECK(open.match(reply("\"x\"")) == "answer ok");
}

TEST_CASE("every request of a raw batch is expected") {
  Open open;
  const auto first = open.session.send_raw(
      R"([{"jsonrpc":"2.0","id":"a","method":"x"},7,{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":8,"method":"x"}])",
      open.out);
  CHECK(first == 1);
  CHECK(open.session.unanswered() == 0);
  CHECK(open.match(reply("8")) == "answer ok");
  CHECK(open.match(reply("\"a\"")) == "answer ok");
  CHECK(open.match(reply("\"8\"")) == "other_type ok");
}

TEST_CASE("two raw requests of one id get two answers, the third is one too many") {
  Open open;
  const std::string line = R"({"jsonrpc":"2.0","id":"x","method":"tools/call","params":{}})";
  open.session.send_raw(line, open.out);
  open.session.send_raw(line, open.out);
  CHECK(open.match(reply("\"x\"")) == "answer ok");
  CHECK(open.match(reply("\"x\"")) == "answer ok");
  CHECK(open.match(reply("\"x\"")) == "duplicate ok");
}

TEST_CASE("an id that a raw line has used is not given again") {
  Open open;
  const auto raw = [](int id) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"x"})";
  };
  CHECK(open.session.send_raw(raw(2), open.out) == 1);
  CHECK(open.session.send_raw(raw(4), open.out) == 2);
  CHECK(open.session.call("t", "", open.out) == 3);
  CHECK(open.session.call("t", "", open.out) == 5);
  CHECK(open.session.unanswered() == 4);
  CHECK(open.match(reply("4")) == "answer ok");
  CHECK(open.match(reply("2")) == "answer ok");
  CHECK(open.match(reply("5")) == "answer ok");
  CHECK(open.match(reply("5")) == "duplicate ok");
  CHECK(open.session.first_unanswered() == 3);
}

TEST_CASE("a session is as new after a reset") {
  Open open;
  open.session.call("t", "", open.out);
  open.session.send_raw(R"({"jsonrpc":"2.0","id":"x","method":"y"})", open.out);
  open.out.clear();
  open.session.reset(7, mcp::Era::R2025_06_18);
  CHECK_FALSE(open.session.ready());
  CHECK(open.session.unanswered() == 0);
  open.session.start(open.out);
  const auto frame = open.out.pop();
  REQUIRE(frame);
  CHECK(frame->connection == 7);
  CHECK(open.match(reply("\"x\"")) == "unknown ok");
  CHECK(open.match(kWelcome) == "answer ok");
  CHECK(open.session.ready());
}
