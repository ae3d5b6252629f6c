// What a plain YAML scalar stands for. Two readers differ: the 1.2 core schema, which is what our
// own files mean, and Go's yaml.v3 (v3.0.1, resolve.go), which products written in Go use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/tree.h"

namespace gatecrash::base {

// Ambiguous: different readers take different numbers from it (`010`). NotFinite: `.inf`, `.nan`.
enum class Numeric : std::uint8_t { No, Yes, Ambiguous, NotFinite };

// By the core schema; a number is a JSON lexeme in `lexeme`.
Numeric read_core_number(std::string_view text, std::string& lexeme);

// By yaml.v3: underscores anywhere, binary, `010` is octal, whole numbers up to 2^64. False if it
// is text there (`1e400` is). What is not finite is `NaN`, `Infinity` or `-Infinity` in `lexeme`.
bool read_go_number(std::string_view text, std::string& lexeme);

// A date or time that yaml.v3 takes for a timestamp, as Go prints it:
// `2024-01-01 00:00:00 +0000 UTC`. Absent if it takes it for text.
std::optional<std::string> go_timestamp(std::string_view text);
// A plain text (of either reading) that is a timestamp there.
bool is_go_timestamp(Value value);

// Is the number a whole one above 2^63 - 1 and below 2^64? Go holds it as an unsigned one.
bool is_go_unsigned(std::string_view lexeme);

}  // namespace gatecrash::base
