// Words in scenario and target files that only the mocks know: mocks, profiles, task states,
// personalities. The loader takes them as text; this finds those that mean nothing, so that a
// slip is said at its place before anything runs.
#pragma once

#include <string_view>

#include "harness/base/document.h"
#include "harness/base/problem.h"

namespace gatecrash::mock_servers {

// Of a file that the loader takes. Empty: every word is known.
base::Problems unknown_words(const base::Document& document);
// The same for a file that is a world and nothing else.
base::Problems unknown_states(const base::Document& world, std::string_view mock);

}  // namespace gatecrash::mock_servers
