// What all mocks share: handshake, lists, error wording, ledger order, worlds.
#include "mock_servers/server.h"

#include <chrono>
#include <filesystem>
#include <set>

#include "tests/mock_servers/driver.h"
#include "tests/support/paths.h"

namespace gatecrash::mock_servers {
namespace {

using namespace std::chrono_literals;
using Effects = std::vector<std::string>;

std::vector<std::string> kinds(const trace::Trace& ledger) {
  std::vector<std::string> list;
  for (const trace::Event& each : ledger.events()) {
    list.push_back(std::string(to_string(each.kind)) + " " + std::string(ledger.view(each.text)));
  }
  return list;
}

TEST_CASE("a call leaves bytes, reading, effects and reply in the ledger, in this order") {
  Driver driver("generic", one_task("t", ""));
  const std::string line =
      R"({"jsonrpc":"2.0", "id":1,"method":"tools/call","params":{"name":"cancel_task","arguments":{"task_id": "t"}}})";
  const std::string reply = driver.one(line);
  CHECK(kinds(driver.ledger()) == std::vector<std::string>{"arrived " + line,
                                                           "understood cancel_task", "effected t",
                                                           "effected t", "replied " + reply});
  const trace::Event& understood = driver.ledger().events()[1];
  CHECK(driver.ledger().view(understood.more) == R"({"task_id":"t"})");
}

TEST_CASE("a frame the mock cannot read is recorded raw, with the fault") {
  Driver driver("generic", one_task("t", ""));
  const std::string line = R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})";
  CHECK(read_reply(driver.one(line)).is_rpc_error);
  const std::vector<std::string> seen = kinds(driver.ledger());
  REQUIRE(seen.size() == 3);
  CHECK(seen[0] == "arrived " + line);
  CHECK(seen[1] == "misread duplicate_key");
  CHECK(seen[2].starts_with("replied "));
}

TEST_CASE("what is due happens before the frame that arrives later, at its own instant") {
  Driver driver("generic", world_of({{.id = "a", .work = 3s}, {.id = "b", .work = 1s}}));
  transport::Frames replies;
  driver.mock().on_frame(0, R"({"jsonrpc":"2.0","id":1,"method":"ping"})", driver.now() + 10s,
                         replies, driver.ledger());
  CHECK(driver.effects() == Effects{"work.completed b", "work.completed a"});
  const auto& events = driver.ledger().events();
  REQUIRE(events.size() == 4);
  CHECK(events[0].at == driver.now() + 1s);
  CHECK(events[1].at == driver.now() + 3s);
  CHECK(events[2].at == driver.now() + 10s);
}

TEST_CASE("a strict mock refuses requests before the handshake and a second one") {
  Driver driver("generic", one_task("t", ""));
  driver.mock().open(1);
  CHECK_FALSE(
      read_reply(driver.one(R"({"jsonrpc":"2.0","id":1,"method":"ping"})", 1)).is_rpc_error);
  CHECK(
      read_reply(driver.one(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})", 1)).is_rpc_error);
  std::string line;
  mcp::write_initialize(3, mcp::kDefaultEra, "x", line);
  CHECK(read_reply(driver.one(line, 0)).is_rpc_error);
}

TEST_CASE("a spoken revision is echoed, another one answered with the newest") {
  for (const auto& [asked, answered] :
       {std::pair{"2025-06-18", "2025-06-18"}, std::pair{"2024-11-05", "2024-11-05"},
        std::pair{"1900-01-01", "2025-11-25"}}) {
    Driver driver("openaaas");
    driver.mock().open(1);
    const std::string reply = driver.one(
        std::string(
            R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":")") +
            asked + R"(","capabilities":{},"clientInfo":{"name":"x","version":"1"}}})",
        1);
    CHECK(reply.find(std::string(R"("protocolVersion":")") + answered + '"') != std::string::npos);
    CHECK(reply.find(R"("name":"openaaas-mcp-adapter")") != std::string::npos);
  }
}

TEST_CASE("errors are worded as the server's framework words them") {
  struct Row {
    std::string mock, tool, text;
  };
  for (const Row& row : std::vector<Row>{{"openaaas", "nope", "Unknown tool: 'nope'"},
                                         {"allcanuse", "nope", "Unknown tool: nope"},
                                         {"binassist", "nope", "Unknown tool: nope"},
                                         {"codex_worker", "nope", "Unknown tool: nope"}}) {
    Driver driver(row.mock);
    const Reply reply = read_reply(driver.call(row.tool, "{}"));
    CHECK(reply.is_error);
    CHECK(reply.text == row.text);
  }
  Driver generic("generic");
  CHECK(read_reply(generic.call("nope", "{}")).code == -32602);
  CHECK(read_reply(generic.one(R"({"jsonrpc":"2.0","id":1,"method":"x/y"})")).code == -32601);
}

TEST_CASE("unknown arguments are refused by fastmcp and dropped by the others") {
  const std::string extra = R"({"task_id":"t","force":true})";
  Driver openaaas("openaaas", one_task("t", ""));
  const Reply refused = read_reply(openaaas.call("cancel_task", extra));
  CHECK(refused.is_error);
  CHECK(refused.text.find("Unexpected keyword argument") != std::string::npos);
  CHECK(openaaas.effects().empty());
  for (const char* mock : {"binassist", "taobao", "generic"}) {
    Driver driver(mock, one_task("t", ""));
    driver.call("cancel_task", extra);
    CHECK_FALSE(driver.effects().empty());
  }
}

TEST_CASE(
    "the official Python SDK parses JSON in strings for parameters that are not plain strings") {
  Driver driver("allcanuse", one_task("t", ""));
  const Reply reply =
      read_reply(driver.call("cancel_background_task", R"({"task_id":"t","reason":"[1]"})"));
  CHECK(reply.is_error);
  CHECK(driver.effects().empty());
  CHECK_FALSE(read_reply(driver.call("list_background_tasks",
                                     R"({"statuses":"[\"running\"]","limit":"5"})"))
                  .is_error);
}

TEST_CASE("tools are listed on one page, or on as many as the surface says") {
  Driver driver("binassist");
  const std::string one = driver.one(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  CHECK(one.find("nextCursor") == std::string::npos);
  Driver paged("generic", {}, {.profile = "paged"});
  const std::string first = paged.one(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  CHECK(first.find(R"("nextCursor":"page-1")") != std::string::npos);
  CHECK(first.find("list_tasks") == std::string::npos);
  const std::string second =
      paged.one(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"page-1"}})");
  CHECK(second.find("list_tasks") != std::string::npos);
  CHECK(second.find("nextCursor") == std::string::npos);
  CHECK(read_reply(
            paged.one(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":""}})"))
            .code == -32602);
}

TEST_CASE("extra tools are served, described, and have the effects they state") {
  scenario::ExtraTool purge{.name = "purge", .description = "empties the queue"};
  purge.annotations = R"({"readOnlyHint":true})";
  purge.effects = {scenario::Effect::TaskCancelled, scenario::Effect::FileDeleted};
  Driver driver("binassist", world_of({{.id = "a"}, {.id = "b"}, {.id = "c", .state = "failed"}}),
                {.extra_tools = {purge}});
  const std::string listed = driver.one(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  CHECK(listed.find(R"({"name":"purge","description":"empties the queue",)"
                    R"("inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}})") !=
        std::string::npos);
  driver.call("purge", R"({"x":1})");
  CHECK(driver.effects() == Effects{"task.cancelled a", "task.cancelled b", "file.deleted purge"});
}

TEST_CASE("the digest follows states and owners and nothing else") {
  const scenario::WorldSpec world = world_of({{.id = "a"}, {.id = "b"}});
  Driver one("generic", world);
  Driver two("generic", world_of({{.id = "b"}, {.id = "a"}}));
  CHECK(one.mock().digest() == two.mock().digest());
  const std::uint64_t before = one.mock().digest();
  one.call("list_tasks", "{}");
  CHECK(one.mock().digest() == before);
  one.call("cancel_task", R"({"task_id":"a"})");
  CHECK(one.mock().digest() != before);
  two.call("cancel_task", R"({"task_id":"a"})");
  CHECK(one.mock().digest() == two.mock().digest());
  one.start();
  CHECK(one.mock().digest() == before);
  CHECK(Driver("generic", world_of({{.id = "a", .owner = "bob"}, {.id = "b"}})).mock().digest() !=
        before);
}

TEST_CASE("the same frames on the same world leave the same ledger, to the byte") {
  for (const MockEntry& entry : mocks()) {
    CAPTURE(entry.name);
    Driver driver(entry.name,
                  world_of({{.id = "a", .work = 5s}, {.id = "b", .work = 7s}, {.id = "c"}}));
    const auto run = [&] {
      driver.start();
      for (const char* tool : {"cancel_task", "cancel-task", "cancel_background_task"}) {
        driver.call(tool, R"({"task_id":"a"})");
        driver.advance(3s);
      }
      driver.call("spawn-task", R"({"prompt":"x"})");
      driver.call("start_task", R"({"name":"x","tool_name":"y"})");
      driver.call("submit_task", R"({"service_id":"x","task_prompt":"y"})");
      driver.call("create_background_task",
                  R"({"title":"x","goal":"y","task_type":"sleep","condition":{}})");
      driver.advance(200s);
      return driver.mock().digest();
    };
    // Ids of calls count on, so the frames of two runs differ unless they are written alike.
    const std::uint64_t digest = run();
    Driver again(entry.name, driver.world());
    const auto replay = [&](Driver& into) {
      into.start();
      base::Instant now = into.now();
      for (const trace::Event& each : driver.ledger().events()) {
        transport::Frames replies;
        if (each.at != now) into.mock().advance(now = each.at, into.ledger());
        if (each.kind == trace::EventKind::Arrived) {
          into.mock().on_frame(0, driver.ledger().view(each.text), now, replies, into.ledger());
        }
      }
      into.mock().advance(driver.now(), into.ledger());
    };
    replay(again);
    CHECK(trace::same(driver.ledger(), again.ledger()));
    CHECK(again.mock().digest() == digest);
    trace::Trace kept = again.ledger();
    replay(again);  // after a reset
    CHECK(trace::same(kept, again.ledger()));
    CHECK(again.mock().digest() == digest);
  }
}

TEST_CASE("the table of mocks and the folders under mock_servers are the same") {
  std::set<std::string> folders, names;
  for (const auto& each : std::filesystem::directory_iterator(test::source_path("mock_servers"))) {
    if (each.is_directory()) folders.insert(each.path().filename().string());
  }
  for (const MockEntry& entry : mocks()) names.emplace(entry.name);
  CHECK(folders == names);
}

TEST_CASE("every mock has states, profiles and a cancel tool that it serves") {
  CHECK(mocks().size() == 6);
  for (const MockEntry& entry : mocks()) {
    CAPTURE(entry.name);
    CHECK_FALSE(task_states(entry.name).empty());
    CHECK_FALSE(served_tools(entry.name, {.profile = "no-such"}).has_value());
    for (const std::string_view profile : entry.profiles) {
      const auto served = served_tools(entry.name, {.profile = std::string(profile)});
      REQUIRE(served.has_value());
      bool cancels = false;
      for (const ServedTool& each : *served) {
        cancels |= each.name.find("cancel") != std::string::npos;
        base::Tree tree;
        CHECK_FALSE(base::read_json(each.input_schema, {}, tree));
        CHECK_FALSE(each.description.empty());
      }
      CHECK(cancels);
    }
  }
}

}  // namespace
}  // namespace gatecrash::mock_servers
