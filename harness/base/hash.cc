#include <bit>
#include <cstring>

#include "harness/base/digest.h"

namespace gatecrash::base {
namespace {

constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15ULL, kSecond = 0xe7037ed1a0b428dbULL;

std::uint64_t fold(std::uint64_t left, std::uint64_t right) {
  const auto product = static_cast<unsigned __int128>(left) * right;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t word_at(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, 8);
  return word;
}

static_assert(std::endian::native == std::endian::little,
              "saved hashes are of little-endian words");

}  // namespace

// Eight bytes a step by multiply and fold, as wyhash does; long texts in four lanes, which do not
// wait for each other.
std::uint64_t hash_text(std::string_view text) {
  std::uint64_t hash = kSecond ^ text.size();
  const char* at = text.data();
  std::size_t left = text.size();
  if (left >= 64) {
    std::uint64_t lanes[4] = {hash, ~hash, hash + kFirst, ~hash - kSecond};
    for (; left >= 32; left -= 32, at += 32) {
      for (std::size_t lane = 0; lane < 4; ++lane)
        lanes[lane] = fold(lanes[lane] ^ word_at(at + 8 * lane), kFirst);
    }
    for (const std::uint64_t lane : lanes) hash = fold(hash ^ lane, kSecond);
  }
  for (; left >= 8; left -= 8, at += 8) hash = fold(hash ^ word_at(at), kFirst);
  if (left != 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, left);
    hash = fold(hash ^ word, kFirst);
  }
  return fold(hash, kSecond) | 1;
}

}  // namespace gatecrash::base
