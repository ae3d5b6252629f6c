#include "harness/oracle/disguise.h"

#include <cstdint>

#include "harness/base/digits.h"
#include "harness/base/json.h"
#include "harness/base/tree.h"
#include "harness/base/utf8.h"

namespace gatecrash::oracle {
namespace {

using base::base64_digit;
using base::hex_digit;

// Shorter runs of characters are words, not codes.
constexpr std::size_t kLeastRun = 11;
// Fewer characters that can be read in a row are noise.
constexpr std::size_t kLeastReadable = 8;
constexpr int kDepth = 3;

// Appends bytes out of digits of `bits` bits, from digit `skip` of the run on.
void decode_run(std::string_view run, int (*digit)(char), int bits, std::size_t skip,
                std::string& out) {
  std::uint32_t held = 0;
  int count = 0;
  for (const char c : run.substr(skip)) {
    held = (held << bits | static_cast<std::uint32_t>(digit(c))) & 0xffff;
    count += bits;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(held >> count & 0xff);
  }
}

// Appends what can be read of the bytes, on lines of their own. Decoding what is no code gives
// noise; without it the readings of all levels together stay as small as the text.
void append_readable(std::string_view bytes, std::string& out) {
  std::size_t start = 0, at = 0;
  const auto flush = [&] {
    if (at - start >= kLeastReadable) out.append(bytes.substr(start, at - start)) += '\n';
  };
  while (at < bytes.size()) {
    const char* const here = bytes.data() + at;
    const std::size_t length = base::utf8_length(here, bytes.data() + bytes.size());
    if (length > 1 || (length == 1 && (*here >= ' ' || *here == '\n' || *here == '\t'))) {
      at += length;
      continue;
    }
    flush();
    start = ++at;
  }
  flush();
}

// Appends every run of digits, read from each position of a byte's worth of them.
void decode_runs(std::string_view text, int (*digit)(char), int bits, std::size_t phases,
                 std::string& out) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && digit(text[end]) >= 0) ++end;
    if (end - at >= kLeastRun) {
      for (std::size_t skip = 0; skip < phases; ++skip) {
        bytes.clear();
        decode_run(text.substr(at, end - at), digit, bits, skip, bytes);
        append_readable(bytes, out);
      }
    }
    at = end + 1;
  }
}

void decode_codes(std::string_view text, std::string& out) {
  decode_runs(text, base64_digit, 6, 4, out);
  decode_runs(text, hex_digit, 4, 2, out);
}

// Empty: there is no percent code in it.
std::string without_percent(std::string_view text) {
  std::string out;
  bool any = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                       hex_digit(text[i + 2]) >= 0;
    any |= coded;
    out +=
        coded ? static_cast<char>(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2])) : text[i];
    if (coded) i += 2;
  }
  return any ? out : std::string();
}

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Soft hyphen, zero-width characters, marks of direction, joiners, the byte order mark.
bool is_invisible(std::uint32_t code) {
  return code == 0xad || code == 0x34f || code == 0x61c || code == 0x180e ||
         (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || (code >= 0xfe00 && code <= 0xfe0f) || code == 0xfeff;
}

// Full-width forms as ASCII, without invisible characters.
std::string as_seen(std::string_view text) {
  std::string out;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const std::size_t length = base::utf8_length(at, end);
    if (length < 2) {
      out += *at++;
      continue;
    }
    const std::uint32_t code = base::utf8_code(at, length);
    if (code >= 0xff01 && code <= 0xff5e)
      out += static_cast<char>(code - 0xff01 + '!');
    else if (!is_invisible(code))
      out.append(at, length);
    at += length;
  }
  return out;
}

// `depth` levels of codes may still be taken off.
void append_readings(std::string_view written, int depth, std::string& out) {
  const std::string text = as_seen(written);
  const std::string letters = bare(text);
  out.append(text) += '\n';
  out.append(letters) += '\n';
  out.append(letters.rbegin(), letters.rend()) += '\n';
  if (depth == 0) return;
  std::string decoded;
  decode_codes(text, decoded);
  std::string whole(text);  // codes are broken into lines
  if (std::erase_if(whole, is_blank) != 0) decode_codes(whole, decoded);
  if (!decoded.empty()) append_readings(decoded, depth - 1, out);
  if (const std::string plain = without_percent(text); !plain.empty())
    append_readings(plain, depth - 1, out);
}

void gather(base::Value value, std::string& out) {
  if (!value.key().empty()) out.append(value.key()) += '\n';
  if (!value.is_list() && !value.is_object()) {
    out.append(value.text()) += '\n';
    return;
  }
  for (const base::Value each : value) gather(each, out);
}

}  // namespace

std::string bare(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return is_blank(c) || c == '-' || c == '.' || c == '_'; });
  return out;
}

std::string undisguised(std::string_view text) {
  std::string out;
  append_readings(text, kDepth, out);
  return out;
}

std::string undisguised_message(std::string_view frame) {
  base::Tree tree;
  if (base::read_json(frame, {}, tree)) return undisguised(frame);
  std::string texts;
  gather(tree.root(), texts);
  return undisguised(texts);
}

}  // namespace gatecrash::oracle
