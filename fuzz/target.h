// What all fuzz targets share: a check that shows both sides before it aborts, and counters that
// prove that inputs get past the parser. A target returns 0 (or -1: not worth keeping), never
// anything else.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace gatecrash::fuzz {

// A place in the target that its corpus has to reach.
struct ReachPoint {
  const char* name;
  std::uint64_t hits = 0;
};

// Defined by each target.
std::span<const ReachPoint> reach_points();

inline void show(const char* side, std::string_view bytes) {
  std::fprintf(stderr, "---- %s (%zu bytes)\n", side, bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && byte != '\\') {
      std::fputc(byte, stderr);
    } else {
      std::fprintf(stderr, "\\x%02x", byte);
    }
  }
  std::fputc('\n', stderr);
}

// Always on. `left` and `right` are what should have been alike, or the input and what came of it.
inline void check(bool holds, const char* property, std::string_view left, std::string_view right) {
  if (holds) return;
  std::fprintf(stderr, "==== property broken: %s\n", property);
  show("left", left);
  show("right", right);
  std::fflush(stderr);
  std::abort();
}

}  // namespace gatecrash::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
