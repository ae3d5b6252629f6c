// What went wrong with something a user wrote, and where. Problems are values; a reader collects all
// of them before it gives up, so that one run shows everything there is to mend.
//
// Printed form: `path:line:column: message (hint)`. Messages are lower case, without a full stop,
// user text in backticks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

namespace gatecrash::base {

// 1-based; columns count bytes. {0, 0} means "no position".
struct SourcePos {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(const SourcePos&, const SourcePos&) = default;
  friend auto operator<=>(const SourcePos&, const SourcePos&) = default;
};

enum class Severity : std::uint8_t { Error, Warning, Note };

struct Problem {
  std::string file;  // as the user named it; may be empty
  SourcePos at;
  std::string message;
  std::string hint;  // may be empty
  Severity severity = Severity::Error;
  std::string id;  // stable name of a lint; empty for load errors
  friend bool operator==(const Problem&, const Problem&) = default;
};

using Problems = std::vector<Problem>;

std::string to_string(const Problem& problem);
std::string to_string(const Problems& problems);  // one per line, each ended by a newline

// True if any problem is an error (warnings and notes do not stop a load).
bool has_error(const Problems& problems);

// A value, or every problem that stands in its way. boost::system::result needs a hook that says how
// to throw on misuse of .value(); ours ends in check_failed.
template <typename T>
using Result = boost::system::result<T, Problems>;

Problem problem(std::string file, SourcePos at, std::string message, std::string hint = {});

}  // namespace gatecrash::base

namespace boost::system {
[[noreturn]] void throw_exception_from_error(const std::vector<gatecrash::base::Problem>& problems,
                                             const boost::source_location& where);
}  // namespace boost::system
