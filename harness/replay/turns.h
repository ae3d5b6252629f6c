// Who may run when several threads replay: runs go on side by side, until one of them has to be
// alone. A thread that waits to be alone is let in before those that come later.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

namespace gatecrash::replay {

class Turns {
 public:
  // Held for one run. A thread holds one at a time.
  class Turn {
   public:
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->leave();
    }

   private:
    friend class Turns;
    explicit Turn(Turns& turns) : turns_(&turns) {}
    Turns* turns_;
  };

  [[nodiscard]] Turn side_by_side();
  [[nodiscard]] Turn alone();

 private:
  void leave();

  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned running_ = 0;
  unsigned want_alone_ = 0;
  bool alone_ = false;
};

}  // namespace gatecrash::replay
