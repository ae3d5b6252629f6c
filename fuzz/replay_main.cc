// Runs a fuzz target on files and folders of files, without libFuzzer:
//   replay_<target> [--reach] PATH…
// Prints how often each point was reached. With --reach a point that was never reached is a
// failure: inputs that do not get past the parser test nothing. No file at all is a failure, too.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/target.h"

namespace {

namespace fs = std::filesystem;

// Copied to the heap at exact size, so that a sanitizer sees a read beyond the end.
bool run(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
    return false;
  }
  bytes.shrink_to_fit();
  const int answer = LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  if (answer == 0 || answer == -1) return true;
  std::fprintf(stderr, "%s: the target returned %d\n", path.c_str(), answer);
  return false;
}

std::vector<fs::path> files_under(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  bool must_reach = false;
  bool good = true;
  std::size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--reach") {
      must_reach = true;
      continue;
    }
    for (const fs::path& file : files_under(argv[i])) {
      good = run(file) && good;
      ++files;
    }
  }
  std::printf("files=%zu\n", files);
  for (const gatecrash::fuzz::ReachPoint& point : gatecrash::fuzz::reach_points()) {
    std::printf("reached %s=%llu\n", point.name, static_cast<unsigned long long>(point.hits));
    if (!must_reach || point.hits != 0) continue;
    std::printf("never reached: %s\n", point.name);
    good = false;
  }
  return good && files != 0 ? 0 : 1;
}
