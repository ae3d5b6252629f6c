// Why a call was refused, for the policy's owner: the policy's own doing, after what was called
// before, or the gateway's.
#pragma once

#include "harness/oracle/deed.h"
#include "harness/oracle/evidence.h"
#include "harness/oracle/finding.h"

namespace gatecrash::oracle {

// Whose doing it is that the call of this step is refused: the policy's as documented, after what
// was called before, which then breaks the promise, or the gateway's.
Part part_of_refusal(const Evidence& evidence, std::uint32_t step);

// What the documented meaning says to the call of a deed, after what was called before, as far as
// that is known. Not to be asked without a policy, nor of a deed that is no call.
decision::Ruling documented(const Evidence& evidence, const Deed& deed);
// Explains why a call that should work was refused: the policy's own doing, or the gateway's. Sets
// the place in the policy and `why`.
void blame_refusal(const Evidence& evidence, const Deed& deed, Finding& finding);

}  // namespace gatecrash::oracle
