// Nothing that the policy denies, that the operator has stopped or not approved, or that the agent
// was told is denied, may change the world. Judged on the call as the mock understood it, not as
// the gateway did.
#include <algorithm>
#include <map>

#include "harness/base/text.h"
#include "harness/oracle/standing.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

// Effects of the same cause make one finding.
struct Group {
  std::vector<Change> changes;
  std::string_view stopped;  // by these words of the operator
  decision::Ruling ruling;   // its views live as long as the engine
};

std::string explain(const Evidence& evidence, const std::string& rule, const Group& group,
                    Finding& made) {
  if (evidence.is(scenario::RunKind::Teeth)) return {};  // nothing was in the way
  const std::uint32_t blamed = group.changes.front().call;
  const UpstreamCall& call = evidence.calls()[blamed];
  if (std::string differently = read_differently(evidence, blamed); !differently.empty()) {
    return differently + ", to which the policy says " + ruling_words(evidence, group.ruling);
  }
  const std::string policy_says = "the policy says " + ruling_words(evidence, group.ruling);
  if (const std::string_view kept = evidence.kept(); !kept.empty()) {
    return policy_says + ", but the gateway refused to load it and went on under the one before (" +
           std::string(kept.substr(0, kept.find('\n'))) + ")";
  }
  if (group.ruling.outcome == decision::Outcome::Hold) {
    return policy_says +
           ", yet the call reached the upstream without an approval that was good for it";
  }
  const policy::ToolPolicy* const entry = tool_in(*evidence.policy(), call.tool);
  if (entry != nullptr && rule.starts_with(entry->anchor.path)) {
    if (const base::Problem* const dropped =
            dropped_key(evidence, entry->anchor.at, group.ruling.at)) {
      made.policy_at = dropped->at;
      return policy_says + ", but " + dropped_words(evidence, *dropped);
    }
  }
  if (const policy::Limit* const limit = limit_at(*evidence.policy(), call.tool, rule)) {
    return "one call did more than the limit of " + limit->max +
           " lets through at once: the limit counted calls, but " + more_than_a_call(call);
  }
  return policy_says + ", yet the call reached the upstream";
}

void report(const Evidence& evidence, const std::string& rule, const Group& group,
            std::vector<Finding>& findings) {
  const Change& first = group.changes.front();
  const std::string_view tool = evidence.calls()[first.call].tool;
  Finding made = finding(evidence, kNoDeniedEffect.name, FindingKind::Bypass, Part::Security);
  made.effect = first.effect;
  made.effects =
      static_cast<std::uint64_t>(std::ranges::count(group.changes, first.effect, &Change::effect));
  at_change(evidence, first, made);
  made.upstream_saw = saw(evidence, group.changes);
  made.observed = kinds_of(group.changes) + " by " + base::quoted(tool);
  if (!group.stopped.empty()) {
    made.claim = "nothing passes that the operator has stopped";
    made.observed += " after " + base::quoted(group.stopped);
    made.why =
        "the operator said " + base::quoted(group.stopped) + ", yet the call reached the upstream";
  } else if (rule.empty()) {
    made.claim = "a call that was refused changes nothing";
    made.observed += " after the refusal";
    made.why = "the agent was told that the call is refused, but it was carried out";
  } else {
    made.claim = base::quoted(tool) + " is refused, as the policy says, and changes nothing";
    at_rule(evidence, rule, group.ruling.at, made);
    made.why = explain(evidence, rule, group, made);
  }
  seal(evidence,
       !group.stopped.empty() ? "stopped"
       : rule.empty()         ? "refused"
                              : "denied " + std::string(tool),
       made);
  findings.push_back(std::move(made));
}

bool no_denied_effect_applies(const Evidence& evidence) {
  return evidence.policy() != nullptr || !evidence.steps().empty();
}

void judge_no_denied_effect(const Evidence& evidence, std::vector<Finding>& findings) {
  // By tool and rule; without a rule: refused in words only. What was stopped stands under the
  // words.
  std::map<std::pair<std::string_view, std::string>, Group> groups;
  std::uint32_t ruled = kNone;  // the call that `ruling` is about
  decision::Ruling ruling;
  const Standing standing(evidence);
  for (const Change& each : evidence.changes()) {
    if (each.call == kNone) continue;
    const UpstreamCall& call = evidence.calls()[each.call];
    if (each.call != ruled && evidence.policy() != nullptr) {
      ruling = evidence.ruling(call);
      ruled = each.call;
    }
    if (const std::string_view words = standing.stopped(each.call); !words.empty()) {
      Group& group = groups[{call.tool, std::string(words)}];
      group.stopped = words;
      group.changes.push_back(each);
    } else if (evidence.policy() != nullptr && ruling.outcome != decision::Outcome::Allow &&
               evidence.under_test(call.step) &&
               !(ruling.outcome == decision::Outcome::Hold && standing.approved(each.call))) {
      Group& group = groups[{call.tool, std::string(ruling.rule)}];
      if (group.changes.empty()) group.ruling = ruling;
      group.changes.push_back(each);
    } else if (each.step < evidence.steps().size() && evidence.steps()[each.step].refused() &&
               evidence.plan().steps[each.step].kind != scenario::StepKind::Obey) {
      // Of several calls in one step it is not known which was refused.
      groups[{call.tool, {}}].changes.push_back(each);
    }
  }
  for (const auto& [key, group] : groups) report(evidence, key.second, group, findings);
}

}  // namespace

const OracleEntry kNoDeniedEffect{.name = "no_denied_effect",
                                  .claim =
                                      "a call that the policy denies, that the operator stopped, "
                                      "or that was refused in words, changes "
                                      "nothing upstream",
                                  .part = Part::Security,
                                  .applies = no_denied_effect_applies,
                                  .judge = judge_no_denied_effect};

}  // namespace gatecrash::oracle
