// Files as a user names them: bounded reads, atomic writes, problems that name the path.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "harness/base/problem.h"
#include "harness/base/time.h"

namespace gatecrash::base {

// Largest policy, scenario or target file that is read (bytes).
inline constexpr std::size_t kMaxInputFile = 16u << 20;

// A pipe out of which nothing comes for so long is refused.
inline constexpr Duration kPipePatience = std::chrono::seconds(30);

// The whole of a regular file (or a pipe). Refuses directories, files over `limit`, silent pipes
// and unreadable files.
Result<std::string> read_file(const std::string& path, std::size_t limit = kMaxInputFile,
                              Duration patience = kPipePatience);

// Nothing if write_file() can be expected to succeed; changes nothing. A full disk shows only when
// writing.
Result<void> check_writable(const std::string& path);

// Writes beside the target and renames, so that a reader sees the old content or the new, never
// half. Makes missing parent folders. Into a pipe or device it writes as it is; a named pipe needs
// its reader.
Result<void> write_file(const std::string& path, std::string_view bytes);

}  // namespace gatecrash::base
