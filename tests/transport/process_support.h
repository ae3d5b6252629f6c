// What the process tests look at from outside: our descriptors, our children, other people's pids.
#pragma once

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/wait.h"

namespace gatecrash::test {

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

// True if this process has no child, dead or alive.
inline bool has_no_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 && errno == ECHILD;
}

// A killed process is gone once init has reaped it. A zombie of a foreign parent (no init in this
// container reaps it) is dead enough.
inline bool is_gone(pid_t pid) {
  if (::kill(pid, 0) != 0) return true;
  char path[64], state = '?';
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (FILE* file = std::fopen(path, "r")) {
    if (std::fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = '?';
    std::fclose(file);
  }
  return state == 'Z' || state == 'X';
}

inline void wait_until_gone(pid_t pid) {
  wait_until("process " + std::to_string(pid) + " is gone", [pid] { return is_gone(pid); });
}

}  // namespace gatecrash::test
