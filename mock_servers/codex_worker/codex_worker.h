// Mcp Codex Worker: supervises autonomous coding agents. cancel-task takes one id or a list and
// always succeeds with three lists: cancelled, already_terminal, not_found.
//
// Source: the author's tool reference for 1.0.29 (facd64c5) and the catalogue pages (1.0.34). Error
// texts, text-only results and what follows are ours, since nothing is known upstream: an id given
// twice counts once; a dependency that ends without completing leaves its dependants submitted.
#pragma once

#include <memory>

#include "mock_servers/behaviour.h"

namespace gatecrash::mock_servers {

std::unique_ptr<Behaviour> make_codex_worker(std::size_t profile);

}  // namespace gatecrash::mock_servers
