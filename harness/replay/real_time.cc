#include "harness/replay/real_time.h"

#include <array>
#include <chrono>

namespace gatecrash::replay {

RealTime real_time(const scenario::Plan& plan) {
  constexpr std::array<base::Duration, 3> kPeriods = {std::chrono::hours(24), std::chrono::hours(1),
                                                      std::chrono::minutes(1)};
  RealTime needed;
  for (const scenario::Step& step : plan.steps) needed.steps += step.by;
  if (plan.start == base::default_start()) return needed;
  const base::Duration start = plan.start.time_since_epoch();
  for (const base::Duration period : kPeriods) {
    if (start / period == (start + needed.steps) / period) continue;
    needed.period = period;
    break;
  }
  return needed;
}

base::Instant next_like(base::Instant start, base::Duration period, base::Instant from) {
  const base::Duration past = (from - start) % period;
  if (past == base::Duration::zero()) return from;
  return from - past + (past > base::Duration::zero() ? period : base::Duration::zero());
}

}  // namespace gatecrash::replay
