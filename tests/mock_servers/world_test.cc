#include "mock_servers/world.h"

#include <array>
#include <chrono>

#include "tests/support/catch.h"

namespace gatecrash::mock_servers {
namespace {

using namespace std::chrono_literals;

constexpr std::array<StateInfo, 2> kStates{{{"on", false, true}, {"off", true}}};
const StateModel kModel{kStates, 0};

scenario::WorldSpec tasks(std::uint32_t count) {
  scenario::WorldSpec spec;
  for (std::uint32_t i = 0; i < count; ++i) spec.tasks.push_back({.id = "t-" + std::to_string(i)});
  return spec;
}

TEST_CASE("every task is found by its id, and no other") {
  World world(kModel);
  world.reset(tasks(1000), {});
  for (TaskIndex i = 0; i < 1000; ++i) CHECK(world.find("t-" + std::to_string(i)) == i);
  CHECK(world.find("t-1000") == kNoTask);
  CHECK(world.find("") == kNoTask);
}

TEST_CASE("a reset to the same world undoes changes, creations and evictions") {
  World world(kModel);
  const scenario::WorldSpec spec = tasks(20);
  CHECK(world.reset(spec, {}));
  world.wake_at(3, base::Instant{5s});
  world.seal();
  const std::uint64_t digest = world.digest();
  for (int round = 0; round < 3; ++round) {
    world.set_state(4, 1, {});
    world.touch(5).note = "x";
    world.evict(6);
    for (int i = 0; i < 50; ++i) world.create("new-" + std::to_string(i), 0, {});
    CHECK(world.next_due(base::Instant{6s}).has_value());
    CHECK(world.digest() != digest);
    CHECK_FALSE(world.reset(spec, {}));
    CHECK(world.digest() == digest);
    CHECK(world.size() == 20);
    CHECK(world[4].state == 0);
    CHECK(world[5].note.empty());
    CHECK(world.find("t-6") == 6);
    CHECK(world.find("new-0") == kNoTask);
    CHECK(world[3].wake == base::Instant{5s});
  }
  CHECK(world.reset(tasks(21), {}));  // another world is built anew
  CHECK(world.size() == 21);
}

TEST_CASE("due work comes in order of time, then of planning, and only once") {
  World world(kModel);
  world.reset(tasks(4), {});
  world.wake_at(0, base::Instant{3s});
  world.wake_at(1, base::Instant{1s});
  world.wake_at(2, base::Instant{3s});
  world.wake_at(3, base::Instant{2s});
  world.wake_at(3, kNever);
  world.wake_at(1, base::Instant{4s});
  std::vector<TaskIndex> order;
  while (const auto due = world.next_due(base::Instant{4s})) order.push_back(due->task);
  CHECK(order == std::vector<TaskIndex>{0, 2, 1});
  CHECK_FALSE(world.next_due(base::Instant{9s}).has_value());
}

}  // namespace
}  // namespace gatecrash::mock_servers
