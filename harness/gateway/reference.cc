#include "harness/gateway/builtin.h"

namespace gatecrash::gateway {

Character reference_character() {
  return {decision::hardened(), hardened_wire()};
}

LoadedPolicy load_as_written(const PolicyInput& input) {
  policy::Loaded strict =
      policy::load_text(input.path, input.text, {.dialect = input.dialect, .lenient = false});
  if (strict.policy) return {std::move(strict.policy), std::move(strict.problems), false};
  if (!input.lenient_if_refused) return {nullptr, std::move(strict.problems), true};
  policy::Loaded lenient =
      policy::load_text(input.path, input.text, {.dialect = input.dialect, .lenient = true});
  return {std::move(lenient.policy), std::move(lenient.problems), true};
}

Made make_policy_gateway(PolicyLoader load, const Character& character, const PolicyInput& input,
                         std::unique_ptr<decision::CounterStore> counters) {
  LoadedPolicy loaded = load(input);
  Made made;
  made.problems = std::move(loaded.problems);
  made.refused = loaded.refused;
  if (!loaded.policy) return made;
  made.gateway = std::make_unique<PolicyGateway>(std::move(loaded.policy), character, input,
                                                 std::move(load), std::move(counters));
  return made;
}

Made make_reference(const PolicyInput& input) {
  return make_policy_gateway(load_as_written, reference_character(), input);
}

}  // namespace gatecrash::gateway
