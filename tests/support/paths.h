// Where tests find the project's files, whatever the working directory.
#pragma once

#include <string>

namespace gatecrash::test {

inline std::string source_path(const std::string& relative) {
  return std::string(GATECRASH_SOURCE_DIR "/") + relative;
}

// A folder for what tests write; one per build, outside the source tree's tracked files.
inline std::string scratch_path(const std::string& relative) {
  return std::string(GATECRASH_BINARY_DIR "/scratch/") + relative;
}

}  // namespace gatecrash::test
