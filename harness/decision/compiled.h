// A policy made ready for deciding: names hashed, paths split, regexes compiled, limits scaled,
// every message composed that does not carry the caller's words. Built once, then only read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/decision/counters.h"
#include "harness/decision/operators.h"
#include "harness/decision/semantics.h"
#include "harness/policy/policy.h"

namespace gatecrash::decision {

inline constexpr std::uint32_t kNoIndex = 0xffffffff;
inline constexpr int kPlaces = 6;  // exact weights count in millionths

struct CompiledLimit {
  const policy::Limit* source = nullptr;
  const policy::Anchor* anchor = nullptr;  // of the limit
  std::string message;
  std::string key;  // tool, counter, window
  std::uint64_t hash = 0;
  Micros limit = 0;
  Micros increment = 0;
  bool increment_fits = true;  // false: the increment itself cannot be counted
  bool counts_only = false;
  bool weighs_only = false;  // has to have an amount, which is counted nowhere
};

struct CompiledCondition {
  const policy::Condition* source = nullptr;
  Operand operand;
  // Limit whose counter a state condition reads; kNoIndex: a counter that nothing adds to.
  std::uint32_t counter = kNoIndex;
};

struct CompiledRule {
  const policy::Rule* source = nullptr;
  std::string message;       // of a denial
  std::string hold_message;  // of a hold
  std::vector<CompiledCondition> conditions;
};

struct CompiledTool {
  std::vector<CompiledRule> rules;
  std::vector<std::uint32_t> limits;  // indexes into Compiled::limits, in file order
  std::string_view list_argument;     // named by the target; empty: the longest top-level list; a
                                      // limit may name its own
};

// Entry of a name that the policy mentions.
struct CompiledName {
  std::uint64_t hash = 0;
  std::string_view name;
  std::uint32_t tool = kNoIndex;  // in Compiled::tools
  std::uint32_t hide = kNoIndex;  // in Policy::hide
};

class Compiled {
 public:
  struct ListArgument {
    std::string tool;
    std::string argument;
  };

  Compiled(std::shared_ptr<const policy::Policy> policy, const Semantics& semantics,
           std::vector<ListArgument> list_arguments);
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

  // Absent (nullptr) if the policy does not mention the name.
  const CompiledName* find(std::string_view name) const;

  const policy::Policy& policy() const { return *policy_; }
  const CompiledTool& tool(std::uint32_t index) const { return tools_[index]; }
  const CompiledTool& wildcard() const { return wildcard_; }
  // The limit with this rule path, or of the counter `state.<tool>.<counter>`; kNoIndex if there is
  // none.
  std::uint32_t find_limit(std::string_view name) const;
  const CompiledLimit& limit(std::uint32_t index) const { return limits_[index]; }
  std::uint32_t hide_all() const { return hide_all_; }  // entry `*` of hide, or kNoIndex
  Micros scale() const { return scale_; }

 private:
  CompiledTool compile_tool(const policy::ToolPolicy& tool);
  CompiledLimit compile_limit(const policy::Rule& rule, std::string_view tool) const;
  void link_states(CompiledTool& tool) const;
  void add_name(std::string_view name, std::uint32_t tool, std::uint32_t hide);

  std::shared_ptr<const policy::Policy> policy_;
  Semantics semantics_;
  std::vector<ListArgument> list_arguments_;
  Micros scale_;
  std::vector<CompiledLimit> limits_;
  std::vector<std::string_view> limit_tools_;  // tool of each limit, "_global" for the wildcard
  std::vector<CompiledTool> tools_;
  CompiledTool wildcard_;
  std::uint32_t hide_all_ = kNoIndex;
  std::vector<CompiledName> names_;  // open addressing, a power of two
};

}  // namespace gatecrash::decision
