// The session state machine of the handshake eras: initialize → initialized → operating. A gateway
// refuses what arrives out of order; a strict mock does too (protocol.md 3.2 rows 29, 30).
#pragma once

#include <cstdint>

#include "harness/mcp/methods.h"

namespace gatecrash::mcp {

enum class Phase : std::uint8_t { Fresh, Initializing, Operating };

class Lifecycle {
 public:
  Phase phase() const { return phase_; }
  // May the client send this now? (initialize and ping before; initialize only once.)
  bool may_receive(Method method) const;
  // Tells the machine what was accepted.
  void received(Method method);
  void reset() { phase_ = Phase::Fresh; }

 private:
  Phase phase_ = Phase::Fresh;
};

}  // namespace gatecrash::mcp
