// Digests. Sha256 names content (corpus, policies, cases); it is stable across machines and releases.
#pragma once

#include <string>
#include <string_view>

namespace gatecrash::base {

// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace gatecrash::base
