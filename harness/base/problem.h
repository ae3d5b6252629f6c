// What went wrong with something a user wrote, and where. Problems are values; a reader collects
// all of them before it gives up, so that one run shows everything there is to mend.
//
// Printed form: `path:line:column: message (hint)`. Messages are lower case, without a full stop,
// user text in backticks.
#pragma once

#include <cstdint>
#include <initializer_list>
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

// A vector that a number or a size does not convert to: Result<std::uint32_t> tells its two sides
// apart by what converts to which.
struct Problems : std::vector<Problem> {
  Problems() = default;
  Problems(Problem only) : vector{std::move(only)} {}
  Problems(std::initializer_list<Problem> list) : vector(list) {}
};

std::string to_string(const Problem& problem);
std::string to_string(const Problems& problems);  // one per line, each ended by a newline

// True if any problem is an error (warnings and notes do not stop a load).
bool has_error(const Problems& problems);

// A value, or every problem that stands in its way; `return problem(…)` and `return problems` both
// do.
template <typename T>
using Result = boost::system::result<T, Problems>;

// What boost::system::result calls (found by its argument) when .value() is asked of an error: our
// own fault, so it ends in check_failed.
[[noreturn]] void throw_exception_from_error(const Problems& problems,
                                             const boost::source_location& where);

void append(Problems& to, const Problems& more);

Problem problem(std::string file, SourcePos at, std::string message, std::string hint = {});

}  // namespace gatecrash::base
