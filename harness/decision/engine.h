// The executable specification: one call and one instant in, one ruling out. Pure but for the
// counter store. Written to be read: order of evaluation is policy-semantics.md 1.2 (intercept) and
// 2 (policylayer).
//
// A policy is compiled once; deciding allocates nothing that compilation could hold. The cost of a
// decision does not depend on how many tools the policy names.
//
// Three-valued conditions (operators.h): `evaluate` and `require` let a call pass only if all their
// conditions hold; `deny_if` lets it pass only if one of them definitely does not hold; an approval
// rule that cannot tell denies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/base/time.h"
#include "harness/base/tree.h"
#include "harness/decision/approvals.h"
#include "harness/decision/explain.h"
#include "harness/decision/semantics.h"
#include "harness/policy/policy.h"

namespace gatecrash::decision {

enum class Outcome : std::uint8_t { Allow, Deny, Hold, Refuse };
std::string_view to_string(Outcome outcome);

// Who calls. Empty views mean "not known".
struct Caller {
  std::string_view grant;
  std::string_view principal;
  std::string_view session;
  std::string_view tenant{};
};

struct Call {
  std::string_view tool;
  base::Value arguments;  // absent, or anything
  Caller caller;
  base::Instant at;
};

struct Ruling {
  Outcome outcome = Outcome::Deny;
  std::string_view
      rule;  // rule path, or "(hidden)", "(default deny)", "(no policy)"; empty: none spoke
  base::SourcePos at;        // of that rule, hide entry or default clause; {0,0} if none
  std::string_view message;  // what the agent is told, without the dialect's prefix; empty on allow
  std::string_view approval;  // id, when held
  std::uint64_t ticket = 0;   // for settle(); 0 if nothing was reserved
};

enum class CallResult : std::uint8_t { Ok, ToolError, RpcError };

class CounterStore;  // counters.h

// What an operator has switched, whatever the policy says.
struct Switches {
  bool killed = false;  // nothing passes
  std::optional<bool>
      frozen;  // the freeze switch, once the operator has touched it; else the policy says
  std::set<std::string, std::less<>> revoked;  // grants
};

class Engine {
 public:
  // `trait_list_argument`: name of the argument whose length weighs a call under a hardened limit,
  // by tool, as the target says it; tools not named use their longest top-level list.
  struct ListArgument {
    std::string tool;
    std::string argument;
  };

  Engine(std::shared_ptr<const policy::Policy> policy, const Semantics& semantics,
         CounterStore& counters, std::vector<ListArgument> list_arguments = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Views in the ruling live until the next decide() (rule and place: as long as the engine).
  Ruling decide(const Call& call);

  // The same decision without counters: is this call refused whatever was called before? Limits are
  // taken as not reached. For oracles.
  Ruling decide_stateless(const Call& call) const;

  // The decision that `decide` would make now, told step by step. Counts nothing.
  Explanation explain(const Call& call) const;

  // Counts `amount` (a decimal) for this caller, as calls before would have, on the limit with this
  // rule path or counter name (`state.<tool>.<counter>`). False if there is no such limit or
  // amount.
  bool count(std::string_view limit, std::string_view amount, const Caller& caller,
             base::Instant at);

  // After the call: rolls back or commits what it reserved, as the semantics say.
  void settle(std::uint64_t ticket, CallResult result, base::Instant now);

  // Does a reply of this tool hand out ids that belong to the caller? Then it wants to be learned.
  bool hands_out(std::string_view tool) const;
  void learn(std::string_view tool, const Caller& caller, base::Value reply);

  // Does the policy keep a text in here from leaving (gatecrash `requests`)? For the parts of a
  // frame that are no arguments.
  bool keeps_back(base::Value value) const;

  // Is the tool shown in tools/list?
  bool visible(std::string_view tool) const;

  // What the policy's author says that calling the tool amounts to.
  policy::ToolClass tool_class(std::string_view tool) const;

  const policy::Policy& policy() const;
  const Semantics& semantics() const;

  // Takes over from the engine of the policy before what outlives a policy: the operator's word,
  // and who owns what (where the new policy has the same ownership).
  void inherit(Engine& before);

  void reset();  // forgets counters, tickets, approvals and switches

  Switches& switches();
  const Switches& switches() const;

  // The operator's side of approvals. False: no such record, or no longer waiting at `now`.
  bool approve(std::string_view id, base::Instant now);
  bool deny(std::string_view id, base::Instant now);
  bool expire(std::string_view id);
  std::vector<Approval> approvals() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatecrash::decision
