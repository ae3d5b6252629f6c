#include "harness/gateway/in_flight.h"

#include <functional>
#include <utility>

namespace gatecrash::gateway {
namespace {

std::size_t hash_of(const rpc::Id& id) {
  return std::hash<std::string_view>{}(id.lexeme) ^
         (static_cast<std::size_t>(id.kind) * 0x9e3779b9u);
}

}  // namespace

std::size_t InFlight::locate(const rpc::Id& id, std::size_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (!slot.used || (slot.hash == hash && slot.kind == id.kind && slot.lexeme == id.lexeme))
      return i;
  }
}

const Awaited* InFlight::find(const rpc::Id& id) const {
  if (size_ == 0) return nullptr;
  const Slot& slot = slots_[locate(id, hash_of(id))];
  return slot.used ? &slot.awaited : nullptr;
}

Awaited& InFlight::at(const rpc::Id& id) {
  if ((size_ + 1) * 2 > slots_.size()) grow();
  const std::size_t hash = hash_of(id);
  Slot& slot = slots_[locate(id, hash)];
  if (!slot.used) {
    slot.used = true;
    slot.kind = id.kind;
    slot.hash = hash;
    slot.lexeme.assign(id.lexeme);
    slot.awaited = {};
    ++size_;
  }
  return slot.awaited;
}

std::optional<Awaited> InFlight::take(const rpc::Id& id) {
  if (size_ == 0) return std::nullopt;
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = locate(id, hash_of(id));
  if (!slots_[hole].used) return std::nullopt;
  Awaited awaited = slots_[hole].awaited;
  slots_[hole].used = false;
  --size_;
  for (std::size_t i = (hole + 1) & mask; slots_[i].used; i = (i + 1) & mask) {
    const std::size_t home = slots_[i].hash & mask;
    // May the entry move back into the hole? Only if its home is not between the two.
    if (((i - home) & mask) >= ((i - hole) & mask)) {
      std::swap(slots_[hole], slots_[i]);
      hole = i;
    }
  }
  return awaited;
}

void InFlight::grow() {
  std::vector<Slot> old = std::move(slots_);
  slots_.clear();
  slots_.resize(old.empty() ? 16 : old.size() * 2);
  for (Slot& each : old) {
    if (!each.used) continue;
    const rpc::Id id{each.kind, each.lexeme, {}};
    const std::size_t to = locate(id, each.hash);  // before the move takes the lexeme away
    slots_[to] = std::move(each);
  }
}

void InFlight::clear() {
  if (size_ == 0) return;
  for (Slot& slot : slots_) slot.used = false;
  size_ = 0;
}

}  // namespace gatecrash::gateway
