#include "harness/oracle/disguise.h"

#include <cstdint>

#include "harness/base/digits.h"
#include "harness/base/json.h"
#include "harness/base/tree.h"

namespace gatecrash::oracle {
namespace {

using base::base64_digit;
using base::hex_digit;

// Shorter runs of characters are words, not codes.
constexpr std::size_t kLeastRun = 11;

// Bytes out of digits of `bits` bits, from digit `skip` of the run on.
void decode_run(std::string_view run, int (*digit)(char), int bits, std::size_t skip,
                std::string& out) {
  out += '\n';
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

// Every run of digits, read from each position of a byte's worth of them.
void decode_runs(std::string_view text, int (*digit)(char), int bits, std::size_t phases,
                 std::string& out) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && digit(text[end]) >= 0) ++end;
    if (end - at >= kLeastRun) {
      for (std::size_t skip = 0; skip < phases; ++skip) {
        decode_run(text.substr(at, end - at), digit, bits, skip, out);
      }
    }
    at = end + 1;
  }
}

void decode_percent(std::string_view text, std::string& out) {
  if (text.find('%') == std::string_view::npos) return;
  out += '\n';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                       hex_digit(text[i + 2]) >= 0;
    out +=
        coded ? static_cast<char>(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2])) : text[i];
    if (coded) i += 2;
  }
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

std::string undisguised(std::string_view text) {
  std::string out(text);
  decode_percent(text, out);
  decode_runs(text, base64_digit, 6, 4, out);
  decode_runs(text, hex_digit, 4, 2, out);
  if (text.find_first_of("\r\n") == std::string_view::npos) return out;
  // Codes are broken into lines.
  std::string whole;
  for (const char c : text) {
    if (c != '\r' && c != '\n') whole += c;
  }
  decode_runs(whole, base64_digit, 6, 4, out);
  decode_runs(whole, hex_digit, 4, 2, out);
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
