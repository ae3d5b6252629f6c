// The command line of `run` (interface.md section 1).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/time.h"
#include "harness/cli/pack.h"
#include "harness/replay/processes.h"

namespace gatecrash::cli {

struct ReportRequest {
  std::string format;
  std::string path;  // empty: a default name under the current folder
};

struct RunOptions {
  std::vector<std::string> paths;
  std::string policy;                 // instead of the targets' own
  std::string dialect;                // of --policy
  std::vector<std::string> gateways;  // default: reference, if no command is given
  std::string gateway_command;        // a foreign gateway, with {policy} and {upstream}
  bool gateway_timeless = false;
  std::string lane = "memory";
  replay::Limits limits;
  base::Duration quiet_time{};  // zero: adaptive
  base::Duration settle = std::chrono::seconds(2);
  base::Duration max_wait = std::chrono::seconds(5);
  bool keep = false;  // the folders of a foreign gateway's runs
  std::vector<std::string> eras{"2025-11-25"};
  Filters filters;
  std::uint64_t seed = 1;
  unsigned jobs = 0;   // 0: one per core
  bool teeth = false;  // only the teeth runs, step by step
  bool fail_fast = false;
  bool failures_only = false;
  bool allow_empty = false;
  bool verbose = false;
  bool quiet = false;
  bool color = false;
  std::vector<std::string> expected;
  std::string write_expected;
  std::vector<ReportRequest> reports;
  std::string format = "pretty";
};

// Fills the options. Returns the exit code if there is nothing to run: help was printed, or the
// words are wrong and the reason is on stderr.
[[nodiscard]] std::optional<int> parse_run_options(int argc, char** argv, RunOptions& options);

}  // namespace gatecrash::cli
