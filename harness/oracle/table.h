// One line per oracle, one file each. A test compares this list with the folder and with the table.
#pragma once

#include "harness/oracle/oracle.h"

namespace gatecrash::oracle {

extern const OracleEntry kNoDeniedEffect;
extern const OracleEntry kPromiseKept;
extern const OracleEntry kBudgetKept;
extern const OracleEntry kEffectsBounded;
extern const OracleEntry kStateUnchanged;
extern const OracleEntry kWorkStops;
extern const OracleEntry kEveryEffectExplained;
extern const OracleEntry kHiddenStaysHidden;
extern const OracleEntry kListWhole;
extern const OracleEntry kListCallAgree;
extern const OracleEntry kCanaryContained;
extern const OracleEntry kForwardedEqualsJudged;
extern const OracleEntry kReplyShape;
extern const OracleEntry kQuotaConserved;
extern const OracleEntry kAuditComplete;
extern const OracleEntry kModelAgreement;
extern const OracleEntry kExpect;

}  // namespace gatecrash::oracle
