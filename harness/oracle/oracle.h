// Oracles: pure functions from a case to findings. Each defends one claim, named after it. No
// oracle knows which gateway ran; none believes what a gateway says about itself.
#pragma once

#include <string_view>
#include <vector>

#include "harness/oracle/finding.h"
#include "harness/trace/case.h"

namespace gatecrash::oracle {

class Evidence;  // evidence.h: one run of a case, indexed once for all oracles

struct OracleEntry {
  std::string_view name;   // the claim: no_denied_effect
  std::string_view claim;  // in one sentence
  Part part;               // that most of its findings belong to
  // Is there anything to judge in this run? A case to which no oracle applies is inconclusive.
  bool (*applies)(const Evidence& evidence);
  void (*judge)(const Evidence& evidence, std::vector<Finding>& findings);
};

// The visible table of oracles.
const std::vector<OracleEntry>& oracles();
const OracleEntry* find_oracle(std::string_view name);

// What one oracle says about one run of the case: for tests and the oracle × mutant matrix. Nothing
// if the oracle does not apply.
std::vector<Finding> judge_run(const OracleEntry& oracle, const trace::Case& the_case,
                               const trace::Run& run);

// Runs every oracle that applies over all runs and folds the verdict: validity (teeth bit, evidence
// complete), security, promise, conformance. A case without any run (the gateway would not start
// with the policy) is not applicable. Cost is linear in the number of events.
Judged judge(const trace::Case& the_case);

}  // namespace gatecrash::oracle
