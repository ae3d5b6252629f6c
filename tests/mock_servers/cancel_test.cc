// What each server's cancel answers and does, one row per documented outcome. The expected values
// are written down here from the facts on the servers, apart from the data the mocks serve.
#include <chrono>

#include "tests/mock_servers/driver.h"

namespace gatecrash::mock_servers {
namespace {

using namespace std::chrono_literals;
using Effects = std::vector<std::string>;

TEST_CASE("openaaas: cancel answers in texts and never with isError") {
  struct Row {
    std::string fact, state, id, text, after;
    Effects effects;
  };
  const std::string over = "❌ 取消失败: 请求参数错误 (400): BadRequest";
  const std::vector<Row> rows{
      {"pending", "pending", "t-1", "✅", "已取消", {"task.cancelled t-1"}},
      {"running", "running", "t-1", "⏳", "取消中", {"task.cancelled t-1"}},
      {"usual state is running", "", "t-1", "⏳", "取消中", {"task.cancelled t-1"}},
      {"cancelling again", "cancelling", "t-1", over, "取消中", {}},
      {"completed", "completed", "t-1", over, "已完成", {}},
      {"failed", "failed", "t-1", over, "失败", {}},
      {"cancelled", "cancelled", "t-1", over, "已取消", {}},
      {"unknown id",
       "running",
       "t-9",
       "❌ 取消失败: 资源不存在 (404): 请检查参数是否正确",
       "执行中",
       {}},
      {"empty id", "running", "", "❌ 缺少必填参数: task_id", "执行中", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.fact);
    Driver driver("openaaas", one_task("t-1", row.state));
    const Reply reply = read_reply(driver.call("cancel_task", R"({"task_id":")" + row.id + "\"}"));
    CHECK(reply.text.starts_with(row.text));
    CHECK_FALSE(reply.is_error);
    CHECK_FALSE(reply.is_rpc_error);
    CHECK(reply.structured == reply.text);
    CHECK(driver.effects() == row.effects);
    const Reply after = read_reply(driver.call("get_task", R"({"task_id":"t-1"})"));
    CHECK(after.text.find("状态: " + row.after) != std::string::npos);
  }
}

TEST_CASE("openaaas: another account's task is forbidden") {
  Driver driver("openaaas", world_of({{.id = "t-1", .state = "", .owner = "bob", .work = {}}}));
  const Reply reply = read_reply(driver.call("cancel_task", R"({"task_id":"t-1"})"));
  CHECK(reply.text == "❌ 取消失败: 权限不足 (403): 无法访问该资源");
  CHECK(driver.effects().empty());
}

TEST_CASE("openaaas: a running task ends only when its agent acknowledges") {
  Driver driver("openaaas", one_task("t-1", "running", 60s));
  driver.call("cancel_task", R"({"task_id":"t-1"})");
  driver.advance(1s);
  CHECK(driver.new_effects() == Effects{"task.cancelled t-1"});
  driver.advance(30s);
  CHECK(driver.new_effects() == Effects{"work.stopped t-1"});
  const Reply after = read_reply(driver.call("get_task", R"({"task_id":"t-1"})"));
  CHECK(after.text.find("状态: 已取消") != std::string::npos);
  driver.advance(60s);
  CHECK(driver.new_effects().empty());
}

TEST_CASE("openaaas: work that ends before the signal arrives is not stopped") {
  Driver driver("openaaas", one_task("t-1", "running", 2s));
  driver.call("cancel_task", R"({"task_id":"t-1"})");
  driver.advance(60s);
  CHECK(driver.effects() == Effects{"task.cancelled t-1", "work.completed t-1"});
}

TEST_CASE("codex_worker: cancel always succeeds with three lists") {
  const scenario::WorldSpec world = world_of({{.id = "bold-falcon-1", .state = "working"},
                                              {.id = "bold-falcon-2", .state = "submitted"},
                                              {.id = "bold-falcon-3", .state = "input_required"},
                                              {.id = "bold-falcon-4", .state = "completed"},
                                              {.id = "bold-falcon-5", .state = "failed"},
                                              {.id = "bold-falcon-6", .state = "cancelled"}});
  struct Row {
    std::string fact, ids, text;
    Effects effects;
  };
  const std::vector<Row> rows{
      {"working",
       R"("bold-falcon-1")",
       R"({"cancelled":["bold-falcon-1"],"already_terminal":[],"not_found":[]})",
       {"task.cancelled bold-falcon-1", "work.stopped bold-falcon-1"}},
      {"submitted",
       R"("bold-falcon-2")",
       R"({"cancelled":["bold-falcon-2"],"already_terminal":[],"not_found":[]})",
       {"task.cancelled bold-falcon-2"}},
      {"input_required",
       R"("bold-falcon-3")",
       R"({"cancelled":["bold-falcon-3"],"already_terminal":[],"not_found":[]})",
       {"task.cancelled bold-falcon-3"}},
      {"terminal",
       R"("bold-falcon-4")",
       R"({"cancelled":[],"already_terminal":["bold-falcon-4"],"not_found":[]})",
       {}},
      {"unknown", R"("x")", R"({"cancelled":[],"already_terminal":[],"not_found":["x"]})", {}},
      {"a list is partitioned",
       R"(["x","bold-falcon-5","bold-falcon-2","bold-falcon-6","bold-falcon-1"])",
       R"({"cancelled":["bold-falcon-2","bold-falcon-1"],"already_terminal":["bold-falcon-5","bold-falcon-6"],"not_found":["x"]})",
       {"task.cancelled bold-falcon-2", "task.cancelled bold-falcon-1",
        "work.stopped bold-falcon-1"}},
      {"an id given twice counts once (ours)",
       R"(["bold-falcon-2","bold-falcon-2"])",
       R"({"cancelled":["bold-falcon-2"],"already_terminal":[],"not_found":[]})",
       {"task.cancelled bold-falcon-2"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.fact);
    Driver driver("codex_worker", world);
    const Reply reply = read_reply(driver.call("cancel-task", R"({"task_id":)" + row.ids + "}"));
    CHECK(reply.text == row.text);
    CHECK_FALSE(reply.is_error);
    CHECK(driver.effects() == row.effects);
  }
}

TEST_CASE("codex_worker: the schema's bounds on cancel are enforced") {
  for (const char* arguments : {R"({"task_id":""})", R"({"task_id":[]})", R"({"task_id":["a",""]})",
                                R"({"task_id":7})", R"({"task_id":[7]})", "{}"}) {
    CAPTURE(arguments);
    Driver driver("codex_worker", one_task("a", ""));
    CHECK(read_reply(driver.call("cancel-task", arguments)).is_error);
    CHECK(driver.effects().empty());
  }
}

TEST_CASE("taobao: a running or waiting task is cancelled and the next one gets the browser") {
  Driver driver("taobao",
                world_of({{.id = "a", .work = 10s}, {.id = "b", .work = 10s}, {.id = "c"}}));
  CHECK(member_of(read_reply(driver.call("cancel_task", R"({"task_id":"b"})")), "status") ==
        "cancelled");
  CHECK(driver.new_effects() == Effects{"task.cancelled b"});
  driver.call("cancel_task", R"({"task_id":"a"})");
  CHECK(driver.new_effects() == Effects{"task.cancelled a", "work.stopped a"});
  driver.call("cancel_task", R"({"task_id":"c"})");
  CHECK(driver.new_effects() == Effects{"task.cancelled c", "work.stopped c"});
  // What follows is synthetic.
  const Reply again = read_reply(driver.call("cancel_task", R"({"task_id":"c"})"));
  CHECK(member_of(again, "success") == "false");
  CHECK_FALSE(again.is_error);
  CHECK(member_of(read_reply(driver.call("cancel_task", R"({"task_id":"x"})")), "status") ==
        "unknown");
  CHECK(driver.new_effects().empty());
}

TEST_CASE("taobao: one worker takes the tasks in order") {
  Driver driver("taobao", world_of({{.id = "a", .work = 10s}, {.id = "b", .work = 10s}}));
  driver.advance(15s);
  CHECK(driver.new_effects() == Effects{"work.completed a"});
  driver.advance(10s);
  CHECK(driver.new_effects() == Effects{"work.completed b"});
}

TEST_CASE("allcanuse: cancel returns the task object whatever its state") {
  struct Row {
    std::string state, after, previous;
    Effects effects;
  };
  const std::vector<Row> rows{
      {"pending", "cancelled", "pending", {"task.cancelled t", "work.stopped t"}},
      {"running", "cancelled", "running", {"task.cancelled t", "work.stopped t"}},
      {"waiting", "cancelled", "waiting", {"task.cancelled t", "work.stopped t"}},
      {"waiting_for_user", "cancelled", "waiting_for_user", {"task.cancelled t"}},
      {"waiting_for_condition",
       "cancelled",
       "waiting_for_condition",
       {"task.cancelled t", "work.stopped t"}},
      {"paused", "cancelled", "paused", {"task.cancelled t"}},
      {"completed", "completed", "", {}},
      {"failed", "failed", "", {}},
      {"cancelled", "cancelled", "", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.state);
    Driver driver("allcanuse", one_task("t", row.state));
    const std::string before =
        read_reply(driver.call("get_background_task", R"({"task_id":"t"})")).text;
    const Reply reply =
        read_reply(driver.call("cancel_background_task", R"({"task_id":"t","reason":"no need"})"));
    CHECK_FALSE(reply.is_error);
    CHECK(member_of(reply, "status") == row.after);
    CHECK(driver.effects() == row.effects);
    CHECK(reply.structured.empty());
    if (row.effects.empty()) {
      CHECK(reply.text == before);  // unchanged, to the byte
    } else {
      CHECK(member_of(reply, "completed_at") == "2026-01-01T00:00:00Z");
      CHECK(member_of(reply, "last_event") ==
            R"({"type":"warning","message":"no need","data":{"previous_status":")" + row.previous +
                R"(","status":"cancelled"}})");
    }
  }
}

TEST_CASE("allcanuse: an unknown id and a list are errors in the framework's words") {
  Driver driver("allcanuse", one_task("t", ""));
  Reply reply = read_reply(driver.call("cancel_background_task", R"({"task_id":"nope"})"));
  CHECK(reply.is_error);
  CHECK(reply.text ==
        "Error executing tool cancel_background_task: 'Background task not found: nope'");
  reply = read_reply(driver.call("cancel_background_task", R"({"task_id":["t"]})"));
  CHECK(reply.is_error);
  CHECK(reply.text.starts_with(
      "Error executing tool cancel_background_task: 1 validation error for "
      "cancel_background_taskArguments\ntask_id\n  Input should be a valid string"));
  CHECK(driver.effects().empty());
}

TEST_CASE("binassist: cancel answers a boolean; over and unknown are alike") {
  struct Row {
    std::string state, id, cancelled, message;
  };
  const std::string no = "Task not found or already completed";
  const std::vector<Row> rows{{"pending", "t", "true", "Task cancellation initiated"},
                              {"running", "t", "true", "Task cancellation initiated"},
                              {"completed", "t", "false", no},
                              {"failed", "t", "false", no},
                              {"cancelled", "t", "false", no},
                              {"running", "nope", "false", no}};
  for (const Row& row : rows) {
    CAPTURE(row.state, row.id);
    Driver driver("binassist", one_task("t", row.state));
    const Reply reply = read_reply(driver.call("cancel_task", R"({"task_id":")" + row.id + "\"}"));
    CHECK_FALSE(reply.is_error);
    CHECK(member_of(reply, "task_id") == row.id);
    CHECK(member_of(reply, "cancelled") == row.cancelled);
    CHECK(member_of(reply, "message") == row.message);
    CHECK(driver.effects() == (row.cancelled == "true" ? Effects{"task.cancelled t"} : Effects{}));
  }
  Driver driver("binassist", one_task("t", ""));
  const Reply reply = read_reply(driver.call("cancel_task", R"({"task_id":["t"]})"));
  CHECK(reply.is_error);
  CHECK(driver.effects().empty());
}

TEST_CASE("binassist: cancelled work runs on and completes") {
  Driver driver("binassist", world_of({{.id = "p", .state = "pending", .work = 5s},
                                       {.id = "r", .state = "running", .work = 5s}}));
  driver.call("cancel_task", R"({"task_id":"p"})");
  driver.call("cancel_task", R"({"task_id":"r"})");
  const auto status = [&](const char* id) {
    return member_of(
        read_reply(driver.call("get_task_status", std::string(R"({"task_id":")") + id + "\"}")),
        "status");
  };
  CHECK(status("p") == "cancelled");
  CHECK(status("r") == "cancelled");
  driver.advance(2s);
  CHECK(status("p") == "running");
  CHECK(status("r") == "cancelled");
  driver.advance(10s);
  CHECK(status("p") == "completed");
  CHECK(status("r") == "completed");
  CHECK(driver.effects() ==
        Effects{"task.cancelled p", "task.cancelled r", "work.completed r", "work.completed p"});
}

TEST_CASE("binassist: an unknown id has a status of its own") {
  Driver driver("binassist");
  const Reply reply = read_reply(driver.call("get_task_status", R"({"task_id":"x"})"));
  CHECK_FALSE(reply.is_error);
  CHECK(member_of(reply, "id") == "x");
  CHECK(member_of(reply, "error") == "Task not found");
  CHECK(member_of(reply, "status") == "unknown");
}

TEST_CASE("generic: cancel refuses what is over or unknown") {
  Driver driver("generic", world_of({{.id = "a"}, {.id = "b", .state = "completed"}}));
  CHECK(member_of(read_reply(driver.call("cancel_task", R"({"task_id":"a"})")), "state") ==
        "cancelled");
  CHECK(read_reply(driver.call("cancel_task", R"({"task_id":"b"})")).is_error);
  CHECK(read_reply(driver.call("cancel_task", R"({"task_id":"c"})")).is_error);
  CHECK(driver.effects() == Effects{"task.cancelled a", "work.stopped a"});
}

}  // namespace
}  // namespace gatecrash::mock_servers
