#include "harness/replay/turns.h"

namespace gatecrash::replay {

Turns::Turn Turns::side_by_side() {
  enter();
  return Turn(*this, false);
}

Turns::Turn Turns::alone() {
  enter_alone();
  return Turn(*this, true);
}

void Turns::enter() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !alone_ && want_alone_ == 0 && running_ < at_most_; });
  ++running_;
}

void Turns::enter_alone() {
  std::unique_lock lock(mutex_);
  ++want_alone_;
  changed_.wait(lock, [this] { return running_ == 0; });
  --want_alone_;
  ++running_;
  alone_ = true;
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
