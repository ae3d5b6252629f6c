#include <algorithm>

#include "harness/gateway/builtin.h"

namespace gatecrash::gateway {
namespace {

// What the documents refuse and the released loader does not look at: YAML is read into structs,
// which ignores keys they do not have, and a policy without tools is one with no tools.
bool released_loader_forgives(const base::Problem& problem) {
  return problem.severity != base::Severity::Error || problem.message.starts_with("unknown key ") ||
         problem.message == "`tools` is missing";
}

}  // namespace

Character intercept_1_1_character() {
  return {decision::intercept_1_1(), intercept_1_1_wire()};
}

LoadedPolicy load_as_released(const PolicyInput& input) {
  const auto load = [&](bool lenient) {
    return policy::load_text(input.path, input.text,
                             {.dialect = policy::Dialect::Intercept, .lenient = lenient});
  };
  policy::Loaded strict = load(false);
  const bool refused =
      !std::all_of(strict.problems.begin(), strict.problems.end(), released_loader_forgives);
  if (refused && !input.lenient_if_refused) return {nullptr, std::move(strict.problems), true};
  policy::Loaded lenient = load(true);
  return {std::move(lenient.policy), std::move(lenient.problems), refused};
}

Made make_intercept_1_1(const PolicyInput& input) {
  return make_policy_gateway(load_as_released, intercept_1_1_character(), input);
}

}  // namespace gatecrash::gateway
