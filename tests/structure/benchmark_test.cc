// No benchmark rots: every source under tests/benchmark is built, and CTest starts what is built.
#include <filesystem>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "harness/base/file.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"
#include "tests/support/skip.h"

namespace gatecrash {
namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
  return base::read_file(path).value();
}

// The parts of tests/benchmark/run that have a source of their own, by name.
std::set<std::string> sources() {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(test::source_path("tests/benchmark"))) {
    if (entry.path().extension() == ".cc") names.insert(entry.path().stem().string());
  }
  return names;
}

TEST_CASE("Every source of a benchmark is a program or named in the fuzz targets' build") {
  const std::string fuzz = text_of(test::source_path("fuzz/CMakeLists.txt"));
  for (const std::string& name : sources()) {
    CAPTURE(name);
    CHECK((name.ends_with("_benchmark") ||
           fuzz.find("tests/benchmark/" + name + ".cc") != std::string::npos));
  }
}

TEST_CASE("A preset builds the tests and the benchmarks") {
  const auto presets = nlohmann::json::parse(text_of(test::source_path("CMakePresets.json")));
  int both = 0;
  for (const auto& preset : presets.at("configurePresets")) {
    const auto variables = preset.value("cacheVariables", nlohmann::json::object());
    both += variables.value("GATECRASH_BENCHMARKS", "OFF") == "ON" &&
            variables.value("GATECRASH_TESTS", "ON") == "ON";
  }
  CHECK(both >= 1);
}

#if defined(GATECRASH_BENCHMARKS)
TEST_CASE("Where benchmarks are built, CTest starts every one") {
  const std::string folder = gatecrash::test::binary_folder();
  if (text_of(folder + "/CMakeCache.txt").find("benchmark_DIR:PATH=benchmark_DIR-NOTFOUND") !=
      std::string::npos)
    return test::skip("Google Benchmark is not installed");
  const std::string tests = text_of(folder + "/CTestTestfile.cmake");
  std::size_t checked = 0;
  for (const std::string& name : sources()) {
    if (!name.ends_with("_benchmark")) continue;
    const std::string part = name.substr(0, name.size() - std::string("_benchmark").size());
    CAPTURE(part);
    CHECK(tests.find("\"--smoke\" \"--build\" \"" + folder + "\" \"" + part + "\"") !=
          std::string::npos);
    CHECK(fs::exists(folder + "/bin/benchmark_" + part));
    ++checked;
  }
  CHECK(checked > 5);
}
#endif

}  // namespace
}  // namespace gatecrash
