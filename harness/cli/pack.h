// Where the shipped scenarios are, and which scenarios a command line selects.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/base/problem.h"
#include "harness/scenario/scenario.h"
#include "reports/report.h"

namespace gatecrash::cli {

// The folder with the shipped attacks and targets: $GATECRASH_SCENARIOS, else beside the program
// (`<prefix>/share/gatecrash/scenarios`, or the source tree it was built in). Empty if there is
// none.
std::string shipped_scenarios();
std::string shipped_corpus_digest();  // empty if there is no pack

// As scenario::load_pack and load_target, and every word that only mocks and gateways know is known
// to them.
base::Result<scenario::Pack> load_pack(std::span<const std::string> paths);
base::Result<std::shared_ptr<const scenario::Target>> load_target(const std::string& path);

struct Filters {
  std::string attack;             // RE2, unanchored, on attack ids (both the file's and MGA-…)
  std::string target;             // on target ids
  std::string run;                // on scenario ids
  std::string exclude;            // on scenario ids
  std::vector<std::string> tags;  // any of these
  std::uint32_t shard = 1;        // 1-based
  std::uint32_t shards = 1;
};

// An attack on a target. Both are known to expand, and expand anew each time they are run: the
// plans of a large pack would fill the memory.
struct Pair {
  std::string id;  // of the scenario
  std::shared_ptr<const scenario::Attack> attack;
  std::shared_ptr<const scenario::Target> target;
  scenario::ExpandOptions options;

  std::shared_ptr<const scenario::Scenario> expand() const;
};

struct Selection {
  std::vector<Pair> scenarios;  // by id
  std::vector<reports::Skipped> skipped;
  std::string corpus;  // digest, 16 hex digits
};

// Loads the paths, pairs attacks with the targets that fit, expands what is left after the filters.
// Paths without a target use the shipped targets; paths without an attack the shipped attacks and
// everyday traffic.
base::Result<Selection> select(const std::vector<std::string>& paths, const Filters& filters,
                               const scenario::ExpandOptions& options);

// First 16 hex digits of SHA-256 over the sorted hashes.
std::string digest_of(std::vector<std::string> hashes);

}  // namespace gatecrash::cli
