// The keys of `dialect: gatecrash`, as data: the reader reads through them, and a test holds the
// shipped JSON Schema (scenarios/schema/policy.schema.json) against them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace gatecrash::policy {

struct GatecrashShape {
  std::string_view name;  // as in the schema's $defs
  std::string_view what;  // in messages
  std::vector<std::string_view> keys;
};

const std::vector<GatecrashShape>& gatecrash_shapes();

}  // namespace gatecrash::policy
