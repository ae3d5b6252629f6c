// Time as data. Nothing below `main` reads a real clock or sleeps: instants come in by argument, so
// that a day of traffic replays in milliseconds and always alike.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gatecrash::base {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Duration>;  // UTC, microseconds since 1970

// 2026-01-01T00:00:00Z, where every plan starts unless it says otherwise.
Instant default_start();

// RFC 3339 in UTC with up to six fraction digits: `2026-01-01T10:00:59.9Z`. Years 1970..9999.
std::optional<Instant> parse_instant(std::string_view text);
std::string to_string(Instant instant);

// `200ms`, `90s`, `5m`, `24h`, `7d`, `15us`; a whole number and one unit, optionally a minus sign.
std::optional<Duration> parse_duration(std::string_view text);
std::string to_string(Duration duration);  // shortest exact form: 60s -> "60s", 1.5 s -> "1500ms"

// The only source of time that parts below `main` may hold.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

// Stands still until told.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Instant start = default_start()) : now_(start) {}
  Instant now() const override { return now_; }
  void set(Instant now) { now_ = now; }
  void advance(Duration by) { now_ += by; }

 private:
  Instant now_;
};

}  // namespace gatecrash::base
