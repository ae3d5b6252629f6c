// Evidence that speaks against itself proves nothing, whoever spoiled it: a record that is not as
// its party wrote it, or records of different parties that cannot both be true. Judgement calls it
// inconclusive and says why.
#pragma once

#include <string>
#include <vector>

#include "harness/oracle/evidence.h"

namespace gatecrash::oracle {

// A trace of the run that is not whole: lost, doubled, moved or altered records, or a complete run
// without an end mark. Such a run is no evidence for anything. Empty: there is none.
std::string damaged_record(const trace::Run& run);

// Records of a complete run that contradict each other, each in a sentence:
//   - the task table changed, but no effect is on record;
//   - the agent was told that a call succeeded, but no call arrived;
//   - the upstream understood a call, but no frame had arrived.
std::vector<std::string> contradictions(const Evidence& evidence);

}  // namespace gatecrash::oracle
