// Calls that a policy has an opinion about: its tools and near misses, arguments at and beside the
// values its conditions name, amounts, several callers, time that moves. And two policies on the
// same calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/seed.h"
#include "harness/decision/semantics.h"
#include "harness/policy/policy.h"

namespace gatecrash::test {

struct PolicyCall {
  std::string tool;
  std::string arguments;  // JSON
  std::string grant;
  base::Instant at;
  bool rpc_error = false;  // how the upstream answers
};

// `words`: further argument values (JSON) to choose from.
std::vector<PolicyCall> calls_for(const policy::Policy& policy, base::Seed seed, std::size_t count,
                                  const std::vector<std::string>& words = {});

// How one policy answered: a comparison where everything is denied says little.
struct Outcomes {
  std::size_t allowed = 0, by_name = 0, by_rule = 0, by_limit = 0;
};

// The first call whose outcome differs, or tool that only one of the two shows; in words.
std::optional<std::string> disagreement(const policy::Policy& left, const policy::Policy& right,
                                        const decision::Semantics& semantics,
                                        const std::vector<PolicyCall>& calls, Outcomes& outcomes);

}  // namespace gatecrash::test
