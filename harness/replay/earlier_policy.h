// How a gateway is told to start under another policy than the one it is tested with.
#pragma once

#include "harness/gateway/gateway.h"
#include "harness/scenario/plan.h"

namespace gatecrash::replay {

// `own` is the input the gateway was made with: what is not the policy's stays.
inline gateway::PolicyInput earlier_input(const scenario::EarlierPolicy& earlier, gateway::PolicyInput own) {
  own.path = earlier.path;
  own.text = earlier.text;
  own.dialect = policy::parse_dialect(earlier.dialect).value_or(policy::dialect_of(earlier.path).value_or(own.dialect));
  own.lenient_if_refused = earlier.lenient_if_refused;
  return own;
}

}  // namespace gatecrash::replay
