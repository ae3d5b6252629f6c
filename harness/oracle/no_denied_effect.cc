// Nothing that the policy denies, or that the agent was told is denied, may change the world. Judged on
// the call as the mock understood it, not as the gateway did.
#include <map>

#include "harness/base/text.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

// Effects of the same cause make one finding.
struct Group {
  std::vector<Change> changes;
  decision::Ruling ruling;  // its views live as long as the engine
};

void report(const Evidence& evidence, const std::string& rule, const Group& group,
            std::vector<Finding>& findings) {
  const Change& first = group.changes.front();
  const std::string_view tool = evidence.calls()[first.call].tool;
  Finding made = finding(evidence, kNoDeniedEffect.name, FindingKind::Bypass, Part::Security);
  made.effect = first.effect;
  made.effects = group.changes.size();
  at_step(evidence, first.step, made);
  made.upstream_saw = saw(evidence, group.changes);
  made.observed = count(group.changes.size(), "effect") + " of " + base::quoted(tool);
  if (rule.empty()) {
    made.claim = "a call that was refused changes nothing";
    made.observed += " after the refusal";
    made.why = "the agent was told that the call is refused, but it was carried out";
    at_what_let_through(evidence, first.step, tool, made);
  } else {
    made.claim = base::quoted(tool) + " is refused, as the policy says, and changes nothing";
    at_rule(evidence, rule, group.ruling.at, made);
    const bool silent = evidence.steps().size() <= first.step ||
                        evidence.steps()[first.step].decision == kNone;
    base::SourcePos dropped_at;
    const std::string dropped = dropped_keys(evidence, {}, group.ruling.at, dropped_at);
    const policy::Limit* const limit = limit_at(*evidence.policy(), tool, rule);
    if (evidence.is(scenario::RunKind::Teeth)) {
      // Nothing was in the way.
    } else if (limit != nullptr && dropped.empty()) {
      const std::uint64_t most = evidence.calls()[first.call].effects;
      made.why = "one call made " + count(most, "effect") + ", more than the limit of " + limit->max +
                 " lets through at once: it counted calls, but an argument of " + base::quoted(tool) +
                 " takes a list";
    } else if (!dropped.empty()) {
      made.policy_at = dropped_at;
      made.why = "the policy says " + ruling_words(evidence, group.ruling) +
                 ", but the gateway dropped parts of it on load: " + dropped;
    } else if (silent && !evidence.run().gateway.empty()) {
      made.why = "the gateway passed the message on without a decision; the upstream read it as a call of " +
                 base::quoted(tool) + ", to which the policy says " + ruling_words(evidence, group.ruling);
    } else {
      made.why = "the policy says " + ruling_words(evidence, group.ruling) + ", yet the call reached the upstream";
    }
  }
  seal(evidence, rule.empty() ? "refused" : "denied " + std::string(tool), made);
  findings.push_back(std::move(made));
}

bool applies(const Evidence& evidence) {
  return evidence.policy() != nullptr || !evidence.steps().empty();
}

void judge(const Evidence& evidence, std::vector<Finding>& findings) {
  // By tool and rule; without a rule: refused in words only.
  std::map<std::pair<std::string_view, std::string>, Group> groups;
  std::uint32_t ruled = kNone;  // the call that `ruling` is about
  decision::Ruling ruling;
  for (const Change& each : evidence.changes()) {
    if (each.call == kNone) continue;
    const UpstreamCall& call = evidence.calls()[each.call];
    if (each.call != ruled && evidence.policy() != nullptr) {
      ruling = evidence.ruling(call);
      ruled = each.call;
    }
    if (evidence.policy() != nullptr && ruling.outcome != decision::Outcome::Allow) {
      Group& group = groups[{call.tool, std::string(ruling.rule)}];
      if (group.changes.empty()) group.ruling = ruling;
      group.changes.push_back(each);
    } else if (each.step < evidence.steps().size() && evidence.steps()[each.step].refused) {
      groups[{call.tool, {}}].changes.push_back(each);
    }
  }
  for (const auto& [key, group] : groups) report(evidence, key.second, group, findings);
}

}  // namespace

const OracleEntry kNoDeniedEffect{
    .name = "no_denied_effect",
    .claim = "a call that the policy denies, or that was refused in words, changes nothing upstream",
    .part = Part::Security,
    .applies = applies,
    .judge = judge};

}  // namespace gatecrash::oracle
