// The closed vocabulary of effects: changes in a mock's world, which is what every verdict rests
// on.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gatecrash::scenario {

enum class Effect : std::uint8_t {
  TaskCreated,     // task.created
  TaskCancelled,   // task.cancelled: the cancel was accepted, whatever the work does
  TaskChanged,     // task.changed: paused, resumed, marked, renamed
  WorkStopped,     // work.stopped: the work really ended before its end
  WorkCompleted,   // work.completed: the work ran to its end
  MessageSent,     // message.sent
  FileRead,        // file.read
  FileWritten,     // file.written
  FileDeleted,     // file.deleted
  ProcessStarted,  // process.started
  ProcessKilled,   // process.killed
  NetworkSent,     // network.sent
  ConfigChanged,   // config.changed
};

// In the order of the enumeration.
inline constexpr std::array<std::string_view, 13> kEffectNames = {
    "task.created",   "task.cancelled", "task.changed",   "work.stopped", "work.completed",
    "message.sent",   "file.read",      "file.written",   "file.deleted", "process.started",
    "process.killed", "network.sent",   "config.changed",
};
static_assert(kEffectNames.size() == static_cast<std::size_t>(Effect::ConfigChanged) + 1);

std::string_view to_string(Effect effect);  // "task.cancelled"
std::optional<Effect> parse_effect(std::string_view name);
std::vector<std::string_view> effect_names();

}  // namespace gatecrash::scenario
