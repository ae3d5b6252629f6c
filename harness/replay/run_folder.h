// State of a foreign gateway: each run has a folder of its own, which all gateway processes of that
// run share, so that nothing of one run is left for another. The folders lie in one folder of this
// process, below the temporary folder. They are removed as their owners go. If this process is
// killed, a keeper removes them: a shell whose input ends with us.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/transport/child_process.h"

namespace gatecrash::replay {

class RunFolder {
 public:
  RunFolder(std::string path, bool keep) : path_(std::move(path)), keep_(keep) {}
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  ~RunFolder();

  const std::string& path() const { return path_; }
  // NAME=value: HOME, the XDG folders and TMPDIR, inside it.
  std::vector<std::string> environment() const;

 private:
  std::string path_;
  bool keep_;
};

// Shared by all threads.
class RunFolders {
 public:
  // `keep`: nothing is removed.
  explicit RunFolders(bool keep = false) : keep_(keep) {}
  RunFolders(const RunFolders&) = delete;
  RunFolders& operator=(const RunFolders&) = delete;
  ~RunFolders();

  // A new folder, with those of its environment in it. Of one that is kept `label` is part of the
  // name.
  base::Result<std::unique_ptr<RunFolder>> make(std::string_view label);
  // The folder that holds them all; empty as long as none was made.
  std::string path() const;

 private:
  base::Result<void> make_root();

  const bool keep_;
  mutable std::mutex mutex_;
  std::string root_;
  unsigned made_ = 0;
  std::optional<transport::ChildProcess> keeper_;
};

}  // namespace gatecrash::replay
