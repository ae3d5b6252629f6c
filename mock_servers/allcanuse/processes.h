// The modelled processes of the workstation: those in the register (ids `mp-` and twelve hex
// digits) and others. One of them, `task-worker`, stands for the process that does the background
// tasks' work; that it can be killed from outside is a fact, which process it is is ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatecrash::mock_servers::allcanuse {

struct Process {
  std::int64_t pid = 0;
  std::string id;  // empty: not in the register
  std::string name;
  std::string purpose;
  bool guarded = false;  // protected from accidental kill
  bool alive = true;
  bool works_tasks = false;
  std::string note;
};

class Processes {
 public:
  Processes() { reset(); }
  void reset();

  std::vector<Process>& all() { return list_; }
  Process* by_id(std::string_view id);
  Process* by_pid(std::int64_t pid);
  Process& start(std::string_view command, std::string_view purpose, bool guarded,
                 std::uint64_t number);
  // Living processes that a command line names beside a word that kills.
  std::vector<Process*> killed_by(std::string_view command);

 private:
  std::vector<Process> list_;
};

}  // namespace gatecrash::mock_servers::allcanuse
