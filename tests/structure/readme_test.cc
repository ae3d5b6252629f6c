// The README is a promise: its tables name what there is, its sample output is what comes out.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace fs = std::filesystem;

namespace {

std::vector<std::string> readme_lines() {
  std::ifstream file(fs::path(gatecrash::test::source_folder()) / "README.md");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// What stands in backticks in the given cell (0-based) of a table row.
std::vector<std::string> names_in_cell(const std::string& row, std::size_t cell) {
  std::vector<std::string> names;
  std::size_t at = 0;
  for (std::size_t i = 0; i <= cell && at != std::string::npos; ++i)
    at = row.find('|', i == 0 ? 0 : at + 1);
  if (at == std::string::npos) return names;
  const std::string text = row.substr(at + 1, row.find('|', at + 1) - at - 1);
  for (std::size_t open = text.find('`'); open != std::string::npos;
       open = text.find('`', open + 1)) {
    const std::size_t close = text.find('`', open + 1);
    if (close == std::string::npos) break;
    names.push_back(text.substr(open + 1, close - open - 1));
    open = close;
  }
  return names;
}

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char chunk[4096];
  while (const std::size_t size = std::fread(chunk, 1, sizeof chunk, pipe))
    text.append(chunk, size);
  ::pclose(pipe);
  return text;
}

// `...` alone on a line stands for any lines, at a line's end for the rest of the line.
bool appears_in_order(const std::vector<std::string>& sample, const std::string& output,
                      std::string& missing) {
  std::istringstream stream(output);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::size_t at = 0;
  bool anywhere = false;
  for (const std::string& each : sample) {
    if (each == "...") {
      anywhere = true;
      continue;
    }
    const bool cut = each.size() >= 3 && each.ends_with("...");
    const std::string start = cut ? each.substr(0, each.size() - 3) : each;
    const auto matches = [&](const std::string& line) {
      return cut ? line.starts_with(start) : line == start;
    };
    while (anywhere && at < lines.size() && !matches(lines[at])) ++at;
    if (at >= lines.size() || !matches(lines[at])) {
      missing = each;
      return false;
    }
    ++at;
    anywhere = false;
  }
  return true;
}

}  // namespace

TEST_CASE("The README's table of folders and the folders agree") {
  std::set<std::string> named;
  bool inside = false;
  for (const std::string& line : readme_lines()) {
    if (line.starts_with("## ")) inside = line == "## The tree";
    if (!inside || !line.starts_with("| `")) continue;
    for (const std::string& name : names_in_cell(line, 0)) named.insert(name);
  }
  std::set<std::string> there{"mock_servers", "reports", "scenarios", "fuzz", "tests"};
  for (const auto& entry :
       fs::directory_iterator(fs::path(gatecrash::test::source_folder()) / "harness")) {
    if (entry.is_directory()) there.insert("harness/" + entry.path().filename().string());
  }
  CHECK(named == there);
}

TEST_CASE("Every place that the README says to add a line to exists") {
  std::size_t checked = 0;
  bool inside = false;
  for (const std::string& line : readme_lines()) {
    if (line.starts_with("## ")) inside = line == "## Adding to it";
    if (!inside || !line.starts_with("| a")) continue;
    for (const std::size_t cell : {std::size_t{1}, std::size_t{2}}) {
      for (const std::string& name : names_in_cell(line, cell)) {
        INFO(name);
        CHECK(fs::exists(fs::path(gatecrash::test::source_folder()) / name));
        ++checked;
      }
    }
  }
  CHECK(checked >= 10);
}

TEST_CASE("The README's sample output is what the command prints") {
  std::vector<std::string> sample;
  std::string command;
  const std::string marker = "<!-- output of: replay ";
  int fence = 0;
  for (const std::string& line : readme_lines()) {
    if (line.starts_with(marker)) {
      command = line.substr(marker.size(), line.rfind(" -->") - marker.size());
    } else if (!command.empty() && fence < 2) {
      if (line == "```")
        ++fence;
      else if (fence == 1)
        sample.push_back(line);
    }
  }
  REQUIRE_FALSE(command.empty());
  REQUIRE(sample.size() > 20);
  const std::string replay = gatecrash::test::binary_folder() + "/bin/replay";
  REQUIRE(fs::exists(replay));
  const std::string output = output_of("cd '" + gatecrash::test::source_folder() + "' && '" +
                                       replay + "' " + command + " 2>/dev/null");
  std::string missing;
  INFO("first line that is not printed: " << missing);
  CHECK(appears_in_order(sample, output, missing));
}

TEST_CASE("A sample line that is not printed is noticed") {
  std::string missing;
  CHECK(appears_in_order({"a", "...", "c d..."}, "a\nb\nc d e\n", missing));
  CHECK_FALSE(appears_in_order({"a", "c d..."}, "a\nb\nc d e\n", missing));
  CHECK_FALSE(appears_in_order({"a", "...", "x"}, "a\nb\nc d e\n", missing));
  CHECK(missing == "x");
}
