// Ids that servers make up, in each one's own form. Deterministic in the number given.
#pragma once

#include <cstdint>
#include <string>

namespace gatecrash::mock_servers {

std::string make_hex(std::uint64_t number, std::size_t digits);  // lower case
std::string make_uuid4(std::uint64_t number);     // with dashes, version and variant set
std::string make_codename(std::uint64_t number);  // bold-falcon-42

}  // namespace gatecrash::mock_servers
