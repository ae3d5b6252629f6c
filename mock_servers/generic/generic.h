// A server that is nobody's: a plain task table with list, status and cancel, and whatever extra
// tools a target describes as data. Profile `paged` serves two tools per page of tools/list.
#pragma once

#include <memory>

#include "mock_servers/behaviour.h"

namespace gatecrash::mock_servers {

std::unique_ptr<Behaviour> make_generic(std::size_t profile);

}  // namespace gatecrash::mock_servers
