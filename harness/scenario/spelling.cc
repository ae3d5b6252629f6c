#include "harness/scenario/spelling.h"

#include <algorithm>

namespace gatecrash::scenario {
namespace {

constexpr std::size_t kMostAllowed = 128;  // characters of a tool's name, by the specification

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_word(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char upper_of(char c) {
  return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), upper_of);
  return out;
}

std::string capital(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i == 0 || !is_word(out[i - 1])) out[i] = upper_of(out[i]);
  }
  return out;
}

std::string wide_byte(char c) {
  if (c < 0x21 || c > 0x7e) return {c};
  const int code = c + 0xfee0;
  return {static_cast<char>(0xe0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 0x3f)),
          static_cast<char>(0x80 | (code & 0x3f))};
}

std::string wide(std::string_view text) {
  std::string out;
  for (const char c : text) out += wide_byte(c);
  return out;
}

std::string wide_first(std::string_view text) {
  return text.empty() ? std::string() : wide_byte(text.front()) + std::string(text.substr(1));
}

std::string cyrillic(std::string_view text) {
  constexpr std::pair<char, std::string_view> kAlike[] = {
      {'a', "\u0430"}, {'c', "\u0441"}, {'e', "\u0435"}, {'o', "\u043e"}, {'p', "\u0440"}};
  std::string out;
  for (const char c : text) {
    const auto alike = std::ranges::find(kAlike, c, &std::pair<char, std::string_view>::first);
    if (alike == std::end(kAlike)) {
      out += c;
    } else {
      out += alike->second;
    }
  }
  return out;
}

// After the first character, so that it changes names of any length.
std::string with(std::string_view text, std::string_view mark) {
  return std::string(text.substr(0, 1)).append(mark).append(text.substr(1));
}

std::string zero_width(std::string_view text) {
  return with(text, "\u200b");
}

std::string accent(std::string_view text) {
  return with(text, "\u0301");
}

// What stands between words, or the last character where nothing does, as two hex digits.
std::string in_hex(std::string_view text, std::string_view prefix) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const bool has_words = !std::ranges::all_of(text, is_word);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (has_words ? is_word(text[i]) : i + 1 < text.size()) {
      out += text[i];
    } else {
      out.append(prefix) += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string percent(std::string_view text) {
  return in_hex(text, "%");
}

std::string escaped(std::string_view text) {
  return in_hex(text, "\\u00");
}

std::string overlong(std::string_view text) {
  std::string out(text);
  out.resize(std::max(out.size() + 1, kMostAllowed + 1), 'x');
  return out;
}

constexpr Spelling kSpellings[] = {
    {"upper", "letters as capitals", upper},
    {"capital", "each word with a capital", capital},
    {"wide", "full-width letters", wide},
    {"wide-first", "its first letter in full width", wide_first},
    {"cyrillic", "letters of another alphabet that look alike", cyrillic},
    {"zero-width", "a space of no width after its first letter", zero_width},
    {"accent", "an accent on its first letter", accent},
    {"percent", "what stands between words as in addresses: `%5f`", percent},
    {"escaped", "what stands between words as a text of six characters: `\\u005f`", escaped},
    {"overlong", "longer than names may be", overlong},
};

}  // namespace

std::span<const Spelling> spellings() {
  return kSpellings;
}

const Spelling* find_spelling(std::string_view name) {
  const auto found = std::ranges::find(kSpellings, name, &Spelling::name);
  return found == std::end(kSpellings) ? nullptr : found;
}

}  // namespace gatecrash::scenario
