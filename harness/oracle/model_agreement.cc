// The gateway does to each call what the decision model does (history.h): a finding is a call on
// which it agrees with neither reading of the policy. Catches wrong limits, wrong order of rules
// and forgotten reloads where no effect shows. Judged by what the gateway does, never by what it
// records: of a call that reached the upstream, or was refused.
#include <algorithm>
#include <set>
#include <string>

#include "harness/base/text.h"
#include "harness/mcp/readers.h"
#include "harness/oracle/history.h"
#include "harness/oracle/standing.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using decision::Outcome;

constexpr mcp::Leniencies kLenientNames{mcp::Leniency::NameTrim, mcp::Leniency::NameCasefold,
                                        mcp::Leniency::NameNfkc};

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
  // What a gateway does about a policy that its own product refuses to reload is its own affair.
  if (evidence.plan().reloaded_from != nullptr && !evidence.the_case().policy.refused.empty())
    return false;
  // Nor does the model know what a gateway does about tools whose definitions change.
  const bool pinned = evidence.policy()->pinned.has_value();
  for (const scenario::Step& each : evidence.plan().steps) {
    if (!each.as.empty() || each.kind == scenario::StepKind::Obey ||
        (pinned && each.kind == scenario::StepKind::Fault))
      return false;
  }
  return true;
}

// True for a call that any gateway has to decide by its policy: sent as usual, with a name that no
// reader takes for another one. Others may be refused as messages.
bool ordinary(const Evidence& evidence, std::uint32_t step) {
  const scenario::Step& planned = evidence.plan().steps[step];
  if (planned.kind != scenario::StepKind::Call || !mcp::reads_alike(planned.tool, {})) return false;
  return std::ranges::none_of(evidence.policy()->tools, [&](const policy::ToolPolicy& known) {
    return known.name != planned.tool && mcp::takes_for(known.name, planned.tool, kLenientNames);
  });
}

// Tools that the upstream has two of under one name: a gateway that pins definitions cannot pin
// those.
std::set<std::string> ambiguous_tools(const Evidence& evidence) {
  std::set<std::string> twice;
  for (auto& [step, names] : upstream_lists(evidence)) {
    std::set<std::string> seen;
    for (const std::string& name : names) {
      if (!seen.insert(name).second) twice.insert(name);
    }
  }
  return twice;
}

void judge_model_agreement(const Evidence& evidence, std::vector<Finding>& findings) {
  std::uint64_t times = 0;
  Finding made;
  const std::set<std::string> unpinned =
      evidence.policy()->pinned ? ambiguous_tools(evidence) : std::set<std::string>{};
  for (const History::Answer& answer : evidence.history().answers()) {
    const std::uint32_t step = evidence.run().agent.events()[answer.sent].step;
    const StepSeen& seen = evidence.steps()[step];
    const bool allowed = seen.calls != 0;
    if (!allowed && !seen.refused()) continue;  // neither: another oracle's matter
    if (!allowed && !ordinary(evidence, step)) continue;
    if (!allowed && unpinned.contains(evidence.plan().steps[step].tool)) continue;
    if (allowed == (answer.hardened.outcome == Outcome::Allow) ||
        allowed == (answer.published.outcome == Outcome::Allow) || times++ != 0) {
      continue;
    }
    // A wrong refusal is an overblock, not a bypass.
    made = finding(evidence, kModelAgreement.name,
                   allowed ? FindingKind::Divergence : FindingKind::Overblock, Part::Conformance);
    const Deed deed = deed_of_message(evidence, answer.sent);
    const std::string_view tool = evidence.plan().steps[step].tool;
    made.claim = "the gateway decides as the policy is documented";
    made.observed = std::string(allowed ? "it let through " : "it refused ") +
                    (tool.empty() ? "the call" : base::quoted(tool)) + ", the model says " +
                    ruling_words(evidence, answer.published);
    at_deed(evidence, deed, made);
    if (answer.published.rule.empty()) {
      at_what_let_through(evidence, {}, tool, made);
    } else {
      at_rule(evidence, answer.published.rule, answer.published.at, made);
    }
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
