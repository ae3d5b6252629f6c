// Every leniency does what it says and nothing else: with it the row's frame cancels `t`, without
// it (strict) nothing changes.
#include <set>

#include "tests/mock_servers/driver.h"

namespace gatecrash::mock_servers {
namespace {

using Effects = std::vector<std::string>;

struct Row {
  std::string personality;
  std::string mock;
  std::string line;
};

std::string call(std::string_view params) {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + std::string(params) + "}";
}

const std::string kPingFirst = R"({"jsonrpc":"2.0","id":2,"method":"ping"})";
const std::string kCancelT = call(R"({"name":"cancel_task","arguments":{"task_id":"t"}})");

// Of ASCII.
std::string in_utf16(std::string_view text, bool big_endian) {
  std::string out;
  for (const char c : text) {
    if (big_endian) out += '\0';
    out += c;
    if (!big_endian) out += '\0';
  }
  return out;
}

const std::vector<Row>& rows() {
  static const std::vector<Row> list{
      {"dup-first-wins", "generic",
       call(R"({"name":"cancel_task","name":"list_tasks","arguments":{"task_id":"t"}})")},
      {"dup-first-wins", "generic",
       call(R"({"name":"cancel_task","arguments":{"task_id":"t","task_id":"x"}})")},
      {"dup-last-wins", "generic",
       call(R"({"name":"list_tasks","name":"cancel_task","arguments":{"task_id":"t"}})")},
      {"dup-last-wins", "generic",
       call(R"({"name":"cancel_task","n\u0061me":"cancel_task","arguments":{"task_id":"t"}})")},
      {"case-insensitive-keys", "generic",
       call(R"({"Name":"cancel_task","ARGUMENTS":{"task_id":"t"}})")},
      {"ignores-case-variants", "generic",
       call(R"({"name":"cancel_task","Name":"list_tasks","arguments":{"task_id":"t"}})")},
      {"ignores-unknown-members", "generic",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","x":1,"params":{"name":"cancel_task","arguments":{"task_id":"t"}}})"},
      {"ignores-results", "generic",
       R"({"jsonrpc":"2.0","id":1,"result":{},"method":"tools/call","params":{"name":"cancel_task","arguments":{"task_id":"t"}}})"},
      {"ignores-errors", "generic",
       R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""},"method":"tools/call","params":{"name":"cancel_task","arguments":{"task_id":"t"}}})"},
      {"any-id", "generic",
       R"({"jsonrpc":"2.0","id":1.5,"method":"tools/call","params":{"name":"cancel_task","arguments":{"task_id":"t"}}})"},
      {"accepts-nan", "generic",
       call(R"({"name":"cancel_task","arguments":{"task_id":"t","n":NaN}})")},
      {"repairs-utf8", "generic",
       call("{\"name\":\"cancel_task\",\"arguments\":{\"task_id\":\"t\",\"n\":\"\xff\"}}")},
      {"coerces-args", "generic", call(R"({"name":"cancel_task","arguments":["t"]})")},
      {"coerces-args", "generic",
       call(R"({"name":"cancel_task","arguments":"{\"task_id\":\"t\"}"})")},
      {"coerces-args", "generic",
       call(R"({"name":{"$":"cancel_task"},"arguments":{"task_id":"t"}})")},
      {"coerces-args", "generic", call(R"(["cancel_task",{"task_id":"t"}])")},
      {"coerces-args", "generic", call(R"({"name":"cancel_task","arguments":{"task_id":["t"]}})")},
      {"coerces-args", "openaaas",
       call(R"({"name":"cancel_task","arguments":{"task_id":"[\"t\",\"u\"]"}})")},
      {"coerces-args", "codex_worker", call(R"({"name":"cancel-task","arguments":["t"]})")},
      {"wildcard-selector", "generic",
       call(R"({"name":"cancel_task","arguments":{"task_id":"*"}})")},
      {"wildcard-selector", "generic",
       call(R"({"name":"cancel_task","arguments":{"task_id":"ALL"}})")},
      {"wildcard-selector", "openaaas",
       call(R"({"name":"cancel_task","arguments":{"task_id":""}})")},
      {"wildcard-selector", "binassist",
       call(R"({"name":"cancel_task","arguments":{"task_id":" "}})")},
      {"wildcard-selector", "taobao",
       call(R"({"name":"cancel_task","arguments":{"task_id":null}})")},
      {"wildcard-selector", "codex_worker",
       call(R"({"name":"cancel-task","arguments":{"task_id":[]}})")},
      {"wildcard-selector", "allcanuse",
       call(R"({"name":"cancel_background_task","arguments":{"task_id":{}}})")},
      {"wildcard-selector", "generic", call(R"({"name":"cancel_task","arguments":{}})")},
      {"accepts-batch", "generic",
       "[" + call(R"({"name":"cancel_task","arguments":{"task_id":"t"}})") + "]"},
      {"executes-notifications", "generic",
       R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"cancel_task","arguments":{"task_id":"t"}}})"},
      {"name-trim", "generic", call(R"({"name":" cancel_task\n","arguments":{"task_id":"t"}})")},
      {"name-casefold", "generic", call(R"({"name":"CANCEL_TASK","arguments":{"task_id":"t"}})")},
      {"tasks-capable", "generic",
       R"({"jsonrpc":"2.0","id":1,"method":"tasks/cancel","params":{"taskId":"t"}})"},
      {"tasks-capable", "codex_worker",
       R"({"jsonrpc":"2.0","id":1,"method":"tasks/cancel","params":{"taskId":"t"}})"},
      {"name-nfkc", "generic", call(R"({"name":"ｃancel_task","arguments":{"task_id":"t"}})")},
      {"lenient-methods", "generic",
       R"({"jsonrpc":"2.0","id":1,"method":"rpc.Tools//Call","params":{"name":"cancel_task","arguments":{"task_id":"t"}}})"},
      {"detects-encoding", "generic", "\xef\xbb\xbf" + kCancelT},
      {"detects-encoding", "generic", in_utf16(kCancelT, false)},
      {"detects-encoding", "generic", in_utf16(kCancelT, true)},
      {"detects-encoding", "generic", "\xff\xfe" + in_utf16(kCancelT, false)},
      {"cr-ends-lines", "generic", kPingFirst + "\r" + kCancelT},
      {"stops-after-value", "generic", kCancelT + "}, and so on"},
      {"stops-after-value", "generic", kCancelT + std::string(1, '\0') + kPingFirst},
      {"reads-several", "generic", kPingFirst + " " + kCancelT},
  };
  return list;
}

bool cancels_t(const Driver& driver) {
  const Effects effects = driver.effects();
  return std::ranges::count(effects, "task.cancelled t") == 1;
}

TEST_CASE("a leniency lets through exactly what strict refuses") {
  for (const Row& row : rows()) {
    CAPTURE(row.personality, row.mock, row.line);
    Driver strict(row.mock, one_task("t", ""));
    const std::uint64_t before = strict.mock().digest();
    strict.send(row.line);
    CHECK(strict.effects().empty());
    CHECK(strict.mock().digest() == before);

    Driver lenient(row.mock, one_task("t", ""), {.personalities = {row.personality}});
    lenient.send(row.line);
    CHECK(cancels_t(lenient));
    CHECK(lenient.mock().digest() != before);
  }
}

TEST_CASE("duplicate members read the other way round change nothing") {
  const std::string line =
      call(R"({"name":"cancel_task","name":"list_tasks","arguments":{"task_id":"t"}})");
  Driver last("generic", one_task("t", ""), {.personalities = {"dup-last-wins"}});
  last.send(line);
  CHECK(last.effects().empty());
}

TEST_CASE("pre-init-lenient serves a connection without a handshake") {
  for (const bool lenient : {false, true}) {
    MockOptions options;
    if (lenient) options.personalities = {"pre-init-lenient"};
    Driver driver("generic", one_task("t", ""), options);
    driver.mock().open(1);
    driver.send(call(R"({"name":"cancel_task","arguments":{"task_id":"t"}})"), 1);
    CHECK(cancels_t(driver) == lenient);
  }
}

TEST_CASE("error-after-effect answers with an error although the task is cancelled") {
  Driver driver("binassist", one_task("t", ""), {.personalities = {"error-after-effect"}});
  CHECK(read_reply(driver.call("cancel_task", R"({"task_id":"t"})")).is_rpc_error);
  CHECK(cancels_t(driver));
  CHECK_FALSE(read_reply(driver.call("list_tasks", "{}")).is_rpc_error);
}

TEST_CASE("cancel-is-cosmetic lets cancelled work complete on every server") {
  for (const char* mock : {"openaaas", "codex_worker", "taobao", "allcanuse", "generic"}) {
    CAPTURE(mock);
    const std::string tool = std::string(mock) == "codex_worker" ? "cancel-task"
                             : std::string(mock) == "allcanuse"  ? "cancel_background_task"
                                                                 : "cancel_task";
    for (const bool cosmetic : {false, true}) {
      MockOptions options;
      if (cosmetic) options.personalities = {"cancel-is-cosmetic"};
      Driver driver(mock, one_task("t", "", std::chrono::minutes{1}), options);
      driver.call(tool, R"({"task_id":"t"})");
      driver.advance(std::chrono::minutes{5});
      const Effects effects = driver.effects();
      CHECK(std::ranges::count(effects, "task.cancelled t") == 1);
      CHECK(std::ranges::count(effects, "work.completed t") == (cosmetic ? 1 : 0));
      CHECK(std::ranges::count(effects, "work.stopped t") == (cosmetic ? 0 : 1));
    }
  }
}

TEST_CASE("id-rewriter echoes another spelling of the id") {
  const std::string line = R"({"jsonrpc":"2.0","id":"1","method":"ping"})";
  Driver strict("generic");
  CHECK(strict.one(line).find(R"("id":"1")") != std::string::npos);
  Driver rewriting("generic", {}, {.personalities = {"id-rewriter"}});
  CHECK(rewriting.one(line).find(R"("id":1)") != std::string::npos);
}

TEST_CASE("leaky-errors and poisoned-output add their text, strict does not") {
  Driver strict("generic", one_task("t", ""));
  Driver leaky("generic", one_task("t", ""), {.personalities = {"leaky-errors"}});
  Driver poisoned("generic", one_task("t", ""), {.personalities = {"poisoned-output"}});
  const auto unknown = [](Driver& driver) { return driver.call("get_task", R"({"task_id":"x"})"); };
  CHECK(unknown(strict).find("canary") == std::string::npos);
  CHECK(unknown(leaky).find("canary") != std::string::npos);
  CHECK(read_reply(strict.call("list_tasks", "{}")).items.size() == 1);
  CHECK(read_reply(poisoned.call("list_tasks", "{}")).items.size() == 2);
}

TEST_CASE("faults of the reply leave the effect in place, always-fails has none") {
  const auto run = [](const char* fault) {
    Driver driver("generic", one_task("t", ""), {.personalities = {fault}});
    const auto replies = driver.send(call(R"({"name":"cancel_task","arguments":{"task_id":"t"}})"));
    CHECK(driver.one(R"({"jsonrpc":"2.0","id":9,"method":"ping"})") ==
          R"({"jsonrpc":"2.0","id":9,"result":{}})");  // other requests are not touched
    return std::pair{replies, cancels_t(driver)};
  };
  const auto [normal, normal_effect] = run("strict");
  REQUIRE(normal.size() == 1);
  CHECK(normal_effect);
  const auto [none, none_effect] = run("never-replies");
  CHECK(none.empty());
  CHECK(none_effect);
  const auto [cut, cut_effect] = run("malformed-replies");
  REQUIRE(cut.size() == 1);
  CHECK(cut.front().size() < normal.front().size());
  CHECK(cut_effect);
  const auto [twice, twice_effect] = run("duplicate-replies");
  CHECK(twice == std::vector<std::string>{normal.front(), normal.front()});
  CHECK(twice_effect);
  const auto [failed, failed_effect] = run("always-fails");
  REQUIRE(failed.size() == 1);
  CHECK(read_reply(failed.front()).is_rpc_error);
  CHECK_FALSE(failed_effect);
}

TEST_CASE("global-task-table lets whoever knows the id act on another owner's task") {
  const auto world = world_of({{.id = "t", .state = "", .owner = "bob", .work = {}}});
  const std::string line = call(R"({"name":"cancel_task","arguments":{"task_id":"t"}})");
  Driver bound("openaaas", world);
  bound.send(line);
  CHECK_FALSE(cancels_t(bound));
  Driver global("openaaas", world, {.personalities = {"global-task-table"}});
  global.send(line);
  CHECK(cancels_t(global));
}

TEST_CASE(
    "disconnect-cancels drops what is in flight with its client; without it the work is done") {
  const std::string line = call(R"({"name":"cancel_task","arguments":{"task_id":"t"}})");
  for (const char* fault : {"hold", "slow 5s"}) {
    for (const bool cancels : {false, true}) {
      CAPTURE(fault, cancels);
      Driver driver("generic", one_task("t", ""),
                    {.personalities = cancels ? std::vector<std::string>{"disconnect-cancels"}
                                              : std::vector<std::string>{}});
      driver.fault(fault);
      driver.send(line);
      driver.mock().close(0);
      driver.fault("release");
      driver.advance(std::chrono::seconds{6});
      CHECK(cancels_t(driver) == !cancels);
    }
  }
}

TEST_CASE("tasks-capable answers the protocol's task methods, and says that it does") {
  Driver driver("openaaas", world_of({{.id = "t"}, {.id = "u", .state = "completed"}}),
                {.personalities = {"tasks-capable"}});
  const auto ask = [&](const std::string& method, const std::string& params) {
    return driver.one(R"({"jsonrpc":"2.0","id":1,"method":"tasks/)" + method + R"(","params":)" +
                      params + "}");
  };
  CHECK(ask("list", "{}").find(R"("taskId":"t","status":"working")") != std::string::npos);
  CHECK(ask("get", R"({"taskId":"u"})").find(R"("status":"completed")") != std::string::npos);
  CHECK(read_reply(ask("cancel", R"({"taskId":"u"})")).code == -32602);  // over
  CHECK(read_reply(ask("cancel", R"({"taskId":"x"})")).code == -32602);
  CHECK(read_reply(ask("get", "{}")).code == -32602);
  CHECK(driver.effects().empty());
  CHECK_FALSE(read_reply(ask("cancel", R"({"taskId":"t"})")).is_rpc_error);
  CHECK(driver.effects() == Effects{"task.cancelled t"});
  CHECK(read_reply(ask("result", R"({"taskId":"t"})")).is_rpc_error);
  driver.mock().open(1);
  std::string line;
  mcp::write_initialize(7, mcp::kDefaultEra, "test", line);
  CHECK(driver.one(line, 1).find(R"("tasks":{"list":{},"cancel":{}})") != std::string::npos);
}

TEST_CASE("small-pages lists two tools per page") {
  const std::string line = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";
  Driver strict("binassist");
  CHECK(strict.one(line).find("nextCursor") == std::string::npos);
  Driver paged("binassist", {}, {.personalities = {"small-pages"}});
  const std::string reply = paged.one(line);
  CHECK(reply.find("nextCursor") != std::string::npos);
  CHECK(reply.find("get_binary_info") != std::string::npos);
  CHECK(reply.find("rename_symbol") == std::string::npos);
}

TEST_CASE("a batch is answered as a batch, notifications in it are not") {
  Driver driver("generic", one_task("t", ""), {.personalities = {"accepts-batch"}});
  const std::string reply = driver.one(
      R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/progress"},{"jsonrpc":"2.0","id":2,"method":"ping"}])");
  CHECK(reply == R"([{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"result":{}}])");
}

TEST_CASE("reads-several reads every message of a line, stops-after-value the first") {
  Driver several("generic", one_task("t", ""), {.personalities = {"reads-several"}});
  CHECK(several.send(kPingFirst + kPingFirst + kCancelT).size() == 3);
  Driver first("generic", one_task("t", ""), {.personalities = {"stops-after-value"}});
  CHECK(first.send(kPingFirst + kCancelT).size() == 1);
  CHECK(first.effects().empty());
}

TEST_CASE("recycles-ids gives a new task the id of one that is over") {
  for (const bool recycles : {false, true}) {
    MockOptions options{.profile = "slow"};
    if (recycles) options.personalities = {"recycles-ids"};
    Driver driver("binassist", one_task("t", "completed"), options);
    const std::string reply =
        driver.call("start_task", R"({"name":"n","tool_name":"get_strings"})");
    CHECK((reply.find("\\\"t\\\"") != std::string::npos) == recycles);
    driver.advance(std::chrono::seconds{5});
    driver.call("cancel_task", R"({"task_id":"t"})");
    CHECK(cancels_t(driver) == recycles);
  }
}

TEST_CASE("tasks-capable keeps the result of a call that was sent as a task") {
  Driver driver("generic", one_task("t", ""), {.personalities = {"tasks-capable"}});
  const std::string later = driver.one(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_task","arguments":{"task_id":"t"},"task":{"ttl":1}}})");
  CHECK(later.find(R"("taskId":"call-1")") != std::string::npos);
  CHECK(later.find("running") == std::string::npos);
  const auto result = [&](const std::string& task) {
    return driver.one(R"({"jsonrpc":"2.0","id":2,"method":"tasks/result","params":{"taskId":")" +
                      task + R"("}})");
  };
  CHECK(result("call-1").find("running") != std::string::npos);
  CHECK(result("call-2").find("Task not found") != std::string::npos);
}

TEST_CASE("an extra tool that acts on named arguments cancels the tasks whose ids stand there") {
  const std::vector<scenario::ExtraTool> tools{
      {.name = "end", .effects = {scenario::Effect::TaskCancelled}, .acts_on = {"job"}}};
  const auto cancelled = [&](const std::string& arguments) {
    Driver driver("generic", one_task("t", ""), {.extra_tools = tools});
    driver.call("end", arguments);
    return cancels_t(driver);
  };
  CHECK(cancelled(R"({"job":"t"})"));
  CHECK(cancelled(R"({"job":["x",{"id":"../T"}]})"));
  CHECK_FALSE(cancelled(R"({"job":"x"})"));
  CHECK_FALSE(cancelled(R"({"other":"t"})"));
  CHECK_FALSE(cancelled("{}"));
}

TEST_CASE("the table of personalities is closed and every knob has a test here") {
  CHECK_FALSE(find_mock("generic")->make({.personalities = {"no-such"}}).has_value());
  CHECK_FALSE(find_mock("generic")
                  ->make({.personalities = {"dup-first-wins", "dup-last-wins"}})
                  .has_value());
  CHECK_FALSE(find_mock("generic")->make({.personalities = {"strict", "any-id"}}).has_value());
  std::set<std::string_view> tested{"strict",
                                    "pre-init-lenient",
                                    "error-after-effect",
                                    "cancel-is-cosmetic",
                                    "id-rewriter",
                                    "leaky-errors",
                                    "poisoned-output",
                                    "never-replies",
                                    "malformed-replies",
                                    "duplicate-replies",
                                    "always-fails",
                                    "blocks-while-waiting",
                                    "waits-in-threads",
                                    "global-task-table",
                                    "disconnect-cancels",
                                    "recycles-ids",
                                    "small-pages"};  // side_door_test
  for (const Row& row : rows()) tested.insert(row.personality);
  for (const PersonalityEntry& each : personalities()) {
    CAPTURE(each.name);
    CHECK(find_mock("generic")->make({.personalities = {std::string(each.name)}}).has_value());
    if (!each.name.starts_with("sdk-")) CHECK(tested.contains(each.name));
  }
}

TEST_CASE("what a personality reads, judgement's reader of that name reads") {
  std::set<std::string_view> lenient;
  for (const PersonalityEntry& each : personalities()) {
    const Personality made = Personality::make({std::string(each.name)}).value();
    if (!(made.how() == mcp::Leniencies())) lenient.insert(each.name);
    const mcp::Reader* const reader = mcp::find_reader(each.name);
    INFO(each.name);
    CHECK(made.how() == (reader != nullptr ? reader->how : mcp::Leniencies()));
    CHECK(made.reading() == mcp::reading_of(made.how()));
  }
  for (const mcp::Reader& each : mcp::readers()) {
    INFO(each.name);
    CHECK((each.name == "strict" || lenient.contains(each.name)));
  }
}

}  // namespace
}  // namespace gatecrash::mock_servers
