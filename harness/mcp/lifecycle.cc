#include "harness/mcp/lifecycle.h"

namespace gatecrash::mcp {

bool Lifecycle::may_receive(Method method) const {
  switch (phase_) {
    case Phase::Fresh: return method == Method::Initialize || method == Method::Ping;
    case Phase::Initializing: return method == Method::NotifyInitialized || method == Method::Ping;
    case Phase::Operating:
      return method != Method::Initialize && method != Method::NotifyInitialized;
  }
  return false;
}

void Lifecycle::received(Method method) {
  if (phase_ == Phase::Fresh && method == Method::Initialize) {
    phase_ = Phase::Initializing;
  } else if (phase_ == Phase::Initializing && method == Method::NotifyInitialized) {
    phase_ = Phase::Operating;
  }
}

}  // namespace gatecrash::mcp
