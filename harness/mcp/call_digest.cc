#include "harness/mcp/call_digest.h"

#include <algorithm>

#include "harness/base/digest.h"
#include "harness/base/json.h"

namespace gatecrash::mcp {

void write_call(std::string_view tool, base::Value arguments, std::string& out) {
  base::write_json_string(tool, out);
  if (arguments) base::write_json_sorted(arguments, out);
}

std::uint64_t CallDigest::of(std::string_view tool, base::Value arguments) {
  text_.clear();
  write_call(tool, arguments, text_);
  return std::max<std::uint64_t>(base::sha256_start(text_), 1);
}

std::uint64_t CallDigest::of(std::string_view tool, std::string_view arguments) {
  if (arguments.empty()) return of(tool, base::Value());
  // Whatever some reader took for JSON once: NaN, and nothing too large.
  const base::JsonRules rules{.depth = 10'000,
                              .bytes = arguments.size(),
                              .number_length = static_cast<std::uint32_t>(arguments.size()),
                              .keep_duplicates = true,
                              .lone_surrogates = true,
                              .accept_nan = true};
  if (base::read_json(arguments, rules, tree_)) return 0;
  return of(tool, tree_.root());
}

}  // namespace gatecrash::mcp
