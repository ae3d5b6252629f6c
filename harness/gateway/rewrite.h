// The replies and requests a gateway changes on their way: tools/list loses the tools an agent may
// not see, the handshake loses the capabilities whose methods are not relayed. Everything else
// (cursors, unknown members, number lexemes, order) is kept.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "harness/base/tree.h"
#include "harness/gateway/wire_rules.h"

namespace gatecrash::gateway {

// Appends a tools/list reply without the tools that `shows` is false of. A tool without a readable
// name cannot be judged: it is dropped, or kept under `keep_unreadable` (the released proxy).
// False, and nothing appended, if there was nothing to take away.
using Shows = std::function<bool(std::string_view tool)>;
bool write_visible_tools(base::Value root, const rpc::Reading& reading, const Shows& shows,
                         bool keep_unreadable, std::string& out);

// Appends an initialize request with the client capabilities that `rules` can honour.
void write_initialize_request(base::Value root, const WireRules& rules, std::string& out);
// Appends an initialize reply with the server capabilities that `rules` can honour.
void write_initialize_reply(base::Value root, const WireRules& rules, std::string& out);

}  // namespace gatecrash::gateway
