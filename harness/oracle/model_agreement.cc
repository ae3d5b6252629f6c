// The gateway does to each call what the decision model does. The model is asked in two readings,
// sliding windows with lists weighed and calendar windows with calls counted and refunds, because
// the published documents leave that open; a finding is a call on which the gateway agrees with
// neither. Catches wrong limits, wrong order of rules and forgotten reloads where no effect shows.
#include <map>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/decision/counters.h"
#include "harness/decision/semantics.h"
#include "harness/mcp/messages.h"
#include "harness/oracle/standing.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"
#include "harness/rpc/message.h"

namespace gatecrash::oracle {
namespace {

using decision::Outcome;
using trace::Event;
using trace::EventKind;

class Model {
 public:
  Model(std::shared_ptr<const policy::Policy> policy, const decision::Semantics& semantics,
        std::vector<decision::Engine::ListArgument> lists)
      : counters_(decision::make_memory_counters()),
        engine_(std::move(policy), semantics, *counters_, std::move(lists)) {}

  // What the model does; it keeps what it allowed.
  decision::Ruling decide(const decision::Call& call, decision::CallResult result) {
    const decision::Ruling ruling = engine_.decide(call);
    engine_.settle(ruling.ticket, result, call.at);
    return ruling;
  }

 private:
  std::unique_ptr<decision::CounterStore> counters_;
  decision::Engine engine_;
};

decision::Semantics as_published() {
  decision::Semantics semantics = decision::hardened();
  semantics.window = decision::WindowKind::CalendarUtc;
  semantics.list_weight = decision::ListWeight::One;
  semantics.refund = decision::Refund::OnRpcError;
  return semantics;
}

bool needs_approval(const policy::Policy& policy) {
  const auto any = [](const policy::ToolPolicy& tool) {
    for (const policy::Rule& each : tool.rules) {
      if (each.kind == policy::RuleKind::RequireApproval) return true;
    }
    return false;
  };
  for (const policy::ToolPolicy& each : policy.tools) {
    if (any(each)) return true;
  }
  return policy.wildcard && any(*policy.wildcard);
}

// Approvals are decided by people, who may do more to a gateway than that; other principals have
// counters of their own.
bool model_agreement_applies(const Evidence& evidence) {
  if (evidence.is(scenario::RunKind::Teeth) || evidence.policy() == nullptr ||
      needs_approval(*evidence.policy()) || operated(evidence.plan())) {
    return false;
  }
  // What a gateway does about a policy that it refuses to reload is its own affair.
  if (!evidence.kept().empty()) return false;
  // Nor does the model know what a gateway does about tools whose definitions change.
  const bool pinned = evidence.policy()->pinned.has_value();
  for (const scenario::Step& each : evidence.plan().steps) {
    if (!each.as.empty() || each.kind == scenario::StepKind::Obey ||
        (pinned && each.kind == scenario::StepKind::Fault))
      return false;
  }
  return true;
}

void judge_model_agreement(const Evidence& evidence, std::vector<Finding>& findings) {
  const auto policy = evidence.the_case().policy.meaning;
  const bool pinned = evidence.policy()->pinned.has_value();
  Model hardened(policy, decision::hardened(), list_arguments(evidence.the_case()));
  Model published(policy, as_published(), {});
  const trace::Trace& agent = evidence.run().agent;
  base::Tree tree;
  std::string session;
  std::uint64_t times = 0;
  Finding made;
  for (const Event& event : agent.events()) {
    if (event.kind != EventKind::Sent || event.step >= evidence.steps().size()) continue;
    const rpc::Decoded decoded = rpc::decode(agent.view(event.text), rpc::strict_reading(), tree);
    const bool calls = decoded && decoded.message.method == "tools/call" &&
                       decoded.message.shape == rpc::Shape::Request;
    const mcp::ToolCall sent =
        calls ? mcp::read_tools_call(decoded.message, rpc::strict_reading()) : mcp::ToolCall{};
    if (!sent.valid) {
      // What only a lenient gateway takes for a call is counted there and not here: from then on
      // they differ.
      if (event.step < evidence.steps().size() && evidence.steps()[event.step].decision != kNone)
        break;
      continue;
    }
    session = std::to_string(event.connection);
    const decision::Call call{
        .tool = sent.tool,
        .arguments = sent.arguments,
        .caller = {.grant = evidence.plan().grant, .principal = {}, .session = session},
        .at = event.at};
    const StepSeen& seen = evidence.steps()[event.step];
    const auto result = seen.reply == mcp::ReplyShape::RpcError && seen.told == Told::CarriedOut
                            ? decision::CallResult::RpcError
                            : decision::CallResult::Ok;
    const bool first = hardened.decide(call, result).outcome == Outcome::Allow;
    const decision::Ruling ruling = published.decide(call, result);
    const bool second = ruling.outcome == Outcome::Allow;
    const bool allowed = seen.calls != 0;
    if (!allowed && !seen.refused()) continue;  // neither: another oracle's matter
    // Refused as a message, before there was anything to decide (a name that no tool may have,
    // say).
    if (!allowed && evidence.gateway_tells() && seen.decision == kNone) continue;
    if (allowed == first || allowed == second) continue;
    // What a tool's pinned definition has to do with it the model does not know.
    if (pinned && !allowed && seen.decision != kNone &&
        evidence.run().gateway.view(evidence.run().gateway.events()[seen.decision].more) ==
            evidence.policy()->pinned->path) {
      continue;
    }
    if (times++ != 0) continue;
    // To refuse what the policy allows harms nobody but the people at work.
    made = finding(evidence, kModelAgreement.name,
                   allowed ? FindingKind::Divergence : FindingKind::Overblock, Part::Conformance);
    made.claim = "the gateway decides as the policy is documented";
    made.observed = std::string(allowed ? "it let through " : "it refused ") +
                    base::quoted(sent.tool) + ", the model says " + ruling_words(evidence, ruling);
    at_step(evidence, event.step, made);
    if (ruling.rule.empty()) {
      at_what_let_through(evidence, kNone, sent.tool, made);
    } else {
      at_rule(evidence, ruling.rule, ruling.at, made);
    }
    made.upstream_saw = saw_step(evidence, event.step);
    seal(evidence, allowed ? "let through" : "refused", made);
  }
  if (times == 0) return;
  if (times > 1) made.observed += " (and " + count(times - 1, "more call") + ")";
  findings.push_back(std::move(made));
}

}  // namespace

const OracleEntry kModelAgreement{
    .name = "model_agreement",
    .claim = "the gateway does to each call what the decision model does",
    .part = Part::Conformance,
    .applies = model_agreement_applies,
    .judge = judge_model_agreement};

}  // namespace gatecrash::oracle
