// Every call upstream was sent by the agent, once, and every effect has a call or time behind it.
// Catches a gateway that sends a call twice, replays one later or makes one up.
#include <algorithm>

#include "harness/base/text.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using scenario::Effect;
using scenario::StepKind;

// What time alone may do.
bool by_time(Effect effect) {
  return effect == Effect::WorkStopped || effect == Effect::WorkCompleted ||
         effect == Effect::TaskChanged;
}

bool acts(const Evidence& evidence, std::uint32_t step) {
  if (step >= evidence.plan().steps.size()) return false;
  const StepKind kind = evidence.plan().steps[step].kind;
  return (kind == StepKind::Call || kind == StepKind::Raw || kind == StepKind::Obey) &&
         evidence.steps()[step].sent;
}

// Of a step that made calls.
std::uint32_t last_call_of(const Evidence& evidence, std::uint32_t step) {
  std::uint32_t last = evidence.steps()[step].first_call;
  for (std::uint32_t i = last; i < evidence.calls().size(); ++i) {
    if (evidence.calls()[i].step == step) last = i;
  }
  return last;
}

bool every_effect_explained_applies(const Evidence& evidence) {
  return !evidence.is(scenario::RunKind::Teeth) &&
         (!evidence.calls().empty() || !evidence.changes().empty());
}

void report(const Evidence& evidence, std::string claim, std::string observed, const Deed& deed,
            std::vector<Change> changes, std::vector<Finding>& findings) {
  Finding made = finding(evidence, kEveryEffectExplained.name, FindingKind::Orphan, Part::Security);
  made.claim = std::move(claim);
  made.observed = std::move(observed);
  at_deed(evidence, deed, made);
  at_what_let_through(evidence, deed, deed.call == kNone ? "" : evidence.calls()[deed.call].tool,
                      made);
  if (!changes.empty()) {
    made.upstream_saw = saw(evidence, changes);
    made.effect = changes.front().effect;
    made.effects = changes.size();
  }
  seal(evidence, made.claim, made);
  findings.push_back(std::move(made));
}

void judge_every_effect_explained(const Evidence& evidence, std::vector<Finding>& findings) {
  // A plain call step sends one call; a raw step may hold a batch, and an obedient agent makes as
  // many calls as it is told, so only more than nothing is known.
  std::uint64_t too_many = 0;
  std::uint32_t first = kNone;  // the last call of the first such step
  for (std::uint32_t i = 0; i < evidence.steps().size(); ++i) {
    const std::uint32_t sent =
        evidence.plan().steps[i].kind == StepKind::Call && evidence.steps()[i].sent ? 1 : 0;
    const StepKind kind = evidence.plan().steps[i].kind;
    if (kind == StepKind::Raw || kind == StepKind::Obey || evidence.steps()[i].calls <= sent)
      continue;
    too_many += evidence.steps()[i].calls - sent;
    if (first == kNone) first = last_call_of(evidence, i);
  }
  if (too_many != 0) {
    std::vector<Change> changes;
    for (const Change& each : evidence.changes()) {
      if (each.call == first) changes.push_back(each);
    }
    report(evidence, "each call reaches the upstream at most once",
           count(too_many, "call") + " too many", deed_of_call(evidence, first), std::move(changes),
           findings);
  }
  std::vector<Change> orphans;
  for (const Change& each : evidence.changes()) {
    if (each.call == kNone ? !by_time(each.effect) && !acts(evidence, each.step)
                           : each.step == trace::kSetUp) {
      orphans.push_back(each);
    }
  }
  if (!orphans.empty()) {
    const Change& orphan = orphans.front();
    report(evidence, "each effect has a step of the agent behind it", kinds_of(orphans),
           orphan.call == kNone ? deed_of_step(evidence, orphan.step)
                                : deed_of_call(evidence, orphan.call),
           orphans, findings);
  }
}

}  // namespace

const OracleEntry kEveryEffectExplained{
    .name = "every_effect_explained",
    .claim = "each call reaches the upstream at most once, and each effect has a step behind it",
    .part = Part::Security,
    .applies = every_effect_explained_applies,
    .judge = judge_every_effect_explained};

}  // namespace gatecrash::oracle
