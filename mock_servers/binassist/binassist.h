// BinAssistMCP: a reverse-engineering server whose cancel is a label. The table of running futures
// is never filled, so work goes on after a cancel and the label flips again when it ends; a task
// cancelled while pending starts all the same. Terminal and unknown ids are answered alike.
//
// Source: tag 2.7.0 (6dbc8a1), server.py and tasks.py.
#pragma once

#include <memory>

#include "mock_servers/behaviour.h"

namespace gatecrash::mock_servers {

std::unique_ptr<Behaviour> make_binassist(std::size_t profile);

}  // namespace gatecrash::mock_servers
