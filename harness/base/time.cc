#include "harness/base/time.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace gatecrash::base {
namespace {

using std::chrono::microseconds;

// Reads exactly `digits` decimal digits at `text[at]`.
std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() < at + digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

struct Unit {
  std::string_view name;
  std::int64_t micros;
};
// Longest units first, so that printing finds the shortest exact form.
constexpr std::array<Unit, 6> kUnits{{{"d", 86'400'000'000},
                                      {"h", 3'600'000'000},
                                      {"m", 60'000'000},
                                      {"s", 1'000'000},
                                      {"ms", 1'000},
                                      {"us", 1}}};

}  // namespace

Instant default_start() {
  return Instant{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
}

std::optional<Instant> parse_instant(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text.back() != 'Z') {
    return std::nullopt;
  }
  const auto year = number_at(text, 0, 4), month = number_at(text, 5, 2),
             day = number_at(text, 8, 2), hour = number_at(text, 11, 2),
             minute = number_at(text, 14, 2), second = number_at(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *year < 1970 || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::int64_t fraction = 0;
  if (text.size() > 20) {
    const std::string_view digits = text.substr(20, text.size() - 21);
    if (text[19] != '.' || digits.empty() || digits.size() > 6) return std::nullopt;
    for (std::size_t i = 0; i < 6; ++i) {
      const char c = i < digits.size() ? digits[i] : '0';
      if (c < '0' || c > '9') return std::nullopt;
      fraction = fraction * 10 + (c - '0');
    }
  } else if (text[19] != 'Z') {
    return std::nullopt;
  }
  return Instant{std::chrono::sys_days{date}} + std::chrono::hours{*hour} +
         std::chrono::minutes{*minute} + std::chrono::seconds{*second} + microseconds{fraction};
}

std::string to_string(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{day};
  const std::int64_t micros = (instant - day).count();
  char buffer[40];
  char* at = buffer;
  // Mocks print instants on the hot path: no printf.
  const auto put = [&at](std::int64_t value, int digits, char after) {
    for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
    at += digits;
    *at++ = after;
  };
  put(static_cast<int>(date.year()), 4, '-');
  put(static_cast<unsigned>(date.month()), 2, '-');
  put(static_cast<unsigned>(date.day()), 2, 'T');
  put(micros / 3'600'000'000, 2, ':');
  put(micros / 60'000'000 % 60, 2, ':');
  const std::int64_t fraction = micros % 1'000'000;
  put(micros / 1'000'000 % 60, 2, fraction == 0 ? 'Z' : '.');
  if (fraction != 0) {
    put(fraction, 6, 'Z');
    at -= 2;  // at the last digit
    while (*at == '0') --at;
    *++at = 'Z';
    ++at;
  }
  return {buffer, static_cast<std::size_t>(at - buffer)};
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& each : kUnits) {
    if (each.name != unit) continue;
    std::int64_t micros = 0;
    if (__builtin_mul_overflow(count, each.micros, &micros)) return std::nullopt;
    // A century either way keeps every later sum far from overflow.
    constexpr std::int64_t kLimit = 36'525 * kUnits[0].micros;
    if (micros > kLimit || micros < -kLimit) return std::nullopt;
    return Duration{micros};
  }
  return std::nullopt;
}

std::string to_string(Duration duration) {
  const std::int64_t micros = duration.count();
  if (micros == 0) return "0s";
  // "60s" and "24h" read as people say them: a unit is used only when it gives at least two of it.
  for (const Unit& each : kUnits) {
    if (micros % each.micros != 0) continue;
    const std::int64_t count = micros / each.micros;
    if ((count == 1 || count == -1) && each.name != "us" && each.name != "s" && each.name != "ms")
      continue;
    return std::to_string(count) + std::string(each.name);
  }
  return std::to_string(micros) + "us";
}

}  // namespace gatecrash::base
