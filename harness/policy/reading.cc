#include "harness/policy/reading.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "harness/base/text.h"

namespace gatecrash::policy {

using base::Kind;
using base::Value;

Reading::Reading(const base::Document& document, const LoadOptions& options,
                 base::Problems& problems)
    : document_(document), options_(options), problems_(problems) {
  lines_.push_back(0);
  for (std::uint32_t i = 0; i < document.source.size(); ++i) {
    if (document.source[i] == '\n') lines_.push_back(i + 1);
  }
  const std::size_t first = document.source.find_first_not_of(" \t\r\n");
  json_ = first != std::string::npos && document.source[first] == '{';
}

base::SourcePos Reading::place(std::uint32_t offset) const {
  const auto after = std::ranges::upper_bound(lines_, offset);
  const auto line = static_cast<std::uint32_t>(after - lines_.begin());
  return {.line = line, .column = offset - lines_[line - 1] + 1};
}

void Reading::error(base::SourcePos at, std::string message, std::string hint) {
  problems_.push_back(base::problem(document_.path, at, std::move(message), std::move(hint)));
}

void Reading::warning(base::SourcePos at, std::string message, std::string hint,
                      std::string_view id) {
  error(at, std::move(message), std::move(hint));
  problems_.back().severity = base::Severity::Warning;
  problems_.back().id = id;
}

void Reading::forgivable(base::SourcePos at, std::string message, std::string hint) {
  if (!lenient() || released()) return error(at, std::move(message), std::move(hint));
  warning(at, std::move(message) + "; the released proxy does not start with it", std::move(hint),
          "refused-by-validator");
}

void Reading::tolerated(base::SourcePos at, std::string message, std::string hint) {
  if (!tolerates()) return error(at, std::move(message), std::move(hint));
  warning(at, std::move(message) + "; the released proxy takes it", std::move(hint));
}

void Reading::refused_by_release(base::SourcePos at, std::string message, std::string hint) {
  if (released()) error(at, std::move(message), std::move(hint));
}

Value Reading::unless_null(Value value, std::string_view what) {
  if (!value.is_null() || !tolerates()) return value;
  tolerated(place(value), base::quoted(what) + " is null");
  return {};
}

bool Reading::is(Value value, Kind kind, std::string_view what) {
  if (value.kind() == kind) return true;
  error(place(value), base::quoted(what) + " has to be " + std::string(to_string(kind)) + ", not " +
                          std::string(to_string(value.kind())));
  return false;
}

void Reading::known_keys(Value mapping, std::string_view what,
                         std::span<const std::string_view> known) {
  for (const Value each : mapping) {
    if (std::ranges::find(known, each.key()) != known.end()) continue;
    const std::string name = base::quoted(each.key());
    if (lenient()) {
      warning(key_place(each),
              "unknown key " + name + " in " + std::string(what) +
                  " is dropped, and with it the protection it describes",
              base::did_you_mean(each.key(), known), "dropped-key");
    } else {
      error(key_place(each), "unknown key " + name + " in " + std::string(what),
            base::did_you_mean(each.key(), known));
    }
  }
}

std::optional<std::string> Reading::text_of(Value value, std::string_view what) {
  const bool plain_scalar = !json_ && (value.is_number() || value.is_bool());
  if (!plain_scalar && !is(value, Kind::String, what)) return std::nullopt;
  return std::string(spelling(value));
}

std::optional<std::string> Reading::text(Value mapping, std::string_view key,
                                         std::string_view what) {
  const Value value = unless_null(mapping.find(key), key);
  if (!value) return std::nullopt;
  return text_of(value, what.empty() ? key : what);
}

std::optional<std::size_t> Reading::one_of(Value mapping, std::string_view key,
                                           std::span<const std::string_view> choices) {
  const Value value = mapping.find(key);
  if (!value || !is(value, Kind::String, key)) return std::nullopt;
  const auto found = std::ranges::find(choices, value.text());
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  error(place(value), base::quoted(key) + " cannot be " + base::quoted(value.text()),
        base::did_you_mean(value.text(), choices));
  return std::nullopt;
}

std::vector<std::string> Reading::argument_path(Value value, std::string_view what) {
  if (!is(value, Kind::String, what)) return {};
  const std::string_view text = value.text();
  if (text == "args." && tolerates()) {
    tolerated(place(value), base::quoted(what) + " names the argument with the empty name");
    return {""};
  }
  if (!text.starts_with("args.") || text.size() == 5) {
    error(place(value),
          base::quoted(what) + " " + base::quoted(text) + " does not begin with `args.`",
          text.starts_with("args") ? "name the argument after the dot"
                                   : "write `args." + std::string(text) + "`");
    return {};
  }
  std::vector<std::string> steps;
  for (const std::string_view step : base::split(text.substr(5), '.')) steps.emplace_back(step);
  return steps;
}

std::optional<std::string> Reading::decimal(Value value, std::string_view what, bool positive) {
  if (!is(value, Kind::Number, what)) return std::nullopt;
  const std::string_view text = value.text();
  if (!is_json_number(text)) {
    error(place(value), base::quoted(what) + " " + base::quoted(text) + " is not a decimal number");
    return std::nullopt;
  }
  const bool zero =
      text.substr(0, text.find_first_of("eE")).find_first_of("123456789") == std::string_view::npos;
  if ((text.front() == '-' && !zero) || (positive && zero)) {
    error(place(value), base::quoted(what) + " has to be " + (positive ? "above" : "at least") +
                            " zero, not " + base::quoted(text));
    return std::nullopt;
  }
  return std::string(text);
}

std::string pointer_segment(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

bool is_blank(std::string_view text) {
  constexpr std::array<std::string_view, 25> kSpaces{
      " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u0085", "\u00a0", "\u1680",
      "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
      "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
  const auto starts = [&](std::string_view space) { return text.starts_with(space); };
  while (!text.empty()) {
    const auto space = std::ranges::find_if(kSpaces, starts);
    if (space == kSpaces.end()) return false;
    text.remove_prefix(space->size());
  }
  return true;
}

bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - start;
  };
  if (text.starts_with('-')) ++at;
  const bool zero = at < text.size() && text[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.' && (++at, digits()) == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

bool read_default(Reading& reading, Value root, Policy& policy) {
  constexpr std::array<std::string_view, 2> kDefaults{"allow", "deny"};
  policy.default_anchor = reading.anchor("/default", root);
  const Value clause = root.find("default");
  if (!clause) return false;
  policy.default_written = true;
  policy.default_anchor = reading.key_anchor("/default", clause);
  const bool empty = clause.is_null() || (clause.is_string() && clause.text().empty());
  if (reading.tolerates() && empty) {
    reading.tolerated(reading.place(clause), "`default` is empty, which means allow");
    return true;
  }
  const auto choice = reading.one_of(root, "default", kDefaults);
  if (choice) policy.default_action = static_cast<DefaultAction>(*choice);
  return true;
}

std::vector<HideEntry> read_hide(Reading& reading, Value list) {
  std::vector<HideEntry> entries;
  list = reading.unless_null(list, "hide");
  if (!list || !reading.is(list, Kind::List, "hide")) return entries;
  std::set<std::string> seen;
  std::size_t index = 0;
  for (const Value each : list) {
    const std::string path = "/hide/" + std::to_string(index++);
    const Value written = reading.unless_null(each, "an entry of hide");
    if (!written) continue;
    std::optional<std::string> name = reading.text_of(written, "an entry of hide");
    if (!name) continue;
    if (is_blank(*name)) {
      reading.error(reading.place(each), "blank entry in `hide`", "name a tool, or `*` for all");
    } else if (!seen.insert(*name).second) {
      reading.error(reading.place(each), "duplicate entry " + base::quoted(*name) + " in `hide`");
    } else {
      entries.push_back({std::move(*name), reading.anchor(path, each)});
    }
  }
  return entries;
}

}  // namespace gatecrash::policy
