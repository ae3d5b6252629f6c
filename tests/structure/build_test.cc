// tests/support/build.h and the build agree on sanitizers: were they to differ, tests over the
// whole pack would be left out of the optimised build too.
#include <fstream>
#include <string>

#include "tests/support/build.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

TEST_CASE("The tests take a build for sanitized if and only if it was configured with sanitizers") {
  std::ifstream cache(gatecrash::test::binary_folder() + "/CMakeCache.txt");
  REQUIRE(cache);
  const std::string key = "GATECRASH_SANITIZE:STRING=";
  std::string value, line;
  bool known = false;
  while (std::getline(cache, line)) {
    if (!line.starts_with(key)) continue;
    known = true;
    value = line.substr(key.size());
  }
  REQUIRE(known);
  bool slow = false;
  for (const char* const name : {"address", "thread", "memory"})
    slow |= value.find(name) != std::string::npos;
  INFO("-fsanitize=" << value);
  CHECK(gatecrash::test::kSanitized == slow);
}
