// What the selected scenarios exercised: attack × target × outcome, and every element of every
// policy. Pure data in, pure data out; verdicts come in as text.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/policy/policy.h"
#include "harness/trace/trace.h"

namespace gatecrash::coverage {

struct Cell {
  std::string attack;
  std::string target;
  std::string gateway;
  std::string verdict;
  friend bool operator==(const Cell&, const Cell&) = default;
};

struct ElementUse {
  std::string kind;  // default, hide, tool, rule, limit, definitions
  std::string path;  // rule path
  base::SourcePos at;
  std::uint64_t decisions =
      0;  // decisions that it took part in, by the documented order of evaluation
  std::uint64_t refusals = 0;  // of these, the refusals that it made
  // Was there a run that shows what it does? A limit has to have let something pass and to have
  // refused something; anything else has to have taken part.
  bool exercised() const;
  friend bool operator==(const ElementUse&, const ElementUse&) = default;
};

struct PolicyUse {
  std::string policy;  // file
  std::string gateway;
  std::vector<ElementUse> elements;
  friend bool operator==(const PolicyUse&, const PolicyUse&) = default;
};

struct Coverage {
  std::vector<Cell> cells;
  std::vector<PolicyUse> policies;
  friend bool operator==(const Coverage&, const Coverage&) = default;
};

// Collects from gateway traces. One collector per thread; merge() joins them in any order to the
// same result.
class Collector {
 public:
  // `policy` is the meaning the gateway judged by.
  void add_run(std::string_view policy_file, std::string_view gateway, const policy::Policy& policy,
               const trace::Trace& decisions);
  void add_cell(Cell cell);
  void merge(Collector other);
  Coverage take();  // sorted; nothing is left

 private:
  std::map<std::pair<std::string, std::string>, PolicyUse> policies_;
  std::vector<Cell> cells_;
};

}  // namespace gatecrash::coverage
