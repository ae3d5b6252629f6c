// Files of expected output under tests/golden. GATECRASH_UPDATE_GOLDEN=1 writes them anew; in CI
// that is an error, so that a golden never follows a defect unseen.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace gatecrash::test {

inline void check_golden(const std::string& name, const std::string& actual) {
  const std::string path = source_path("tests/golden/" + name);
  if (std::getenv("GATECRASH_UPDATE_GOLDEN") != nullptr) {
    REQUIRE(std::getenv("CI") == nullptr);
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  INFO(path << " (GATECRASH_UPDATE_GOLDEN=1 writes it)");
  REQUIRE(in);
  std::stringstream expected;
  expected << in.rdbuf();
  CHECK(actual == expected.str());
}

}  // namespace gatecrash::test
