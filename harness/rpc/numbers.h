// Whether a JSON number survives in a double, which is what most peers read it into. A number that
// becomes infinite or zero on the other side means something else there than here.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatecrash::rpc {

enum class DoubleRange : std::uint8_t { Fits, TooLarge, TooSmall };

// `lexeme` follows the JSON grammar. Loss of precision is no concern here.
DoubleRange double_range(std::string_view lexeme);

}  // namespace gatecrash::rpc
