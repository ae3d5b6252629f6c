// The tools/call that a gateway judges in a message, as its wire rules read it. The policy gateway
// and `replay decide` both ask here, so they judge the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/tree.h"
#include "harness/gateway/wire_rules.h"
#include "harness/rpc/message.h"

namespace gatecrash::gateway {

class JudgedCalls {
 public:
  // Forward: cannot be read, and goes on without a decision. Refuse: cannot be read, and ends here.
  enum class Fate : std::uint8_t { Judge, Forward, Refuse };
  struct Read {
    Fate fate = Fate::Refuse;
    std::string_view tool;
    base::Value arguments;  // no member twice; absent if none were sent
  };

  explicit JudgedCalls(const WireRules& wire) : wire_(wire) {}

  // A call without an id is one where methods are not looked at.
  bool is_call(const rpc::Message& message) const;
  // Of a message that is a call. Views live until the next message is read here or into its tree.
  Read read(const rpc::Message& message);

 private:
  bool merge(base::Value params);

  const WireRules& wire_;
  std::string merged_text_;  // viewed by merged_
  base::Tree merged_;
  std::string text_;  // viewed by resolved_
  base::Tree resolved_;
};

}  // namespace gatecrash::gateway
