// What went wrong with something a user wrote, and where. Problems are values; a reader collects
// all of them before it gives up, so that one run shows everything there is to mend.
//
// Printed form: `path:line:column: message (hint)`. Messages are lower case, without a full stop,
// user text in backticks.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

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

// Ends the program: a value was asked of a Result that holds problems, which is our own fault.
[[noreturn]] void value_missing(const Problems& problems, std::source_location where);

// A value, or every problem that prevents it; `return problem(…)` and `return problems` both work.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Problems> {
  using Base = tl::expected<T, Problems>;
  using Where = std::source_location;
  // The value type as a reference; void stays void.
  using Reference = std::add_lvalue_reference_t<T>;
  using ConstReference = std::add_lvalue_reference_t<std::add_const_t<T>>;
  using Moved = std::add_rvalue_reference_t<T>;

 public:
  using Base::Base;
  Result(Problem problem) : Base(tl::unexpect, std::move(problem)) {}
  Result(Problems problems) : Base(tl::unexpect, std::move(problems)) {}

  bool has_error() const { return !Base::has_value(); }

  // Ends the program where there is no value; `*result` does not check.
  Reference value(Where where = Where::current()) & {
    if (has_error()) value_missing(this->error(), where);
    if constexpr (!std::is_void_v<T>) return **this;
  }
  ConstReference value(Where where = Where::current()) const& {
    if (has_error()) value_missing(this->error(), where);
    if constexpr (!std::is_void_v<T>) return **this;
  }
  Moved value(Where where = Where::current()) && {
    if (has_error()) value_missing(this->error(), where);
    if constexpr (!std::is_void_v<T>) return *std::move(*this);
  }
};

void append(Problems& to, const Problems& more);

Problem problem(std::string file, SourcePos at, std::string message, std::string hint = {});

}  // namespace gatecrash::base
