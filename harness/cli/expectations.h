// Joins known gaps (scenario/expected.h) with the results of a run.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "harness/base/problem.h"
#include "harness/base/time.h"
#include "harness/scenario/expected.h"
#include "reports/report.h"

namespace gatecrash::cli {

// Marks the entries that an expectation of one of the files covers and lists the expectations that
// no longer hold.
void apply_expectations(std::span<const std::shared_ptr<const scenario::Expectations>> files,
                        std::span<const std::string> catalogue, base::Instant today,
                        reports::Report& report);

// What does not pass in this report, as an expectations file whose causes a person has to write.
std::string expectations_for(const reports::Report& report);

}  // namespace gatecrash::cli
