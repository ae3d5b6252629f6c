// What the process tests look at from outside: our descriptors, our children, other people's pids.
#pragma once

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>

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

// A killed process is gone once init has reaped it: give that a moment.
inline bool is_gone(pid_t pid) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (::kill(pid, 0) == 0) {
    // A zombie of a foreign parent (no init in this container reaps it) is dead enough.
    char path[64], state = '?';
    std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (FILE* file = std::fopen(path, "r")) {
      if (std::fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = '?';
      std::fclose(file);
    }
    if (state == 'Z' || state == 'X') return true;
    if (std::chrono::steady_clock::now() > end) return false;
    ::usleep(1000);
  }
  return true;
}

}  // namespace gatecrash::test
