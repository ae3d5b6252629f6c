// Where tests find the project's files, whatever the working directory.
#pragma once

#include <unistd.h>

#include <string>

namespace gatecrash::test {

inline std::string source_path(const std::string& relative) {
  return std::string(GATECRASH_SOURCE_DIR "/") + relative;
}

// A folder for what tests write: one per process, since CTest runs several at a time; main()
// removes it.
inline std::string scratch_folder() {
  static const std::string folder = GATECRASH_BINARY_DIR "/scratch/" + std::to_string(::getpid());
  return folder;
}
inline std::string scratch_path(const std::string& relative) {
  return scratch_folder() + "/" + relative;
}

}  // namespace gatecrash::test
