#include "harness/scenario/effect.h"

#include <algorithm>

namespace gatecrash::scenario {

std::string_view to_string(Effect effect) {
  return kEffectNames[static_cast<std::size_t>(effect)];
}

std::optional<Effect> parse_effect(std::string_view name) {
  const auto at = std::ranges::find(kEffectNames, name);
  if (at == kEffectNames.end()) return std::nullopt;
  return static_cast<Effect>(at - kEffectNames.begin());
}

std::vector<std::string_view> effect_names() {
  return {kEffectNames.begin(), kEffectNames.end()};
}

}  // namespace gatecrash::scenario
