// The layer table of the design, kept by a test: a folder includes folders of strictly lower layers
// only, and heavy headers stay where they are wrapped.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace gatecrash {
namespace {

namespace fs = std::filesystem;

struct Folder {
  std::string_view path;
  int layer;
  std::vector<std::string_view> never = {};  // lower, and forbidden all the same
};

const std::vector<Folder>& table() {
  static const std::vector<Folder> folders = {
      {"harness/base", 0},
      {"harness/rpc", 1},
      {"harness/policy", 1},
      {"harness/mcp", 2},
      {"harness/transport", 2},
      {"harness/decision", 3, {"harness/transport"}},
      {"harness/scenario", 3, {"harness/policy", "harness/transport"}},
      {"harness/session", 3, {"harness/policy"}},
      {"harness/trace", 4, {"harness/transport"}},
      {"harness/gateway", 5, {"harness/scenario"}},
      {"mock_servers", 5, {"harness/policy", "harness/decision"}},
      {"harness/oracle", 5, {"harness/transport"}},
      {"harness/coverage", 5},
      {"harness/replay", 6, {"harness/oracle", "harness/policy"}},
      {"reports", 6},
      {"harness/analysis", 7},
      {"harness/cli", 8, {"tests/support"}},
      {"fuzz", 8},
      {"tests/support", 7, {"harness/analysis"}},  // shared by tests and fuzz targets
      {"tests", 8},
  };
  return folders;
}

struct Heavy {
  std::string_view header;                // how the include starts
  std::vector<std::string_view> allowed;  // paths (or folders, ended by /) that may include it
  bool headers_too = true;                // false: never in a .h, anywhere
};

const std::vector<Heavy>& heavy() {
  static const std::vector<Heavy> headers = {
      {"yaml-cpp/", {"harness/base/yaml_read.cc"}},
      {"openssl/", {"harness/base/digest.cc"}},
      {"boost/process", {"harness/transport/"}},
      {"boost/asio", {"harness/transport/"}},
      {"boost/beast", {"harness/transport/"}},
      {"CLI/", {"harness/cli/options.cc"}},
      {"catch2/", {}},
      {"benchmark/", {}},
      {"nlohmann/json.hpp", {"harness/", "mock_servers/", "reports/", "fuzz/"}, false},
      {"re2/", {"harness/", "fuzz/"}, false},
      // Judgement is checked in every build (harness/base/check.h).
      {"cassert", {}},
      {"assert.h", {}},
      // Not in both compilers' libraries.
      {"format", {}},
      {"expected", {}},
  };
  return headers;
}

const Folder* folder_of(std::string_view path) {
  for (const Folder& each : table()) {
    if (path.starts_with(each.path) && path.substr(each.path.size()).starts_with('/')) return &each;
  }
  return nullptr;
}

// What is between the marks of an `#include` line, with the opening mark; empty for other lines.
std::string_view included(std::string_view line) {
  const auto skip = [&line](std::string_view word) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    return true;
  };
  if (!skip("#") || !skip("include") || !skip("")) return {};
  if (line.empty() || (line.front() != '"' && line.front() != '<')) return {};
  return line.substr(0, line.find(line.front() == '"' ? '"' : '>', 1));
}

void check_ours(const Folder& from, std::string_view header, std::vector<std::string>& violations,
                const std::string& where) {
  const Folder* const to = folder_of(header);
  if (to == nullptr) {
    violations.push_back(where + "is in no folder of the table; paths start at the root");
  } else if (to->path != from.path && to->layer >= from.layer) {
    violations.push_back(where + "is not of a lower layer");
  } else if (std::ranges::find(from.never, to->path) != from.never.end()) {
    violations.push_back(where + "is forbidden to " + std::string(from.path));
  }
}

void check_theirs(std::string_view path, std::string_view header,
                  std::vector<std::string>& violations, const std::string& where) {
  for (const Heavy& each : heavy()) {
    const bool whole = each.header.find_first_of("/.") == std::string_view::npos;
    if (whole ? header != each.header : !header.starts_with(each.header)) continue;
    const bool allowed = std::ranges::any_of(each.allowed, [path](std::string_view place) {
      return place.ends_with('/') ? path.starts_with(place) : path == place;
    });
    if (!allowed) violations.push_back(where + "may not be included here");
    if (allowed && !each.headers_too && path.ends_with(".h")) {
      violations.push_back(where + "may not be included by a header");
    }
  }
}

std::vector<std::string> violations_in(std::string_view path, std::string_view content) {
  std::vector<std::string> violations;
  const Folder* const from = folder_of(path);
  if (from == nullptr) return {std::string(path) + " is in no folder of the table"};
  std::size_t number = 0;
  for (const std::string_view line : base::split(content, '\n')) {
    ++number;
    const std::string_view header = included(line);
    if (header.empty()) continue;
    const std::string where = std::string(path) + ":" + std::to_string(number) + ": " +
                              std::string(header.substr(1)) + " ";
    if (header.front() == '"') {
      check_ours(*from, header.substr(1), violations, where);
    } else {
      check_theirs(path, header.substr(1), violations, where);
    }
  }
  return violations;
}

TEST_CASE("Every include goes down the layers") {
  std::vector<std::string> violations;
  std::size_t files = 0;
  for (const std::string root : {"harness", "mock_servers", "reports", "fuzz"}) {
    for (const auto& entry : fs::recursive_directory_iterator(test::source_path(root))) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cc") continue;
      const std::string path = fs::relative(entry.path(), test::source_path("")).string();
      const auto found = violations_in(path, base::read_file(entry.path().string()).value());
      violations.insert(violations.end(), found.begin(), found.end());
      ++files;
    }
  }
  for (const std::string& each : violations) UNSCOPED_INFO(each);
  CHECK(violations.empty());
  CHECK(files > 20);
}

TEST_CASE("The build's table of folders is the design's") {
  std::map<std::string, int> build;
  const std::string cmake = base::read_file(test::source_path("CMakeLists.txt")).value();
  for (std::string_view line : base::split(cmake, '\n')) {
    if (!line.starts_with("gatecrash_folder(")) continue;
    line.remove_prefix(std::string_view("gatecrash_folder(").size());
    const std::string_view folder = line.substr(0, line.find(' '));
    const std::size_t digit = line.find_first_of("0123456789", folder.size());
    build[std::string(folder)] = std::stoi(std::string(line.substr(digit)));
  }
  std::map<std::string, int> design;
  for (const Folder& each : table()) {
    if (each.path != "fuzz" && !each.path.starts_with("tests"))
      design[std::string(each.path)] = each.layer;
  }
  CHECK(build == design);

  for (const auto& entry : fs::directory_iterator(test::source_path("harness"))) {
    if (!entry.is_directory()) continue;
    const std::string folder = "harness/" + entry.path().filename().string();
    CAPTURE(folder);
    CHECK(design.contains(folder));
  }
}

TEST_CASE("The check of includes can fail") {
  struct Row {
    std::string path, line;
    bool good;
  };
  const std::vector<Row> rows = {
      {"harness/rpc/a.cc", "#include \"harness/base/tree.h\"", true},
      {"harness/rpc/a.cc", "#include \"harness/rpc/b.h\"", true},
      {"harness/rpc/a.cc", "#include <vector>", true},
      {"harness/rpc/a.cc", "int x;  // #include \"harness/cli/a.h\"", true},
      {"harness/rpc/a.cc", "#include \"harness/policy/b.h\"", false},  // equal layer
      {"harness/base/a.h", "#include \"harness/rpc/b.h\"", false},     // up
      {"harness/base/a.h", "  #  include \"harness/rpc/b.h\"", false},
      {"harness/oracle/a.cc", "#include \"harness/gateway/g.h\"", false},
      {"harness/oracle/a.cc", "#include \"harness/transport/t.h\"", false},  // lower, but never
      {"harness/oracle/a.cc", "#include \"mock_servers/world.h\"", false},
      {"harness/replay/a.cc", "#include \"harness/oracle/o.h\"", false},
      {"harness/replay/a.cc", "#include \"mock_servers/world.h\"", true},
      {"mock_servers/tasks/a.cc", "#include \"harness/decision/d.h\"", false},
      {"mock_servers/tasks/a.cc", "#include \"mock_servers/world.h\"", true},
      {"harness/rpc/a.cc", "#include \"b.h\"", false},  // not from the root
      {"harness/rpc/a.cc", "#include \"../base/tree.h\"", false},
      {"harness/cli/a.cc", "#include \"tests/support/catch.h\"", false},
      {"fuzz/fuzz_a.cc", "#include \"tests/support/a.h\"", true},
      {"fuzz/fuzz_a.cc", "#include \"tests/cli/a.h\"", false},
      {"harness/elsewhere/a.cc", "", false},  // no such folder
      {"harness/base/yaml_read.cc", "#include <yaml-cpp/parser.h>", true},
      {"harness/base/document.cc", "#include <yaml-cpp/parser.h>", false},
      {"harness/transport/child.cc", "#include <boost/process/v2.hpp>", true},
      {"harness/session/a.cc", "#include <boost/process/v2.hpp>", false},
      {"harness/cli/options.cc", "#include <CLI/CLI.hpp>", true},
      {"harness/cli/options.h", "#include <CLI/CLI.hpp>", false},
      {"harness/cli/a.cc", "#include <CLI/App.hpp>", false},
      {"reports/json.cc", "#include <nlohmann/json.hpp>", true},
      {"reports/json.h", "#include <nlohmann/json.hpp>", false},
      {"reports/json.h", "#include <nlohmann/json_fwd.hpp>", true},
      {"harness/oracle/a.cc", "#include <cassert>", false},
      {"harness/oracle/a.cc", "#include <format>", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path, row.line);
    CHECK(violations_in(row.path, row.line + "\n").empty() == row.good);
  }
}

}  // namespace
}  // namespace gatecrash
