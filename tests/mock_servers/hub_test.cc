// Several servers behind one hub: names, lists, whose call is whose, what the one ledger holds.
#include <string>
#include <vector>

#include "mock_servers/order.h"
#include "tests/mock_servers/driver.h"

namespace gatecrash::mock_servers {
namespace {

scenario::ExtraTool tool(std::string name, bool later = false) {
  scenario::ExtraTool made;
  made.name = std::move(name);
  made.effects = {scenario::Effect::TaskCancelled};
  made.after_rug_pull = later;
  return made;
}

MockOptions two(bool bare_names, std::vector<scenario::ExtraTool> of_y = {},
                std::string profile = {}) {
  MockOptions options;
  options.hub.bare_names = bare_names;
  options.hub.upstreams.resize(2);
  options.hub.upstreams[0].name = "x";
  options.hub.upstreams[0].mock = "generic";
  options.hub.upstreams[0].mock_profile = std::move(profile);
  options.hub.upstreams[1].name = "y";
  options.hub.upstreams[1].mock = "generic";
  options.hub.upstreams[1].extra_tools = std::move(of_y);
  return options;
}

scenario::WorldSpec tasks_of_both() {
  return {.tasks = {{.id = "x-1", .state = {}, .owner = {}, .work = {}, .upstream = {}},
                    {.id = "x-2", .state = {}, .owner = {}, .work = {}, .upstream = "x"},
                    {.id = "y-1", .state = {}, .owner = {}, .work = {}, .upstream = "y"}}};
}

std::vector<std::string> listed(Driver& driver, std::string_view params = {}) {
  const std::string frame =
      driver.one(R"({"jsonrpc":"2.0","id":"l","method":"tools/list")" + std::string(params) + "}");
  base::Tree tree;
  REQUIRE_FALSE(base::read_json(frame, {}, tree));
  std::vector<std::string> names;
  for (const base::Value each : tree.root().find("result").find("tools"))
    names.emplace_back(each.find("name").text());
  CHECK_FALSE(tree.root().find("result").find("nextCursor"));
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE(
    "a hub shows the tools of all servers under their names and passes a call to the one that is "
    "named") {
  Driver driver("hub", tasks_of_both(), two(false));
  CHECK(listed(driver) == Names{"x__cancel_task", "x__get_task", "x__list_tasks", "y__cancel_task",
                                "y__get_task", "y__list_tasks"});
  CHECK(driver.call("x__list_tasks", "{}").find("x-2") != std::string::npos);
  const std::string of_y = driver.call("y__list_tasks", "{}");
  CHECK(of_y.find("y-1") != std::string::npos);
  CHECK(of_y.find("x-1") == std::string::npos);
  driver.call("y__cancel_task", R"({"task_id":"y-1"})");
  CHECK(driver.new_effects() == Names{"task.cancelled y-1", "work.stopped y-1"});
  // Neither has such a task, or such a tool.
  driver.call("x__cancel_task", R"({"task_id":"y-1"})");
  CHECK(driver.call("cancel_task", R"({"task_id":"x-1"})").find("cancel_task") !=
        std::string::npos);
  CHECK(driver.new_effects().empty());
}

TEST_CASE("by their own names the server that came last gets the calls that two could take") {
  Driver driver("hub", tasks_of_both(), two(true));
  CHECK(listed(driver) ==
        Names{"cancel_task", "get_task", "list_tasks", "cancel_task", "get_task", "list_tasks"});
  driver.call("cancel_task", R"({"task_id":"x-1"})");
  CHECK(driver.new_effects().empty());
  driver.call("cancel_task", R"({"task_id":"y-1"})");
  CHECK(driver.new_effects() == Names{"task.cancelled y-1", "work.stopped y-1"});
}

TEST_CASE("what all servers are asked stands in the ledger once, and is answered once") {
  Driver driver("hub", tasks_of_both(), two(false));
  driver.ledger().clear();
  listed(driver);
  CHECK(driver.recorded() == Names{"arrived", "replied"});
  driver.ledger().clear();
  driver.connect(1);
  CHECK(driver.recorded() == Names{"arrived", "replied", "arrived"});
  // Before the handshake all refuse, and one says so.
  driver.mock().open(2);
  driver.ledger().clear();
  const auto refused = driver.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})", 2);
  REQUIRE(refused.size() == 1);
  CHECK(refused.front().find("\"error\"") != std::string::npos);
  CHECK(driver.recorded() == Names{"arrived", "misread out_of_order", "replied"});
}

TEST_CASE("the pages of a server are put together, whatever page is asked for") {
  Driver driver("hub", tasks_of_both(), two(false, {}, "paged"));
  const Names all{"x__cancel_task", "x__get_task", "x__list_tasks",
                  "y__cancel_task", "y__get_task", "y__list_tasks"};
  CHECK(listed(driver) == all);
  CHECK(listed(driver, R"(,"params":{"cursor":"page-1"})") == all);
}

TEST_CASE("a fault is everybody's, or the one's that is named") {
  Driver driver("hub", tasks_of_both(), two(true, {tool("purge", true)}));
  CHECK(driver.fault("at y: rug-pull").size() == 1);
  CHECK(listed(driver).back() == "purge");
  driver.call("purge", "{}");
  CHECK(driver.new_effects() == Names{"task.cancelled y-1", "work.stopped y-1"});
  driver.fault("at x: leak AKIA");
  CHECK(driver.call("get_task", R"({"task_id":"x-1"})").find("AKIA") == std::string::npos);
  driver.fault("leak AKIA");
  CHECK(driver.call("get_task", R"({"task_id":"x-1"})").find("AKIA") != std::string::npos);
}

TEST_CASE("a handshake says that lists change if any server's do") {
  Driver driver("hub", tasks_of_both(), two(false, {tool("later", true)}));
  driver.mock().open(1);
  std::string line;
  mcp::write_initialize(7, mcp::kDefaultEra, "test", line);
  const std::string said = driver.one(line, 1);
  CHECK(said.find(R"("id":7)") != std::string::npos);
  CHECK(said.find(R"("listChanged":true)") != std::string::npos);
  CHECK(said.find(R"("name":"hub")") != std::string::npos);
  Driver steady("hub", tasks_of_both(), two(false));
  steady.mock().open(1);
  CHECK(steady.one(line, 1).find(R"("listChanged":false)") != std::string::npos);
}

TEST_CASE("calls are numbered over all servers, and a withdrawal finds the one that waits") {
  Driver driver("hub", tasks_of_both(), two(false));
  driver.fault("hold");
  const auto send = [&](int id, const std::string& name, const std::string& task) {
    CHECK(driver
              .send(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
                    R"(,"method":"tools/call","params":{"name":")" + name +
                    R"(","arguments":{"task_id":")" + task + R"("}}})")
              .empty());
  };
  send(1, "x__cancel_task", "x-1");
  send(2, "y__cancel_task", "y-1");
  send(3, "x__cancel_task", "x-2");
  driver.ledger().clear();
  driver.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}})");
  CHECK(driver.recorded() == Names{"arrived", "withdrawn 1"});
  driver.ledger().clear();
  CHECK(driver.fault("release").size() == 2);
  const Names events = driver.recorded();
  REQUIRE(events.size() > 2);
  CHECK(events.front() == "resumed 0");
  CHECK(std::ranges::count(events, "resumed 2") == 1);
  CHECK(driver.effects() ==
        Names{"task.cancelled x-1", "work.stopped x-1", "task.cancelled x-2", "work.stopped x-2"});
}

TEST_CASE("an answer of all waits for the last server's part") {
  Driver driver("hub", tasks_of_both(), two(false, {}, "paged"));
  driver.fault("at y: hold all");
  CHECK(driver.send(R"({"jsonrpc":"2.0","id":"l","method":"tools/list"})").empty());
  // The same id of another kind is another request's.
  CHECK(driver.send(R"({"jsonrpc":"2.0","id":5,"method":"ping"})").size() == 1);
  const auto said = driver.fault("at y: release");
  REQUIRE(said.size() == 1);
  CHECK(said.front().find("x__list_tasks") < said.front().find("y__cancel_task"));
  CHECK(said.front().find(R"("id":"l")") != std::string::npos);
  CHECK(listed(driver).size() == 6);
}

TEST_CASE("worlds are equal if those of all servers are") {
  Driver driver("hub", tasks_of_both(), two(false));
  const std::uint64_t before = driver.mock().digest();
  driver.call("y__cancel_task", R"({"task_id":"y-1"})");
  CHECK(driver.mock().digest() != before);
  driver.start();
  CHECK(driver.mock().digest() == before);
}

TEST_CASE("an order for a hub is read as it was written, and a hub of nobody is none") {
  MockOptions options = two(true, {tool("purge", true)}, "paged");
  options.hub.upstreams[1].personalities = {"name-trim"};
  std::string order;
  pack("hub", options, tasks_of_both(), base::default_start(), order);
  const auto read = unpack_order(order);
  REQUIRE(read.has_value());
  std::string again;
  pack(read->mock, read->options, read->world, read->start, again);
  CHECK(again == order);
  REQUIRE(read->options.hub.upstreams.size() == 2);
  CHECK(read->options.hub.upstreams[1].extra_tools.front().name == "purge");
  CHECK(read->world.tasks.back().upstream == "y");
  for (std::size_t size = 0; size < order.size(); ++size)
    CHECK_FALSE(unpack_order(order.substr(0, size)).has_value());

  CHECK(make_mock("hub", {}).has_error());
  options.hub.upstreams[0].mock = "no-such";
  options.hub.upstreams[1].personalities = {"no-such"};
  const auto wrong = make_mock("hub", options);
  REQUIRE(wrong.has_error());
  CHECK(wrong.error().size() == 2);
}

}  // namespace
}  // namespace gatecrash::mock_servers
