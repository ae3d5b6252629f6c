// Waiting in tests: until something has happened, however slow the machine is. CTest alone ends a
// hang; its log then says what was awaited.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace gatecrash::test {

// For calls that want a limit.
inline constexpr std::chrono::hours kNoLimit{24};

template <typename Holds>
void wait_until(const std::string& what, Holds holds) {
  for (unsigned long looks = 1; !holds(); ++looks) {
    ::usleep(1000);
    if (looks % 60'000 == 0) std::fprintf(stderr, "still waiting until %s\n", what.c_str());
  }
}

}  // namespace gatecrash::test
