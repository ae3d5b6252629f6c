#include "harness/gateway/builtin.h"
#include "harness/gateway/defences.h"
#include "harness/gateway/mutants.h"

namespace gatecrash::gateway {

const std::vector<GatewayEntry>& gateways() {
  static const std::vector<GatewayEntry> kTable = {
      {"reference", "our hardened gateway: strict, sliding windows, judged tree forwarded", false,
       true, make_reference},
      {"intercept-1.1", "the released PolicyLayer/Intercept proxy as its source reads", false, true,
       make_intercept_1_1},
      {"null", "control: relays everything", true, false, make_null},
      {"deny_all", "control: relays handshake and list, refuses the rest", true, true,
       make_deny_all},
  };
  return kTable;
}

const GatewayEntry* find_gateway(std::string_view name) {
  for (const GatewayEntry& each : gateways()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

Maker find_maker(std::string_view name) {
  if (name.starts_with("mutant:")) {
    const MutantEntry* const mutant = find_mutant(name.substr(7));
    return mutant != nullptr ? mutant->make : nullptr;
  }
  if (name.starts_with("without:")) {
    const DefenceEntry* const defence = find_defence(name.substr(8));
    return defence != nullptr ? defence->without : nullptr;
  }
  const GatewayEntry* const entry = find_gateway(name);
  return entry != nullptr ? entry->make : nullptr;
}

}  // namespace gatecrash::gateway
