// Problems as text for people, JSON for scripts, annotations for GitHub, SARIF 2.1.0 for code
// scanning.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/base/problem.h"
#include "harness/cli/options.h"

namespace gatecrash::cli {

std::vector<std::string> problem_formats();

// The whole output, ended by a newline. `files` is how many were looked at. Text for people shows
// the first 20 problems and counts the rest, unless the option --all-problems was given.
std::string format_problems(const base::Problems& problems, std::size_t files,
                            const std::string& format);

// The same text on stderr.
void print_problems(const base::Problems& problems);

// `--all-problems`, for the table of each verb that reads files of a user.
Option all_problems_option();

}  // namespace gatecrash::cli
