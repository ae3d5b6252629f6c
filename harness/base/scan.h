// Finds the end of plain text in a JSON string, eight bytes at a time. Both directions of the codec
// spend most of their time here.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gatecrash::base {

inline constexpr std::size_t kWord = 8;  // bytes looked at in one step

// High bit of each byte that is a quote, a backslash or a control character. Exact for the lowest
// such byte; bytes above it may be marked without cause.
inline std::uint64_t special_bytes(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t slash = word ^ (kOnes * '\\');
  const std::uint64_t found =
      ((word - kOnes * 0x20) & ~word) | ((quote - kOnes) & ~quote) | ((slash - kOnes) & ~slash);
  return found & (kOnes * 0x80);
}

// First byte in [at, end) that cannot stand in a JSON string as it is: a quote, a backslash, a
// control character; with `kAsciiOnly` also any byte of a longer UTF-8 sequence. `end` if there is
// none.
template <bool kAsciiOnly>
const char* skip_plain(const char* at, const char* end) {
  static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");
  for (; end - at >= static_cast<std::ptrdiff_t>(kWord); at += kWord) {
    std::uint64_t word;
    std::memcpy(&word, at, kWord);
    std::uint64_t found = special_bytes(word);
    if (kAsciiOnly) found |= word & 0x8080808080808080U;
    if (found != 0) return at + (std::countr_zero(found) >> 3);
  }
  for (; at != end; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    if (c < 0x20 || c == '"' || c == '\\' || (kAsciiOnly && c >= 0x80)) break;
  }
  return at;
}

// Copies `size` bytes and says whether all of them are plain (non-ASCII included). Short texts,
// which names and ids are, go without a loop or a call.
inline bool copy_plain(const char* from, std::size_t size, char* to) {
  const auto copy8 = [&](std::size_t at) {
    std::uint64_t word;
    std::memcpy(&word, from + at, 8);
    std::memcpy(to + at, &word, 8);
    return special_bytes(word);
  };
  if (size >= 8) {
    std::uint64_t found = 0;
    for (std::size_t at = 0; at + 8 <= size; at += 8) found |= copy8(at);
    return (found | copy8(size - 8)) == 0;
  }
  if (size >= 4) {
    std::uint32_t low, high;  // they overlap
    std::memcpy(&low, from, 4);
    std::memcpy(&high, from + size - 4, 4);
    std::memcpy(to, &low, 4);
    std::memcpy(to + size - 4, &high, 4);
    return special_bytes(low | std::uint64_t{high} << 32) == 0;
  }
  std::uint64_t word = 0x2020202020202020U;  // what is not there is plain
  for (std::size_t i = 0; i < size; ++i) {
    to[i] = from[i];
    word = word << 8 | static_cast<unsigned char>(from[i]);
  }
  return special_bytes(word) == 0;
}

}  // namespace gatecrash::base
