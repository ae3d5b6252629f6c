// Runs a selection on all cores and judges each case as soon as it is there. Results stand in the
// order of the selection, whatever thread made them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/cli/pack.h"
#include "harness/cli/subjects.h"
#include "harness/coverage/coverage.h"
#include "harness/replay/workbench.h"
#include "reports/report.h"

namespace gatecrash::cli {

struct ExecuteOptions {
  unsigned jobs = 1;
  replay::BenchOptions bench;
  base::Duration max_wait =
      std::chrono::seconds(5);  // real time one run may take on a foreign gateway
  bool keep = false;            // the folders of foreign gateways
  bool fail_fast = false;
  std::string case_folder;  // cases are written there if not empty
  std::function<std::string(const scenario::Scenario&, std::string_view gateway)> reproduce;
};

struct Executed {
  std::vector<reports::Entry> entries;
  std::vector<reports::Skipped> skipped;
  coverage::Coverage coverage;
  replay::Effort effort;
  bool interrupted = false;
  std::string kept;         // where the folders of foreign gateways are, if they are kept
  base::Problems problems;  // cases that could not be written
};

// Set by the signal handler; scenarios under way are broken off, the rest is not begun.
extern std::atomic<int> interrupted_by;

Executed execute(const Selection& selection, const Subjects& subjects,
                 const ExecuteOptions& options);

}  // namespace gatecrash::cli
