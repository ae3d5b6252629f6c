// What targets promise, and whether everyday traffic tries it.
#pragma once

#include "harness/base/problem.h"
#include "harness/cli/pack.h"

namespace gatecrash::cli {

// A warning for each tool that a target of the pack promises to be callable and that no everyday
// traffic calls: nothing would notice that it does not work. Of `callable: rest` one tool will do.
// Everyday traffic is the target's own `benign`, and the files without an attack that fit it.
// `selection`: the pairs of the pack.
base::Problems untried_promises(const scenario::Pack& pack, const Selection& selection);

}  // namespace gatecrash::cli
