// The server behind a gateway of the tests: a child with a pipe each way.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

namespace gatecrash::test {

struct Upstream {
  pid_t pid = 0;
  int to = -1;    // its stdin
  int from = -1;  // its stdout
};

// Starts the command; nothing if there is no pipe or process to be had. The parent ignores SIGPIPE
// from here on.
inline std::optional<Upstream> start_upstream(char** command) {
  ::signal(SIGPIPE, SIG_IGN);
  int down[2], up[2];
  if (::pipe2(down, O_CLOEXEC) != 0 || ::pipe2(up, O_CLOEXEC) != 0) return std::nullopt;
  const pid_t child = ::fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(down[0], STDIN_FILENO);
    ::dup2(up[1], STDOUT_FILENO);
    ::execvp(command[0], command);
    std::perror(command[0]);
    ::_exit(127);
  }
  ::close(down[0]);
  ::close(up[1]);
  return Upstream{.pid = child, .to = down[1], .from = up[0]};
}

}  // namespace gatecrash::test
