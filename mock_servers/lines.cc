#include "mock_servers/lines.h"

#include <algorithm>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/base/tree.h"

namespace gatecrash::mock_servers {
namespace {

void append_utf8(char32_t code, std::string& out) {
  const auto put = [&](char32_t bits) { out += static_cast<char>(bits); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

std::string from_utf16(std::string_view bytes, bool big_endian) {
  std::string out;
  char32_t high = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    const char32_t unit = big_endian ? first << 8 | second : second << 8 | first;
    if (unit >= 0xd800 && unit < 0xdc00) {
      high = unit;
    } else if (unit >= 0xdc00 && unit < 0xe000) {
      append_utf8(high == 0 ? 0xfffd : 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00), out);
      high = 0;
    } else {
      append_utf8(unit, out);
    }
  }
  return out;
}

// A JSON text begins with two ASCII characters: where a zero stands shows how they are written.
std::string decoded(std::string_view bytes) {
  if (bytes.starts_with("\xef\xbb\xbf")) return std::string(bytes.substr(3));
  if (bytes.starts_with("\xff\xfe")) return from_utf16(bytes.substr(2), false);
  if (bytes.starts_with("\xfe\xff")) return from_utf16(bytes.substr(2), true);
  if (bytes.size() >= 2 && bytes[0] == 0 && bytes[1] != 0) return from_utf16(bytes, true);
  if (bytes.size() >= 2 && bytes[0] != 0 && bytes[1] == 0) return from_utf16(bytes, false);
  return std::string(bytes);
}

}  // namespace

std::vector<std::string> messages_in(std::string_view line, const Personality& personality) {
  const std::string text =
      personality.has(Knob::DetectsEncoding) ? decoded(line) : std::string(line);
  std::vector<std::string> messages;
  base::JsonRules rules = personality.reading().json;
  rules.keep_duplicates = true;
  base::Tree tree;
  const auto add = [&](std::string_view rest) {
    while (true) {
      const auto error = base::read_json(rest, rules, tree);
      const bool more = error && error->fault == base::JsonFault::TrailingText;
      messages.emplace_back(rest.substr(0, more ? error->offset : rest.size()));
      if (!more || !personality.has(Knob::ReadsSeveral)) break;
      rest.remove_prefix(error->offset);
    }
    if (!personality.has(Knob::ReadsSeveral) && !personality.has(Knob::StopsAfterValue))
      messages.back() = rest;
  };
  if (!personality.has(Knob::CrEndsLines)) {
    add(text);
    return messages;
  }
  for (const std::string_view part : base::split(text, '\r')) {
    if (!part.empty()) add(part);
  }
  return messages;
}

}  // namespace gatecrash::mock_servers
