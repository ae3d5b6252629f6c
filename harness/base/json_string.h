// The slow part of reading a JSON string: escapes, UTF-8, everything that is wrong. A part of
// json_read.cc.
#pragma once

#include <string_view>

#include "harness/base/json.h"
#include "harness/base/tree.h"

namespace gatecrash::base {

// `next` is behind the closing quote; if it is null the string is refused and the rest says why.
struct JsonString {
  std::string_view text;
  const char* next = nullptr;
  JsonFault fault = JsonFault::Syntax;
  const char* where = nullptr;
  std::string_view expected;
};

// `start` is behind the opening quote; from there to `at` all is plain ASCII, or else nothing has
// been looked at. Decoded text goes into the tree's store.
JsonString read_json_string(const char* start, const char* at, const char* end,
                            const JsonRules& rules, Tree& tree);

}  // namespace gatecrash::base
