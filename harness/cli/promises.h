// What targets promise, and whether everyday traffic tries it.
#pragma once

#include "harness/base/problem.h"
#include "harness/cli/pack.h"

namespace gatecrash::cli {

// A warning for each tool that a target of the selection promises to be callable and that no step
// of its everyday traffic calls: nothing would notice that it does not work. Of `callable: rest`
// one tool will do. Everyday traffic is the target's own `benign`, and the files without an attack
// that fit it.
base::Problems untried_promises(const Selection& selection);

}  // namespace gatecrash::cli
