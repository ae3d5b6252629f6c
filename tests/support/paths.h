// Where tests find the project's files, whatever the working directory.
#pragma once

#include <string>

namespace gatecrash::test {

// The source tree and the build folder; absolute, without a slash at the end.
std::string source_folder();
std::string binary_folder();
std::string source_path(const std::string& relative);

// A folder for the files that tests write: one per process, since CTest runs several at a time;
// main() removes it.
std::string scratch_folder();
std::string scratch_path(const std::string& relative);

}  // namespace gatecrash::test
