#include "mock_servers/world.h"

#include <algorithm>
#include <cstring>

#include "harness/base/check.h"
#include "harness/base/seed.h"

namespace gatecrash::mock_servers {
namespace {

// Eight bytes at a time: ids are short and this is on the path of every call.
std::uint64_t hash_text(std::string_view text) {
  std::uint64_t hash = 0x9e3779b97f4a7c15ULL ^ text.size();
  const char* at = text.data();
  std::size_t left = text.size();
  const auto fold = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
    hash ^= hash >> 32;
  };
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    fold(word);
  }
  if (left != 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, left);
    fold(word);
  }
  return hash;
}

bool same(const scenario::TaskSpec& left, const scenario::TaskSpec& right) {
  return left.id == right.id && left.state == right.state && left.owner == right.owner &&
         left.work == right.work;
}

}  // namespace

std::optional<std::uint8_t> StateModel::find(std::string_view name) const {
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (states[i].name == name) return static_cast<std::uint8_t>(i);
  }
  return std::nullopt;
}

bool World::reset(const scenario::WorldSpec& spec, base::Instant now) {
  if (same_as_sealed(spec, now)) {
    restore();
    return false;
  }
  build(spec, now);
  return true;
}

bool World::same_as_sealed(const scenario::WorldSpec& spec, base::Instant now) const {
  return sealed_once_ && now == spec_now_ && std::ranges::equal(spec.tasks, spec_, same);
}

void World::build(const scenario::WorldSpec& spec, base::Instant now) {
  spec_ = spec.tasks;
  spec_now_ = now;
  sealed_once_ = false;
  tasks_.clear();
  wakes_.clear();
  dirty_.clear();
  is_dirty_.clear();
  digest_ = numbers_ = 0;
  order_ = 0;
  slots_.assign(16, kNoTask);
  for (const scenario::TaskSpec& each : spec.tasks) {
    std::uint8_t state = model_.usual;
    if (!each.state.empty()) {
      const auto known = model_.find(each.state);
      GATECRASH_CHECK(known && "a world names a task state that this mock does not have");
      state = *known;
    }
    const TaskIndex index = create(each.id, state, now);
    Task& task = tasks_[index];
    task.work = each.work;
    if (!each.owner.empty()) set_owner(index, each.owner);
    if (model_.states[state].terminal) task.finished = now;
  }
}

void World::seal() {
  sealed_ = {tasks_, slots_, wakes_, digest_, numbers_, order_};
  dirty_.clear();
  is_dirty_.assign(tasks_.size(), false);
  grown_ = false;
  sealed_once_ = true;
}

void World::restore() {
  for (const TaskIndex each : dirty_) {
    tasks_[each] = sealed_.tasks[each];
    is_dirty_[each] = false;
  }
  dirty_.clear();
  if (grown_) {
    tasks_.resize(sealed_.tasks.size());
    is_dirty_.resize(sealed_.tasks.size());
    slots_ = sealed_.slots;
    grown_ = false;
  }
  wakes_ = sealed_.wakes;
  digest_ = sealed_.digest;
  numbers_ = sealed_.numbers;
  order_ = sealed_.order;
}

void World::mark(TaskIndex index) {
  if (index >= is_dirty_.size() || is_dirty_[index]) return;  // not sealed yet, or created since
  if (index >= sealed_.tasks.size()) return;
  is_dirty_[index] = true;
  dirty_.push_back(index);
}

std::uint64_t World::fingerprint(const Task& task) const {
  if (task.evicted) return 0;
  const std::uint64_t state = hash_text(model_.states[task.state].name);
  const std::uint64_t owner = task.owner.empty() ? 0 : hash_text(task.owner) | 1;
  return base::Seed::mix(hash_text(task.id) + 3 * state + 7 * owner);
}

TaskIndex World::find(std::string_view id) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash_text(id) & mask;; at = (at + 1) & mask) {
    const TaskIndex index = slots_[at];
    if (index == kNoTask) return kNoTask;
    if (tasks_[index].id == id && !tasks_[index].evicted) return index;
  }
}

void World::insert_slot(TaskIndex index) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash_text(tasks_[index].id) & mask;
  while (slots_[at] != kNoTask) at = (at + 1) & mask;
  slots_[at] = index;
}

void World::rehash(std::size_t slots) {
  slots_.assign(slots, kNoTask);
  for (TaskIndex i = 0; i < size(); ++i) insert_slot(i);
}

Task& World::touch(TaskIndex index) {
  mark(index);
  return tasks_[index];
}

void World::set_state(TaskIndex index, std::uint8_t state, base::Instant now) {
  Task& task = touch(index);
  digest_ -= fingerprint(task);
  task.state = state;
  task.updated = now;
  const bool terminal = model_.states[state].terminal;
  if (terminal && task.finished == kNever) task.finished = now;
  if (!terminal) task.finished = kNever;
  digest_ += fingerprint(task);
}

void World::set_owner(TaskIndex index, std::string_view owner) {
  Task& task = touch(index);
  digest_ -= fingerprint(task);
  task.owner = owner;
  digest_ += fingerprint(task);
}

TaskIndex World::create(std::string_view id, std::uint8_t state, base::Instant now) {
  if (2 * (tasks_.size() + 1) > slots_.size()) rehash(2 * std::max<std::size_t>(slots_.size(), 8));
  std::string own(id);
  for (TaskIndex i = 0; recycles_ids_ && i < size(); ++i) {
    if (tasks_[i].evicted || !info(i).terminal) continue;
    own = tasks_[i].id;
    evict(i);
    break;
  }
  const TaskIndex index = size();
  Task& task = tasks_.emplace_back();
  task.id = std::move(own);
  task.state = state;
  task.created = task.updated = now;
  grown_ = true;
  insert_slot(index);
  digest_ += fingerprint(task);
  return index;
}

void World::evict(TaskIndex index) {
  Task& task = touch(index);
  if (task.evicted) return;
  digest_ -= fingerprint(task);
  task.evicted = true;
  task.wake = kNever;
}

void World::wake_at(TaskIndex index, base::Instant when) {
  Task& task = touch(index);
  if (task.wake == when) return;
  task.wake = when;
  if (when == kNever) return;
  wakes_.push_back({when, order_++, index});
  std::ranges::push_heap(wakes_, std::greater<>{});
}

std::optional<World::Due> World::next_due(base::Instant now) {
  while (!wakes_.empty() && wakes_.front().at <= now) {
    const Wake wake = wakes_.front();
    std::ranges::pop_heap(wakes_, std::greater<>{});
    wakes_.pop_back();
    Task& task = tasks_[wake.task];
    if (task.evicted || task.wake != wake.at) continue;
    touch(wake.task).wake = kNever;
    return Due{wake.task, wake.at};
  }
  return std::nullopt;
}

}  // namespace gatecrash::mock_servers
