// Can the gateway hide tools at all? Judged by all its runs in a case, the benign one included: one
// that shows every tool in every list and refuses the calls of those that the policy hides just has
// no lists to filter. One that hides here and shows there has a leak; one that shows and lets the
// call through has no excuse.
#pragma once

#include <cstdint>

#include "harness/oracle/evidence.h"

namespace gatecrash::oracle {

// Of the tools that the policy or the promise hides, while the policy is in force.
struct Hiding {
  std::uint64_t shown = 0;     // in a list
  std::uint64_t withheld = 0;  // listed by the upstream, and not shown
  std::uint64_t refused = 0;   // calls
  std::uint64_t reached = 0;   // calls that reached the upstream
  bool cannot_hide() const { return shown != 0 && withheld == 0 && refused != 0 && reached == 0; }
};
Hiding hiding_of(const trace::Case& the_case, const Meaning& meaning);

}  // namespace gatecrash::oracle
