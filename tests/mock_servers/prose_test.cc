// Facts of mock-servers.md and mock-servers.json, written down here once more by hand from their
// prose: the tables of the mocks and facts/*.json come from one script, and would be wrong
// together.
#include <set>

#include "tests/mock_servers/driver.h"

namespace gatecrash::mock_servers {
namespace {

using namespace std::chrono_literals;
using Effects = std::vector<std::string>;

std::string tool_entry(std::string_view mock, std::string_view profile, std::string_view tool) {
  Driver driver(mock, {}, {.profile = std::string(profile)});
  base::Tree tree;
  const std::string line = driver.one(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  REQUIRE_FALSE(base::read_json(line, {}, tree));
  for (const base::Value each : tree.root().find("result").find("tools")) {
    if (each.find("name").text() != tool) continue;
    std::string text;
    base::write_json(each, text);
    return text;
  }
  return "(not served)";
}

// The values of one member of the elements of a list result.
std::set<std::string> listed(Driver& driver, std::string_view method, std::string_view list,
                             std::string_view member) {
  base::Tree tree;
  const std::string line =
      driver.one(R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + "\"}");
  REQUIRE_FALSE(base::read_json(line, {}, tree));
  std::set<std::string> values;
  for (const base::Value each : tree.root().find("result").find(list))
    values.emplace(each.find(member).text());
  return values;
}

std::string call_line(int id, std::string_view tool, std::string_view arguments) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
         R"(,"method":"tools/call","params":{"name":")" + std::string(tool) + R"(","arguments":)" +
         std::string(arguments) + "}}";
}

TEST_CASE("tools are what the prose says of them") {
  struct Row {
    const char* fact;
    const char* mock;
    const char* tool;
    std::vector<std::string> has;
    std::vector<std::string> has_not;
  };
  const Row rows[] = {
      {"openaaas cancel_task: one string and a server alias",
       "openaaas",
       "cancel_task",
       {R"("task_id":{)", R"("server":{)", R"("required":["task_id"])",
        R"("additionalProperties":false)"},
       {"annotations", "\"title\""}},
      {"openaaas: every tool is declared to return a string",
       "openaaas",
       "set_default_server",
       {"x-fastmcp-wrap-result"},
       {}},
      {"openaaas as served has no `todo`", "openaaas", "todo", {"(not served)"}, {}},
      {"codex cancel-task: string (minLength 1) or array (minItems 1, items minLength 1)",
       "codex_worker",
       "cancel-task",
       {R"("minLength":1)", R"("minItems":1)", R"("type":"array")"},
       {}},
      {"codex wait-task: default 30 s, at most 300 s, poll 250..30000 ms",
       "codex_worker",
       "wait-task",
       {"30000", "300000", "250"},
       {}},
      {"codex spawn-task: any cwd, depends_on, labels",
       "codex_worker",
       "spawn-task",
       {R"("cwd")", R"("depends_on")", R"("labels")"},
       {}},
      {"allcanuse cancel: task_id, optional reason",
       "allcanuse",
       "cancel_background_task",
       {R"("task_id")", R"("reason")", R"("required":["task_id"])",
        R"("title":"cancel_background_taskArguments")"},
       {"additionalProperties\":false", "annotations", "_meta"}},
      {"allcanuse delete_path: recursive", "allcanuse", "delete_path", {R"("recursive")"}, {}},
      {"allcanuse kill_process: by number or by name",
       "allcanuse",
       "kill_process",
       {R"("pid")", R"("name")"},
       {}},
      {"allcanuse wait: unbounded duration_ms",
       "allcanuse",
       "wait",
       {R"("duration_ms")"},
       {"maximum"}},
      {"allcanuse check_c_syntax: preferred_compiler",
       "allcanuse",
       "check_c_syntax",
       {R"("preferred_compiler")"},
       {}},
      {"binassist cancel_task claims idempotent, destructiveHint never set",
       "binassist",
       "cancel_task",
       {R"("idempotentHint":true)", R"("readOnlyHint":false)"},
       {"destructiveHint"}},
      {"binassist: reading tools say so",
       "binassist",
       "get_task_status",
       {R"("readOnlyHint":true)"},
       {"destructiveHint"}},
      {"taobao cancel_task is there; its parameters are stand-ins",
       "taobao",
       "cancel_task",
       {R"("properties")"},
       {}},
  };
  for (const Row& row : rows) {
    const std::string entry = tool_entry(row.mock, "", row.tool);
    INFO(row.fact << "\n" << entry);
    for (const std::string& each : row.has) {
      INFO("has " << each);
      CHECK(entry.find(each) != std::string::npos);
    }
    for (const std::string& each : row.has_not) {
      INFO("has not " << each);
      CHECK(entry.find(each) == std::string::npos);
    }
  }
}

TEST_CASE("counts: openaaas 15 and 16, codex 5, taobao 8, allcanuse 130 and 40, binassist 40") {
  struct Row {
    const char* mock;
    const char* profile;
    std::size_t tools;
  };
  for (const Row& row :
       {Row{"openaaas", "as-served", 15}, Row{"openaaas", "as-catalogued", 16},
        Row{"codex_worker", "", 5}, Row{"taobao", "", 8}, Row{"allcanuse", "full", 130},
        Row{"allcanuse", "codex", 40}, Row{"binassist", "", 40}}) {
    CAPTURE(row.mock, row.profile);
    CHECK(served_tools(row.mock, {.profile = row.profile})->size() == row.tools);
  }
}

TEST_CASE(
    "categories of the cancel tools: destructive everywhere but at binassist, where it is "
    "execute") {
  const auto category = [](const char* mock, const char* tool) {
    const auto served = served_tools(mock, {});
    return std::ranges::find(*served, std::string(tool), &ServedTool::name)->category;
  };
  CHECK(category("openaaas", "cancel_task") == "Destructive");
  CHECK(category("codex_worker", "cancel-task") == "Destructive");
  CHECK(category("taobao", "cancel_task") == "Destructive");
  CHECK(category("allcanuse", "cancel_background_task") == "Destructive");
  CHECK(category("binassist", "cancel_task") == "Execute");
  CHECK(category("allcanuse", "stop_managed_process") == "Execute");
  CHECK(category("allcanuse", "kill_process") == "Destructive");
  CHECK(category("openaaas", "remove_server") == "Destructive");
}

TEST_CASE("resources and prompts are those that the sources name") {
  Driver allcanuse("allcanuse");
  CHECK(listed(allcanuse, "resources/list", "resources", "uri") ==
        std::set<std::string>{
            "resource://guides/index", "resource://guides/overview",
            "resource://guides/model-playbook", "resource://guides/tool-quick-reference",
            "resource://guides/workflows/web-research", "resource://guides/workflows/code-edit",
            "resource://guides/workflows/desktop-observation",
            "resource://guides/workflows/network-diagnostics",
            "resource://guides/workflows/duty-watch"});
  CHECK(listed(allcanuse, "resources/templates/list", "resourceTemplates", "uriTemplate") ==
        std::set<std::string>{"resource://guides/tools/{tool_name}"});
  CHECK(listed(allcanuse, "prompts/list", "prompts", "name") ==
        std::set<std::string>{"workspace_operator", "multi_tool_executor", "duty_shift_operator",
                              "web_research_operator", "code_fix_operator",
                              "network_diagnostics_operator"});
  Driver binassist("binassist");
  CHECK(listed(binassist, "resources/templates/list", "resourceTemplates", "uriTemplate") ==
        std::set<std::string>{"binassist://{filename}/triage_summary",
                              "binassist://{filename}/functions", "binassist://{filename}/imports",
                              "binassist://{filename}/exports", "binassist://{filename}/strings",
                              "binja://{filename}/info", "binja://{filename}/segments",
                              "binja://{filename}/sections"});
  CHECK(listed(binassist, "prompts/list", "prompts", "name") ==
        std::set<std::string>{"analyze_function", "identify_vulnerability", "document_function",
                              "trace_data_flow", "compare_functions", "reverse_engineer_struct",
                              "trace_network_data"});
  Driver codex("codex_worker", one_task("bold-falcon-42", ""));
  CHECK(listed(codex, "resources/list", "resources", "uri") ==
        std::set<std::string>{"task:///all", "task:///bold-falcon-42"});
  CHECK(listed(codex, "resources/templates/list", "resourceTemplates", "uriTemplate") ==
        std::set<std::string>{"task:///{id}", "task:///{id}/log", "task:///{id}/log.verbose",
                              "task:///{id}/events", "task:///{id}/events/summary",
                              "task:///{id}/timeline"});
  for (const char* part : {"", "/log", "/log.verbose", "/events", "/events/summary", "/timeline"}) {
    CAPTURE(part);
    const std::string read =
        R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"task:///bold-falcon-42)" +
        std::string(part) + "\"}}";
    CHECK(codex.one(read).find("\"contents\"") != std::string::npos);
  }
}

TEST_CASE("the servers say who they are, and speak the four revisions") {
  struct Row {
    const char* mock;
    const char* name;
  };
  for (const Row& row :
       {Row{"openaaas", "openaaas-mcp-adapter"}, Row{"codex_worker", "mcp-codex-worker"},
        Row{"allcanuse", "allcanuse-mcp"}, Row{"binassist", "BinAssistMCP"}}) {
    for (const char* revision : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
      CAPTURE(row.mock, revision);
      Driver driver(row.mock);
      driver.mock().open(1);
      const std::string reply = driver.one(
          R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":")" +
              std::string(revision) +
              R"(","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})",
          1);
      CHECK(reply.find("\"name\":\"" + std::string(row.name) + "\"") != std::string::npos);
      CHECK(reply.find("\"protocolVersion\":\"" + std::string(revision) + "\"") !=
            std::string::npos);
    }
  }
}

TEST_CASE("openaaas: a key the server no longer knows is 401, a lost race is 400, never isError") {
  Driver driver("openaaas", one_task("t", "pending"));
  const Reply bad_key =
      read_reply(driver.call("cancel_task", R"({"task_id":"t","server":"stale"})"));
  CHECK(bad_key.text.starts_with("❌ 取消失败: 认证失败 (401): "));
  CHECK_FALSE(bad_key.is_error);
  CHECK(driver.effects().empty());
  // Two cancels under way: who comes second finds another state.
  driver.fault("hold");
  driver.send(call_line(1, "cancel_task", R"({"task_id":"t"})"));
  driver.send(call_line(2, "cancel_task", R"({"task_id":"t"})"));
  const auto replies = driver.fault("release reverse");
  REQUIRE(replies.size() == 2);
  CHECK(read_reply(replies[0]).text.starts_with("✅"));
  CHECK(read_reply(replies[1]).text == "❌ 取消失败: 请求参数错误 (400): BadRequest");
}

TEST_CASE(
    "a cancel overtakes a wait where tools run in threads, and comes after it where they do not") {
  struct Row {
    const char* mock;
    std::string wait, cancel;
    const char* after;  // what the wait says of the cancelled task
    base::Duration ends;
  };
  const Row rows[] = {
      {"openaaas", call_line(1, "poll_task", R"({"task_id":"t","timeout_seconds":300})"),
       call_line(2, "cancel_task", R"({"task_id":"t"})"), "已取消", 20s},
      {"codex_worker", call_line(1, "wait-task", R"({"task_id":"t"})"),
       call_line(2, "cancel-task", R"({"task_id":"t"})"), "cancelled", 2s},
  };
  for (const Row& row : rows) {
    CAPTURE(row.mock);
    Driver threads(row.mock, one_task("t", "", 200s), {.personalities = {"waits-in-threads"}});
    CHECK(threads.send(row.wait).empty());
    threads.advance(500ms);
    CHECK(threads.send(row.cancel).size() == 1);
    const auto late = threads.advance(row.ends);
    REQUIRE(late.size() == 1);
    CHECK(late[0].find(row.after) != std::string::npos);
    CHECK(std::ranges::count(threads.recorded(), "resumed 0") == 1);
    CHECK(std::ranges::count(threads.effects(), "work.stopped t") == 1);
    // Nobody cancels: the answer comes when the time is up, and once.
    Driver alone(row.mock, one_task("t", ""), {.personalities = {"waits-in-threads"}});
    CHECK(alone.send(row.wait).empty());
    CHECK(alone.advance(29s).empty());
    CHECK(alone.advance(300s).size() == 1);
    CHECK(alone.advance(300s).empty());
    Driver blocking(row.mock, one_task("t", ""), {.personalities = {"blocks-while-waiting"}});
    CHECK(blocking.send(row.wait).empty());
    CHECK(blocking.send(row.cancel).empty());
    CHECK(blocking.effects().empty());
    CHECK(blocking.advance(301s).size() == 2);
  }
}

TEST_CASE("allcanuse: waiting for a task ends with it, although everything else waits") {
  Driver driver("allcanuse", one_task("t", "running", 10s),
                {.personalities = {"blocks-while-waiting"}});
  CHECK(
      driver.send(call_line(1, "wait_for_background_task", R"({"task_id":"t","timeout_ms":60000})"))
          .empty());
  CHECK(driver.advance(9s).empty());
  const auto late = driver.advance(2s);
  REQUIRE(late.size() == 1);
  CHECK(late[0].find("completed") != std::string::npos);
}

TEST_CASE("codex_worker: ids are adjective-noun-number, and a task that runs out of time fails") {
  Driver driver("codex_worker");
  const std::string id = member_of(
      read_reply(driver.call("spawn-task", R"({"prompt":"x","timeout_ms":5000})")), "task_id");
  CHECK(std::ranges::count(id, '-') == 2);
  const std::string number = id.substr(id.rfind('-') + 1);
  CHECK((number.size() >= 1 && number.size() <= 3 &&
         number.find_first_not_of("0123456789") == std::string::npos));
  driver.advance(6s);
  CHECK(member_of(read_reply(driver.call("wait-task", R"({"task_id":")" + id + "\"}")), "status") ==
        "failed");
  CHECK(driver.effects().back() == "work.stopped " + id);
}

TEST_CASE("framework wording: unknown tool and raised errors, four ways") {
  struct Row {
    const char* mock;
    const char* text;
  };
  for (const Row& row :
       {Row{"openaaas", "Unknown tool: 'nope'"}, Row{"allcanuse", "Unknown tool: nope"},
        Row{"binassist", "Unknown tool: nope"}}) {
    CAPTURE(row.mock);
    Driver driver(row.mock);
    const Reply reply = read_reply(driver.call("nope", "{}"));
    CHECK(reply.is_error);
    CHECK(reply.text == row.text);
  }
  Driver allcanuse("allcanuse");
  CHECK(read_reply(allcanuse.call("cancel_background_task", R"({"task_id":"x"})")).text ==
        "Error executing tool cancel_background_task: 'Background task not found: x'");
  // A string that reads as a list is one, for a parameter that is not plain text: `reason` may be
  // null.
  Driver task("allcanuse", one_task("t", ""));
  CHECK(read_reply(task.call("cancel_background_task", R"({"task_id":"t","reason":"[1]"})"))
            .is_error);
  CHECK(task.effects().empty());
  CHECK_FALSE(read_reply(task.call("cancel_background_task",
                                   R"({"task_id":"t","reason":"[1","unknown":1})"))
                  .is_error);
}

}  // namespace
}  // namespace gatecrash::mock_servers
