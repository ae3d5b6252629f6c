// Ways to a cancel's harm that are not the cancel tool, and tasks that do not move forwards. Each
// case names its fact; the effects expected are written down here.
#include <chrono>

#include "tests/mock_servers/driver.h"

namespace gatecrash::mock_servers {
namespace {

using namespace std::chrono_literals;
using Effects = std::vector<std::string>;

std::string status_of(Driver& driver, const std::string& id) {
  return member_of(read_reply(driver.call("get_background_task", R"({"task_id":")" + id + "\"}")),
                   "status");
}

// ---- allcanuse ---------------------------------------------------------------------------------

TEST_CASE("allcanuse: every side door ends or changes the running task") {
  struct Row {
    std::string tool, arguments, after;
    Effects effects;
  };
  const std::vector<Row> rows{
      {"pause_background_task", R"({"task_id":"t"})", "paused", {"task.changed t"}},
      {"mark_task_waiting_for_user",
       R"({"task_id":"t","question":"?"})",
       "waiting_for_user",
       {"task.changed t"}},
      {"kill_process",
       R"({"name":"task-worker"})",
       "failed",
       {"process.killed task-worker", "work.stopped t"}},
      {"stop_managed_process",
       R"({"process_id":"mp-0000000000d1"})",
       "failed",
       {"process.killed task-worker", "work.stopped t"}},
      {"run_shell",
       R"({"command":"pkill -f task-worker"})",
       "failed",
       {"process.started pkill -f task-worker", "process.killed task-worker", "work.stopped t"}},
      {"run_cmd",
       R"({"command":"taskkill /PID 4300 /F"})",
       "failed",
       {"process.started taskkill /PID 4300 /F", "process.killed task-worker", "work.stopped t"}},
      {"delete_path",
       R"({"path":"runtime/tasks/index.json"})",
       "(gone)",
       {"file.deleted runtime/tasks/index.json", "work.stopped t", "task.changed t"}},
      {"delete_path",
       R"({"path":"/","recursive":true})",
       "(gone)",
       {"file.deleted /", "work.stopped t", "task.changed t"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.tool, row.arguments);
    Driver driver("allcanuse", one_task("t", "running", 60s));
    const std::uint64_t before = driver.mock().digest();
    driver.call(row.tool, row.arguments);
    CHECK(driver.effects() == row.effects);
    CHECK(driver.mock().digest() != before);
    const Reply reply = read_reply(driver.call("get_background_task", R"({"task_id":"t"})"));
    if (row.after == "(gone)") {
      CHECK(reply.is_error);
    } else {
      CHECK(member_of(reply, "status") == row.after);
    }
    driver.advance(10min);
    CHECK(std::ranges::count(driver.effects(), "work.completed t") == 0);
  }
}

TEST_CASE("allcanuse: kill by number respects protection, by name and stop do not") {
  Driver driver("allcanuse");
  const Reply blocked = read_reply(driver.call("kill_process", R"({"pid":4301})"));
  CHECK(member_of(blocked, "ok") == "false");
  CHECK(member_of(blocked, "blocked") == "true");
  CHECK_FALSE(blocked.is_error);
  CHECK(driver.new_effects().empty());
  CHECK(member_of(read_reply(driver.call("kill_process", R"({"name":"python"})")), "killed") ==
        "2");
  CHECK(driver.new_effects() == Effects{"process.killed python", "process.killed python"});
  CHECK(read_reply(driver.call("kill_process", "{}")).is_error);  // neither: an exception
  const Reply unknown = read_reply(driver.call("stop_managed_process", R"({"process_id":"mp-x"})"));
  CHECK(member_of(unknown, "ok") == "false");
  CHECK_FALSE(unknown.is_error);
  for (int i = 0; i < 2; ++i) {  // stopping what is stopped is fine
    CHECK(member_of(read_reply(
                        driver.call("stop_managed_process", R"({"process_id":"mp-0000000000d2"})")),
                    "status") == "stopped");
  }
  CHECK(driver.new_effects() == Effects{"process.killed backup-agent"});
  driver.start();
  CHECK(member_of(read_reply(driver.call("kill_process", R"({"name":"backup-agent"})")),
                  "killed") == "1");
}

TEST_CASE("allcanuse: a cancelled task comes back by being marked as waiting") {
  Driver driver("allcanuse", one_task("t", "running", 60s));
  driver.call("cancel_background_task", R"({"task_id":"t"})");
  driver.call("mark_task_waiting_for_user", R"({"task_id":"t","question":"?"})");
  CHECK(status_of(driver, "t") == "waiting_for_user");
  driver.call("cancel_background_task", R"({"task_id":"t"})");
  driver.call("mark_task_waiting_for_condition", R"({"task_id":"t","note":"x"})");
  CHECK(status_of(driver, "t") == "waiting_for_condition");
  driver.advance(2min);
  CHECK(status_of(driver, "t") == "completed");
  CHECK(driver.effects() == Effects{"task.cancelled t", "work.stopped t", "task.changed t",
                                    "task.cancelled t", "task.changed t", "work.completed t"});
}

TEST_CASE("allcanuse: pause keeps what is left of the work, resume leads through pending") {
  Driver driver("allcanuse", one_task("t", "running", 60s));
  driver.advance(20s);
  driver.call("pause_background_task", R"({"task_id":"t"})");
  driver.advance(10min);
  CHECK(status_of(driver, "t") == "paused");
  driver.call("resume_background_task", R"({"task_id":"t"})");
  CHECK(status_of(driver, "t") == "pending");
  driver.advance(1s);
  CHECK(status_of(driver, "t") == "waiting_for_condition");
  driver.advance(38s);
  CHECK(status_of(driver, "t") == "waiting_for_condition");
  driver.advance(2s);
  CHECK(status_of(driver, "t") == "completed");
}

TEST_CASE("allcanuse: pause and resume leave a finished task as it is") {
  Driver driver("allcanuse", one_task("t", "cancelled"));
  driver.call("pause_background_task", R"({"task_id":"t"})");
  driver.call("resume_background_task", R"({"task_id":"t"})");
  CHECK(status_of(driver, "t") == "cancelled");
  CHECK(driver.effects().empty());
}

TEST_CASE("allcanuse: a look under way overwrites the cancel that came in between") {
  Driver driver("allcanuse");
  const Reply made = read_reply(driver.call(
      "create_background_task",
      R"({"title":"x","goal":"y","task_type":"wait_http","condition":{"url":"http://h/"},"poll_interval_ms":5000})"));
  const std::string id = member_of(made, "task_id");
  CHECK(id.size() == 32);
  CHECK(member_of(made, "status") == "pending");
  const auto cancel = [&] {
    driver.call("cancel_background_task", R"({"task_id":")" + id + "\"}");
  };
  driver.advance(600ms);  // the first look began at the tick
  cancel();
  CHECK(status_of(driver, id) == "cancelled");
  driver.advance(1s);
  CHECK(status_of(driver, id) == "waiting_for_condition");
  cancel();  // no look is under way now
  driver.advance(1h);
  CHECK(status_of(driver, id) == "cancelled");
}

TEST_CASE("allcanuse: a created task sleeps and completes, or fails at its deadline") {
  Driver driver("allcanuse");
  const auto create = [&](const std::string& more) {
    return member_of(read_reply(driver.call("create_background_task",
                                            R"({"title":"x","goal":"y",)" + more + "}")),
                     "task_id");
  };
  const std::string sleeper = create(R"("task_type":"sleep","condition":{"duration_ms":3000})");
  const std::string late =
      create(R"("task_type":"wait_file","condition":{"path":"x"},"timeout_ms":"8000")");
  driver.advance(1s);
  CHECK(status_of(driver, sleeper) == "waiting");
  CHECK(status_of(driver, late) == "waiting_for_condition");
  driver.advance(3s);
  CHECK(status_of(driver, sleeper) == "completed");
  driver.advance(5s);
  CHECK(status_of(driver, late) == "failed");
  CHECK(read_reply(driver.call("create_background_task",
                               R"({"title":"x","goal":"y","task_type":"nap","condition":{}})"))
            .is_error);
}

TEST_CASE("allcanuse: tasks of every owner are listed, and the latest come first") {
  Driver driver(
      "allcanuse",
      world_of({{.id = "a", .owner = "bob"}, {.id = "b"}, {.id = "c", .state = "failed"}}));
  const Reply reply = read_reply(driver.call("list_background_tasks", R"({"limit":2})"));
  CHECK(member_of(reply, "count") == "2");
  CHECK(member_of(reply, "total_count") == "3");
  CHECK(reply.text.find("\"c\"") < reply.text.find("\"b\""));
  CHECK(member_of(read_reply(driver.call("list_background_tasks", R"({"statuses":["failed"]})")),
                  "count") == "1");
}

TEST_CASE("allcanuse: a waiting tool holds up everything, cancel included, if the mock blocks") {
  MockOptions blocking;
  blocking.personalities = {"blocks-while-waiting"};
  const std::string wait =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait","arguments":{"duration_ms":30000}}})";
  const std::string cancel =
      R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"cancel_background_task","arguments":{"task_id":"t"}}})";
  Driver plain("allcanuse", one_task("t", "running", 10s));
  CHECK(plain.send(wait).size() == 1);
  CHECK(plain.send(cancel).size() == 1);

  Driver driver("allcanuse", one_task("t", "running", 10s), blocking);
  CHECK(driver.send(wait).empty());
  driver.advance(5s);
  CHECK(driver.send(cancel).empty());
  CHECK(driver.effects().empty());
  const std::vector<std::string> late = driver.advance(60s);
  REQUIRE(late.size() == 2);
  CHECK(late[0].find("\"id\":1") != std::string::npos);
  CHECK(late[1].find("\"id\":2") != std::string::npos);
  // The work ended while the cancel waited its turn: there was nothing left to cancel.
  CHECK(driver.effects() == Effects{"work.completed t"});
  std::vector<std::string> kinds;
  for (const trace::Event& each : driver.ledger().events()) {
    kinds.emplace_back(to_string(each.kind));
  }
  CHECK(kinds == std::vector<std::string>{"arrived", "understood", "arrived", "effected", "resumed",
                                          "replied", "understood", "replied"});
  CHECK(driver.send(cancel).size() == 1);
}

// ---- openaaas ----------------------------------------------------------------------------------

TEST_CASE("openaaas: another default server redirects every call that names none") {
  Driver driver("openaaas", one_task("t", "running"));
  driver.call("set_default_server", R"({"server":"spare"})");
  CHECK(driver.new_effects() == Effects{"config.changed default"});
  const Reply lost = read_reply(driver.call("cancel_task", R"({"task_id":"t"})"));
  CHECK(lost.text == "❌ 取消失败: 资源不存在 (404): 请检查参数是否正确");
  CHECK(driver.new_effects().empty());
  driver.call("submit_task", R"({"service_id":"s","task_prompt":"p","input_files":["a.txt"]})");
  const Effects sent = driver.new_effects();
  REQUIRE(sent.size() == 3);
  CHECK(sent[1] == "file.read a.txt");
  CHECK(sent[2] == "network.sent https://spare.example");
  CHECK(read_reply(driver.call("cancel_task", R"({"task_id":"t","server":"default"})"))
            .text.starts_with("⏳"));
}

TEST_CASE("openaaas: servers are registered, guarded and removed by rule") {
  Driver driver("openaaas");
  const auto says = [&](const char* tool, const char* arguments) {
    return read_reply(driver.call(tool, arguments)).text;
  };
  CHECK(says("list_services", R"({"server":"fresh"})").starts_with("❌ 尚未注册"));
  CHECK(says("list_services", R"({"server":"nope"})").starts_with("❌ 未找到服务器"));
  CHECK(says("remove_server", R"({"server":"default"})").starts_with("❌"));
  CHECK(says("set_server_url", R"({"server_url":"https://x.example"})").starts_with("❌"));
  CHECK(says("set_server_url", R"({"server_url":"https://agents.example","server":"fresh"})")
            .starts_with("❌"));
  CHECK(says("register", R"({"name":"me"})").starts_with("✅ 已注册"));  // success-looking no-op
  CHECK(says("register", R"({"name":"a|b","server":"fresh"})").starts_with("❌"));
  CHECK(driver.new_effects().empty());
  CHECK(says("register", R"({"name":"me","server":"fresh"})").starts_with("✅"));
  CHECK(driver.new_effects() ==
        Effects{"network.sent https://fresh.example", "config.changed fresh"});
  CHECK(says("remove_server", R"({"server":"spare"})").starts_with("✅"));
  CHECK(driver.new_effects() == Effects{"config.changed spare"});
  driver.start();
  CHECK(says("list_servers", "{}").find("spare") != std::string::npos);
}

TEST_CASE("openaaas: a file outside the working directory is an exception") {
  Driver driver("openaaas");
  const Reply reply = read_reply(
      driver.call("submit_task", R"({"service_id":"s","task_prompt":"p","input_files":["../x"]})"));
  CHECK(reply.is_error);
  CHECK(reply.text.starts_with("Error calling tool 'submit_task': "));
  CHECK(driver.effects().empty());
}

TEST_CASE("openaaas: a submitted task is claimed, runs and completes") {
  Driver driver("openaaas");
  const Reply reply =
      read_reply(driver.call("submit_task", R"({"service_id":"s","task_prompt":"p"})"));
  CHECK(reply.text.find("等待中") != std::string::npos);
  driver.advance(2min);
  const Effects effects = driver.effects();
  REQUIRE(effects.size() == 2);
  CHECK(effects[0].starts_with("task.created "));
  CHECK(effects[1].starts_with("work.completed "));
}

TEST_CASE("openaaas: without their agents tasks go back to the queue three times and then fail") {
  Driver driver("openaaas", world_of({{.id = "t"}, {.id = "u"}}), {.profile = "agents-offline"});
  const auto state = [&](const char* id) {
    const std::string text =
        read_reply(driver.call("get_task", std::string(R"({"task_id":")") + id + "\"}")).text;
    return text.substr(text.find("状态: ") + std::string("状态: ").size(),
                       std::string("执行中").size());
  };
  CHECK(state("t") == "执行中");
  driver.call("cancel_task", R"({"task_id":"u"})");
  driver.advance(11s);
  CHECK(state("t") == "等待中");
  CHECK(state("u") == "已取消");
  driver.advance(10s);
  CHECK(state("t") == "执行中");
  driver.advance(2min);
  const Effects effects = driver.effects();
  CHECK(std::ranges::count(effects, "task.changed t") == 3);
  CHECK(std::ranges::count(effects, "work.stopped t") == 1);
  CHECK(read_reply(driver.call("get_task", R"({"task_id":"t"})")).text.find("状态: 失败") !=
        std::string::npos);
}

// ---- codex_worker ------------------------------------------------------------------------------

TEST_CASE("codex_worker: a task with open dependencies waits, and starts when they complete") {
  Driver driver("codex_worker", one_task("bold-falcon-1", "working", 10s));
  const Reply made = read_reply(
      driver.call("spawn-task", R"({"prompt":"x","depends_on":["bold-falcon-1"],"labels":["l"]})"));
  const std::string id = member_of(made, "task_id");
  CHECK(member_of(made, "status") == "submitted");
  CHECK(member_of(made, "poll_frequency") == "5000");
  CHECK(member_of(made, "labels") == R"(["l"])");
  driver.advance(11s);
  CHECK(member_of(read_reply(driver.call("wait-task", R"({"task_id":")" + id + "\"}")), "status") ==
        "working");
  CHECK(driver.effects() ==
        Effects{"task.created " + id, "work.completed bold-falcon-1", "process.started " + id});
}

TEST_CASE("codex_worker: a cancelled dependency releases nothing (ours)") {
  Driver driver("codex_worker", one_task("bold-falcon-1", "working", 10s));
  const std::string id = member_of(
      read_reply(driver.call("spawn-task", R"({"prompt":"x","depends_on":["bold-falcon-1"]})")),
      "task_id");
  driver.call("cancel-task", R"({"task_id":"bold-falcon-1"})");
  driver.advance(1h);
  CHECK(member_of(read_reply(driver.call("wait-task", R"({"task_id":")" + id + "\"}")), "status") ==
        "submitted");
}

TEST_CASE(
    "codex_worker: answers must match the pending question, messages need a task that is not "
    "over") {
  Driver driver("codex_worker", world_of({{.id = "q", .state = "input_required"},
                                          {.id = "d", .state = "completed"}}));
  CHECK(member_of(read_reply(driver.call("wait-task", R"({"task_id":"q"})")), "pending_question") ==
        R"({"type":"dynamic_tool"})");
  CHECK(
      read_reply(driver.call("respond-task", R"({"task_id":"q","type":"user_input","answers":{}})"))
          .is_error);
  CHECK(read_reply(driver.call("respond-task", R"({"task_id":"q","type":"nonsense"})")).is_error);
  CHECK(read_reply(driver.call("message-task", R"({"task_id":"d","message":"x"})")).is_error);
  CHECK(driver.new_effects().empty());
  driver.call("respond-task", R"({"task_id":"q","type":"dynamic_tool","result":"ok"})");
  driver.call("message-task", R"({"task_id":"q","message":"x"})");
  CHECK(driver.new_effects() == Effects{"task.changed q", "message.sent q"});
}

TEST_CASE("codex_worker: subscribers hear of a cancel, and resources show it") {
  Driver driver("codex_worker", world_of({{.id = "a-b-1"}, {.id = "a-b-12"}}));
  const auto subscribe = [&](const std::string& uri) {
    driver.one(R"({"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":")" + uri +
               "\"}}");
  };
  subscribe("task:///all");
  subscribe("task:///a-b-1/log");
  subscribe("task:///a-b-12");
  const std::vector<std::string> frames = driver.send(
      R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"cancel-task","arguments":{"task_id":"a-b-1"}}})");
  REQUIRE(frames.size() == 3);
  CHECK(
      frames[1] ==
      R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"task:///all"}})");
  CHECK(frames[2].find("task:///a-b-1/log") != std::string::npos);
  const auto read = [&](const std::string& uri) {
    return driver.one(R"({"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":")" +
                      uri + "\"}}");
  };
  CHECK(read("task:///all").find("[stop] a-b-1\\n[busy] a-b-12") != std::string::npos);
  CHECK(read("task:///a-b-1").find("cancelled") != std::string::npos);
  CHECK(read_reply(read("task:///nope")).code == -32002);
}

// ---- binassist, taobao -------------------------------------------------------------------------

TEST_CASE(
    "binassist: finished tasks are forgotten after 300 s, and the oldest when there are 100") {
  Driver driver("binassist", one_task("old", "completed"));
  const auto start = [&] {
    driver.call("start_task", R"({"name":"x","tool_name":"cancel_task"})");
  };
  const auto known = [&] {
    return member_of(read_reply(driver.call("get_task_status", R"({"task_id":"old"})")),
                     "status") != "unknown";
  };
  start();
  CHECK(known());
  driver.advance(301s);
  CHECK(known());
  start();
  CHECK_FALSE(known());

  Driver flood("binassist", one_task("victim", "completed"));
  flood.advance(1s);
  for (int i = 0; i < 98; ++i) flood.call("start_task", R"({"name":"x","tool_name":"y"})");
  const auto victim = [&] {
    return member_of(read_reply(flood.call("get_task_status", R"({"task_id":"victim"})")),
                     "status");
  };
  CHECK(victim() == "completed");
  flood.call("start_task", R"({"name":"x","tool_name":"y"})");
  flood.call("start_task", R"({"name":"x","tool_name":"y"})");
  CHECK(victim() == "unknown");
}

TEST_CASE("binassist: start_task never runs the tool it names, and ends at once unless slow") {
  Driver driver("binassist", one_task("t", ""));
  const std::string id =
      member_of(read_reply(driver.call("start_task", R"({"name":"x","tool_name":"cancel_task"})")),
                "task_id");
  CHECK(id.size() == 36);
  const auto status = [](Driver& on, const std::string& task) {
    return member_of(read_reply(on.call("get_task_status", R"({"task_id":")" + task + "\"}")),
                     "status");
  };
  CHECK(status(driver, id) == "completed");
  CHECK(status(driver, "t") == "running");
  Driver slow("binassist", {}, {.profile = "slow"});
  const std::string other =
      member_of(read_reply(slow.call("start_task", R"({"name":"x","tool_name":"y"})")), "task_id");
  slow.advance(2s);
  CHECK(status(slow, other) == "running");
}

TEST_CASE("binassist: one name reads, writes and removes, told apart by action") {
  struct Row {
    const char* tool;
    const char* arguments;
    Effects effects;
  };
  for (
      const Row& row : std::vector<Row>{
          {"comments", R"({"filename":"sample.bin","action":"list"})", {}},
          {"comments", R"({"filename":"sample.bin","action":"get","address":"0x10"})", {}},
          {"comments",
           R"({"filename":"sample.bin","action":"set","address":"0x10","text":"x"})",
           {"file.written 0x10"}},
          {"comments",
           R"({"filename":"sample.bin","action":"remove","address":"0x10"})",
           {"file.deleted 0x10"}},
          {"comments", R"({"filename":"sample.bin","action":"Remove","address":"0x10"})", {}},
          {"bookmarks",
           R"({"filename":"sample.bin","action":"remove","address":"0x10"})",
           {"file.deleted 0x10"}},
          {"variables", R"({"filename":"sample.bin","action":"list"})", {}},
          {"types",
           R"({"filename":"sample.bin","action":"create_enum","name":"E"})",
           {"file.written E"}},
          {"batch_rename",
           R"({"filename":"sample.bin","renames":[{"address_or_name":"a","new_name":"b"},{"address_or_name":"c","new_name":"d"}]})",
           {"file.written a", "file.written c"}},
      }) {
    CAPTURE(row.tool, row.arguments);
    Driver driver("binassist");
    driver.call(row.tool, row.arguments);
    CHECK(driver.effects() == row.effects);
  }
}

TEST_CASE("binassist: results come as the function's return type has them") {
  Driver driver("binassist", world_of({{.id = "a"}, {.id = "b", .state = "failed"}}));
  CHECK(read_reply(driver.call("list_tasks", "{}")).items.size() == 2);
  CHECK(read_reply(driver.call("list_tasks", R"({"status":"failed"})")).items.size() == 1);
  CHECK(read_reply(driver.call("list_tasks", R"({"status":"nonsense"})")).items.size() == 2);
  CHECK(read_reply(driver.call("list_tasks", R"({"status":"completed"})")).items.empty());
  const Reply text = read_reply(driver.call(
      "rename_symbol", R"({"filename":"sample.bin","address_or_name":"a","new_name":"b"})"));
  CHECK(text.structured == text.text);
  const Reply unknown = read_reply(driver.call("get_functions", R"({"filename":"x"})"));
  CHECK(unknown.is_error);
  CHECK(unknown.text ==
        "Error executing tool get_functions: \"Binary 'x' not found. Available: sample.bin\"");
}

TEST_CASE("taobao: without the browser the running task fails, whoever may cancel") {
  Driver driver("taobao", world_of({{.id = "a", .work = 60s}, {.id = "b", .work = 60s}}));
  driver.call("control_system", R"({"action":"restart_browser"})");
  CHECK(driver.effects() ==
        Effects{"process.killed chrome", "work.stopped a", "process.started chrome"});
  driver.advance(61s);
  CHECK(driver.effects().back() == "work.completed b");
}

TEST_CASE("taobao: a scrape waits for the browser") {
  Driver driver("taobao", one_task("a", "", 60s));
  const Reply made = read_reply(driver.call("start_scrape", R"({"keyword":"x"})"));
  CHECK(member_of(made, "status") == "waiting");
  driver.advance(2min);
  CHECK(std::ranges::count(driver.effects(), "work.completed " + member_of(made, "task_id")) == 1);
  driver.call("send_notification", R"({"title":"t","content":"c"})");
  CHECK(driver.effects().back() == "message.sent wechat");
}

}  // namespace
}  // namespace gatecrash::mock_servers
