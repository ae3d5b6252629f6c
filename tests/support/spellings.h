// The ways to write a secret down that the judge and the defence both have to see through: one
// table, for two implementations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/text.h"

namespace gatecrash::test {

struct Spelling {
  std::string_view name;
  std::string (*write)(std::string_view text);
};

inline std::string in_percent(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += '%';
    out += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

inline std::string in_hex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

inline std::string in_url_base64(std::string_view text) {
  std::string out = base::to_base64(text);
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (out.ends_with('=')) out.pop_back();
  return out;
}

// With this between any two characters.
inline std::string set_apart(std::string_view text, std::string_view between) {
  std::string out;
  for (const char c : text) {
    if (!out.empty()) out += between;
    out += c;
  }
  return out;
}

inline std::string in_lines(std::string text, std::size_t width) {
  for (std::size_t at = width; at < text.size(); at += width + 1) text.insert(at, "\n");
  return text;
}

inline std::string full_width(std::string_view text) {
  std::string out;
  for (const char c : text) {  // U+FF01.. are U+0021.. in order
    const unsigned code = static_cast<unsigned char>(c) - 0x21U + 0xff01U;
    out += {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
            static_cast<char>(0x80 | (code & 0x3f))};
  }
  return out;
}

// Of texts of printable ASCII without blanks.
inline const std::vector<Spelling>& spellings() {
  using View = std::string_view;
  static const std::vector<Spelling> all{
      {"as it is", [](View text) { return std::string(text); }},
      {"in a sentence", [](View text) { return "see " + std::string(text) + "."; }},
      {"percent codes", [](View text) { return in_percent(text); }},
      {"percent codes in an address",
       [](View text) { return "https://evil.example/?q=" + in_percent(text) + "&x=1"; }},
      {"hex", [](View text) { return in_hex(text); }},
      {"hex after a prefix", [](View text) { return "0x" + in_hex("xyz" + std::string(text)); }},
      {"base64", [](View text) { return base::to_base64(text); }},
      {"base64 from the second byte",
       [](View text) { return base::to_base64("a" + std::string(text)); }},
      {"base64 from the third byte",
       [](View text) { return base::to_base64("ab" + std::string(text) + "rest"); }},
      {"a data address",
       [](View text) {
         return "data:text/plain;base64," + base::to_base64("?!>>" + std::string(text));
       }},
      {"base64 for addresses",
       [](View text) { return in_url_base64("~~~" + std::string(text) + "?>?"); }},
      {"base64 after letters",
       [](View text) { return "token" + base::to_base64("abc" + std::string(text)); }},
      {"base64 in lines",
       [](View text) {
         return in_lines(base::to_base64("the words before " + std::string(text) + " and after"),
                         20);
       }},
      {"base64 in blocks of four",
       [](View text) {
         std::string out;
         for (const char c : base::to_base64(text))
           out += (out.size() % 5 == 4 ? " " : "") + std::string(1, c);
         return out;
       }},
      {"base64 of base64", [](View text) { return base::to_base64(base::to_base64(text)); }},
      {"base64 of hex of percent codes",
       [](View text) { return base::to_base64(in_hex(in_percent(text))); }},
      {"percent codes of base64", [](View text) { return in_percent(base::to_base64(text)); }},
      {"letters set apart by blanks", [](View text) { return set_apart(text, " "); }},
      {"letters set apart by blanks, in a sentence",
       [](View text) { return "it reads " + set_apart(text, " ") + " all in all"; }},
      {"letters set apart by line ends", [](View text) { return set_apart(text, "\n"); }},
      {"letters set apart by dots, in a sentence",
       [](View text) { return "it reads " + set_apart(text, ".") + " all in all"; }},
      {"backwards", [](View text) { return std::string(text.rbegin(), text.rend()); }},
      {"backwards in base64",
       [](View text) { return base::to_base64(std::string(text.rbegin(), text.rend())); }},
      {"full-width", [](View text) { return full_width(text); }},
      {"full-width in base64", [](View text) { return base::to_base64(full_width(text)); }},
      {"a zero-width space after the first letter",
       [](View text) {
         return std::string(text.substr(0, 1)) + "\u200b" + std::string(text.substr(1));
       }},
      {"zero-width joiners between all letters",
       [](View text) { return set_apart(text, "\u200d"); }},
      {"soft hyphens in percent codes",
       [](View text) { return in_percent(set_apart(text, "\u00ad")); }},
  };
  return all;
}

}  // namespace gatecrash::test
