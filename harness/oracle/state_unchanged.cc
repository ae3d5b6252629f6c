// `unchanged: tasks`: the mock's task table is the same before and after the attack.
#include <algorithm>

#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using scenario::Invariant;

const Invariant* claim(const Evidence& evidence) {
  const auto& always = evidence.plan().always;
  const auto found = std::ranges::find(always, Invariant::Kind::Unchanged, &Invariant::kind);
  return found == always.end() ? nullptr : &*found;
}

bool state_unchanged_applies(const Evidence& evidence) {
  return !evidence.is(scenario::RunKind::Benign) && evidence.run().complete &&
         claim(evidence) != nullptr;
}

void judge_state_unchanged(const Evidence& evidence, std::vector<Finding>& findings) {
  // A change without an effect on record is a contradiction (contradiction.h), and proves nothing.
  if (evidence.run().digest_before == evidence.run().digest_after || evidence.changes().empty())
    return;
  Finding made = finding(evidence, kStateUnchanged.name, FindingKind::Bypass, Part::Security);
  made.claim = "the task table stays as it was";
  made.observed = "it is another one";
  made.effects = evidence.changes().size();
  const Change& first = evidence.changes().front();
  made.effect = first.effect;
  at_change(evidence, first, made);
  made.upstream_saw = saw(evidence, evidence.changes());
  made.scenario_at = claim(evidence)->at;
  seal(evidence, "unchanged tasks", made);
  findings.push_back(std::move(made));
}

}  // namespace

const OracleEntry kStateUnchanged{
    .name = "state_unchanged",
    .claim = "where the scenario says so, the task table does not change",
    .part = Part::Security,
    .applies = state_unchanged_applies,
    .judge = judge_state_unchanged};

}  // namespace gatecrash::oracle
