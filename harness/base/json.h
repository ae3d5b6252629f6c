// Strict JSON (RFC 8259) into a Tree, and canonical JSON out of one.
//
// The reader accepts exactly RFC 8259 text in valid UTF-8 without a byte-order mark: no comments,
// no trailing commas, no NaN, no lone surrogates. What the RFC leaves to the implementation
// (duplicate names, depth, size) is named in JsonRules and refused by default.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/tree.h"

namespace gatecrash::base {

struct JsonRules {
  std::uint32_t depth = 64;          // nesting of lists and objects
  std::size_t bytes = 1u << 20;      // whole text
  std::uint32_t number_length = 64;  // bytes of one number lexeme
  bool keep_duplicates = false;      // true: equal member names stay, in order
  bool lone_surrogates = false;      // true: read as U+FFFD, as Go and ECMAScript writers do
  bool repair_utf8 = false;          // true: invalid bytes read as U+FFFD, as Go and Node do
  bool accept_nan = false;           // true: NaN, Infinity, -Infinity are numbers (Python's json)
};

enum class JsonFault : std::uint8_t {
  Syntax,
  DuplicateKey,
  Depth,
  Size,
  Number,
  Utf8,
  Surrogate,
  ControlCharacter,
  TrailingText,
  Empty
};
std::string_view to_string(JsonFault fault);  // "duplicate member name", …

struct JsonError {
  JsonFault fault;
  std::uint32_t offset;            // bytes from the start
  std::string_view expected = {};  // what could stand there ("`:`", "a value"), if that is known
};

// Fills `tree` (cleared first). On error the tree is empty.
std::optional<JsonError> read_json(std::string_view text, const JsonRules& rules, Tree& tree);

// Appends compact JSON: members in the tree's order, number lexemes as they stand, strings with the
// shortest escapes (`\"`, `\\`, `\b \f \n \r \t`, `\u00XX` for other controls), no raw CR or LF.
void write_json(Value value, std::string& out);
void write_json_string(std::string_view text, std::string& out);  // quotes included

// The same as a text of its own.
std::string to_json(Value value);
std::string to_json(std::string_view text);

// As write_json, with members sorted by name at every level: for fingerprints and comparison.
void write_json_sorted(Value value, std::string& out);

}  // namespace gatecrash::base
