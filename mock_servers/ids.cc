#include "mock_servers/ids.h"

#include <array>
#include <string_view>

#include "harness/base/seed.h"

namespace gatecrash::mock_servers {
namespace {

constexpr std::array<std::string_view, 16> kAdjectives{
    "bold",  "calm", "deft", "eager", "fair",  "grand", "hardy", "keen",
    "lucid", "mild", "neat", "proud", "quick", "rapid", "sharp", "warm"};
constexpr std::array<std::string_view, 16> kNouns{
    "falcon", "badger",  "cedar", "delta", "ember", "fjord",  "grove", "heron",
    "iris",   "kestrel", "lynx",  "maple", "otter", "pebble", "raven", "willow"};

}  // namespace

std::string make_hex(std::uint64_t number, std::size_t digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  base::Seed seed(number);
  std::string text;
  for (std::uint64_t word = 0; text.size() < digits; word >>= 4) {
    if (text.size() % 16 == 0) word = seed.next();
    text += kHex[word & 0xf];
  }
  return text;
}

std::string make_uuid4(std::uint64_t number) {
  std::string text = make_hex(number, 32);
  text[12] = '4';
  text[16] = "89ab"[text[16] % 4];
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, 1, '-');
  return text;
}

std::string make_codename(std::uint64_t number) {
  // Adjective, noun and number are digits of one count, so names repeat only after 255,744.
  const std::uint64_t mixed = number * 7;
  std::string text(kAdjectives[mixed % kAdjectives.size()]);
  text += '-';
  text += kNouns[mixed / kAdjectives.size() % kNouns.size()];
  return text + '-' + std::to_string(1 + number / 256 % 999);
}

}  // namespace gatecrash::mock_servers
