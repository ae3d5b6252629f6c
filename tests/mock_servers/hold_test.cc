// hold and release: calls stay in flight, recorded and without effect, until they are let go in the
// order that was asked for.
#include "tests/mock_servers/driver.h"

namespace gatecrash::mock_servers {
namespace {

using Lines = std::vector<std::string>;

std::string cancel(std::string_view id, std::string_view task) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) +
         R"(,"method":"tools/call","params":{"name":"cancel_task","arguments":{"task_id":")" +
         std::string(task) + "\"}}}";
}

std::string withdraw(std::string_view id) {
  return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
         std::string(id) + "}}";
}

Driver four(const MockOptions& options = {}) {
  return Driver("generic", world_of({{.id = "a"}, {.id = "b"}, {.id = "c"}, {.id = "d"}}), options);
}

void send_four(Driver& driver) {
  CHECK(driver.send(cancel("1", "a")).empty());
  CHECK(driver.send(cancel("2", "b")).empty());
  CHECK(driver.send(cancel("3", "c")).empty());
  CHECK(driver.send(cancel("4", "d")).empty());
}

// The ids of replies, in order.
std::string ids(const Lines& replies) {
  std::string text;
  for (const std::string& each : replies) {
    const std::size_t at = each.find("\"id\":");
    REQUIRE(at != std::string::npos);
    text += each[at + 5];
  }
  return text;
}

TEST_CASE("a held call is recorded at once and carried out when it is released") {
  Driver driver = four();
  const std::uint64_t before = driver.mock().digest();
  CHECK(driver.fault("hold").empty());
  CHECK(driver.send(cancel("1", "a")).empty());
  CHECK(driver.recorded() == Lines{"arrived", "understood cancel_task"});
  driver.advance(std::chrono::hours{1});
  CHECK(driver.mock().digest() == before);

  const Lines replies = driver.fault("release");
  REQUIRE(ids(replies) == "1");
  CHECK_FALSE(read_reply(replies[0]).is_error);
  CHECK(driver.recorded() == Lines{"arrived", "understood cancel_task", "resumed 0",
                                   "effected task.cancelled", "effected work.stopped", "replied"});
  // Nothing waits any more.
  CHECK(ids(driver.send(cancel("2", "b"))) == "2");
}

TEST_CASE("release follows the order that was asked for, effects and answers alike") {
  struct Row {
    const char* words;
    const char* ids;
    Lines effects;
  };
  const Row rows[] = {{"release", "1234", {"a", "b", "c", "d"}},
                      {"release reverse", "4321", {"d", "c", "b", "a"}}};
  for (const Row& row : rows) {
    CAPTURE(row.words);
    Driver driver = four();
    driver.fault("hold");
    send_four(driver);
    CHECK(ids(driver.fault(row.words)) == row.ids);
    Lines cancelled;
    for (const std::string& each : driver.effects()) {
      if (each.starts_with("task.cancelled ")) cancelled.push_back(each.substr(15));
    }
    CHECK(cancelled == row.effects);
  }
}

TEST_CASE("a seed gives always the same order, and seeds give different ones") {
  std::vector<std::string> orders;
  for (int seed = 0; seed < 32; ++seed) {
    std::string order;
    for (int again = 0; again < 2; ++again) {
      Driver driver = four();
      driver.fault("hold");
      send_four(driver);
      const std::string now = ids(driver.fault("release seed " + std::to_string(seed)));
      CHECK((again == 0 || now == order));
      order = now;
    }
    orders.push_back(order);
  }
  std::ranges::sort(orders);
  orders.erase(std::ranges::unique(orders).begin(), orders.end());
  CHECK(orders.size() > 8);  // of 24
  for (std::string each : orders) {
    std::ranges::sort(each);
    CHECK(each == "1234");
  }
}

TEST_CASE("hold waits for calls only, hold all for every request, hold answers for answers only") {
  const std::string ping = R"({"jsonrpc":"2.0","id":9,"method":"ping"})";
  Driver calls = four();
  calls.fault("hold");
  CHECK(ids(calls.send(ping)) == "9");

  Driver all = four();
  all.fault("hold all");
  CHECK(all.send(ping).empty());
  CHECK(all.send(cancel("1", "a")).empty());
  CHECK(all.effects().empty());
  // A handshake waits like anything else, and is none the worse for it.
  all.mock().open(1);
  std::string line;
  mcp::write_initialize(7, mcp::kDefaultEra, "test", line);
  CHECK(all.send(line, 1).empty());
  const Lines replies = all.fault("release");
  CHECK(ids(replies) == "917");
  CHECK(replies.back().find("protocolVersion") != std::string::npos);

  Driver answers = four();
  answers.fault("hold answers");
  CHECK(answers.send(cancel("1", "a")).empty());
  CHECK(answers.effects() == Lines{"task.cancelled a", "work.stopped a"});
  CHECK(ids(answers.send(ping)) == "9");
  CHECK(ids(answers.fault("release")) == "1");
  CHECK(answers.effects().size() == 2);
}

TEST_CASE("a held call that its client cancels is neither carried out nor answered") {
  Driver driver = four();
  driver.fault("hold");
  send_four(driver);
  driver.send(withdraw("2"));
  driver.send(withdraw("\"3\""));  // another id than 3
  driver.send(withdraw("77"));
  driver.connect(1);
  driver.send(withdraw("4"), 1);  // not this client's
  const Lines recorded = driver.recorded();
  CHECK(std::ranges::count(recorded, "withdrawn 1") == 1);
  CHECK(std::ranges::count_if(
            recorded, [](const std::string& each) { return each.starts_with("withdrawn"); }) == 1);
  CHECK(ids(driver.fault("release")) == "134");
  CHECK(std::ranges::count(driver.effects(), "task.cancelled b") == 0);
}

TEST_CASE("cancelling a call whose answer is held takes the answer back, not the effect") {
  Driver driver = four();
  driver.fault("hold answers");
  driver.send(cancel("\"x\"", "a"));
  driver.send(withdraw("\"x\""));
  CHECK(driver.effects().front() == "task.cancelled a");
  CHECK(driver.recorded().back() == "withdrawn 0");
  CHECK(driver.fault("release").empty());
}

TEST_CASE("a server that does one thing at a time reads nothing behind a held call") {
  Driver driver = four({.personalities = {"blocks-while-waiting"}});
  driver.fault("hold");
  send_four(driver);
  CHECK(driver.send(R"({"jsonrpc":"2.0","id":5,"method":"ping"})").empty());
  driver.send(withdraw("1"));  // too late to be read
  const Lines recorded = driver.recorded();
  CHECK(std::ranges::count(recorded, "understood cancel_task") == 1);
  CHECK(std::ranges::count(recorded, "arrived") == 6);
  CHECK(ids(driver.fault("release reverse")) == "12345");
}

TEST_CASE("the other faults apply to a released call, and nobody hears one whose client has gone") {
  Driver twice = four({.personalities = {"duplicate-replies"}});
  twice.fault("hold answers");
  twice.send(cancel("1", "a"));
  CHECK(ids(twice.fault("release")) == "11");

  Driver driver = four();
  driver.fault("hold");
  driver.connect(1);
  driver.send(cancel("1", "a"), 1);
  driver.send(cancel("2", "b"));
  driver.mock().close(1);
  CHECK(ids(driver.fault("release")) == "2");
  CHECK(std::ranges::count(driver.effects(), "task.cancelled a") == 1);
}

TEST_CASE("a whole batch waits if a call in it does") {
  Driver driver = four({.personalities = {"accepts-batch"}});
  driver.fault("hold");
  CHECK(driver.send("[" + cancel("1", "a") + "," + cancel("2", "b") + "]").empty());
  CHECK(driver.effects().empty());
  const Lines replies = driver.fault("release");
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].find("\"id\":2") != std::string::npos);
  const Lines recorded = driver.recorded();
  CHECK(std::ranges::count(recorded, "resumed 0") == 1);
  CHECK(std::ranges::count(recorded, "resumed 1") == 1);
  CHECK(std::ranges::count(recorded, "effected task.cancelled") == 2);
}

TEST_CASE("a reset forgets what was held") {
  Driver driver = four();
  driver.fault("hold");
  send_four(driver);
  driver.start();
  CHECK(ids(driver.send(cancel("1", "a"))) == "1");
  CHECK(driver.fault("release").empty());
}

}  // namespace
}  // namespace gatecrash::mock_servers
