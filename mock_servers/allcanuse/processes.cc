#include "mock_servers/allcanuse/processes.h"

#include <algorithm>
#include <cctype>

#include "mock_servers/ids.h"

namespace gatecrash::mock_servers::allcanuse {
namespace {

const std::vector<Process>& fixtures() {
  static const std::vector<Process> list{
      {4300, "mp-0000000000d1", "task-worker", "runs background tasks", true, true, true, {}},
      {4301, "mp-0000000000d2", "backup-agent", "nightly backup", true, true, false, {}},
      {4302, {}, "python", {}, false, true, false, {}},
      {4303, {}, "python", {}, false, true, false, {}},
      {4304, {}, "editor", {}, false, true, false, {}},
  };
  return list;
}

bool names_word(std::string_view text, std::string_view word) {
  const auto part_of_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  };
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !part_of_word(text[at - 1])) &&
        (end == text.size() || !part_of_word(text[end]))) {
      return true;
    }
  }
  return false;
}

}  // namespace

void Processes::reset() {
  const std::vector<Process>& first = fixtures();
  list_.resize(first.size());
  std::ranges::copy(first, list_.begin());
}

Process* Processes::by_id(std::string_view id) {
  const auto found = std::ranges::find_if(
      list_, [&](const Process& each) { return !id.empty() && each.id == id; });
  return found == list_.end() ? nullptr : &*found;
}

Process* Processes::by_pid(std::int64_t pid) {
  const auto found = std::ranges::find(list_, pid, &Process::pid);
  return found == list_.end() ? nullptr : &*found;
}

Process& Processes::start(std::string_view command, std::string_view purpose, bool guarded,
                          std::uint64_t number) {
  Process& made = list_.emplace_back();
  made.pid = 5000 + static_cast<std::int64_t>(number);
  made.id = "mp-" + make_hex(number, 12);
  made.name = command.substr(0, command.find(' '));
  made.purpose = purpose;
  made.guarded = guarded;
  return made;
}

std::vector<Process*> Processes::killed_by(std::string_view command) {
  std::vector<Process*> hit;
  const bool kills = names_word(command, "kill") || names_word(command, "pkill") ||
                     names_word(command, "killall") || names_word(command, "taskkill") ||
                     names_word(command, "Stop-Process");
  if (!kills) return hit;
  for (Process& each : list_) {
    if (each.alive &&
        (names_word(command, each.name) || names_word(command, std::to_string(each.pid)))) {
      hit.push_back(&each);
    }
  }
  return hit;
}

}  // namespace gatecrash::mock_servers::allcanuse
