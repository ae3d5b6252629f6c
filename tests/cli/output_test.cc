// Output of `replay`: a full disk, a signal to end, too many problems.
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "tests/cli/program.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

const std::vector<std::string> kOneScenario{"scenarios", "--run",
                                            "^hid/call-by-name@taobao_hardened$"};

Ran run_one(std::vector<std::string> more) {
  more.insert(more.begin(), kOneScenario.begin(), kOneScenario.end());
  return run_replay(more);
}

std::string make_pipe(const std::string& name) {
  const std::string path = scratch_file(name);
  std::filesystem::remove(path);
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  return path;
}

// How many processes it has started that are not gone.
long children_of(const transport::ChildProcess& parent) {
  const std::string pid = std::to_string(parent.pid());
  const auto pids = base::read_file("/proc/" + pid + "/task/" + pid + "/children");
  return pids ? std::ranges::count(*pids, ' ') : 0;
}

// The exit code of `replay WORDS >/dev/full`.
int code_with_full_stdout(const std::vector<std::string>& words) {
  std::vector<std::string> command{"/bin/sh", "-c", R"(exec "$@" >/dev/full 2>/dev/null)", "sh",
                                   replay::program_path("replay")};
  command.insert(command.end(), words.begin(), words.end());
  auto child = transport::ChildProcess::spawn({.command = command, .environment = {}});
  REQUIRE(child.has_value());
  return exit_code_of(*child);
}

}  // namespace

TEST_CASE("A full stdout ends every verb with 74") {
  CHECK(code_with_full_stdout({source_path("scenarios"), "--run", kOneScenario[2]}) == 74);
  CHECK(code_with_full_stdout(
            {source_path("scenarios"), "--run", kOneScenario[2], "--format", "json"}) == 74);
  CHECK(code_with_full_stdout({"list", "attacks", source_path("scenarios")}) == 74);
  CHECK(code_with_full_stdout({"check", source_path("scenarios/policies/published/taobao.json")}) ==
        74);
  CHECK(code_with_full_stdout({"--help"}) == 74);
  // Wrong usage was said on stderr, and nothing was to be printed.
  CHECK(code_with_full_stdout({"list", "nonsense"}) == 64);
}

TEST_CASE("A report that cannot be written ends a run with 74, before it if that can be known") {
  const std::string folder = scratch_file("a-folder/inside");
  std::filesystem::create_directories(folder);
  const std::string file = write_cli_file("a-file", "x");
  for (const std::string& report :
       {"json=" + folder, "md=" + file + "/x.md", "case=" + file, "case=" + file + "/x"}) {
    const Ran ran = run_one({"--report", report});
    INFO(report << "\n" << ran.all());
    CHECK(ran.code == 74);
    CHECK(ran.out.empty());  // nothing was run
    CHECK(ran.err.find(report.substr(report.find('=') + 1)) == 0);
  }
  const Ran expected = run_one({"--write-expected", folder});
  CHECK(expected.code == 74);
  CHECK(expected.out.empty());
  for (const std::string option : {"--report=json=/dev/full", "--write-expected=/dev/full"}) {
    const Ran full = run_one({option});
    INFO(full.all());
    // The scenario passes; only the disk is full.
    CHECK(full.code == 74);
    CHECK(field(full, "pass") == 1);
  }
  CHECK(run_replay({"scenarios", "--run", "^hid/call-by-name@taobao_published$", "--gateway",
                    "null", "--write-expected", "/dev/full"})
            .code == 74);
}

TEST_CASE("A report through a pipe reaches its reader, and one without a reader is an error") {
  const std::string pipe = make_pipe("report.pipe");
  const Ran alone = run_one({"--report", "json=" + pipe});
  CHECK(alone.code == 74);
  CHECK(alone.says("no program reads from this pipe"));
  const std::string copy = scratch_file("report.copy");
  auto reader = transport::ChildProcess::spawn(
      {.command = {"/bin/sh", "-c", R"(cat "$1" >"$2")", "sh", pipe, copy}, .environment = {}});
  REQUIRE(reader.has_value());
  // The reader may not be there yet.
  wait_until("the pipe has its reader",
             [&] { return run_one({"--report", "json=" + pipe}).code == 0; });
  CHECK(exit_code_of(*reader) == 0);
  CHECK(base::read_file(copy).value().find("hid/call-by-name") != std::string::npos);
}

TEST_CASE("TERM ends a program that waits for a pipe into which no program writes") {
  const std::string pipe = make_pipe("input.yaml");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {pipe}, {"check", pipe}, {"decide", "--policy", pipe}, {"judge", pipe}}) {
    INFO(words.front());
    transport::ChildProcess replay = start("replay", words);
    wait_until("replay has opened the pipe", [&] {
      std::error_code error;
      for (const auto& open : std::filesystem::directory_iterator(
               "/proc/" + std::to_string(replay.pid()) + "/fd", error)) {
        if (std::filesystem::read_symlink(open, error) == pipe) return true;
      }
      return replay.exited().has_value();
    });
    ::kill(replay.pid(), SIGTERM);
    CHECK(exit_code_of(replay) == 128 + SIGTERM);
  }
}

TEST_CASE("TERM ends a run between two steps, with the report of what was run before") {
  // The calls take far longer than the time after which a run is ended without a report.
  const std::string path = write_cli_file("long.yaml", R"(replay: 1
id: test/long
title: A day of calls
attack: {id: MGA-TEST-02, status: variant, severity: low}
policy: {dialect: policylayer, inline: '{"version":"1","default":"allow","tools":{}}'}
upstreams: {tasks: {mock: binassist, world: {tasks: {t-1: running}}}}
traits: {cancel: {tool: cancel_task, id: task_id}}
promise: {cancel: {max: 0}}
steps:
  - {repeat: 100000, call: {tool: list_tasks}}
  - {call: {tool: cancel_task, args: {task_id: t-1}}, expect: deny}
benign:
  - {call: {tool: list_tasks}, expect: allow}
always: [{promise: cancel}]
)");
  const std::string report = scratch_file("long.json");
  std::filesystem::remove(report);
  transport::ChildProcess replay =
      start("replay", {path, "--gateway-cmd", replay::program_path("byte-relay") + " {upstream}",
                       "--gateway-timeless", "--report", "json=" + report});
  wait_until("the relay runs",
             [&] { return replay.exited().has_value() || children_of(replay) >= 2; });
  ::kill(replay.pid(), SIGTERM);
  CHECK(exit_code_of(replay) == 128 + SIGTERM);
  const auto written = base::read_file(report);
  REQUIRE(written.has_value());
  CHECK(written->find("\"ran\": 0") != std::string::npos);
}

TEST_CASE("A gateway that never answers cannot keep a run from ending, however long its limits") {
  for (const int signals : {1, 2}) {
    transport::ChildProcess replay =
        start("replay",
              {kOneScenario[0], kOneScenario[1], kOneScenario[2], "--gateway-cmd",
               "/bin/sh -c 'cat >/dev/null' {upstream}", "--ready", "1000s", "--timeout", "1000s"});
    wait_until("the gateway runs",
               [&] { return replay.exited().has_value() || children_of(replay) >= 2; });
    for (int i = 0; i < signals; ++i) ::kill(replay.pid(), i == 0 ? SIGTERM : SIGINT);
    const int code = exit_code_of(replay);
    CHECK((code == 128 + SIGTERM || (signals == 2 && code == 128 + SIGINT)));
  }
}

TEST_CASE("Twenty problems are shown and the rest is counted, unless all are asked for") {
  std::string text(kGoodScenario);
  for (int i = 10; i < 40; ++i) text += "unknown" + std::to_string(i) + ": 1\n";
  const std::string path = write_cli_file("problems.yaml", text);
  const auto lines = [](const std::string& said) { return std::ranges::count(said, '\n'); };
  for (const std::string verb : {"run", "check"}) {
    const Ran some = run_replay({verb, path});
    const Ran all = run_replay({verb, path, "--all-problems"});
    INFO(some.all());
    CHECK(some.code == 64);
    CHECK(all.code == 64);
    CHECK(some.says("and 10 more (--all-problems shows them)"));
    CHECK_FALSE(all.says("--all-problems"));
    CHECK(lines(all.out + all.err) == lines(some.out + some.err) + 9);
    CHECK(all.says("unknown39"));
    CHECK_FALSE(some.says("unknown39"));
  }
  // A report for programs has all of them.
  CHECK(run_replay({"check", path, "--format", "json"}).says("unknown39"));
}
