#include "harness/replay/tempo.h"

#include <algorithm>

namespace gatecrash::replay {
namespace {

// A round trip is several processes taking turns, any of which may be slower next time; a look is
// two of them.
constexpr int kRoundTrips = 4;
constexpr int kLooks = 12;

}  // namespace

Tempo::Nanoseconds Tempo::Recent::slowest() const {
  return *std::ranges::max_element(kept_);
}

void Tempo::start_up(Nanoseconds took) {
  const std::lock_guard lock(mutex_);
  start_up_ = took;
}

void Tempo::round_trip(Nanoseconds took) {
  const std::lock_guard lock(mutex_);
  round_trips_.add(took);
}

void Tempo::look(Nanoseconds took) {
  const std::lock_guard lock(mutex_);
  looks_.add(took);
}

Tempo::Nanoseconds Tempo::quiet() const {
  const std::lock_guard lock(mutex_);
  const Nanoseconds gateway =
      round_trips_.empty() ? start_up_ : kRoundTrips * round_trips_.slowest();
  return std::max({kLeastQuiet, gateway, kLooks * looks_.slowest()});
}

}  // namespace gatecrash::replay
