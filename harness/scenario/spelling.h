// Spellings of a name that look like it, or that a lenient reader takes for it; as
// `${cancel.tool as upper}` in scenario files.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gatecrash::scenario {

struct Spelling {
  std::string_view name;
  std::string_view summary;
  std::string (*spell)(
      std::string_view);  // may be the name itself, where there is nothing to change
};

std::span<const Spelling> spellings();
// Null: there is no such spelling.
const Spelling* find_spelling(std::string_view name);

}  // namespace gatecrash::scenario
