// Nobody has to believe the oracles: each one has to notice gateways that are wrong on purpose, and
// none may say anything about a correct gateway in front of policies that keep their promise.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/base/text.h"
#include "harness/cli/execute.h"
#include "harness/gateway/mutants.h"
#include "harness/oracle/oracle.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

using namespace gatecrash;

namespace {

// What an oracle may say although the gateway is right: the server itself is at fault.
const std::set<std::string> kUpstreamsOwn{"work_stops"};

// By gateway: oracle -> scenarios in which it found something.
using Caught = std::map<std::string, std::map<std::string, std::set<std::string>>>;

Caught run(const std::vector<std::string>& gateways) {
  const std::string scenarios = test::source_path("scenarios");
  cli::Filters filters;
  // Policies that keep their promise: the hardened ones, and those of files that stand alone.
  // One of these promises what it does not keep, as its attack says.
  filters.exclude = "_published$|_limited$|slow-drip|^def/nothing-listed$";
  Caught caught;
  auto selection = cli::select({scenarios, test::source_path("tests/matrix/probes")}, filters, {});
  INFO((selection.has_error() ? base::to_string(selection.error()) : std::string()));
  REQUIRE(selection.has_value());
  cli::Subjects subjects;
  const auto prepared = subjects.prepare(*selection, {.gateways = gateways});
  INFO((prepared.has_error() ? base::to_string(prepared.error()) : std::string()));
  REQUIRE(prepared.has_value());
  const cli::Executed executed = cli::execute(*selection, subjects, {.jobs = 2});
  for (const reports::Entry& entry : executed.entries) {
    INFO(entry.id << " on " << entry.gateway << ": " << base::join(entry.judged.reasons, "; "));
    CHECK(entry.judged.verdict != oracle::Verdict::Broken);
    for (const oracle::Finding& finding : entry.judged.findings) {
      caught[entry.gateway][finding.oracle].insert(entry.id);
      for (const std::string& second : finding.seconded_by) {
        caught[entry.gateway][second.substr(0, second.find(':'))].insert(entry.id);
      }
    }
  }
  return caught;
}

}  // namespace

TEST_CASE(
    "Every oracle notices a mutant, every mutant is noticed, and correct gateways are left alone") {
  std::vector<std::string> gateways{"reference"};
  for (const gateway::MutantEntry& each : gateway::mutants())
    gateways.push_back("mutant:" + std::string(each.name));
  Caught caught = run(gateways);

  for (const auto& [oracle, scenarios] : caught["reference"]) {
    INFO(oracle << " found something in " << *scenarios.begin() << " behind the correct gateway");
    CHECK(kUpstreamsOwn.contains(oracle));
  }
  std::set<std::string> seen;
  for (const gateway::MutantEntry& mutant : gateway::mutants()) {
    auto& by_oracle = caught["mutant:" + std::string(mutant.name)];
    for (const std::string& each : kUpstreamsOwn) by_oracle.erase(each);
    std::string line = std::string(mutant.name) + ":";
    for (const auto& [oracle, scenarios] : by_oracle) {
      line += " " + oracle + "(" + std::to_string(scenarios.size()) + ")";
      seen.insert(oracle);
    }
    std::printf("%s\n", line.c_str());
    INFO("mutant " << mutant.name << " (" << mutant.defect << ")");
    CHECK(by_oracle.contains(std::string(mutant.oracle)));
  }
  for (const oracle::OracleEntry& oracle : oracle::oracles()) {
    if (kUpstreamsOwn.contains(std::string(oracle.name))) continue;
    INFO("no mutant makes the oracle " << oracle.name << " say anything");
    CHECK(seen.contains(std::string(oracle.name)));
  }
}
