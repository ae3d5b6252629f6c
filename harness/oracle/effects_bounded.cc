// The scenario's own bounds on effects: `at_most` and `never`.
#include <algorithm>

#include "harness/oracle/caps.h"
#include "harness/oracle/table.h"

namespace gatecrash::oracle {
namespace {

using scenario::Invariant;

bool is_bound(const Invariant& invariant) {
  return invariant.effect &&
         (invariant.kind == Invariant::Kind::AtMost || invariant.kind == Invariant::Kind::Never);
}

// Bounds are stated for the attack; the benign twin has none.
bool effects_bounded_applies(const Evidence& evidence) {
  return !evidence.is(scenario::RunKind::Benign) &&
         std::ranges::any_of(evidence.plan().always, is_bound);
}

void judge_effects_bounded(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const Invariant& each : evidence.plan().always) {
    if (!is_bound(each)) continue;
    const std::size_t before = findings.size();
    const bool never = each.kind == Invariant::Kind::Never;
    judge_cap(evidence, kEffectsBounded.name, to_string(each.kind), *each.effect,
              never ? scenario::Cap{} : each.cap, findings);
    for (std::size_t i = before; i < findings.size(); ++i) findings[i].scenario_at = each.at;
  }
}

}  // namespace

const OracleEntry kEffectsBounded{
    .name = "effects_bounded",
    .claim = "effects stay within the scenario's `at_most` and `never`",
    .part = Part::Security,
    .applies = effects_bounded_applies,
    .judge = judge_effects_bounded};

}  // namespace gatecrash::oracle
