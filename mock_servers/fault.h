// What a mock is told to do wrong from a moment on, in words, so that a scenario, a control socket and a
// test say it alike:
//
//   hold             tool calls are recorded as they arrive, then wait: no effect, no answer
//   hold answers     tool calls take effect as ever, their answers wait
//   hold all         every request waits, lists and handshakes too
//   release          what waits goes on: in the order of arrival,
//   release reverse  the last first,
//   release seed N   or in an order drawn from the seed N
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/base/problem.h"

namespace gatecrash::mock_servers {

struct Fault {
  enum class Kind : std::uint8_t { Hold, HoldAnswers, HoldAll, Release };
  enum class Order : std::uint8_t { Arrival, Reverse, Seeded };
  Kind kind = Kind::Hold;
  Order order = Order::Arrival;  // Release
  std::uint64_t seed = 0;        // Seeded
  friend bool operator==(const Fault&, const Fault&) = default;
};

base::Result<Fault> parse_fault(std::string_view words);

}  // namespace gatecrash::mock_servers
