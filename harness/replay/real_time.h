// How much real time a plan needs on a gateway whose clock cannot be set: what its steps let pass,
// and the way to the edge of a calendar window that it starts at.
#pragma once

#include "harness/base/time.h"
#include "harness/scenario/plan.h"

namespace gatecrash::replay {

struct RealTime {
  base::Duration steps{};   // that have to pass while it is played
  base::Duration period{};  // it has to start at the same time of each minute, hour or day as its
                            // own start is; zero: it may start at any time
  // The longest that it can take, whatever the time is now.
  base::Duration most() const { return steps + period; }
};

// A start that somebody chose matters if a minute, hour or day ends while the plan's time passes.
RealTime real_time(const scenario::Plan& plan);

// Returns the next instant at or after `from` that is at the same point of the period as `start`.
base::Instant next_like(base::Instant start, base::Duration period, base::Instant from);

}  // namespace gatecrash::replay
