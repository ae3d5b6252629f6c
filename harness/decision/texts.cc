#include "harness/decision/texts.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "harness/base/digits.h"
#include "harness/base/utf8.h"

namespace gatecrash::decision {
namespace {

using base::base64_digit;
using base::hex_digit;

// Shorter runs of letters and digits are words, not something encoded.
constexpr std::size_t kShortest = 12;

std::string from_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string from_hex(std::string_view run) {
  std::string out;
  for (std::size_t i = 0; i + 1 < run.size(); i += 2) {
    out += static_cast<char>(hex_digit(run[i]) * 16 + hex_digit(run[i + 1]));
  }
  return out;
}

std::string from_base64(std::string_view run) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : run) {
    bits = (bits << 6) | static_cast<std::uint32_t>(base64_digit(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

// Calls `use` for every run of at least kShortest characters that are digits in `digit`'s sense.
template <typename Digit, typename Use>
bool any_run(std::string_view text, Digit digit, Use use) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && digit(text[end]) >= 0) ++end;
    if (end - at >= kShortest && use(text.substr(at, end - at))) return true;
    at = end + 1;
  }
  return false;
}

template <typename Inner>
bool any_encoded(std::string_view text, const Inner& inner) {
  if (any_run(text, hex_digit, [&](std::string_view run) {
        return inner(from_hex(run)) || inner(from_hex(run.substr(1)));
      })) {
    return true;
  }
  return any_run(text, base64_digit, [&](std::string_view run) {
    for (std::size_t skip = 0; skip < 4; ++skip) {
      if (inner(from_base64(run.substr(skip)))) return true;
    }
    return false;
  });
}

constexpr bool is_separator(char c) {
  switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case '-':
    case '.':
    case '_': return true;
    default: return false;
  }
}

// The end of a row of single letters with one separator between them that starts at `at`.
std::size_t end_of_row(std::string_view text, std::size_t at) {
  const auto is_word = [&](std::size_t i) { return i < text.size() && !is_separator(text[i]); };
  if (!is_word(at) || is_word(at + 1) || (at > 0 && is_word(at - 1))) return at;
  std::size_t end = at + 1;
  const char separator = end < text.size() ? text[end] : '\0';
  // What follows has to be a letter, too, and no longer word.
  while (end + 1 < text.size() && text[end] == separator &&
         (is_word(end + 1) || text[end + 1] != separator) && !is_word(end + 2)) {
    end += 2;
  }
  return end;
}

constexpr std::size_t kRow = 2 * kShortest - 1;  // bytes of the shortest row

// Any row covers one of these places with the three bytes after it, and every other byte of it is a
// separator: a look at few bytes tells most texts from those with a row.
bool may_have_row(std::string_view text) {
  for (std::size_t at = 0; at + 3 < text.size(); at += kRow / 2) {
    for (const std::size_t first : {at, at + 1}) {
      if (is_separator(text[first]) && text[first] == text[first + 2]) return true;
    }
  }
  return false;
}

// `s e c r e t`, or with dashes, dots or underscores, as one word. Empty: there is no such row of
// at least kShortest letters.
std::string from_spaced(std::string_view text) {
  std::string out;
  if (text.size() < kRow || !may_have_row(text)) return out;
  std::size_t copied = 0;
  for (std::size_t at = 0; at + kRow <= text.size();) {
    const std::size_t end = end_of_row(text, at);
    if (end - at < kRow) {
      ++at;
      continue;
    }
    out += text.substr(copied, at - copied);
    for (; at < end; at += 2) out += text[at];
    copied = at = end;
  }
  if (copied != 0) out += text.substr(copied);
  return out;
}

// Characters that are not seen: Unicode's default ignorable ones that occur in texts.
bool is_unseen(std::uint32_t code) {
  return code == 0x00ad || code == 0x034f || code == 0x061c || code == 0x180e || code == 0xfeff ||
         (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || (code >= 0xfe00 && code <= 0xfe0f);
}

// Without them, and with ASCII for full-width letters. Empty: it says nothing else than the text.
std::string from_wide(std::string_view text) {
  if (std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    return {};
  std::string out;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    const std::size_t length = std::max<std::size_t>(1, base::utf8_length(at, end));
    const std::uint32_t code = length == 1 ? 0 : base::utf8_code(at, length);
    if (code >= 0xff01 && code <= 0xff5e) {
      out += static_cast<char>(code - 0xfee0);
    } else if (!is_unseen(code)) {
      out.append(at, length);
    }
    at += length;
  }
  return out.size() == text.size() ? std::string() : out;
}

// What is encoded may be encoded again, and broken over lines; each level is smaller than the one
// before.
constexpr int kDepth = 3;

bool any_reading(std::string_view text, const Holds& holds, int depth) {
  if (const std::string narrow = from_wide(text);
      !narrow.empty() && any_reading(narrow, holds, depth))
    return true;
  if (holds(text) || holds(std::string(text.rbegin(), text.rend()))) return true;
  if (const std::string closed = from_spaced(text);
      !closed.empty() && any_reading(closed, holds, depth)) {
    return true;
  }
  if (depth == 0) return false;
  const auto inner = [&](const std::string& decoded) {
    return !decoded.empty() && any_reading(decoded, holds, depth - 1);
  };
  if (text.find('%') != std::string_view::npos) {
    const std::string decoded = from_percent(text);
    if (decoded != text && inner(decoded)) return true;
  }
  if (text.find_first_of("\r\n \t") != std::string_view::npos) {
    std::string joined(text);
    std::erase_if(joined, [](char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\t'; });
    if (any_encoded(joined, inner)) return true;
  }
  return any_encoded(text, inner);
}

}  // namespace

bool any_text(base::Value value, const Holds& holds) {
  if (value.is_string() || value.is_number()) return any_reading(value.text(), holds, kDepth);
  if (!value.is_list() && !value.is_object()) return false;
  for (const base::Value each : value) {
    if ((value.is_object() && any_reading(each.key(), holds, kDepth)) || any_text(each, holds))
      return true;
  }
  return false;
}

}  // namespace gatecrash::decision
