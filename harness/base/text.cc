#include "harness/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "harness/base/utf8.h"

namespace gatecrash::base {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
char plain(char c) {
  return c == '-' ? '_' : lower(c);
}

// In half slips.
constexpr std::size_t kSlip = 2;
constexpr std::size_t kHalfSlip = 1;

std::size_t cost(char left, char right) {
  if (left == right) return 0;
  return plain(left) == plain(right) ? kHalfSlip : kSlip;
}

// Damerau-Levenshtein (adjacent swaps), three rows.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before(right.size() + 1), last(right.size() + 1), row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) row[j] = j * kSlip;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::swap(before, last);
    std::swap(last, row);
    row[0] = i * kSlip;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      row[j] = std::min(
          {last[j] + kSlip, row[j - 1] + kSlip, last[j - 1] + cost(left[i - 1], right[j - 1])});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + kSlip);
      }
    }
  }
  return row[right.size()];
}

// Code points that a terminal hides, or that turn the text around them.
bool is_invisible(std::uint32_t code) {
  return (code >= 0x7f && code <= 0x9f) || code == 0xad || code == 0x61c || code == 0xfeff ||
         (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || (code >= 0xe0000 && code <= 0xe007f);
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::uint8_t, 256> kFromBase64 = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(0xff);
  for (std::size_t i = 0; i < kBase64.size(); ++i) {
    table[static_cast<unsigned char>(kBase64[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

}  // namespace

bool is_utf8(std::string_view bytes) {
  const char* const end = bytes.data() + bytes.size();
  for (const char* at = bytes.data(); at != end;) {
    const std::size_t length = utf8_length(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string_view closest(std::string_view word, std::span<const std::string_view> known) {
  // A user's key may be a page of text; nothing that long is a slip of a known word.
  constexpr std::size_t kLongest = 64;
  if (word.empty() || word.size() > kLongest) return {};
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) * kSlip + 1;
  std::string_view found;
  for (const std::string_view each : known) {
    if (each.empty() || each.size() > kLongest) continue;
    // Another case or another dash throughout is one slip, however long the word.
    const bool same = std::ranges::equal(word, each, {}, plain, plain);
    if (const std::size_t d = same ? kHalfSlip : distance(word, each); d < best) {
      best = d;
      found = each;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  if (const std::string_view near = closest(word, known); !near.empty()) {
    return "did you mean " + base::quoted(near) + "?";
  }
  if (known.empty()) return {};
  constexpr std::size_t kListed = 8;
  std::string text = known.size() == 1 ? "only " : "one of ";
  for (std::size_t i = 0; i < known.size() && i < kListed; ++i) {
    if (i != 0) text += ", ";
    text += base::quoted(known[i]);
  }
  if (known.size() > kListed) text += ", …";
  return text;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 80;
  std::string out = "`";
  const char* const end = text.data() + text.size();
  const char* at = text.data();
  while (at != end && static_cast<std::size_t>(at - text.data()) < kShown) {
    char escape[16];
    const std::size_t length = utf8_length(at, end);
    const std::uint32_t code = length == 0 ? 0 : utf8_code(at, length);
    if (length == 0 || code < 0x20 || code == 0x7f) {
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned char>(*at));
      out += escape;
      at += 1;
    } else if (is_invisible(code)) {
      std::snprintf(escape, sizeof escape, "\\u{%x}", code);
      out += escape;
      at += length;
    } else {
      out.append(at, length);
      at += length;
    }
  }
  if (at != end) out += "…";
  return out + "`";
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// On a mismatch behind a `*`, that `*` takes one byte more: linear for one star, never exponential.
bool glob_match(std::string_view pattern, std::string_view text) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0, t = 0, star = kNone, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 0xf];
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= count ? kBase64[group >> (18 - 6 * k) & 0x3f] : '=';
    }
  }
  return out;
}

// RFC 4648 section 4: padded, unused bits zero, nothing else in between.
bool from_base64(std::string_view text, std::string& bytes) {
  bytes.clear();
  if (text.size() % 4 != 0) return false;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::size_t digits = 4;
    if (i + 4 == text.size()) {
      while (digits > 2 && text[i + digits - 1] == '=') --digits;
    }
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::uint8_t value =
          k < digits ? kFromBase64[static_cast<unsigned char>(text[i + k])] : 0;
      if (value == 0xff) return false;
      group = group << 6 | value;
    }
    if ((digits == 2 && (group & 0xffff) != 0) || (digits == 3 && (group & 0xff) != 0))
      return false;
    for (std::size_t k = 0; k + 1 < digits; ++k) {
      out += static_cast<char>(group >> (16 - 8 * k) & 0xff);
    }
  }
  bytes = std::move(out);
  return true;
}

}  // namespace gatecrash::base
