// Numbers as they are written. A policy compares amounts of money and 64-bit ids, and a double
// takes 2^53 and 2^53 + 1 for the same; here they differ, whatever their spelling (`1`, `1.0`,
// `10e-1` are one number).
//
// A Decimal is a view of a JSON number lexeme: it allocates nothing and lives as long as the text.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatecrash::decision {

class Decimal {
 public:
  // Absent if the text is no JSON number, or its exponent has more than nine digits.
  static std::optional<Decimal> parse(std::string_view lexeme);

  bool is_zero() const { return count_ == 0; }
  bool is_negative() const { return negative_; }

  friend std::strong_ordering operator<=>(const Decimal& left, const Decimal& right);
  friend bool operator==(const Decimal& left, const Decimal& right) {
    return (left <=> right) == std::strong_ordering::equal;
  }

  enum class Round : std::uint8_t { Down, Up };  // toward zero, away from zero
  // This number times 10^places, rounded; absent if it does not fit.
  std::optional<std::int64_t> scaled(int places, Round round) const;

 private:
  // Significant digit `index`, without leading zeros; those behind the last are 0.
  int digit(std::uint32_t index) const;

  std::string_view digits_;     // from the first significant digit to the last; may hold the point
  std::uint32_t point_ = 0;     // index in `digits_` of the point, or digits_.size()
  std::uint32_t count_ = 0;     // significant digits
  std::int64_t magnitude_ = 0;  // exponent of the first significant digit
  bool negative_ = false;
};

// One spelling for one number: `1`, `1.0` and `10e-1` alike. What is no number, or has an exponent
// of more than nine digits, stays as it is.
std::string canonical_number(std::string_view lexeme);

// The double nearest to a JSON number, as Go and ECMAScript readers make it; infinite if too large.
double to_double(std::string_view lexeme);

// What Go's int64(x) gives on amd64: cut toward zero; anything out of range is the smallest int64.
std::int64_t go_int64(double value);

}  // namespace gatecrash::decision
