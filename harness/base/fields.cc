#include "harness/base/fields.h"

#include <algorithm>
#include <charconv>

#include "harness/base/text.h"

namespace gatecrash::base {
namespace {

bool is_text(Value value) {
  return value.is_string() || value.is_number() || value.is_bool();
}

// What stands there, for messages: the value itself where that is short, else its kind.
std::string shown(Value value) {
  if (is_text(value)) return base::quoted(value.text());
  return std::string(to_string(value.kind()));
}

}  // namespace

Fields::Fields(const Document& document, Value value, std::string_view what, Problems& problems)
    : document_(document), value_(value), what_(what), problems_(problems) {
  if (!value_.is_object()) report(value_, what_ + " has to be a mapping, not " + shown(value_));
}

Fields::~Fields() {
  if (rest_allowed_ || !value_.is_object()) return;
  for (const Value each : value_) {
    if (std::ranges::find(known_, each.key()) != known_.end()) continue;
    problems_.push_back(problem(document_.path, document_.key_place(each),
                                "unknown key " + base::quoted(each.key()) + " in " + what_,
                                did_you_mean(each.key(), known_)));
  }
}

Value Fields::any(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.push_back(key);
  return value_.is_object() ? value_.find(key) : Value{};
}

Value Fields::required(std::string_view key) {
  const Value found = any(key);
  if (!found && value_.is_object())
    report(value_, "`" + std::string(key) + "` is missing in " + what_);
  return found;
}

Value Fields::of(std::string_view key, Kind kind) {
  const Value found = any(key);
  if (!found || found.kind() == kind) return found;
  report(found, "`" + std::string(key) + "` has to be " + std::string(to_string(kind)) + ", not " +
                    shown(found));
  return {};
}

std::optional<std::string> Fields::string(std::string_view key) {
  const Value found = any(key);
  if (!found) return std::nullopt;
  if (is_text(found)) return std::string(found.text());
  report(found, "`" + std::string(key) + "` has to be text, not " + shown(found));
  return std::nullopt;
}

std::optional<std::uint64_t> Fields::number(std::string_view key, std::uint64_t least,
                                            std::uint64_t most) {
  const Value found = any(key);
  if (!found) return std::nullopt;
  std::uint64_t number = 0;
  if (found.is_number()) {
    const std::string_view text = found.text();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && number >= least &&
        number <= most) {
      return number;
    }
  }
  std::string range = "from " + std::to_string(least) + " to " + std::to_string(most);
  if (most == UINT64_MAX) range = std::to_string(least) + " or more";
  report(found,
         "`" + std::string(key) + "` has to be a whole number, " + range + ", not " + shown(found),
         found.is_string() && found.node()->quoted && !found.text().empty() &&
                 found.text().find_first_not_of("0123456789") == std::string_view::npos
             ? "without quotes"
             : "");
  return std::nullopt;
}

std::optional<bool> Fields::boolean(std::string_view key) {
  const Value found = of(key, Kind::Bool);
  if (!found) return std::nullopt;
  return found.is_true();
}

std::optional<Duration> Fields::duration(std::string_view key) {
  const Value found = any(key);
  if (!found) return std::nullopt;
  if (found.is_string()) {
    if (const auto duration = parse_duration(found.text())) return duration;
  }
  report(found, "`" + std::string(key) + "` has to be a duration, not " + shown(found),
         "a whole number and a unit: `200ms`, `60s`, `5m`, `24h`, `7d`");
  return std::nullopt;
}

std::optional<Instant> Fields::instant(std::string_view key) {
  const Value found = any(key);
  if (!found) return std::nullopt;
  if (found.is_string()) {
    if (const auto instant = parse_instant(found.text())) return instant;
  }
  report(found, "`" + std::string(key) + "` has to be a time in UTC, not " + shown(found),
         "as in `2026-01-01T10:00:59.9Z`");
  return std::nullopt;
}

std::vector<std::string> Fields::strings(std::string_view key) {
  const Value found = any(key);
  std::vector<std::string> texts;
  if (!found) return texts;
  if (is_text(found)) {
    texts.emplace_back(found.text());
    return texts;
  }
  if (!found.is_list()) {
    report(found, "`" + std::string(key) + "` has to be a list of texts, not " + shown(found));
    return texts;
  }
  texts.reserve(found.size());
  for (const Value each : found) {
    if (is_text(each)) {
      texts.emplace_back(each.text());
    } else {
      report(each, "`" + std::string(key) + "` has to hold texts only, not " + shown(each));
    }
  }
  return texts;
}

std::optional<std::size_t> Fields::one_of(std::string_view key,
                                          std::span<const std::string_view> choices) {
  const Value found = any(key);
  if (!found) return std::nullopt;
  if (is_text(found)) {
    if (const auto at = std::ranges::find(choices, found.text()); at != choices.end()) {
      return static_cast<std::size_t>(at - choices.begin());
    }
  }
  report(found, "`" + std::string(key) + "` is " + shown(found) + ", which is none of its values",
         did_you_mean(is_text(found) ? found.text() : std::string_view{}, choices));
  return std::nullopt;
}

void Fields::report(Value at, std::string message, std::string hint) {
  if (!at) at = value_;
  const SourcePos place = at ? document_.place(at) : SourcePos{};
  problems_.push_back(problem(document_.path, place, std::move(message), std::move(hint)));
}

}  // namespace gatecrash::base
