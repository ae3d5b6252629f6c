// Claims of the form "at most so many effects in any window", and why they broke, for the policy's
// owner.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "harness/oracle/evidence.h"
#include "harness/oracle/finding.h"

namespace gatecrash::oracle {

// Indices into the changes that were counted. A window of length `per` holds the changes less than
// `per` apart: a change exactly `per` later is outside.
struct Excess {
  std::uint64_t beyond = 0;     // changes that came when their window was already full
  std::size_t first_over = 0;   // the first of them
  std::size_t worst_first = 0;  // the fullest window
  std::size_t worst_last = 0;
  std::uint64_t worst() const { return worst_last - worst_first + 1; }
};
// Two pointers over changes in order of time; nothing if the cap held.
std::optional<Excess> excess(std::span<const Change> changes, const scenario::Cap& cap);

// Judges one cap over the run and adds a finding if it broke. `shape` names the claim for the
// fingerprint: "promise", "budget", "at_most".
void judge_cap(const Evidence& evidence, std::string_view oracle, std::string_view shape,
               scenario::Effect effect, const scenario::Cap& cap, std::vector<Finding>& findings);

}  // namespace gatecrash::oracle
