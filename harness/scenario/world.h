// The concrete world of a plan.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/base/time.h"
#include "harness/scenario/plan.h"
#include "harness/scenario/target.h"

namespace gatecrash::scenario {

// The target's tasks, and generated ones up to `least` in all. `work` replaces the target's own.
WorldSpec make_world(const Target& target, std::uint32_t least, std::optional<base::Duration> work);

bool has_call(const Plan& plan);  // or a raw line, which may be one

}  // namespace gatecrash::scenario
