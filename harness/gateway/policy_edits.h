// Changing a copy of a policy, for gateways that read it otherwise than it is written.
#pragma once

#include "harness/policy/policy.h"

namespace gatecrash::gateway {

// Calls `edit(limit)` for every limit, the wildcard's last.
template <typename Edit>
void each_limit(policy::Policy& policy, Edit edit) {
  const auto visit = [&](policy::ToolPolicy& tool) {
    for (policy::Rule& rule : tool.rules) {
      if (rule.limit) edit(*rule.limit);
    }
  };
  for (policy::ToolPolicy& tool : policy.tools) visit(tool);
  if (policy.wildcard) visit(*policy.wildcard);
}

}  // namespace gatecrash::gateway
