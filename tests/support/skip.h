// Tests that need something a machine may lack (Redis, an unprivileged user). A run in which
// nothing failed and something was skipped ends with kSkipped, which CTest shows as "Skipped";
// Catch2 2 has no SKIP(), and 3 has another exit code for it.
#pragma once

#include <string>
#include <vector>

namespace gatecrash::test {

inline constexpr int kSkipped = 77;

// Written as `return skip("redis-server is not installed");`. Where CI is `true`, it fails the test
// instead: there everything has to be installed.
void skip(const std::string& reason);

// The reasons so far, each once.
const std::vector<std::string>& skipped();

}  // namespace gatecrash::test
