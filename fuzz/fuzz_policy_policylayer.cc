// Property: whatever the text, reading it as dialect policylayer ends in a policy or in problems
// with their place, strictly or leniently. What is read and printed is read as the same policy; and
// where the other dialect can say it, both dialects' texts of one policy decide every call alike,
// in both readings.
#include "fuzz/policy_text.h"

std::span<const gatecrash::fuzz::ReachPoint> gatecrash::fuzz::reach_points() {
  return policy_reach_points();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8192) return -1;
  return gatecrash::fuzz::check_policy_text({reinterpret_cast<const char*>(data), size},
                                            gatecrash::policy::Dialect::PolicyLayer);
}
