#include "harness/replay/turns.h"

namespace gatecrash::replay {

Turns::Turn Turns::side_by_side() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !alone_ && want_alone_ == 0; });
  ++running_;
  return Turn(*this);
}

Turns::Turn Turns::alone() {
  std::unique_lock lock(mutex_);
  ++want_alone_;
  changed_.wait(lock, [this] { return running_ == 0; });
  --want_alone_;
  ++running_;
  alone_ = true;
  return Turn(*this);
}

void Turns::leave() {
  {
    const std::lock_guard lock(mutex_);
    --running_;
    alone_ = false;
  }
  changed_.notify_all();
}

}  // namespace gatecrash::replay
