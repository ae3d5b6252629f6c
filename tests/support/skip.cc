#include "tests/support/skip.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "tests/support/catch.h"

namespace gatecrash::test {
namespace {

std::vector<std::string>& reasons() {
  static std::vector<std::string> all;
  return all;
}

}  // namespace

void skip(const std::string& reason) {
  const char* const ci = std::getenv("CI");
  if (ci != nullptr && std::string_view(ci) == "true") FAIL(reason << " (CI may skip nothing)");
  SUCCEED(reason);
  if (std::ranges::find(reasons(), reason) == reasons().end()) reasons().push_back(reason);
}

const std::vector<std::string>& skipped() {
  return reasons();
}

}  // namespace gatecrash::test
