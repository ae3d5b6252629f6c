// Evidence for the oracles: each notices gateways that are wrong on purpose, and none finds
// anything behind a correct gateway with policies that keep their promise.
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/base/text.h"
#include "harness/gateway/mutants.h"
#include "harness/oracle/oracle.h"
#include "tests/matrix/tryout.h"

using namespace gatecrash;

namespace {

// Finds something behind a correct gateway too: the server itself is at fault.
const std::set<std::string> kUpstreamsOwn{"work_stops"};

// By gateway: oracle -> scenarios in which it found something.
using Caught = std::map<std::string, std::map<std::string, std::set<std::string>>>;

// The day-long one, and what is known of the reference gateway
// (scenarios/known_gaps.expected.yaml).
constexpr const char* kNotOnMutants =
    "slow-drip|^(hid/list-ids|ops/alike-records|arg/folded-keys)@";

cli::Selection scenarios() {
  return test::kept_promises(
      {test::source_path("scenarios"), test::source_path("tests/matrix/probes")}, kNotOnMutants);
}

std::string gateway_of(const gateway::MutantEntry& mutant) {
  return "mutant:" + std::string(mutant.name);
}

Caught caught_on(const cli::Selection& selection, const std::vector<std::string>& gateways,
                 unsigned jobs) {
  Caught caught;
  for (const reports::Entry& entry : test::try_on(selection, gateways, jobs)) {
    INFO(entry.id << " on " << entry.gateway << ": " << base::join(entry.judged.reasons, "; "));
    CHECK(entry.judged.verdict != oracle::Verdict::Broken);
    const auto note = [&](const std::string& oracle) {
      if (!kUpstreamsOwn.contains(oracle)) caught[entry.gateway][oracle].insert(entry.id);
    };
    for (const oracle::Finding& finding : entry.judged.findings) {
      note(finding.oracle);
      for (const std::string& second : finding.seconded_by)
        note(second.substr(0, second.find(':')));
    }
  }
  for (const auto& [oracle, ids] : caught["reference"]) {
    FAIL_CHECK(oracle << " found something in " << *ids.begin() << " behind the correct gateway");
  }
  return caught;
}

}  // namespace

TEST_CASE("Every mutant is noticed by its oracle in the attack that its row names") {
  const cli::Selection selection = scenarios();
  for (const gateway::MutantEntry& mutant : gateway::mutants()) {
    INFO("mutant " << mutant.name << " (" << mutant.defect << ")");
    const cli::Selection part = test::part_of(selection, std::string(mutant.scenario));
    REQUIRE(part.scenarios.size() == 1);
    Caught caught = caught_on(part, {"reference", gateway_of(mutant)}, 1);
    CHECK(caught[gateway_of(mutant)].contains(std::string(mutant.oracle)));
  }
}

#if GATECRASH_WHOLE_PACK
TEST_CASE("Every oracle notices a mutant, and finds nothing behind the correct gateway") {
  std::vector<std::string> gateways{"reference"};
  for (const gateway::MutantEntry& mutant : gateway::mutants())
    gateways.push_back(gateway_of(mutant));
  Caught caught = caught_on(scenarios(), gateways, 2);

  std::set<std::string> seen;
  for (const gateway::MutantEntry& mutant : gateway::mutants()) {
    const auto& by_oracle = caught[gateway_of(mutant)];
    std::string line = std::string(mutant.name) + ":";
    for (const auto& [oracle, ids] : by_oracle) {
      line += " " + oracle + "(" + std::to_string(ids.size()) + ")";
      seen.insert(oracle);
    }
    std::printf("%s\n", line.c_str());
    INFO("mutant " << mutant.name << " (" << mutant.defect << ")");
    const auto named = by_oracle.find(std::string(mutant.oracle));
    REQUIRE(named != by_oracle.end());
    const std::vector<std::string> ids(named->second.begin(), named->second.end());
    INFO(mutant.oracle << " finds something in: " << base::join(ids, " "));
    CHECK(named->second.contains(std::string(mutant.scenario)));
  }
  for (const oracle::OracleEntry& oracle : oracle::oracles()) {
    if (kUpstreamsOwn.contains(std::string(oracle.name))) continue;
    INFO("no mutant makes the oracle " << oracle.name << " say anything");
    CHECK(seen.contains(std::string(oracle.name)));
  }
}
#endif
