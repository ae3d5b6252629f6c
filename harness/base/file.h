// Files as a user names them: bounded reads, atomic writes, problems that name the path.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/base/problem.h"

namespace gatecrash::base {

// Largest policy, scenario or target file that is read (bytes).
inline constexpr std::size_t kMaxInputFile = 16u << 20;

// The whole of a regular file (or a pipe). Refuses directories, files over `limit` and unreadable
// ones.
Result<std::string> read_file(const std::string& path, std::size_t limit = kMaxInputFile);

// Writes beside the target and renames, so that a reader sees the old content or the new, never
// half. Makes missing parent folders.
Result<void> write_file(const std::string& path, std::string_view bytes);

}  // namespace gatecrash::base
