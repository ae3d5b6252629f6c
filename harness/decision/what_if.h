// What would change a decision: found by deciding again with one thing changed, never by reasoning
// about the rules. Everything happens in an engine of its own, so that nothing is counted and
// nobody is asked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/tree.h"
#include "harness/decision/engine.h"

namespace gatecrash::decision {

// A call, and everything before it that matters.
struct Situation {
  struct Used {
    std::string limit;                // rule path, or `state.<tool>.<counter>`
    std::string amount;               // decimal
    std::optional<base::Instant> at;  // when it was counted; absent: at the call's time
  };
  enum class Human : std::uint8_t { Nobody, Approved, Denied };  // what was said to this very call

  std::shared_ptr<const policy::Policy> policy;
  Semantics semantics;
  std::vector<Used> used;
  Human human = Human::Nobody;
  std::string tool;
  std::string arguments;  // JSON; empty: the call has none
  std::string principal;  // and grant
  base::Instant at;
};

// The decision, step by step. Limits in `used` that the policy does not have are passed over: see
// unknown().
Explanation explain(const Situation& situation);
// The first entry of `used` that names no limit, or no amount.
const Situation::Used* unknown(const Situation& situation);

// One statement that, if it were so, would give another outcome.
struct Change {
  enum class Kind : std::uint8_t { Arguments, Tool, Time, Calls, Approval, Limit, Policy };
  Kind kind{};
  std::string text;  // "`args.amount` 500 instead of 600", "from 10:01:00Z on", "without this rule"
  std::string
      rule;  // rule path of what would have to be written differently, if that is the change
  base::SourcePos at;      // of it
  Outcome outcome{};       // then
  std::string decided_by;  // then; empty: no rule speaks
};
std::string_view to_string(Change::Kind kind);  // "arguments", …

// Smallest first: what the agent could do differently, what time brings, what a person could
// decide, which line of the policy. At most one of each kind, but for an allowed call: one per
// condition.
std::vector<Change> changes(const Situation& situation, const Explanation& now);

}  // namespace gatecrash::decision
