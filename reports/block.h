// The failure block and its pieces, shared by the writers that people read.
#pragma once

#include <string>
#include <vector>

#include "reports/report.h"

namespace gatecrash::reports {

// `policies/x.json:6:9`; without the place if there is none.
std::string place(std::string_view file, base::SourcePos at);

// Findings of one cause, over scenarios, gateways and runs: one is shown, the others are named.
struct Cause {
  const Entry* entry = nullptr;
  const oracle::Finding* finding = nullptr;
  std::vector<const Entry*> also;  // further entries with the same cause
};
// Of all entries that nobody expected to fail, worst first, else in the order of the report.
std::vector<Cause> causes(const Report& report);

// What stands in the way of a verdict where there is no finding: broken and inconclusive entries.
std::string reason_block(const Entry& entry);

// True if the entry did not pass and no expectation covers it.
bool fails(const Entry& entry);

}  // namespace gatecrash::reports
