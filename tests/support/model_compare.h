// The engine beside the naive model, call by call. A change makes the engine wrong on purpose.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/decision/counters.h"
#include "harness/decision/semantics.h"
#include "harness/policy/policy.h"
#include "tests/support/model_cases.h"

namespace gatecrash::test {

struct EngineChange {
  std::string name;
  std::function<void(policy::Policy&)> policy = {};
  std::function<void(decision::Semantics&)> semantics = {};
  std::unique_ptr<decision::CounterStore> (*store)() = decision::make_memory_counters;
  std::function<std::string(std::string)> tool = {};
};

// How the engine's answers came about: a comparison that never gets past the first rule says
// little.
struct Answered {
  std::size_t allowed = 0, by_name = 0, by_rule = 0, by_limit = 0, refunds = 0;
};

// The first call on which they differ, with policy and calls as `replay decide` takes them.
std::optional<std::string> difference(const ModelCase& one, bool hardened,
                                      const EngineChange& change, Answered& answered);

}  // namespace gatecrash::test
