// The check that is never compiled out. Judgement code states its invariants with GATECRASH_CHECK;
// a broken one is our own fault and ends the program (exit 70 in `replay`), because a wrong verdict
// is worse than none.
#pragma once

namespace gatecrash::base {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace gatecrash::base

#define GATECRASH_CHECK(expression)                                     \
  do {                                                                  \
    if (!(expression)) [[unlikely]]                                     \
      ::gatecrash::base::check_failed(#expression, __FILE__, __LINE__); \
  } while (false)
