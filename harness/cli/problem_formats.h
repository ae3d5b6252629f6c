// Problems as text for people, JSON for scripts, annotations for GitHub, SARIF 2.1.0 for code
// scanning.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/base/problem.h"

namespace gatecrash::cli {

std::vector<std::string> problem_formats();

// The whole output, ended by a newline. `files` is how many were looked at.
std::string format_problems(const base::Problems& problems, std::size_t files,
                            const std::string& format);

}  // namespace gatecrash::cli
