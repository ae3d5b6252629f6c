// Which reply answers the frame that went out last: the one with its id, on its connection.
#include "harness/replay/awaited.h"

#include "tests/support/catch.h"

using namespace gatecrash;
using replay::Awaited;
using replay::Heard;

namespace {

std::string request_line(std::string_view id) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":"tools/list"})";
}
std::string result_line(std::string_view id) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":{}})";
}
std::string error_line(std::string_view id) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) +
         R"(,"error":{"code":-32600,"message":"m"}})";
}
const std::string kNoticeLine = R"({"jsonrpc":"2.0","method":"notifications/progress"})";
const std::string kTwoIdsLine = R"({"jsonrpc":"2.0","id":7,"id":8,"method":"ping"})";

}  // namespace

TEST_CASE("A request is answered by the reply with its id, type and connection, and by no other") {
  Awaited awaited;
  awaited.sent(0, request_line("1"));
  CHECK(awaited.expected());
  CHECK(awaited.due());
  CHECK(awaited.request() == "`tools/list` with id `1`");
  CHECK(awaited.heard(0, kNoticeLine) == Heard::Message);
  CHECK(awaited.heard(0, request_line("1")) ==
        Heard::Message);  // the server's own, with an id of its own
  CHECK(awaited.due());
  for (const std::string& other :
       {result_line("2"), result_line("\"1\""), error_line("null"), std::string("{"),
        std::string(R"({"jsonrpc":"2.0","error":{"code":1,"message":"m"}})")}) {
    INFO(other);
    CHECK(awaited.heard(0, other) == Heard::Stray);
    CHECK_FALSE(awaited.complete());
    CHECK(awaited.missing());
    CHECK_FALSE(awaited.due());  // the other side may have meant this one
  }
  CHECK(awaited.heard(1, result_line("1")) == Heard::Stray);
  CHECK(awaited.heard(0, result_line("1")) == Heard::Answer);
  CHECK(awaited.complete());
  CHECK_FALSE(awaited.missing());
  CHECK(awaited.heard(0, result_line("1")) == Heard::Stray);  // a second one
}

TEST_CASE(
    "A reply to an earlier request answers nothing, and says that it was given up too early") {
  Awaited awaited;
  awaited.sent(0, request_line("1"));
  awaited.sent(0, request_line("2"));
  CHECK(awaited.heard(0, result_line("1")) == Heard::Surprise);
  CHECK(awaited.due());
  CHECK(awaited.heard(0, result_line("1")) == Heard::Stray);
  CHECK(awaited.due());  // a repetition of what is answered is not meant for this one
  CHECK(awaited.heard(0, result_line("2")) == Heard::Answer);
  awaited.sent(0, request_line("3"));
  awaited.give_up();
  CHECK_FALSE(awaited.complete());
  awaited.set_free();
  CHECK(awaited.heard(0, result_line("3")) == Heard::Late);
}

TEST_CASE("Of two requests with one id the newer is answered first") {
  Awaited awaited;
  awaited.sent(0, request_line("1"));
  awaited.sent(0, request_line("1"));
  CHECK(awaited.heard(0, result_line("1")) == Heard::Answer);
  CHECK(awaited.heard(0, result_line("1")) == Heard::Surprise);
  CHECK(awaited.heard(0, result_line("1")) == Heard::Stray);
}

TEST_CASE("What cannot be read may be answered by its id, without one, or not at all") {
  for (const std::string& reply :
       {result_line("8"), error_line("8"), error_line("null"), std::string("{")}) {
    INFO(reply);
    Awaited awaited;
    awaited.sent(0, kTwoIdsLine);
    CHECK(awaited.expected());
    CHECK_FALSE(awaited.due());
    CHECK_FALSE(awaited.missing());
    CHECK(awaited.heard(0, reply) == Heard::Answer);
    CHECK(awaited.complete());
    CHECK(awaited.heard(0, error_line("null")) == Heard::Stray);
  }
  Awaited awaited;
  awaited.sent(0, "garbage");
  CHECK_FALSE(awaited.expected());
  CHECK_FALSE(awaited.complete());
  CHECK(awaited.heard(1, error_line("null")) == Heard::Stray);
  CHECK(awaited.heard(0, error_line("null")) == Heard::Answer);
  CHECK(awaited.complete());
}

TEST_CASE("A late answer to what could not be read is not taken for the answer to a request") {
  Awaited awaited;
  awaited.sent(0, kTwoIdsLine);
  awaited.sent(0, request_line("1"));
  CHECK(awaited.heard(0, error_line("null")) == Heard::Surprise);
  CHECK(awaited.due());
}

TEST_CASE("A batch is answered when all its requests are, by one reply or several, or as a whole") {
  const std::string batch =
      "[" + request_line("1") + "," + kNoticeLine + "," + request_line("2") + "]";
  Awaited awaited;
  awaited.sent(0, batch);
  CHECK_FALSE(awaited.due());
  CHECK(awaited.heard(0, result_line("2")) == Heard::Answer);
  CHECK_FALSE(awaited.complete());
  CHECK(awaited.heard(0, result_line("1")) == Heard::Answer);
  CHECK(awaited.complete());

  awaited.clear();
  awaited.sent(0, batch);
  CHECK(awaited.heard(0, "[" + result_line("1") + "," + error_line("2") + "," + kNoticeLine +
                             "]") == Heard::Answer);
  CHECK(awaited.complete());

  awaited.clear();
  awaited.sent(0, "[" + kNoticeLine + "]");
  CHECK_FALSE(awaited.expected());
  CHECK(awaited.heard(0, error_line("null")) == Heard::Answer);
  CHECK(awaited.complete());
}

TEST_CASE("Notifications and replies of the agent bring no reply") {
  for (const std::string& frame : {kNoticeLine, result_line("1"), error_line("1")}) {
    INFO(frame);
    Awaited awaited;
    awaited.sent(0, frame);
    CHECK_FALSE(awaited.expected());
    CHECK_FALSE(awaited.due());
    CHECK_FALSE(awaited.complete());
    CHECK(awaited.heard(0, error_line("null")) == Heard::Stray);
    CHECK_FALSE(awaited.complete());
  }
}
