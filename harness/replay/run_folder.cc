#include "harness/replay/run_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "harness/base/text.h"
#include "harness/transport/descriptor.h"

namespace gatecrash::replay {
namespace {

namespace fs = std::filesystem;

// Waits for the end of its input. A gateway that is about to end may still write: hence the tries.
constexpr const char* kKeep =
    "read -r _\n"
    "for n in 1 2 3 4 5 6 7 8 9 10; do\n"
    "  chmod -R u+rwx \"$0\" 2>/dev/null; rm -rf \"$0\" 2>/dev/null\n"
    "  [ -e \"$0\" ] || exit 0\n"
    "  sleep 0.3\n"
    "done\n";

constexpr std::string_view kPlaces[][2] = {
    {"HOME", "home"},
    {"XDG_CONFIG_HOME", "home/.config"},
    {"XDG_DATA_HOME", "home/.local/share"},
    {"XDG_STATE_HOME", "home/.local/state"},
    {"XDG_CACHE_HOME", "home/.cache"},
    {"TMPDIR", "tmp"},
};

// Folders that may not be written to are opened first: package managers leave such.
void remove(const std::string& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) return;
  for (fs::recursive_directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error)) {
    if (each->is_directory(error) && !each->is_symlink(error))
      fs::permissions(each->path(), fs::perms::owner_all, fs::perm_options::add, error);
  }
  fs::remove_all(folder, error);
}

base::Problems cannot_make(const std::string& folder, int error) {
  return {base::problem(
      "", {},
      "cannot make the folder " + base::quoted(folder) + ": " + transport::errno_text(error))};
}

}  // namespace

RunFolder::~RunFolder() {
  if (!keep_) remove(path_);
}

std::vector<std::string> RunFolder::environment() const {
  std::vector<std::string> entries;
  for (const auto& [name, place] : kPlaces)
    entries.push_back(std::string(name) + "=" + path_ + "/" + std::string(place));
  return entries;
}

RunFolders::~RunFolders() {
  if (!root_.empty() && !keep_) remove(root_);
}

std::string RunFolders::path() const {
  const std::lock_guard lock(mutex_);
  return root_;
}

base::Result<void> RunFolders::make_root() {
  std::error_code error;
  std::string path = (fs::temp_directory_path(error) / "gatecrash-XXXXXX").string();
  if (error) return cannot_make(path, error.value());
  if (::mkdtemp(path.data()) == nullptr) return cannot_make(path, errno);
  root_ = path;
  if (keep_) return {};
  auto keeper = transport::ChildProcess::spawn(
      {.command = {"/bin/sh", "-c", kKeep, root_}, .errors = transport::Errors::Discarded});
  if (!keeper) return keeper.error();
  keeper_.emplace(std::move(*keeper));
  return {};
}

base::Result<std::unique_ptr<RunFolder>> RunFolders::make(std::string_view label) {
  std::string path;
  {
    const std::lock_guard lock(mutex_);
    if (root_.empty()) {
      if (auto made = make_root(); !made) return made.error();
    }
    char number[16];
    std::snprintf(number, sizeof number, "%05u", ++made_);
    path = root_ + "/" + number;
  }
  if (keep_) path += "." + std::string(label);
  auto folder = std::make_unique<RunFolder>(path, keep_);
  for (const auto& place : kPlaces) {
    std::error_code error;
    fs::create_directories(fs::path(path) / place[1], error);
    if (error) return cannot_make(path, error.value());
  }
  return folder;
}

}  // namespace gatecrash::replay
