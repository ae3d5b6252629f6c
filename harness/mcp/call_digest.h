// One name for a tools/call wherever it is seen: as the agent meant it, as the gateway judged it,
// as the upstream read it. Equal digests: the same tool with the same arguments, members in
// whatever order. Arguments that were not sent are not the same as empty ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/tree.h"

namespace gatecrash::mcp {

// Appends what a digest is taken of: the tool as a JSON text, then the arguments with sorted
// members.
void write_call(std::string_view tool, base::Value arguments, std::string& out);

class CallDigest {
 public:
  // Never 0, which stands for a call that is not known.
  std::uint64_t of(std::string_view tool, base::Value arguments);
  // The same for arguments as JSON text; empty: none sent. 0: they are not JSON.
  std::uint64_t of(std::string_view tool, std::string_view arguments);

 private:
  base::Tree tree_;
  std::string text_;
};

}  // namespace gatecrash::mcp
