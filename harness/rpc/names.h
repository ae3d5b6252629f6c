// The member names JSON-RPC and MCP define, and spellings that only look like them. A parser that
// folds case or trims would take such a spelling for the real name, so a strict reader refuses it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gatecrash::rpc {

// Members of the envelope, in the order of kTopNames; Unknown for any other text.
enum class Top : std::uint8_t { Id, Error, Method, Params, Result, Jsonrpc, Unknown };
inline constexpr std::size_t kTopCount = 6;
inline constexpr std::array<std::string_view, kTopCount> kTopNames = {
    "id", "error", "method", "params", "result", "jsonrpc"};

inline Top find_top(std::string_view name) {
  switch (name.size()) {
    case 2: return name == "id" ? Top::Id : Top::Unknown;
    case 5: return name == "error" ? Top::Error : Top::Unknown;
    case 6:
      if (name == "method") return Top::Method;
      if (name == "params") return Top::Params;
      return name == "result" ? Top::Result : Top::Unknown;
    case 7: return name == "jsonrpc" ? Top::Jsonrpc : Top::Unknown;
    default: return Top::Unknown;
  }
}

// As Go's encoding/json matches member names: simple case folding, so that U+017F and U+212A count
// as `s` and `k`. `name` is ASCII.
bool go_equal(std::string_view spelling, std::string_view name);

// True if the spelling is none of the names, but becomes one when case, white space, control and
// invisible characters and fullwidth forms are ignored.
bool varies_top(std::string_view spelling);
bool varies_inner(std::string_view spelling);  // members of params and result

}  // namespace gatecrash::rpc
