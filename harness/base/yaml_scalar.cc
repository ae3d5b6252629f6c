#include "harness/base/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <system_error>

namespace gatecrash::base {
namespace {

constexpr std::string_view kDecimalDigits = "0123456789";

bool is_among(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool only_of(std::string_view text, std::string_view set) {
  return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
}

std::string_view take_digits(std::string_view& text) {
  const std::string_view digits = text.substr(0, text.find_first_not_of(kDecimalDigits));
  text.remove_prefix(digits.size());
  return digits;
}

bool take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative;
}

// A decimal number as its parts, which stay as they are written.
struct DecimalParts {
  bool negative = false;
  std::string_view whole;
  bool point = false;
  std::string_view fraction;
  std::string_view exponent;  // with its `e`

  std::string lexeme() const {
    std::string out = negative ? "-" : "";
    out += whole.empty() ? "0" : whole;
    if (point) {
      out += '.';
      out += fraction.empty() ? "0" : fraction;
    }
    out += exponent;
    return out;
  }
};

std::optional<DecimalParts> decimal_parts(std::string_view text) {
  DecimalParts parts;
  parts.negative = take_sign(text);
  parts.whole = take_digits(text);
  parts.point = text.starts_with('.');
  if (parts.point) {
    text.remove_prefix(1);
    parts.fraction = take_digits(text);
  }
  if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
  parts.exponent = text;
  if (text.empty()) return parts;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  text.remove_prefix(1);
  take_sign(text);
  if (!only_of(text, kDecimalDigits)) return std::nullopt;
  return parts;
}

// Go's ParseInt and ParseUint with base 0: a sign, then `0x`, `0o`, `0b`, or a 0 for octal.
std::optional<std::string> go_whole_number(std::string_view text) {
  std::string_view rest = text;
  const bool negative = take_sign(rest);
  const bool signed_text = rest.size() != text.size();
  int radix = 10;
  if (rest.size() > 1 && rest.front() == '0') {
    const char mark = static_cast<char>(rest[1] | 0x20);
    radix = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 8;
    rest.remove_prefix(mark == 'x' || mark == 'o' || mark == 'b' ? 2 : 1);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, radix);
  if (rest.empty() || error != std::errc{} || end != rest.data() + rest.size()) return std::nullopt;
  constexpr std::uint64_t kMost = std::uint64_t{1} << 63;
  if (value > (negative ? kMost : kMost - 1) && signed_text) return std::nullopt;
  return (negative && value != 0 ? "-" : "") + std::to_string(value);
}

}  // namespace

Numeric read_core_number(std::string_view text, std::string& lexeme) {
  std::string_view rest = text;
  take_sign(rest);
  if (is_among(rest, {".inf", ".Inf", ".INF"})) return Numeric::NotFinite;
  if (is_among(text, {".nan", ".NaN", ".NAN"})) return Numeric::NotFinite;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    const int base = text[1] == 'x' ? 16 : 8;
    rest = text.substr(2);
    if (!only_of(rest, base == 16 ? "0123456789abcdefABCDEF" : "01234567")) return Numeric::No;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
    if (error != std::errc{}) return Numeric::Ambiguous;
    lexeme = std::to_string(value);
    return Numeric::Yes;
  }
  const auto parts = decimal_parts(text);
  if (!parts) return Numeric::No;
  // 010 is eight to YAML 1.1 readers, some of which guard real systems, and ten to 1.2 ones.
  if (parts->whole.size() > 1 && parts->whole.front() == '0') return Numeric::Ambiguous;
  lexeme = parts->lexeme();
  return Numeric::Yes;
}

bool read_go_number(std::string_view text, std::string& lexeme) {
  if (text.empty() || (only_of(text.substr(0, 1), "+-.0123456789") == false)) return false;
  if (is_among(text, {".nan", ".NaN", ".NAN"})) return lexeme = "NaN", true;
  std::string_view unsigned_text = text;
  const bool negative = take_sign(unsigned_text);
  if (is_among(unsigned_text, {".inf", ".Inf", ".INF"})) {
    lexeme = negative ? "-Infinity" : "Infinity";
    return true;
  }
  std::string plain(text);
  if (text.front() != '.') {
    std::erase(plain, '_');
    if (const auto whole = go_whole_number(plain)) return lexeme = *whole, true;
  }
  auto parts = decimal_parts(plain);
  if (!parts || std::isinf(std::strtod(plain.c_str(), nullptr))) return false;
  while (parts->whole.size() > 1 && parts->whole.front() == '0') parts->whole.remove_prefix(1);
  lexeme = parts->lexeme();
  // A whole number that Go holds as a double must not look like one that it holds exactly.
  if (!parts->point && parts->exponent.empty()) lexeme += ".0";
  return true;
}

bool is_go_timestamp(Value value) {
  return value.is_string() && !value.node()->quoted && go_timestamp(value.text());
}

bool is_go_unsigned(std::string_view lexeme) {
  std::uint64_t whole = 0;
  const char* const end = lexeme.data() + lexeme.size();
  const auto [rest, error] = std::from_chars(lexeme.data(), end, whole);
  return error == std::errc{} && rest == end && whole >> 63 != 0;
}

std::optional<std::string> go_timestamp(std::string_view text) {
  std::string_view rest = text;
  // One number of `least` to `most` digits.
  const auto number = [&rest](std::size_t least, std::size_t most) {
    std::size_t size = 0;
    while (size < most && size < rest.size() && rest[size] >= '0' && rest[size] <= '9') ++size;
    int value = -1;
    if (size >= least) std::from_chars(rest.data(), rest.data() + size, value);
    rest.remove_prefix(size);
    return value;
  };
  const auto next = [&rest](char c) {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
  };
  const int year = number(4, 4);
  if (year < 0 || !next('-')) return std::nullopt;
  const int month = number(1, 2);
  if (month < 1 || month > 12 || !next('-')) return std::nullopt;
  const int day = number(1, 2);
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(std::max(day, 0))}};
  if (!date.ok()) return std::nullopt;
  int hour = 0, minute = 0, second = 0;
  std::string fraction, zone = " +0000 UTC";
  if (!rest.empty()) {
    const bool zoned = rest.front() == 'T' || rest.front() == 't';
    if (!zoned && rest.front() != ' ') return std::nullopt;
    rest.remove_prefix(1);
    hour = number(1, 2);
    if (hour < 0 || hour > 23 || !next(':')) return std::nullopt;
    minute = number(1, 2);
    if (minute < 0 || minute > 59 || !next(':')) return std::nullopt;
    second = number(1, 2);
    if (second < 0 || second > 59) return std::nullopt;
    if (rest.starts_with('.') || rest.starts_with(',')) {
      rest.remove_prefix(1);
      fraction = take_digits(rest);
      if (fraction.empty()) return std::nullopt;
      fraction.resize(std::min<std::size_t>(fraction.size(), 9));
      while (fraction.ends_with('0')) fraction.pop_back();
      if (!fraction.empty()) fraction.insert(0, 1, '.');
    }
    if (zoned && !next('Z')) {
      const std::string_view offset = rest;
      if (offset.size() != 6 || (offset[0] != '+' && offset[0] != '-') || offset[3] != ':')
        return std::nullopt;
      rest.remove_prefix(1);
      const int hours = number(2, 2);
      next(':');
      const int minutes = number(2, 2);
      if (hours < 0 || hours > 24 || minutes < 0 || minutes > 60) return std::nullopt;
      const std::string name = std::string(offset.substr(0, 3)) + std::string(offset.substr(4, 2));
      if (hours != 0 || minutes != 0) zone = " " + name + " " + name;
    }
    if (!rest.empty()) return std::nullopt;
  }
  std::array<char, 64> printed{};
  std::snprintf(printed.data(), printed.size(), "%04d-%02d-%02d %02d:%02d:%02d", year, month, day,
                hour, minute, second);
  return printed.data() + fraction + zone;
}

}  // namespace gatecrash::base
