// Protocol revisions ("eras") and what the harness needs to know of each. Source: protocol.md
// section 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatecrash::mcp {

// Only revisions that are spoken are listed; others are accepted in `initialize` and answered with
// the newest one spoken.
enum class Era : std::uint8_t { R2025_06_18, R2025_11_25 };

std::string_view to_string(Era era);  // the wire string
std::optional<Era> parse_era(std::string_view wire);
inline constexpr Era kDefaultEra = Era::R2025_11_25;

}  // namespace gatecrash::mcp
