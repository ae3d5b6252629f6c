// The harm stays within what the target's owner will bear, whatever the policy says.
#include "harness/oracle/caps.h"
#include "harness/oracle/table.h"

namespace gatecrash::oracle {
namespace {

bool budget_kept_applies(const Evidence& evidence) {
  return !evidence.the_case().budget.empty();
}

void judge_budget_kept(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const scenario::Budget& each : evidence.the_case().budget) {
    judge_cap(evidence, kBudgetKept.name, "budget", each.effect, each.cap, findings);
  }
}

}  // namespace

const OracleEntry kBudgetKept{.name = "budget_kept",
                              .claim = "effects stay within the budget of the target's owner",
                              .part = Part::Security,
                              .applies = budget_kept_applies,
                              .judge = judge_budget_kept};

}  // namespace gatecrash::oracle
