// Chance as an argument. One 64-bit seed fixes everything random in a run; `fork` gives independent
// streams, so that adding a draw in one place does not move the draws of another.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatecrash::base {

class Seed {
 public:
  explicit constexpr Seed(std::uint64_t value) : state_(value) {}

  // SplitMix64 (Steele, Lea, Flood 2014): full period, passes BigCrush, one word of state.
  constexpr std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    return mix(state_);
  }

  // Uniform in [0, bound); bound must not be 0.
  constexpr std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }

  constexpr Seed fork(std::string_view label) const {
    std::uint64_t hash = state_ ^ 0xcbf29ce484222325ULL;
    for (const char c : label) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return Seed{mix(hash)};
  }

  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace gatecrash::base
