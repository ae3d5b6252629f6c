// A new folder under the system's folder for temporary files, removed with the object.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "harness/base/check.h"

namespace gatecrash::test {

class Scratch {
 public:
  Scratch() : path_((std::filesystem::temp_directory_path() / "gatecrash-XXXXXX").string()) {
    GATECRASH_CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace gatecrash::test
