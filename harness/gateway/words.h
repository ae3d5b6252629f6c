// Texts of a record (audit) or an answer to the operator.
#pragma once

#include <string>
#include <string_view>

#include "harness/base/json.h"
#include "harness/base/problem.h"

namespace gatecrash::gateway {

// One line each, without the last line's end.
inline std::string words(const base::Problems& problems) {
  std::string text = base::to_string(problems);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// Appends a further member to an open JSON object.
inline void member(std::string_view name, std::string_view value, std::string& out) {
  out += ",\"";
  out += name;
  out += "\":";
  base::write_json_string(value, out);
}

}  // namespace gatecrash::gateway
