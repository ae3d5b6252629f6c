#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>

#include <re2/re2.h>

#include "harness/base/utf8.h"
#include "harness/base/yaml_scalar.h"

#include "harness/decision/decimal.h"
#include "harness/decision/operators.h"

namespace gatecrash::decision {
namespace {

using base::Kind;
using base::Value;

// `%v` of a float64: shortest digits that read back, exponent form below 1e-4 and from 1e6 on:
// 999999, 1e+06, 1.234567e+06 (as Go itself prints them).
void print_double(double number, std::string& out) {
  if (std::isnan(number)) {
    out += "NaN";
    return;
  }
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

// What Go calls printable: letters, marks, numbers, punctuation, symbols and the ASCII space.
bool is_printable(std::string_view character) {
  static const re2::RE2 kPrintable("[\\pL\\pM\\pN\\pP\\pS ]");
  return re2::RE2::FullMatch({character.data(), character.size()}, kPrintable);
}

void append_escape(std::uint32_t code, std::string& out) {
  constexpr std::string_view kShort = "abtnvfr";  // from 7 on; \b is 8, \t 9 …
  if (code >= 7 && code <= 13) {
    out += '\\';
    out += kShort[code - 7];
    return;
  }
  std::array<char, 12> text{};
  const char* const form = code < 0x80 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x";
  out.append(text.data(),
             static_cast<std::size_t>(std::snprintf(text.data(), text.size(), form, code)));
}

}  // namespace

std::string name_in_text(std::string_view name, Texts texts) {
  if (texts == Texts::Documented) return "\"" + std::string(name) + "\"";
  std::string out = "\"";
  const char* const end = name.data() + name.size();
  for (const char* at = name.data(); at != end;) {
    const std::size_t size = base::utf8_length(at, end);
    const std::string_view character(at, std::max<std::size_t>(size, 1));
    at += character.size();
    if (character == "\"" || character == "\\") {
      out += '\\';
      out += character;
    } else if (size == 0) {
      append_escape(static_cast<unsigned char>(character.front()), out);
    } else if (is_printable(character)) {
      out += character;
    } else {
      append_escape(base::utf8_code(character.data(), size), out);
    }
  }
  return out + "\"";
}

void print_as_go(Value value, bool decoded, std::string& out) {
  switch (value.kind()) {
    case Kind::Absent:
    case Kind::Null: out += "<nil>"; return;
    case Kind::Number: print_number(value.text(), decoded, out); return;
    case Kind::Bool: out += value.text(); return;
    case Kind::String:
      if (!decoded && base::is_go_timestamp(value))
        out += *base::go_timestamp(value.text());
      else
        out += value.text();
      return;
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
