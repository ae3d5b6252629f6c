// The defences of the reference gateway and of the policies it reads, and the reference gateway
// without any one of them: `--gateway without:NAME`. They show what each is good for: an attack
// that then gets through.
//
// Some defences stand in two rows of each other (a duplicate key is refused, and what is forwarded
// would have been the judged reading anyway); such a pair is taken away together, and its text says
// so.
#pragma once

#include <string_view>
#include <vector>

#include "harness/gateway/gateway.h"

namespace gatecrash::gateway {

struct DefenceEntry {
  std::string_view name;     // `--gateway without:<name>`
  std::string_view defence;  // what it does, in one line
  Made (*without)(const PolicyInput& input);
};

const std::vector<DefenceEntry>& defences();
const DefenceEntry* find_defence(std::string_view name);

}  // namespace gatecrash::gateway
