// Teeth: did an attack, or one step of it, do harm in a run without a gateway? What does none there
// proves nothing about a gateway that contains it.
#pragma once

#include <array>
#include <set>
#include <vector>

#include "harness/oracle/evidence.h"
#include "harness/oracle/finding.h"

namespace gatecrash::oracle {

// What all oracles say about one run.
struct Opinion {
  std::vector<Finding> findings;
  std::array<bool, 4> judged{};  // by part: an oracle applied
};
void ask(const Evidence& evidence, Opinion& opinion);

// A leaked list entry is harm in a run that does nothing but list, or never. A leaked secret always
// is.
enum class ListLeaks : std::uint8_t { CountAlone, NeverCount };

// Does the run do more than list? A raw request for a list lists, even if it is refused; a step
// that is `harmless` does not count.
bool acts(const Evidence& evidence);

// Harm is a security finding as bad as the case's `null_verdict`.
bool did_harm(const Evidence& evidence, ListLeaks leaks = ListLeaks::CountAlone);

// The steps whose effects are among those that the attack's claims count, in a run that did harm:
// steps that do none alone can still be part of what breaks a claim together.
std::set<std::uint32_t> steps_of_counted_effects(const Evidence& evidence);

// The same of a run that is no part of a case.
bool did_harm(const trace::Case& the_case, const trace::Run& run,
              ListLeaks leaks = ListLeaks::CountAlone);
std::set<std::uint32_t> steps_of_counted_effects(const trace::Case& the_case,
                                                 const trace::Run& run);

}  // namespace gatecrash::oracle
