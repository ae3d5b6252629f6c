#include "harness/transport/process_group.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "harness/transport/descriptor.h"

namespace gatecrash::transport {
namespace {

struct Closes {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, Closes>;

struct Stat {
  char state = '?';
  pid_t group = 0;
};

// Of a process or thread; it can have ended meanwhile.
Stat read_stat(const std::string& path) {
  Stat stat;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[512];
  const ssize_t size = file ? ::read(file.get(), text, sizeof text - 1) : -1;
  if (size <= 0) return stat;
  text[size] = '\0';
  // The name in parentheses may hold anything.
  const char* const end = std::strrchr(text, ')');
  int parent = 0;
  if (end == nullptr || std::sscanf(end + 1, " %c %d %d", &stat.state, &parent, &stat.group) != 3) {
    return {};
  }
  return stat;
}

bool active(char state) {
  return state == 'R' || state == 'D';
}

// Calls `visit` with the path of each numbered entry until it returns true.
template <typename Visit>
bool any_numbered(const std::string& folder, Visit visit) {
  const Directory directory(::opendir(folder.c_str()));
  if (!directory) return false;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (std::atoi(entry->d_name) > 0 && visit(folder + "/" + entry->d_name)) return true;
  }
  return false;
}

}  // namespace

bool wants_to_run(pid_t group) {
  return any_numbered("/proc", [group](const std::string& process) {
    return read_stat(process + "/stat").group == group &&
           any_numbered(process + "/task", [](const std::string& thread) {
             return active(read_stat(thread + "/stat").state);
           });
  });
}

}  // namespace gatecrash::transport
