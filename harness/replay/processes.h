// Gateway and mock as processes of ours for one run after the other. A session is one chain: agent
// pipes → gateway → mock (or mock alone), each process with its control socket. Used sessions are
// kept and begin anew by Reset; a session that misbehaved is thrown away.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/time.h"
#include "harness/replay/lane.h"
#include "harness/replay/run_folder.h"
#include "harness/transport/child_process.h"
#include "harness/transport/control_socket.h"
#include "harness/transport/line_stream.h"

namespace gatecrash::replay {

// Where our own programs are: beside this one.
std::string program_path(std::string_view name);

// How long processes may take, in real time.
struct Limits {
  base::Duration ready = std::chrono::seconds(30);  // to start: until the first answer
  base::Duration answer = std::chrono::seconds(5);  // for each answer after that
};

// What stands between agent and mock.
struct GatewayCommand {
  std::vector<std::string> words;  // empty: nothing (the teeth run)
  // Not ours: no control socket, real time. The word `{upstream}` stands for its upstream's
  // command,
  // `{state}` in a word for the folder of the run.
  bool foreign = false;
  std::string key() const;
};

// The last bytes that a process wrote to its stderr.
class LastWords {
 public:
  static constexpr std::size_t kMost = 4096;

  explicit LastWords(int descriptor);             // -1: there are none
  int descriptor() const { return descriptor_; }  // -1 once it has ended
  // Takes what is there, without waiting.
  void read();
  // On one line, control bytes escaped; empty if it said nothing.
  std::string text() const;

 private:
  int descriptor_;
  std::string bytes_;
};

// A program with its ends of the pipes to the agent.
class ProcessHead {
 public:
  static base::Result<std::unique_ptr<ProcessHead>> start(const transport::SpawnOptions& options);

  transport::ChildProcess& child() { return child_; }
  transport::LineReader& reader() { return reader_; }
  transport::LineWriter& writer() { return writer_; }
  LastWords& last_words() { return last_words_; }

 private:
  explicit ProcessHead(transport::ChildProcess child);
  transport::ChildProcess child_;
  transport::LineReader reader_;
  transport::LineWriter writer_;
  LastWords last_words_;
};

class ProcessSession {
 public:
  // Starts the chain (of a foreign gateway only the mock); the mock is told its world later.
  // `ready` bounds how long each process may take to introduce itself.
  static base::Result<std::unique_ptr<ProcessSession>> start(const GatewayCommand& gateway,
                                                             base::Duration ready);

  ProcessHead* head() { return head_.get(); }  // null: foreign, every client has its own
  transport::ControlSocket* gateway() { return gateway_ ? &*gateway_ : nullptr; }
  transport::ControlSocket& mock() { return *mock_; }
  pid_t mock_pid() const { return mock_pid_; }
  pid_t gateway_pid() const { return gateway_pid_; }  // 0: none, or foreign

  // Foreign: a new gateway process with an upstream of its own into the one mock, and its state in
  // the folder. Its stderr has to be read.
  base::Result<std::unique_ptr<ProcessHead>> start_client(const Identity& identity,
                                                          const RunFolder& folder) const;
  // Returns true if all processes are still running.
  bool alive();

 private:
  ProcessSession() = default;

  GatewayCommand command_;
  std::string mock_address_;                       // foreign: where the mock's clients attach
  std::optional<transport::ChildProcess> daemon_;  // foreign: the mock itself
  std::unique_ptr<ProcessHead> head_;
  std::optional<transport::ControlSocket> gateway_;
  std::optional<transport::ControlSocket> mock_;
  pid_t mock_pid_ = 0;
  pid_t gateway_pid_ = 0;
};

// Kept sessions by command.
class ProcessPool {
 public:
  explicit ProcessPool(const Limits& limits) : limits_(limits) {}
  base::Result<std::unique_ptr<ProcessSession>> take(const GatewayCommand& command);
  void give_back(const GatewayCommand& command, std::unique_ptr<ProcessSession> session);
  const Limits& limits() const { return limits_; }

 private:
  Limits limits_;
  std::map<std::string, std::vector<std::unique_ptr<ProcessSession>>> kept_;
};

}  // namespace gatecrash::replay
