#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "harness/oracle/oracle.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace gatecrash::oracle {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST_CASE("every oracle has a file of its name, and every file that judges is in the table") {
  // Shared by oracles, judging nothing by themselves.
  const std::set<std::string> shared{"caps",    "contradiction", "deed",   "disguise", "evidence",
                                     "finding", "hiding",        "hiding", "history",  "judge",
                                     "refusal", "standing",      "table",  "teeth",    "words"};
  std::set<std::string> files;
  for (const auto& each :
       std::filesystem::directory_iterator(test::source_path("harness/oracle"))) {
    if (each.path().extension() == ".cc" && !shared.contains(each.path().stem().string())) {
      files.insert(each.path().stem().string());
    }
  }
  std::set<std::string> names;
  for (const OracleEntry& each : oracles()) {
    CHECK(names.insert(std::string(each.name)).second);
    CHECK_FALSE(each.claim.empty());
    CHECK(each.applies != nullptr);
    CHECK(each.judge != nullptr);
    CHECK(find_oracle(each.name) == &each);
  }
  CHECK(names == files);
  CHECK(find_oracle("no_such_oracle") == nullptr);
}

TEST_CASE("no oracle knows a gateway by its name") {
  // From the source of the table, so that this test needs no gateway to link: each line of it that
  // begins with `{"`.
  std::vector<std::string> forbidden{"intercept_1_1"};
  std::istringstream table(text_of(test::source_path("harness/gateway/table.cc")));
  for (std::string line; std::getline(table, line);) {
    const std::size_t from = line.find_first_not_of(' ');
    if (from == std::string::npos || line.compare(from, 2, "{\"") != 0) continue;
    forbidden.push_back(line.substr(from + 1, line.find('"', from + 2) - from));
  }
  REQUIRE(forbidden.size() > 4);
  for (const auto& each :
       std::filesystem::directory_iterator(test::source_path("harness/oracle"))) {
    const std::string text = text_of(each.path());
    INFO(each.path().string());
    CHECK(text.find("harness/gateway") == std::string::npos);
    CHECK(text.find("harness/replay") == std::string::npos);
    for (const std::string& name : forbidden) {
      INFO(name);
      CHECK(text.find(name) == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace gatecrash::oracle
