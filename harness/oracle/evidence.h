// One run of a case, indexed once so that every oracle stays linear in events and states its claim
// in few lines. Facts only: what was sent, what arrived, what changed, what came back. Which of it
// is wrong is for the oracles to say.
//
// A reply counts as a *refusal* when it is an error in any form, not the upstream's own (the mock's
// ledger shows no reply of that form in the step), and not about a call that the upstream took and
// left without an answer. So a refusal is recognised without knowing how the gateway words it, and
// a gateway that refuses in words and forwards anyway is caught.
//
// In an unfenced run a call can arrive in a later step than its own. A call that its step cannot
// have made belongs to the last step before that sent the same tool and arguments, if there is one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/decision/engine.h"
#include "harness/mcp/messages.h"
#include "harness/oracle/finding.h"
#include "harness/scenario/effect.h"
#include "harness/trace/case.h"

namespace gatecrash::oracle {

inline constexpr std::uint32_t kNone = 0xffffffff;

// A call as the mock understood it.
struct UpstreamCall {
  std::string_view tool;
  std::string_view arguments;  // canonical JSON
  std::uint32_t step = kNone;
  std::uint32_t connection = 0;
  base::Instant at{};
  std::uint32_t frame = kNone;  // the ledger's Arrived event
  std::uint32_t effects = 0;
};

// A change in the mock's world.
struct Change {
  scenario::Effect effect{};
  std::string_view subject;
  std::uint32_t step = kNone;
  std::uint32_t connection = 0;
  base::Instant at{};
  std::uint32_t call = kNone;  // index of the call that made it; kNone: time did
};

// What the last reply of a step says of what was asked.
enum class Told : std::uint8_t {
  Nothing,     // there is no reply
  Refused,     // a denial
  CarriedOut,  // the upstream's answer, be it an error
  Unknown,     // an error, but the upstream had the call and gave no answer that can be read, or
               // only after a wait: the gateway cannot have known
};

struct StepSeen {
  bool sent = false;  // the agent sent something in this step
  Told told = Told::Nothing;
  mcp::ReplyShape reply = mcp::ReplyShape::None;  // of the last reply
  std::uint32_t replies = 0;
  bool listed = false;        // a reply shows a list of tools
  std::uint32_t arrived = 0;  // frames at the mock
  std::uint32_t calls = 0;    // of these, understood as calls
  std::uint32_t first_call = kNone;
  std::uint32_t changes = 0;
  std::uint32_t decision = kNone;  // index of the gateway's last Decided event
  bool unanswered = false;         // the upstream did not answer its last call at once
  bool refused() const { return told == Told::Refused; }
};

// Whose connection it is.
struct Party {
  std::string_view principal;  // empty: the anonymous one
  std::string_view grant;
  std::string_view tenant;
};

// The arguments that take lists, as the target's traits say.
std::vector<decision::Engine::ListArgument> list_arguments(const trace::Case& the_case);

// The documented meaning of the case's policy, compiled; shared by the evidence of all its runs.
class Meaning {
 public:
  explicit Meaning(const trace::Case& the_case);
  ~Meaning();
  Meaning(const Meaning&) = delete;
  Meaning& operator=(const Meaning&) = delete;

  const policy::Policy* policy() const { return policy_.get(); }  // null: it does not load
  // Whatever was called before: limits count as not reached. Not to be asked without a policy.
  decision::Ruling ruling(std::string_view tool, std::string_view arguments,
                          std::string_view grant) const;
  // Does the policy as documented show this tool in tools/list? Not to be asked without a policy.
  bool shows(std::string_view tool) const;
  // Does the gateway of this case record decisions at all?
  bool gateway_tells() const { return gateway_tells_; }

 private:
  bool gateway_tells_ = false;
  std::shared_ptr<const policy::Policy> policy_;
  std::unique_ptr<decision::CounterStore> counters_;
  std::unique_ptr<decision::Engine> engine_;
  mutable base::Tree tree_;
};

class History;  // history.h

class Evidence {
 public:
  Evidence(const trace::Case& the_case, const trace::Run& run, const Meaning& meaning);
  ~Evidence();
  Evidence(const Evidence&) = delete;
  Evidence& operator=(const Evidence&) = delete;

  const trace::Case& the_case() const { return case_; }
  const trace::Run& run() const { return run_; }
  const scenario::Plan& plan() const { return *run_.plan; }
  bool is(scenario::RunKind kind) const { return run_.kind == kind; }
  const policy::Policy* policy() const { return meaning_.policy(); }
  decision::Ruling ruling(const UpstreamCall& call) const {
    return meaning_.ruling(call.tool, call.arguments, caller(call.connection).grant);
  }
  decision::Ruling ruling(std::string_view tool, std::string_view arguments) const {
    return meaning_.ruling(tool, arguments, plan().grant);
  }

  // Made when it is first asked for. Not to be asked without a policy.
  const History& history() const;

  bool shows(std::string_view tool) const { return meaning_.shows(tool); }
  bool gateway_tells() const { return !is(scenario::RunKind::Teeth) && meaning_.gateway_tells(); }

  Party caller(std::uint32_t connection) const;
  // Why the gateway refused to put the policy under test in force, as its record says; empty: it
  // has no such record.
  std::string_view kept() const { return kept_; }
  // Is the policy under test in force at this step? Not before the step that reloads.
  bool under_test(std::uint32_t step) const {
    return step != trace::kSetUp ? step >= in_force_ : in_force_ == 0;
  }

  const std::vector<StepSeen>& steps() const { return steps_; }  // one per step of the plan
  const std::vector<UpstreamCall>& calls() const { return calls_; }
  const std::vector<Change>& changes() const { return changes_; }

 private:
  void read_calls_sent();
  // The step that the message belongs to, which arrived in this one.
  std::uint32_t own_step(const trace::Event& arrived) const;
  void read_agent();
  void read_gateway();
  void read_ledger();

  const trace::Case& case_;
  const trace::Run& run_;
  const Meaning& meaning_;
  std::vector<Party> parties_;  // by connection
  // Of an unfenced run: the steps that sent a call, in order, by tool and canonical arguments.
  std::map<std::string, std::vector<std::uint32_t>> sent_in_;
  std::uint32_t in_force_ = 0;  // the first step under the policy under test
  std::string_view kept_;
  std::vector<std::uint32_t> own_steps_;  // of the ledger's events
  std::vector<StepSeen> steps_;
  std::vector<UpstreamCall> calls_;
  std::vector<Change> changes_;
  mutable std::unique_ptr<const History> history_;
};

// True if of an ambiguous message (one that a strict reader takes for no call, or one under an id
// that its connection used before) a single plain call arrived, under an id of its own: what one of
// the readers of the message takes it for, and what the policy as documented allows. To forward
// that, made canonical, is as good an answer as to refuse.
bool forwarded_one_meaning(const Evidence& evidence, std::uint32_t step);

// The names of the tools that the upstream itself listed, by step: of those in which the agent got
// a list.
using UpstreamLists = std::map<std::uint32_t, std::vector<std::string>>;
UpstreamLists upstream_lists(const Evidence& evidence);

// True if the promise says that this tool keeps working.
bool promised_callable(const trace::Case& the_case, std::string_view tool);

}  // namespace gatecrash::oracle
