#include <algorithm>
#include <array>
#include <vector>

#include "harness/base/json.h"

namespace gatecrash::base {
namespace {

constexpr std::array<std::uint8_t, 256> kNeedsEscape = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = 1;
  table['"'] = 1;
  table['\\'] = 1;
  table[0x7f] = 0;
  return table;
}();

void write_escape(char c, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 0xf];
  }
}

void write_scalar(Value value, std::string& out) {
  switch (value.kind()) {
    case Kind::Absent:
    case Kind::Null: out += "null"; break;
    case Kind::String: write_json_string(value.text(), out); break;
    default: out += value.text();
  }
}

}  // namespace

void write_json_string(std::string_view text, std::string& out) {
  out += '"';
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!kNeedsEscape[static_cast<unsigned char>(text[i])]) continue;
    out.append(text, start, i - start);
    write_escape(text[i], out);
    start = i + 1;
  }
  out.append(text, start, text.size() - start);
  out += '"';
}

// Recursion is bounded by the depth rule of the reader that made the tree.
void write_json(Value value, std::string& out) {
  if (!value.is_list() && !value.is_object()) return write_scalar(value, out);
  const bool object = value.is_object();
  out += object ? '{' : '[';
  bool first = true;
  for (const Value each : value) {
    if (!first) out += ',';
    first = false;
    if (object) {
      write_json_string(each.key(), out);
      out += ':';
    }
    write_json(each, out);
  }
  out += object ? '}' : ']';
}

void write_json_sorted(Value value, std::string& out) {
  if (!value.is_object() && !value.is_list()) return write_scalar(value, out);
  std::vector<Value> children;
  children.reserve(value.size());
  for (const Value each : value) children.push_back(each);
  const bool object = value.is_object();
  if (object) {
    std::ranges::stable_sort(children, {}, [](Value each) { return each.key(); });
  }
  out += object ? '{' : '[';
  bool first = true;
  for (const Value each : children) {
    if (!first) out += ',';
    first = false;
    if (object) {
      write_json_string(each.key(), out);
      out += ':';
    }
    write_json_sorted(each, out);
  }
  out += object ? '}' : ']';
}

}  // namespace gatecrash::base
