#include <cstring>

#include "harness/decision/counters.h"

namespace gatecrash::decision {
namespace {

std::uint64_t fold(std::uint64_t left, std::uint64_t right) {
  const auto product = static_cast<unsigned __int128>(left) * right;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

// Eight bytes a step by multiply and fold, as wyhash does. Never 0, which means "not computed".
std::uint64_t hash_text(std::string_view text) {
  constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15ULL, kSecond = 0xe7037ed1a0b428dbULL;
  std::uint64_t hash = kSecond ^ text.size();
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t word = 0;
  for (; left >= 8; left -= 8, at += 8) {
    std::memcpy(&word, at, 8);
    hash = fold(hash ^ word, kFirst);
  }
  if (left != 0) {
    word = 0;
    std::memcpy(&word, at, left);
    hash = fold(hash ^ word, kFirst);
  }
  return fold(hash, kSecond) | 1;
}

}  // namespace gatecrash::decision
