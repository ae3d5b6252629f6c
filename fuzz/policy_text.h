// What the two policy fuzz targets check of a text, given the dialect to read it in.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "fuzz/target.h"
#include "harness/policy/policy.h"

namespace gatecrash::fuzz {

int check_policy_text(std::string_view text, policy::Dialect dialect);
std::span<const ReachPoint> policy_reach_points();

}  // namespace gatecrash::fuzz
