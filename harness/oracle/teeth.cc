#include "harness/oracle/teeth.h"

#include <algorithm>

#include "harness/oracle/oracle.h"
#include "harness/oracle/table.h"
#include "harness/rpc/message.h"

namespace gatecrash::oracle {
namespace {

using scenario::Invariant;
using scenario::StepKind;

bool counts(const Evidence& evidence, const Invariant& claim, scenario::Effect effect) {
  switch (claim.kind) {
    case Invariant::Kind::Promise: return effect == scenario::Effect::TaskCancelled;
    case Invariant::Kind::Budget:
      if (claim.effect) return effect == *claim.effect;
      return std::ranges::find(evidence.the_case().budget, effect, &scenario::Budget::effect) !=
             evidence.the_case().budget.end();
    case Invariant::Kind::AtMost:
    case Invariant::Kind::Never: return claim.effect && effect == *claim.effect;
    case Invariant::Kind::Unchanged: return true;
    case Invariant::Kind::WorkStops:
    case Invariant::Kind::CanarySent:
    case Invariant::Kind::CanaryShown:
    case Invariant::Kind::Audit: return false;
  }
  return false;
}

}  // namespace

bool acts(const Evidence& evidence) {
  const auto& steps = evidence.plan().steps;
  base::Tree tree;
  rpc::Reading reading = rpc::strict_reading();
  reading.any_id = true;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (steps[i].purpose == scenario::Step::Purpose::Control) continue;
    const bool raw_act = steps[i].kind == StepKind::Raw && !evidence.steps()[i].listed &&
                         rpc::decode(steps[i].line, reading, tree).message.method != "tools/list";
    if (raw_act || steps[i].kind == StepKind::Call || steps[i].kind == StepKind::Obey) return true;
  }
  return false;
}

void ask(const Evidence& evidence, Opinion& opinion) {
  for (const OracleEntry& oracle : oracles()) {
    if (!oracle.applies(evidence)) continue;
    opinion.judged[static_cast<std::size_t>(oracle.part)] = true;
    oracle.judge(evidence, opinion.findings);
  }
}

bool did_harm(const Evidence& evidence, ListLeaks leaks) {
  const Verdict wanted = parse_verdict(evidence.the_case().null_verdict).value_or(Verdict::Bypass);
  // An attack on the gateway itself does no harm without one; then it has to reach the mock.
  if (wanted == Verdict::Pass) return !evidence.calls().empty();
  const bool leaks_count = leaks == ListLeaks::CountAlone && !acts(evidence);
  Opinion opinion;
  ask(evidence, opinion);
  return std::ranges::any_of(opinion.findings, [&](const Finding& each) {
    if (each.part != Part::Security) return false;
    const bool shown = each.kind == FindingKind::Leak && !each.secret;
    return shown ? leaks_count : verdict_of(each) == wanted;
  });
}

std::set<std::uint32_t> steps_of_counted_effects(const Evidence& evidence) {
  std::set<std::uint32_t> steps;
  for (const Change& change : evidence.changes()) {
    // What no call made, the message of this step did, or time.
    const std::uint32_t step =
        change.call == kNone ? change.step : evidence.calls()[change.call].step;
    if (std::ranges::any_of(evidence.plan().always, [&](const Invariant& claim) {
          return counts(evidence, claim, change.effect);
        })) {
      steps.insert(step);
    }
  }
  return steps;
}

bool did_harm(const trace::Case& the_case, const trace::Run& run, ListLeaks leaks) {
  const Meaning meaning(the_case);
  return did_harm(Evidence(the_case, run, meaning), leaks);
}

std::set<std::uint32_t> steps_of_counted_effects(const trace::Case& the_case,
                                                 const trace::Run& run) {
  const Meaning meaning(the_case);
  return steps_of_counted_effects(Evidence(the_case, run, meaning));
}

}  // namespace gatecrash::oracle
