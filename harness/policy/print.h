// A policy written out again, in its own dialect or in another.
//
// Invariants
//  - What is printed loads strictly, and reading it gives the model it was printed from: print is
//  the
//    inverse of load, but for layout, comments and `description`.
//  - What is converted decides every call as the original does, in every reading. Rules, and so the
//    messages that quote them, may get other names. What the other dialect cannot say is a problem
//    at the place of the rule, never left out.
#pragma once

#include <string>

#include "harness/base/problem.h"
#include "harness/policy/policy.h"

namespace gatecrash::policy {

// In the policy's own dialect. Prose and gatecrash are written by people and never printed.
std::string print(const Policy& policy);

// The same policy as a model of `dialect` (intercept or policylayer); anchors are those of the
// original.
//
// Intercept to policylayer: `evaluate` becomes `require`, `deny` a `require` that cannot hold, a
// limit a limit of the same counter. Rules of `*` are copied to every tool if no other tool can be
// called. No equivalent: approvals, conditions on counters, counters without a limit, increments
// but 1. Policylayer to intercept: `deny_if` of one condition becomes its opposite, where a
// `require` of the tool keeps the values away for which the opposite is not exact. No equivalent:
// other `deny_if`.
base::Result<Policy> convert(const Policy& policy, Dialect dialect);

// Do they say the same in the same words? Places in the file aside.
bool equal(const Policy& left, const Policy& right);

}  // namespace gatecrash::policy
