// Policies and gateways of a run: every policy is read, in its own dialect, before anything starts.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/problem.h"
#include "harness/cli/pack.h"
#include "harness/replay/workbench.h"
#include "reports/report.h"

namespace gatecrash::cli {

class Subjects {
 public:
  // One subject per gateway for every target of the selection. `policy` (if not empty) stands in for
  // the targets' own.
  base::Result<void> prepare(const Selection& selection, const std::vector<std::string>& gateways,
                             const std::string& policy, const std::string& dialect);

  const std::vector<replay::Subject>& of(const scenario::Target& target) const;
  std::string digest() const;  // of all policies used
  std::vector<reports::PolicyText> texts() const;

 private:
  base::Result<trace::PolicyUse> load(const scenario::PolicyRef& ref);

  std::map<std::string, trace::PolicyUse> uses_;  // by file (or target, for inline policies)
  std::map<std::string, std::vector<replay::Subject>> by_target_;
};

// `path` as users see it: relative to the current folder where it lies below it.
std::string shown_path(const std::string& path);

}  // namespace gatecrash::cli
