// Openaaas MCP adapter: remote agents behind an HTTP backend. Business errors are ordinary texts
// with an emoji in front; a running task only becomes `cancelling` and ends when its agent
// acknowledges.
//
// Source: adapter tools.py (9458ec08, 191c7d55), backend handlers/client.rs (262aa347). How long an
// agent takes to acknowledge or to claim a task is ours.
#pragma once

#include <memory>

#include "mock_servers/behaviour.h"

namespace gatecrash::mock_servers {

std::unique_ptr<Behaviour> make_openaaas(std::size_t profile);

}  // namespace gatecrash::mock_servers
