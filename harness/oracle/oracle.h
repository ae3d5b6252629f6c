// Oracles: pure functions from a case to findings. Each defends one claim, named after it. No oracle
// knows which gateway ran; none believes what a gateway says about itself.
#pragma once

#include <string_view>
#include <vector>

#include "harness/oracle/finding.h"
#include "harness/trace/case.h"

namespace gatecrash::oracle {

struct OracleEntry {
  std::string_view name;   // the claim: no_denied_effect
  std::string_view claim;  // in one sentence
  Part part;
  // Is there anything to judge in this run? A case to which no oracle applies is inconclusive.
  bool (*applies)(const trace::Case& the_case, const trace::Run& run);
  void (*judge)(const trace::Case& the_case, const trace::Run& run, std::vector<Finding>& findings);
};

// The visible table of oracles.
const std::vector<OracleEntry>& oracles();

// Runs every oracle that applies over all runs and folds the verdict: validity (teeth bit, evidence
// complete), security, promise, conformance.
Judged judge(const trace::Case& the_case);

}  // namespace gatecrash::oracle
