// What each defence is good for: without it, and with all the others in place, some attack of the
// shipped pack gets through. The table is printed here, and the README repeats it.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/cli/execute.h"
#include "harness/gateway/defences.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

using namespace gatecrash;

namespace {

bool passes(oracle::Verdict verdict) {
  return verdict == oracle::Verdict::Pass || verdict == oracle::Verdict::NotApplicable;
}

}  // namespace

TEST_CASE("Without any one of its defences the reference gateway lets an attack through") {
  cli::Filters filters;
  filters.exclude = "_published$|_limited$|slow-drip@codex|^def/nothing-listed$";
  auto selection = cli::select({test::source_path("scenarios")}, filters, {});
  INFO((selection.has_error() ? base::to_string(selection.error()) : std::string()));
  REQUIRE(selection.has_value());
  std::vector<std::string> gateways{"reference"};
  for (const gateway::DefenceEntry& each : gateway::defences())
    gateways.push_back("without:" + std::string(each.name));
  cli::Subjects subjects;
  REQUIRE(subjects.prepare(*selection, {.gateways = gateways}).has_value());
  const cli::Executed executed = cli::execute(*selection, subjects, {.jobs = 2});

  // By gateway: attacks that did not come out as they should, each with how bad it was. What fails
  // behind the whole gateway too says nothing about a defence.
  std::map<std::string, std::map<std::string, oracle::Verdict>> failed;
  std::set<std::string> anyhow;
  for (const reports::Entry& entry : executed.entries) {
    if (entry.gateway == "reference" && !passes(entry.judged.verdict)) anyhow.insert(entry.id);
  }
  for (const reports::Entry& entry : executed.entries) {
    if (passes(entry.judged.verdict) || anyhow.contains(entry.id)) continue;
    const std::string attack = entry.id.substr(0, entry.id.find('@'));
    const auto [at, fresh] = failed[entry.gateway].emplace(attack, entry.judged.verdict);
    if (!fresh) at->second = std::max(at->second, entry.judged.verdict);
  }
  const std::string readme = base::read_file(test::source_path("README.md")).value();
  for (const gateway::DefenceEntry& each : gateway::defences()) {
    const auto& attacks = failed["without:" + std::string(each.name)];
    // The worst, then the first by name.
    const auto worst = std::ranges::max_element(attacks, [](const auto& left, const auto& right) {
      return left.second != right.second ? left.second < right.second : left.first > right.first;
    });
    std::string row = "| `" + std::string(each.name) + "` | " + std::string(each.defence) + " | ";
    if (worst != attacks.end()) {
      row += "`" + worst->first + "` (" + std::string(to_string(worst->second)) + ")";
      if (attacks.size() > 1) row += " and " + std::to_string(attacks.size() - 1) + " more";
    }
    row += " |";
    std::printf("%s\n", row.c_str());
    INFO("nothing gets through without: " << each.name);
    CHECK(!attacks.empty());
    INFO("the README does not have this row");
    CHECK(readme.find(row) != std::string::npos);
  }
}
