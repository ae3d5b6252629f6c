// The quiet time follows what is observed, and runs that have to be alone are.
#include "harness/replay/tempo.h"

#include <atomic>
#include <thread>
#include <vector>

#include "harness/replay/turns.h"
#include "tests/support/catch.h"

using namespace gatecrash;
using namespace std::chrono_literals;
using replay::Tempo;

TEST_CASE(
    "Silence has to last longer the slower gateway and machine are, and recent is what counts") {
  Tempo tempo;
  CHECK(tempo.quiet() == Tempo::kLeastQuiet);
  tempo.start_up(2s);
  CHECK(tempo.quiet() == 2s);  // as long as nothing else is known
  tempo.round_trip(1ms);
  CHECK(tempo.quiet() == Tempo::kLeastQuiet);
  tempo.round_trip(300ms);
  CHECK(tempo.quiet() >= 600ms);
  for (int i = 0; i < 1000; ++i) tempo.round_trip(1ms);
  CHECK(tempo.quiet() == Tempo::kLeastQuiet);
  tempo.look(50ms);  // the gateway is quick, the machine is not
  CHECK(tempo.quiet() >= 200ms);
}

TEST_CASE("Nothing runs beside a run that is alone") {
  replay::Turns turns;
  std::atomic<int> running = 0;
  std::atomic<bool> disturbed = false;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 200; ++k) {
        if ((k + i) % 5 == 0) {
          const auto turn = turns.alone();
          if (++running != 1) disturbed = true;
          std::this_thread::yield();
          --running;
        } else {
          const auto turn = turns.side_by_side();
          ++running;
          std::this_thread::yield();
          --running;
        }
      }
    });
  }
  threads.clear();
  CHECK_FALSE(disturbed);
  // Others run side by side: this one gets in while the first is.
  const auto one = turns.side_by_side();
  std::jthread([&] { const auto other = turns.side_by_side(); }).join();
}
