// What lints want to know of a server, taken from a target file and the mock it names.
#pragma once

#include <string>

#include "harness/base/problem.h"
#include "harness/policy/lint.h"

namespace gatecrash::cli {

base::Result<policy::Server> server_of(const std::string& target_file);

}  // namespace gatecrash::cli
