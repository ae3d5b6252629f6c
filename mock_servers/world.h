// The modelled world of a mock: one table of tasks, and the instants at which something in it moves
// by itself. Nothing here knows a server; what states mean is data (StateModel), what moves is the
// behaviour's business.
//
// Costs: look-up by id and every change O(1) in the number of tasks, the digest is kept up to date
// with each change, due work costs only what is due, and a reset to the same world undoes only what
// was touched.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/time.h"
#include "harness/scenario/target.h"

namespace gatecrash::mock_servers {

using TaskIndex = std::uint32_t;
inline constexpr TaskIndex kNoTask = 0xffffffff;
inline constexpr base::Instant kNever = base::Instant::max();

struct StateInfo {
  std::string_view name;
  bool terminal = false;  // the server says the task is over
  bool working = false;   // its work is under way
};

// A server's task states; a state is an index into the list. `usual` is the active state a task is
// in when a world does not say.
struct StateModel {
  std::span<const StateInfo> states;
  std::uint8_t usual = 0;

  std::optional<std::uint8_t> find(std::string_view name) const;
};

struct Task {
  std::string id;
  std::string owner;  // empty: the account behind the upstream credential
  std::uint8_t state = 0;
  bool evicted = false;  // the server has forgotten it; its id is unknown
  bool running = false;  // work is really under way, whatever the state says
  std::uint8_t retries = 0;
  base::Instant created{};
  base::Instant started = kNever;
  base::Instant updated{};
  base::Instant finished = kNever;
  base::Instant work_end = kNever;     // when the work under way ends by itself
  std::optional<base::Duration> work;  // none: it never ends by itself
  base::Instant wake = kNever;         // when the task next moves by itself
  std::string title;
  std::string note;  // free for the behaviour, as is `extra`
  std::string extra;
};

class World {
 public:
  explicit World(const StateModel& model) : model_(model) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // True if the world was built anew: then every task has to be armed and seal() called. False if
  // the last sealed world was restored.
  bool reset(const scenario::WorldSpec& spec, base::Instant now);
  // What is there now is what the next reset restores.
  void seal();

  const StateModel& model() const { return model_; }
  TaskIndex size() const { return static_cast<TaskIndex>(tasks_.size()); }
  TaskIndex find(std::string_view id) const;  // kNoTask: unknown or evicted
  const Task& operator[](TaskIndex index) const { return tasks_[index]; }
  std::string_view state_name(TaskIndex index) const { return info(index).name; }
  const StateInfo& info(TaskIndex index) const { return model_.states[tasks_[index].state]; }

  // For every change but those below.
  Task& touch(TaskIndex index);
  void set_state(TaskIndex index, std::uint8_t state, base::Instant now);
  void set_owner(TaskIndex index, std::string_view owner);
  // The id is the server's wish: one that recycles ids gives that of a task that is over, which is
  // forgotten then.
  TaskIndex create(std::string_view id, std::uint8_t state, base::Instant now);
  void evict(TaskIndex index);

  // When next_due() will have something, at the earliest; kNever: not any more.
  base::Instant next_wake() const { return wakes_.empty() ? kNever : wakes_.front().at; }
  // The task moves by itself at that instant; replaces what was planned. kNever: not any more.
  void wake_at(TaskIndex index, base::Instant when);
  struct Due {
    TaskIndex task;
    base::Instant at;
  };
  // Takes the earliest wake-up at or before `now`; those of one instant come in the order planned.
  std::optional<Due> next_due(base::Instant now);

  void recycle_ids() { recycles_ids_ = true; }

  // Of ids, states and owners; evicted tasks are gone.
  std::uint64_t digest() const { return digest_; }

  // Ids the server makes up: deterministic, never one that is taken.
  std::uint64_t next_number() { return ++numbers_; }

 private:
  struct Wake {
    base::Instant at;
    std::uint32_t order;
    TaskIndex task;
    friend bool operator>(const Wake& left, const Wake& right) {
      return left.at != right.at ? left.at > right.at : left.order > right.order;
    }
  };
  struct Sealed {
    std::vector<Task> tasks;
    std::vector<TaskIndex> slots;
    std::vector<Wake> wakes;
    std::uint64_t digest = 0;
    std::uint64_t numbers = 0;
    std::uint32_t order = 0;
  };

  bool same_as_sealed(const scenario::WorldSpec& spec, base::Instant now) const;
  void build(const scenario::WorldSpec& spec, base::Instant now);
  void restore();
  void insert_slot(TaskIndex index);
  void rehash(std::size_t slots);
  void mark(TaskIndex index);
  std::uint64_t fingerprint(const Task& task) const;

  StateModel model_;
  std::vector<Task> tasks_;
  std::vector<TaskIndex> slots_;  // open addressing, a power of two, at most half full
  std::vector<Wake> wakes_;       // a heap; entries that no longer count are skipped
  std::vector<TaskIndex> dirty_;
  std::vector<bool> is_dirty_;
  std::uint64_t digest_ = 0;
  std::uint64_t numbers_ = 0;
  std::uint32_t order_ = 0;
  bool recycles_ids_ = false;
  bool grown_ = false;  // tasks were created since the last seal

  std::vector<scenario::TaskSpec> spec_;
  base::Instant spec_now_{};
  bool sealed_once_ = false;
  Sealed sealed_;
};

}  // namespace gatecrash::mock_servers
