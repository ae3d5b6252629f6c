#include "tests/support/paths.h"

#include <unistd.h>

namespace gatecrash::test {

std::string source_folder() {
  return GATECRASH_SOURCE_DIR;
}

std::string binary_folder() {
  return GATECRASH_BINARY_DIR;
}

std::string source_path(const std::string& relative) {
  return source_folder() + "/" + relative;
}

std::string scratch_folder() {
  static const std::string folder = binary_folder() + "/scratch/" + std::to_string(::getpid());
  return folder;
}

std::string scratch_path(const std::string& relative) {
  return scratch_folder() + "/" + relative;
}

}  // namespace gatecrash::test
