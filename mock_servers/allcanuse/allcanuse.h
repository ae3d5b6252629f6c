// Allcanuse: a workstation in 130 tools. A cancelled task comes back as the full task object, and
// so does one that was over already, unchanged and as success; only an unknown id is an error.
//
// Source: tools/*.py, core/duty.py (5f143850), core/managed_processes.py (056a569f).
#pragma once

#include <memory>

#include "mock_servers/behaviour.h"

namespace gatecrash::mock_servers {

std::unique_ptr<Behaviour> make_allcanuse(std::size_t profile);

}  // namespace gatecrash::mock_servers
