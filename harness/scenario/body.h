// The compiled inside of a `replay:` file: what expansion needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/scenario/plan.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/steps.h"

namespace gatecrash::scenario {

struct InvariantTemplate {
  Invariant invariant;
  std::vector<Fit> when;
};

// Many principals said as one; `${n}` in each text is the principal's number, from 0.
struct SweepTemplate {
  std::vector<std::string> names;  // traits it uses
  Template each;                   // their names
  Template grant;                  // empty: the name
  Template tenant;
  std::uint32_t count = 0;  // 0: there is no sweep
  base::SourcePos at;
};
inline constexpr std::uint32_t kMaxSwept = 250'000;

struct AttackBody {
  base::Instant start = base::default_start();
  std::uint32_t tasks = 0;  // the world has at least that many
  std::optional<base::Duration> work;
  std::vector<std::string> personalities;
  std::vector<ExtraTool> extra_tools;
  std::vector<PrincipalSpec> principals;  // an empty grant: the target's
  SweepTemplate sweep;                    // in their place
  std::vector<Canary> canaries;
  std::shared_ptr<const EarlierPolicy> reloaded_from;
  std::vector<std::string> matrix;  // one personality per cell
  StepList steps;
  StepList benign;
  std::vector<InvariantTemplate> always;
  base::SourcePos steps_at, benign_at, always_at;
};

// Reads a document that begins with `replay:` or `target:`. The document is the loaded file.
base::Result<std::shared_ptr<const Attack>> read_attack(
    const std::shared_ptr<const base::Document>& document);
base::Result<std::shared_ptr<const Target>> read_target(
    std::shared_ptr<const base::Document> document);

}  // namespace gatecrash::scenario
