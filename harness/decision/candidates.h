// Argument values that could make a condition hold or fail: its own value, its neighbours, the same
// in another type. Guesses; whoever asks decides again to see which of them is right.
#pragma once

#include <string>
#include <vector>

#include "harness/base/tree.h"
#include "harness/policy/policy.h"

namespace gatecrash::decision {

// Appends JSON texts, the nearest to `actual` (JSON, or empty: missing) first; an empty text stands
// for leaving the argument out.
void add_candidates(const policy::Condition& condition, const std::string& actual,
                    std::vector<std::string>& out);

// `object` as JSON with the member at `steps` set to `json`, or removed if that is empty. What
// stands in the way and is no object is replaced by one.
std::string with_member(base::Value object, const std::vector<std::string>& steps,
                        const std::string& json);

}  // namespace gatecrash::decision
