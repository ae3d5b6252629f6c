// Problems as text for a record or an answer: one line each, without the last line's end.
#pragma once

#include <string>

#include "harness/base/problem.h"

namespace gatecrash::gateway {

inline std::string words(const base::Problems& problems) {
  std::string text = base::to_string(problems);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace gatecrash::gateway
