// Gateways that are wrong on purpose, each in one way, each for the oracles that have to notice.
// They prove that a clean verdict means something: an oracle that passes every mutant is no oracle.
#pragma once

#include <string_view>
#include <vector>

#include "harness/gateway/gateway.h"

namespace gatecrash::gateway {

struct MutantEntry {
  std::string_view name;    // `--gateway mutant:<name>`
  std::string_view defect;  // what it does wrong, in one line
  std::string_view oracle;  // the oracle it is for (first of those that may notice)
  // A scenario in which that oracle notices: a shipped one, or a `probe/…` of tests/matrix/probes.
  std::string_view scenario;
  Made (*make)(const PolicyInput& input);
};

const std::vector<MutantEntry>& mutants();
const MutantEntry* find_mutant(std::string_view name);

}  // namespace gatecrash::gateway
