// Folder, table and corpus of the fuzz targets agree.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> sources() {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(gatecrash::test::source_path("fuzz"))) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() == ".cc" && stem.starts_with("fuzz_")) names.insert(stem);
  }
  return names;
}

std::set<std::string> table() {
  std::set<std::string> names;
  const std::string text = text_of(gatecrash::test::source_path("fuzz/CMakeLists.txt"));
  const std::string line = "\ngatecrash_fuzz(";
  for (auto at = text.find(line); at != std::string::npos; at = text.find(line, at + 1)) {
    const auto start = at + line.size();
    names.insert(text.substr(start, text.find_first_of(" )", start) - start));
  }
  return names;
}

std::set<std::string> children(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(gatecrash::test::source_path(folder))) {
    names.insert(entry.path().stem().string());
  }
  return names;
}

}  // namespace

TEST_CASE("every fuzz target has a line in the table and every line a target") {
  CHECK_FALSE(sources().empty());
  CHECK(sources() == table());
}

TEST_CASE("every fuzz target states its property in its first comment") {
  for (const std::string& name : sources()) {
    CAPTURE(name);
    CHECK(
        text_of(gatecrash::test::source_path("fuzz/" + name + ".cc")).starts_with("// Property: "));
  }
}

TEST_CASE("corpora and dictionaries belong to targets, and no target is without a corpus") {
  const auto known = sources();
  const auto corpora = children("fuzz/corpus");
  CHECK(corpora == known);
  for (const std::string& name : corpora) {
    CAPTURE(name);
    CHECK_FALSE(fs::is_empty(gatecrash::test::source_path("fuzz/corpus/" + name)));
  }
  const auto dictionaries = children("fuzz/dictionary");
  CHECK(std::ranges::includes(known, dictionaries));
}
