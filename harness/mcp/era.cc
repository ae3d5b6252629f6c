#include "harness/mcp/era.h"

namespace gatecrash::mcp {

std::string_view to_string(Era era) {
  switch (era) {
    case Era::R2025_06_18: return "2025-06-18";
    case Era::R2025_11_25: return "2025-11-25";
  }
  return "?";
}

std::optional<Era> parse_era(std::string_view wire) {
  for (const Era era : {Era::R2025_06_18, Era::R2025_11_25}) {
    if (wire == to_string(era)) return era;
  }
  return std::nullopt;
}

}  // namespace gatecrash::mcp
