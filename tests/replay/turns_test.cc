#include "harness/replay/turns.h"

#include <atomic>
#include <latch>
#include <optional>
#include <thread>

#include "tests/support/catch.h"

using namespace gatecrash;

TEST_CASE("A run that pauses lets others run, and only so many at once") {
  replay::Turns turns(1);
  std::optional<replay::Turns::Turn> first(turns.side_by_side());
  std::atomic<bool> second_runs{false};
  std::latch paused(1), resumed(1);
  std::jthread other([&] {
    const replay::Turns::Turn second = turns.side_by_side();
    second_runs = true;
    paused.count_down();
    resumed.wait();
  });
  CHECK_FALSE(second_runs);
  first->pause();
  paused.wait();  // for ever, if a pause let nobody in
  std::atomic<bool> first_runs{false};
  std::jthread again([&] {
    first->resume();
    first_runs = true;
  });
  CHECK_FALSE(first_runs);
  resumed.count_down();
  again.join();
  CHECK(first_runs);
}

TEST_CASE("A run that is alone is alone again after it paused") {
  replay::Turns turns;
  replay::Turns::Turn alone = turns.alone();
  alone.pause();
  std::optional<replay::Turns::Turn> other(turns.side_by_side());
  std::atomic<bool> resumed{false};
  std::jthread thread([&] {
    alone.resume();
    resumed = true;
  });
  CHECK_FALSE(resumed);
  other.reset();
  thread.join();
  CHECK(resumed);
  std::atomic<bool> entered{false};
  std::jthread late([&] {
    const replay::Turns::Turn turn = turns.side_by_side();
    entered = true;
  });
  CHECK_FALSE(entered);
  alone.pause();
  late.join();
  CHECK(entered);
  alone.resume();
}
