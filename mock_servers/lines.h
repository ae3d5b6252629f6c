// What a careless server finds in one line: some readers take more than one message out of it, or
// less than all of it, or read bytes that are not UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mock_servers/personality.h"

namespace gatecrash::mock_servers {

std::vector<std::string> messages_in(std::string_view line, const Personality& personality);

}  // namespace gatecrash::mock_servers
