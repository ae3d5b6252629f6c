#include "harness/rpc/numbers.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace gatecrash::rpc {
namespace {

constexpr long kHuge = 1'000'000'000;

// The largest double is 1.8e308, the least positive one 4.9e-324: numbers of a magnitude between
// these bounds fit, and those beyond the outer ones do not.
constexpr long kSurelyFits = 308;
constexpr long kMayFit = 309;
constexpr long kSurelyNotZero = -322;
constexpr long kMayNotBeZero = -323;

long exponent_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  long exponent = 0;
  const auto error = std::from_chars(text.data(), text.data() + text.size(), exponent).ec;
  if (error == std::errc{}) return std::clamp(exponent, -kHuge, kHuge);
  return text.starts_with('-') ? -kHuge : kHuge;
}

}  // namespace

DoubleRange double_range(std::string_view lexeme) {
  const std::size_t e = lexeme.find_first_of("eE");
  if (e == std::string_view::npos && lexeme.size() <= kSurelyFits) return DoubleRange::Fits;
  std::string_view digits = lexeme.substr(0, e);
  if (digits.starts_with('-')) digits.remove_prefix(1);
  const std::size_t first = digits.find_first_of("123456789");
  if (first == std::string_view::npos) return DoubleRange::Fits;
  const std::size_t point = std::min(digits.find('.'), digits.size());
  // Power of ten just above the number: 3 for 123.4, 0 for 0.4, -1 for 0.04.
  const long magnitude = static_cast<long>(point) - static_cast<long>(first) +
                         (first > point ? 1 : 0) +
                         (e == std::string_view::npos ? 0 : exponent_of(lexeme.substr(e + 1)));
  if (magnitude > kMayFit) return DoubleRange::TooLarge;
  if (magnitude < kMayNotBeZero) return DoubleRange::TooSmall;
  if (magnitude <= kSurelyFits && magnitude >= kSurelyNotZero) return DoubleRange::Fits;
  double number = 0;
  const auto error = std::from_chars(lexeme.data(), lexeme.data() + lexeme.size(), number).ec;
  if (error == std::errc{} && number != 0) return DoubleRange::Fits;
  return magnitude > 0 ? DoubleRange::TooLarge : DoubleRange::TooSmall;
}

}  // namespace gatecrash::rpc
