// The built-in gateways, one maker each. The table of them is in table.cc.
#pragma once

#include <memory>
#include <string_view>

#include "harness/decision/counters.h"
#include "harness/gateway/gateway.h"
#include "harness/gateway/policy_gateway.h"

namespace gatecrash::gateway {

// Our own: strict reading, sliding windows, default deny in lists too.
Character reference_character();
Made make_reference(const PolicyInput& input);

// The released proxy (PolicyLayer/Intercept v1.1.0): reads every file as its own dialect, drops
// keys it does not know, forwards what it cannot read. Approvals belong to newer releases; it does
// not start with them.
Character intercept_1_1_character();
Made make_intercept_1_1(const PolicyInput& input);

// Relays bytes untouched, both ways: every attack must come out a bypass.
Made make_null(const PolicyInput& input);
// Relays handshake and listing, refuses every call and every other method: every twin must come out
// overblocked.
Made make_deny_all(const PolicyInput& input);

// The policy in its own dialect, strictly; refused: leniently if the input says so.
LoadedPolicy load_as_written(const PolicyInput& input);
// As the released proxy loads it.
LoadedPolicy load_as_released(const PolicyInput& input);

// A gateway of that character over the policy as `load` reads it, or none.
Made make_policy_gateway(
    PolicyLoader load, const Character& character, const PolicyInput& input,
    std::unique_ptr<decision::CounterStore> counters = decision::make_memory_counters());

}  // namespace gatecrash::gateway
