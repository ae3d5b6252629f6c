// `mock-server` on its own, as a user runs it: worlds from files, ledger, faults, framing, and what
// it says to wrong input.
#include <string>

#include "tests/cli/program.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

const std::string kInitialize =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})"
    "\n"
    R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
    "\n";

std::string call(std::string_view tool, std::string_view arguments, int id = 1) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
         R"(,"method":"tools/call","params":{"name":")" + std::string(tool) + R"(","arguments":)" +
         std::string(arguments) + "}}\n";
}

void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(descriptor, bytes.data(), bytes.size());
    REQUIRE(size > 0);
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

// Everything it says until it ends by itself.
Ran converse(const std::vector<std::string>& arguments, std::string_view input, bool close = true) {
  static int number = 0;
  const std::string errors = scratch_file("mock-stderr." + std::to_string(number++));
  transport::ChildProcess child = start("mock-server", arguments, {}, "", errors);
  write_all(child.stdin_fd(), input);
  if (close) child.close_stdin();
  Ran ran;
  char chunk[4096];
  for (ssize_t size; (size = ::read(child.stdout_fd(), chunk, sizeof chunk)) > 0;)
    ran.out.append(chunk, static_cast<std::size_t>(size));
  ran.code = exit_code_of(child);
  if (auto said = base::read_file(errors)) ran.err = std::move(*said);
  return ran;
}

}  // namespace

TEST_CASE("mock-server --help and --list-tools say what there is") {
  const Ran help = run_program("mock-server", {"--help"});
  CHECK(help.code == 0);
  for (const char* word :
       {"openaaas", "allcanuse", "--state", "--ledger", "--fault", "examples:"}) {
    INFO(word);
    CHECK(help.says(word));
  }
  const Ran tools = run_program("mock-server", {"taobao", "--list-tools"});
  CHECK(tools.code == 0);
  CHECK(tools.out.find("cancel_task\n") != std::string::npos);
  CHECK(tools.out.find("(synthetic)") != std::string::npos);
  CHECK(run_program("mock-server",
                    {"--target", "scenarios/targets/taobao_published.yaml", "--list-tools"})
            .out == tools.out);
}

TEST_CASE(
    "mock-server --state begins with the world of a file, and --ledger says what became of it") {
  const std::string world =
      write_cli_file("mock/world.yaml", "tasks: {t-1: running, t-2: {state: paused}}\n");
  const std::string ledger = scratch_file("mock/ledger.jsonl");
  std::filesystem::remove(ledger);
  const Ran ran = converse({"allcanuse", "--state", world, "--ledger", ledger},
                           kInitialize + call("list_background_tasks", "{}", 1) +
                               call("cancel_background_task", R"({"task_id":"t-2"})", 2));
  INFO(ran.all());
  CHECK(ran.code == 0);
  CHECK(ran.says("t-1"));
  CHECK(ran.says("paused"));
  const auto recorded = base::read_file(ledger);
  REQUIRE(recorded.has_value());
  CHECK(recorded->find(R"("effect":"task.cancelled","text":"t-2")") != std::string::npos);
  CHECK(std::ranges::count(*recorded, '\n') > 8);
  // A second run appends.
  converse({"allcanuse", "--state", world, "--ledger", ledger}, kInitialize);
  CHECK(base::read_file(ledger)->size() > recorded->size());
}

TEST_CASE("mock-server --target takes the target's leniencies too") {
  std::string text = *base::read_file(source_path("scenarios/targets/taobao_published.yaml"));
  text.replace(text.find("mock: taobao"), 12, "mock: taobao\npersonalities: [wildcard-selector]");
  for (const char* folder : {"file: ../"}) {
    const std::size_t at = text.find(folder);
    if (at != std::string::npos)
      text.replace(at, std::string(folder).size(), "file: " + source_path("scenarios/"));
  }
  const std::string target = write_cli_file("mock/target.yaml", text);
  const Ran ran =
      converse({"--target", target}, kInitialize + call("cancel_task", R"({"task_id":"*"})"));
  INFO(ran.all());
  CHECK(ran.code == 0);
  CHECK(ran.says("cancelled"));
  CHECK(ran.says("task-"));
}

TEST_CASE("mock-server refuses wrong input with its place, a hint and exit code 64") {
  const std::string state = write_cli_file("mock/state.yaml", "tasks: {t-1: runing}\n");
  const std::string key = write_cli_file("mock/key.yaml", "task: {t-1: running}\n");
  struct Row {
    std::vector<std::string> arguments;
    std::vector<std::string> said;
  };
  const Row rows[] = {
      {{}, {"which mock?"}},
      {{"binasist"}, {"there is no mock `binasist`", "did you mean `binassist`?"}},
      {{"binassist", "--state", state},
       {"state.yaml:1:14: unknown task state `runing`", "did you mean `running`?"}},
      {{"binassist", "--state", key},
       {"key.yaml:1:1: unknown key `task`", "did you mean `tasks`?"}},
      {{"binassist", "--state", "nowhere.yaml"}, {"nowhere.yaml"}},
      {{"--state", state}, {"which mock?"}},
      {{"taobao", "--target", "scenarios/targets/binassist_published.yaml"},
       {"is about the mock `binassist`, not `taobao`"}},
      {{"binassist", "--target", "scenarios/targets/binassist_published.yaml", "--tasks", "3"},
       {"--tasks"}},
      {{"binassist", "--personality", "leaky-error"},
       {"unknown personality `leaky-error`", "did you mean `leaky-errors`?"}},
      {{"binassist", "--profile", "fast"}, {"no profile `fast`"}},
      {{"binassist", "--fault", "slow five"}, {"unknown fault `slow five`"}},
      {{"binassist", "--ledger", "/nowhere/l.jsonl"}, {"cannot write `/nowhere/l.jsonl`"}},
      {{"binassist", "--list-tolls"}, {"--list-tolls"}},
  };
  for (const Row& row : rows) {
    const Ran ran = run_program("mock-server", row.arguments);
    INFO(ran.all());
    CHECK(ran.code == 64);
    CHECK(ran.out.empty());
    for (const std::string& text : row.said) {
      INFO("should say: " << text);
      CHECK(ran.says(text));
    }
  }
}

TEST_CASE("mock-server allcanuse speaks both framings over its pipes, each as it is spoken to") {
  const std::string ping = R"({"jsonrpc":"2.0","id":7,"method":"ping"})",
                    pong = R"({"jsonrpc":"2.0","id":7,"result":{}})";
  const std::string frame = "Content-Length: " + std::to_string(ping.size()) + "\r\n\r\n" + ping;
  // Two frames without anything in between, a line, and a frame again.
  const Ran ran = converse({"allcanuse"}, frame + frame + ping + "\n" + frame);
  const std::string framed = "Content-Length: " + std::to_string(pong.size()) + "\r\n\r\n" + pong;
  CHECK(ran.out == framed + framed + pong + "\n" + framed);
  CHECK(ran.code == 0);
}

TEST_CASE("mock-server acts out faults from the start, in real time") {
  const Ran slow =
      converse({"generic", "--fault", "slow answers 30ms", "--fault", "disconnect after effect"},
               kInitialize + call("list_tasks", "{}"), false);
  // Hung up on: it ends although its client still holds the pipe.
  CHECK(slow.code == 0);
  CHECK_FALSE(slow.says("\"id\":1"));
  CHECK(slow.says("protocolVersion"));
}

TEST_CASE(
    "mock-server answers a slow call when its time is over, though nobody says anything more") {
  transport::ChildProcess child = start("mock-server", {"generic", "--fault", "slow 20ms"});
  write_all(child.stdin_fd(), kInitialize + call("list_tasks", "{}"));
  std::string out;
  char chunk[4096];
  for (ssize_t size; out.find("\"id\":1,") == std::string::npos &&
                     (size = ::read(child.stdout_fd(), chunk, sizeof chunk)) > 0;) {
    out.append(chunk, static_cast<std::size_t>(size));
  }
  CHECK(out.find("\"id\":1,") != std::string::npos);
}
