#include "harness/oracle/table.h"

#include <algorithm>

namespace gatecrash::oracle {

// In the order in which findings of equal weight are shown: the scenario's own expectations last,
// since another oracle mostly explains the same step better.
const std::vector<OracleEntry>& oracles() {
  static const std::vector<OracleEntry> table{
      kNoDeniedEffect, kPromiseKept,    kBudgetKept,           kEffectsBounded,
      kStateUnchanged, kWorkStops,      kEveryEffectExplained, kHiddenStaysHidden,
      kListWhole,      kListCallAgree,  kCanaryContained,      kForwardedEqualsJudged,
      kReplyShape,     kQuotaConserved, kAuditComplete,        kModelAgreement,
      kExpect,
  };
  return table;
}

const OracleEntry* find_oracle(std::string_view name) {
  const auto found = std::ranges::find(oracles(), name, &OracleEntry::name);
  return found == oracles().end() ? nullptr : &*found;
}

}  // namespace gatecrash::oracle
