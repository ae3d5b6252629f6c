#include "harness/gateway/builtin.h"

namespace gatecrash::gateway {

const std::vector<GatewayEntry>& gateways() {
  static const std::vector<GatewayEntry> kTable = {
      {"reference", "our hardened gateway: strict, sliding windows, judged tree forwarded", false, true,
       make_reference},
      {"intercept-1.1", "the released PolicyLayer/Intercept proxy as its source reads", false, true,
       make_intercept_1_1},
      {"null", "control: relays everything", true, false, make_null},
      {"deny_all", "control: relays handshake and list, refuses the rest", true, true, make_deny_all},
  };
  return kTable;
}

const GatewayEntry* find_gateway(std::string_view name) {
  for (const GatewayEntry& each : gateways()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

}  // namespace gatecrash::gateway
