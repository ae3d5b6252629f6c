// Who may run when several threads replay: runs go side by side, up to a number of them, until one
// has to be alone. A thread that waits to be alone is let in before those that come later. A run in
// which only time passes pauses: it counts for nothing then.
#pragma once

#include <condition_variable>
#include <limits>
#include <mutex>
#include <utility>

namespace gatecrash::replay {

class Turns {
 public:
  // Held for one run. A thread holds one at a time.
  class Turn {
   public:
    Turn(Turn&& other) noexcept
        : turns_(std::exchange(other.turns_, nullptr)), alone_(other.alone_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->leave();
    }

    // Others may run until resume(), which waits for a turn of the same sort.
    void pause() { turns_->leave(); }
    void resume() { alone_ ? turns_->enter_alone() : turns_->enter(); }

   private:
    friend class Turns;
    Turn(Turns& turns, bool alone) : turns_(&turns), alone_(alone) {}
    Turns* turns_;
    bool alone_;
  };

  // `at_most`: so many side by side.
  explicit Turns(unsigned at_most = std::numeric_limits<unsigned>::max()) : at_most_(at_most) {}

  [[nodiscard]] Turn side_by_side();
  [[nodiscard]] Turn alone();

 private:
  void enter();
  void enter_alone();
  void leave();

  const unsigned at_most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned running_ = 0;
  unsigned want_alone_ = 0;
  bool alone_ = false;
};

}  // namespace gatecrash::replay
