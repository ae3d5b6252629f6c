// The probed run of an attack: the same steps, with the question in between what the gateway shows
// and what it lets through. Asking has effects of its own (a list can set off a rug pull or pin
// definitions, a call counts against a limit), so that the attack's own run is left alone and this
// one is made for the question.
//
// A probe is `tools/list`, then a call by name of everything the upstream may have and the list did
// not show. There is one before the first step and one after the last; in between where somebody
// else takes over, and after what the operator did, a fault and a new session. Of what one line of
// the scenario repeats, only the first kMostAlike are taken. Nothing is expected.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/scenario/plan.h"

namespace gatecrash::replay {

inline constexpr std::size_t kMostAlike =
    12;  // more than the ten calls that most limits of the pack allow

// `tools`: names of what the upstream may have.
scenario::Plan probed(const scenario::Plan& plan, std::vector<std::string> tools);

}  // namespace gatecrash::replay
