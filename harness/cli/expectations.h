// Known gaps: what is allowed not to pass, why, and until when. An expectation covers results, it never
// changes their verdict; one that no longer holds is stale and fails the run.
#pragma once

#include <string>
#include <vector>

#include "harness/base/problem.h"
#include "harness/scenario/expected.h"
#include "reports/report.h"

namespace gatecrash::cli {

class Expectations {
 public:
  base::Result<void> load(const std::string& path);
  // Marks the entries that are covered and lists the stale expectations.
  void apply(reports::Report& report, const std::vector<std::string>& catalogue) const;

 private:
  std::vector<scenario::Expectation> entries_;
};

// What does not pass in this report, as an expectations file to be completed by hand.
std::string expectations_for(const reports::Report& report);

}  // namespace gatecrash::cli
