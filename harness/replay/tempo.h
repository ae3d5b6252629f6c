// How fast gateway and machine are at present, seen from the lanes of a foreign gateway, and how
// long silence therefore has to last until it counts as "no reply". Shared by all threads of a
// run: the load that one of them meets is the load of all.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>

#include "harness/base/time.h"

namespace gatecrash::replay {

class Tempo {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  void start_up(Nanoseconds took);    // from the start of a gateway to its first reply
  void round_trip(Nanoseconds took);  // from a request to its reply
  void look(Nanoseconds took);  // the mock's answer on its control socket: the machine's share

  // A multiple of the slowest recent round trip and look, at least kLeastQuiet. Before the first
  // round trip the last start-up stands for it.
  Nanoseconds quiet() const;

  static constexpr Nanoseconds kLeastQuiet = std::chrono::milliseconds(100);

 private:
  // The slowest of the last kKept.
  class Recent {
   public:
    void add(Nanoseconds took) { kept_[count_++ % kKept] = took; }
    bool empty() const { return count_ == 0; }
    Nanoseconds slowest() const;

   private:
    static constexpr std::size_t kKept = 64;
    std::array<Nanoseconds, kKept> kept_{};
    std::size_t count_ = 0;
  };

  mutable std::mutex mutex_;
  Nanoseconds start_up_{};
  Recent round_trips_;
  Recent looks_;
};

}  // namespace gatecrash::replay
