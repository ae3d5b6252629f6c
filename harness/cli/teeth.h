// `replay run --teeth`: has every step of every attack teeth, on one of its targets and in one of
// its matrix cells at least? And does every cell do harm on every target?
#pragma once

#include <vector>

#include "harness/cli/pack.h"
#include "harness/cli/subjects.h"

namespace gatecrash::cli {

// Prints the steps that prove nothing. Returns the exit code: kBroken if there are any.
int check_teeth(const std::vector<Selection>& selections, const Subjects& subjects, unsigned jobs);

}  // namespace gatecrash::cli
