#include "harness/gateway/builtin.h"

namespace gatecrash::gateway {

Character intercept_1_1_character() {
  return {decision::intercept_1_1(), intercept_1_1_wire()};
}

// The product reads every file as its own dialect. It does not start with a policy that it refuses,
// so there is no gateway then, whatever the target wants to be done about a refusal.
LoadedPolicy load_as_released(const PolicyInput& input) {
  policy::Loaded loaded = policy::load_text(
      input.path, input.text, {.dialect = policy::Dialect::Intercept, .released = true});
  const bool refused = loaded.policy == nullptr;
  return {std::move(loaded.policy), std::move(loaded.problems), refused};
}

Made make_intercept_1_1(const PolicyInput& input) {
  return make_policy_gateway(load_as_released, intercept_1_1_character(), input);
}

}  // namespace gatecrash::gateway
