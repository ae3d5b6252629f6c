// The concrete world of a plan.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "harness/base/document.h"
#include "harness/base/problem.h"
#include "harness/base/time.h"
#include "harness/scenario/plan.h"
#include "harness/scenario/target.h"

namespace gatecrash::scenario {

// The target's tasks, and generated ones up to `least` in all. `work` replaces the target's own.
WorldSpec make_world(const Target& target, std::uint32_t least, std::optional<base::Duration> work);

bool has_call(const Plan& plan);  // or a raw line, which may be one

// A file that is the `world:` of a target and nothing else (tasks, ids, states, work), read as
// strictly.
struct WorldFile {
  std::shared_ptr<const base::Document> document;
  Target target;  // only what a world says of it
};
base::Result<WorldFile> load_world(const std::string& path);

}  // namespace gatecrash::scenario
