// Runs the built programs as a user does, from the source folder, and says what came out.
#pragma once

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/file.h"
#include "harness/replay/processes.h"
#include "harness/transport/child_process.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"
#include "tests/support/wait.h"

namespace gatecrash::test {

struct Ran {
  int code = -1;  // 128 + signal if it was killed
  std::string out;
  std::string err;
  // Where one wants to know what was said.
  std::string all() const { return "exit code " + std::to_string(code) + "\n" + out + err; }
  bool says(std::string_view text) const {
    return out.find(text) != std::string::npos || err.find(text) != std::string::npos;
  }
};

// A path below this folder's scratch space; its folder is there.
inline std::string scratch_file(const std::string& name) {
  const std::string path = scratch_path("cli/" + name);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  return path;
}

inline std::string write_cli_file(const std::string& name, std::string_view text) {
  const std::string path = scratch_file(name);
  REQUIRE(base::write_file(path, text).has_value());
  return path;
}

// `folder` is where it runs; empty: the source tree.
inline transport::ChildProcess start(const std::string& program,
                                     const std::vector<std::string>& arguments,
                                     const std::vector<std::string>& environment = {},
                                     const std::string& folder = "",
                                     const std::string& stderr_file = "/dev/null") {
  // The shell sets what posix_spawn cannot, and is gone.
  std::vector<std::string> command{"/bin/sh",
                                   "-c",
                                   R"(cd "$1" && exec 2>"$2" && shift 2 && exec "$@")",
                                   "sh",
                                   folder.empty() ? source_path("") : folder,
                                   stderr_file,
                                   replay::program_path(program)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto child = transport::ChildProcess::spawn({.command = command, .environment = environment});
  REQUIRE(child.has_value());
  return std::move(*child);
}

// Waits for its end, however long that takes; 128 + signal if it was killed.
inline int exit_code_of(transport::ChildProcess& child) {
  const auto exit = child.wait(kNoLimit);
  REQUIRE(exit.has_value());
  return exit->signal != 0 ? 128 + exit->signal : exit->code;
}

inline Ran run_program(const std::string& program, const std::vector<std::string>& arguments,
                       const std::vector<std::string>& environment = {},
                       const std::string& folder = "") {
  static int number = 0;
  const std::string errors =
      scratch_file("stderr." + std::to_string(::getpid()) + "." + std::to_string(number++));
  transport::ChildProcess child = start(program, arguments, environment, folder, errors);
  child.close_stdin();
  Ran ran;
  char chunk[64 << 10];
  ssize_t size;
  while ((size = ::read(child.stdout_fd(), chunk, sizeof chunk)) > 0)
    ran.out.append(chunk, static_cast<std::size_t>(size));
  ran.code = exit_code_of(child);
  if (auto said = base::read_file(errors)) ran.err = std::move(*said);
  std::filesystem::remove(errors);
  return ran;
}

inline Ran run_replay(const std::vector<std::string>& arguments, const std::string& folder = "") {
  return run_program("replay", arguments, {"NO_COLOR=1"}, folder);
}

// A field of the last line of `run`.
inline long field(const Ran& ran, std::string_view name) {
  const std::size_t line = ran.out.rfind("replay: ran=");
  const std::size_t at = ran.out.find(" " + std::string(name) + "=", line);
  return line == std::string::npos || at == std::string::npos
             ? -1
             : std::atol(ran.out.c_str() + at + name.size() + 2);
}

// A scenario file that stands alone and passes.
inline constexpr std::string_view kGoodScenario = R"(replay: 1
id: test/good
title: A hidden tool cannot be called by its name
attack: {id: MGA-TEST-01, status: variant, severity: high}
policy: {dialect: policylayer, inline: '{"version":"1","default":"deny","hide":["cancel_task"],"tools":{"list_tasks":{}}}'}
upstreams: {tasks: {mock: binassist, world: {tasks: {t-1: running}}}}
traits: {cancel: {tool: cancel_task, id: task_id}}
promise: {cancel: {max: 0}}
steps:
  - {call: {tool: cancel_task, args: {task_id: t-1}}, expect: deny}
benign:
  - {call: {tool: list_tasks}, expect: allow}
always: [{promise: cancel}]
)";

}  // namespace gatecrash::test
