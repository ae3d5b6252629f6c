#include "harness/decision/decimal.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace gatecrash::decision {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  Decimal number;
  if (text.starts_with('-')) {
    number.negative_ = true;
    text.remove_prefix(1);
  }
  std::size_t mantissa = 0;
  std::size_t point = std::string_view::npos;
  while (mantissa < text.size() && (is_digit(text[mantissa]) || text[mantissa] == '.')) {
    if (text[mantissa] == '.') {
      if (point != std::string_view::npos || mantissa == 0) return std::nullopt;
      point = mantissa;
    }
    ++mantissa;
  }
  if (mantissa == 0 || point == mantissa - 1) return std::nullopt;
  std::int64_t exponent = 0;
  if (mantissa < text.size()) {
    if (text[mantissa] != 'e' && text[mantissa] != 'E') return std::nullopt;
    std::string_view written = text.substr(mantissa + 1);
    const bool minus = written.starts_with('-');
    if (minus || written.starts_with('+')) written.remove_prefix(1);
    if (written.empty() || !std::ranges::all_of(written, is_digit)) return std::nullopt;
    written.remove_prefix(std::min(written.find_first_not_of('0'), written.size()));
    if (written.size() > 9) return std::nullopt;
    for (const char c : written) exponent = exponent * 10 + (c - '0');
    if (minus) exponent = -exponent;
  }
  const std::string_view body = text.substr(0, mantissa);
  if (point == std::string_view::npos) point = mantissa;
  const std::size_t first = body.find_first_not_of("0.");
  if (first == std::string_view::npos) {
    number.negative_ = false;  // minus zero is zero
    return number;
  }
  const std::size_t last = body.find_last_not_of("0.");
  number.digits_ = body.substr(first, last - first + 1);
  const bool inside = point > first && point <= last;
  number.point_ = static_cast<std::uint32_t>(inside ? point - first : number.digits_.size());
  number.count_ = static_cast<std::uint32_t>(number.digits_.size() - (inside ? 1 : 0));
  number.magnitude_ = exponent + (first < point ? static_cast<std::int64_t>(point - first) - 1
                                                : -static_cast<std::int64_t>(first - point));
  return number;
}

int Decimal::digit(std::uint32_t index) const {
  if (index >= count_) return 0;
  return digits_[index + (index >= point_ ? 1 : 0)] - '0';
}

std::strong_ordering operator<=>(const Decimal& left, const Decimal& right) {
  const auto sign = [](const Decimal& n) { return n.is_zero() ? 0 : n.negative_ ? -1 : 1; };
  if (const auto order = sign(left) <=> sign(right); order != 0 || left.is_zero()) return order;
  const Decimal& small = left.negative_ ? right : left;  // of two negatives the larger is smaller
  const Decimal& large = left.negative_ ? left : right;
  if (const auto order = small.magnitude_ <=> large.magnitude_; order != 0) return order;
  for (std::uint32_t i = 0; i < std::max(small.count_, large.count_); ++i) {
    if (const auto order = small.digit(i) <=> large.digit(i); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

std::optional<std::int64_t> Decimal::scaled(int places, Round round) const {
  if (is_zero()) return 0;
  const std::int64_t whole = magnitude_ + places + 1;  // digits before the point, once scaled
  if (whole > 19) return std::nullopt;
  __int128 value = 0;
  for (std::int64_t i = 0; i < whole; ++i)
    value = value * 10 + digit(static_cast<std::uint32_t>(i));
  const bool rest = whole < static_cast<std::int64_t>(count_);
  if (rest && round == Round::Up) ++value;
  if (value > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(negative_ ? -value : value);
}

std::string canonical_number(std::string_view lexeme) {
  if (!Decimal::parse(lexeme)) return std::string(lexeme);
  const bool negative = lexeme.starts_with('-');
  const std::size_t mark = std::min(lexeme.find_first_of("eE"), lexeme.size());
  std::int64_t exponent = 0;
  if (mark < lexeme.size()) {
    std::string_view text = lexeme.substr(mark + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    std::from_chars(text.data(), text.data() + text.size(), exponent);
  }
  std::string digits;
  for (const char c : lexeme.substr(negative ? 1 : 0, mark - (negative ? 1 : 0))) {
    if (c == '.')
      exponent += static_cast<std::int64_t>(digits.size());
    else
      digits += c;
  }
  // The point stands behind the first digit from now on.
  const bool pointed = lexeme.substr(0, mark).find('.') != std::string_view::npos;
  if (!pointed) exponent += static_cast<std::int64_t>(digits.size());
  const std::size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return "0";
  exponent -= static_cast<std::int64_t>(first);
  digits = digits.substr(first, digits.find_last_not_of('0') - first + 1);
  return (negative ? "-0." : "0.") + digits + "e" + std::to_string(exponent);
}

double to_double(std::string_view lexeme) {
  double value = 0;
  const auto [end, code] = std::from_chars(lexeme.data(), lexeme.data() + lexeme.size(), value);
  if (code != std::errc::result_out_of_range) return value;
  const std::optional<Decimal> exact = Decimal::parse(lexeme);
  const double large = exact && *exact < *Decimal::parse("1") && *Decimal::parse("-1") < *exact
                           ? 0.0
                           : std::numeric_limits<double>::infinity();
  return lexeme.starts_with('-') ? -large : large;
}

std::int64_t go_int64(double value) {
  constexpr double kEdge = 9223372036854775808.0;
  if (!(value < kEdge && value >= -kEdge)) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

}  // namespace gatecrash::decision
