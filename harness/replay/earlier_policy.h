// A gateway that is told to start under another policy than the one it is tested with, and how.
#pragma once

#include "harness/gateway/gateway.h"
#include "harness/scenario/plan.h"

namespace gatecrash::replay {

// For plans that reload.
struct Policies {
  const gateway::PolicyInput* tested = nullptr;  // put in force by the reload
  const gateway::PolicyInput* started =
      nullptr;  // what the gateway was made with, and finds again after the run
};

// `own` is the input the gateway was made with: what is not the policy's stays.
inline gateway::PolicyInput earlier_input(const scenario::EarlierPolicy& earlier,
                                          gateway::PolicyInput own) {
  own.path = earlier.path;
  own.text = earlier.text;
  own.dialect = policy::parse_dialect(earlier.dialect)
                    .value_or(policy::dialect_of(earlier.path).value_or(own.dialect));
  own.lenient_if_refused = earlier.lenient_if_refused;
  return own;
}

}  // namespace gatecrash::replay
