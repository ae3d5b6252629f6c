#include "harness/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace gatecrash::base {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: internal error: check failed: %s\n", file, line, expression);
  std::fflush(stderr);
  std::_Exit(70);
}

}  // namespace gatecrash::base
