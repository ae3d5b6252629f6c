// Whether two runs of one plan came out alike, in what a verdict can depend on: which requests were
// answered and how, which tools were shown, what the upstream was asked and what changed in it.
// When, in which words and in which order does not count. Reads traces; judges nothing.
#pragma once

#include <optional>
#include <string>

#include "harness/trace/case.h"

namespace gatecrash::replay {

// The first difference, in words; nothing if there is none. `first` may have been broken off: then
// only what it has is compared, with what `again` had by then.
std::optional<std::string> disagreement(const trace::Run& first, const trace::Run& again,
                                        bool first_broken_off);

}  // namespace gatecrash::replay
