// A child with pipes for stdin and stdout, in a process group of its own. It inherits exactly the
// three standard descriptors, an unblocked signal mask and default signal handlers. However the
// owner goes, the whole group is killed and the child reaped: no zombies, no strays.
//
// The only file that knows Boost.Process is child_process.cc.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/problem.h"
#include "harness/base/time.h"

namespace gatecrash::transport {

// Where a child's stderr goes.
enum class Errors : unsigned char { Ours, Discarded, Piped };

struct SpawnOptions {
  std::vector<std::string> command;           // found in PATH unless it has a slash
  std::vector<std::string> environment = {};  // NAME=value, added to ours or in place of it
  Errors errors = Errors::Ours;
};

struct Exit {
  int code = 0;    // if it ended by itself
  int signal = 0;  // else the signal that ended it
  bool clean() const { return signal == 0 && code == 0; }
  friend bool operator==(const Exit&, const Exit&) = default;
};
std::string to_string(const Exit& exit);  // "exit code 3", "signal 9 (killed)"

class ChildProcess {
 public:
  static base::Result<ChildProcess> spawn(const SpawnOptions& options);
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;
  ~ChildProcess();  // kills and reaps

  pid_t pid() const;
  int stdin_fd() const;  // -1 once closed
  int stdout_fd() const;
  int stderr_fd() const;  // -1 unless it is piped
  int death_fd() const;   // readable from the child's death on, for poll()
  void close_stdin();

  // Reaps the child if it is dead. The answer stays.
  std::optional<Exit> exited();
  // Waits for its death at most that long (real time).
  std::optional<Exit> wait(base::Duration at_most);
  void signal(int number);  // to the whole group
  // The shutdown of the stdio transport: close stdin, wait, TERM, wait, KILL. Reaps.
  Exit stop(base::Duration grace);
  Exit kill();

 private:
  struct Impl;
  explicit ChildProcess(std::unique_ptr<Impl> impl);
  void reap();
  std::unique_ptr<Impl> impl_;
};

// For our own programs when a harness started them: they die with it even if it is killed with -9.
// `parent` is the process that did; false if it is gone already.
bool die_with_parent(pid_t parent);

}  // namespace gatecrash::transport
