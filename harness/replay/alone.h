// Single steps of an attack, to be played without a gateway and without the other steps: what does
// no harm then proves nothing. Steps of one line of the scenario, with the same values of `each`,
// are one trick: a loop of a thousand calls is played once.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/base/problem.h"
#include "harness/scenario/plan.h"

namespace gatecrash::replay {

struct Trick {
  base::SourcePos at;
  bool in_target = false;
  std::uint32_t choice = 0;
  bool control = false;              // it says that it is harmless
  std::vector<std::uint32_t> steps;  // of the plan, in order
};

// The tricks of a plan, in its order. Time, faults, the operator, new sessions and the steps that
// say `setup` are none.
std::vector<Trick> tricks(const scenario::Plan& plan);

// The plan with this trick and what it needs; null: what all tricks need. A step that is compared
// with the one before it keeps that one, of which nothing is expected.
scenario::Plan alone(const scenario::Plan& plan, const Trick* trick);

}  // namespace gatecrash::replay
