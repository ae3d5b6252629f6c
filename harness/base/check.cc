#include "harness/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace gatecrash::base {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: internal error: check failed: %s\n", file, line, expression);
  std::fflush(stderr);
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  std::abort();  // libFuzzer keeps the input of what aborts, not of what exits
#else
  std::_Exit(70);
#endif
}

}  // namespace gatecrash::base
