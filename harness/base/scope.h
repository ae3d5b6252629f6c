// The words for what a limit, a promise or a budget counts together, in policies and targets.
#pragma once

#include <array>
#include <string_view>

namespace gatecrash::base {

inline constexpr std::array<std::string_view, 4> kScopeNames{"grant", "session", "global",
                                                             "tenant"};  // as policy::Scope

}  // namespace gatecrash::base
