#include <algorithm>
#include <charconv>
#include <cmath>

#include "harness/decision/decimal.h"
#include "harness/decision/operators.h"

namespace gatecrash::decision {
namespace {

using base::Kind;
using base::Value;

// `%v` of a float64: shortest digits that read back, exponent form below 1e-4 and from 1e6 on:
// 999999, 1e+06, 1.234567e+06 (as Go itself prints them).
void print_double(double number, std::string& out) {
  if (number == 0) {
    out += std::signbit(number) ? "-0" : "0";
    return;
  }
  if (std::isinf(number)) {
    out += number > 0 ? "+Inf" : "-Inf";
    return;
  }
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = text.find('e');
  int exponent = 0;
  const std::string_view written = text.substr(e + 1);
  std::from_chars(written.data() + (written.front() == '+' ? 1 : 0),
                  written.data() + written.size(), exponent);
  if (exponent < -4 || exponent >= 6) {
    out += text;  // both write at least two exponent digits
    return;
  }
  out.append(buffer,
             std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed).ptr);
}

void print_number(std::string_view lexeme, bool decoded, std::string& out) {
  if (!decoded && lexeme.find_first_of(".eE") == std::string_view::npos) {
    const std::optional<Decimal> exact = Decimal::parse(lexeme);
    if (exact && exact->is_zero()) {
      out += '0';
      return;
    }
    std::uint64_t whole = 0;  // what exceeds int64 is tried as uint64 before it becomes a double
    const char* const end = lexeme.data() + lexeme.size();
    if ((exact && exact->scaled(0, Decimal::Round::Down)) ||
        std::from_chars(lexeme.data(), end, whole).ec == std::errc{}) {
      out += lexeme;
      return;
    }
  }
  print_double(to_double(lexeme), out);
}

}  // namespace

void print_as_go(Value value, bool decoded, std::string& out) {
  switch (value.kind()) {
    case Kind::Absent:
    case Kind::Null: out += "<nil>"; return;
    case Kind::Number: print_number(value.text(), decoded, out); return;
    case Kind::Bool:
    case Kind::String: out += value.text(); return;
    case Kind::List: {
      out += '[';
      bool first = true;
      for (const Value each : value) {
        if (!first) out += ' ';
        first = false;
        print_as_go(each, decoded, out);
      }
      out += ']';
      return;
    }
    case Kind::Object: {
      std::vector<Value> members;
      for (const Value each : value) members.push_back(each);
      std::ranges::sort(members, {}, [](Value each) { return each.key(); });
      out += "map[";
      for (std::size_t i = 0; i < members.size(); ++i) {
        if (i != 0) out += ' ';
        out += members[i].key();
        out += ':';
        print_as_go(members[i], decoded, out);
      }
      out += ']';
      return;
    }
  }
}

}  // namespace gatecrash::decision
