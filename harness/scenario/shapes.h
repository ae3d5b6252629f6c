// The format of scenario, target and expectation files as data: every mapping's keys and every
// closed set. The loaders read through these tables (see Mapping: a key outside its table, or a
// table key nobody reads, is our own fault), and a test holds them against the shipped JSON
// Schemas. So loader, schema and table cannot differ.
#pragma once

#include <span>
#include <string_view>

namespace gatecrash::scenario {

struct Key {
  std::string_view name;
  bool required = false;
};

struct Shape {
  std::string_view name;  // as in the schemas' $defs
  std::string_view what;  // in messages: "a step"
  std::span<const Key> keys;
};

struct ClosedSet {
  std::string_view name;  // as in the schemas' $defs
  std::span<const std::string_view> values;
};

namespace shapes {
// Shared.
extern const Shape kPolicy, kPromise, kCap, kWorld, kNamedTask, kExtraTool;
// Scenario files.
extern const Shape kScenario, kAttackInfo, kClock, kAttackWorld, kMatrix, kPrincipal, kSweep,
    kOwnedCanary, kUpstream, kStep, kList, kObey, kCall, kExpect, kInvariant, kAtMost;
// Target files.
extern const Shape kTarget;
// Expectation files.
extern const Shape kExpected;
extern const Shape kExpectations;
extern const Shape kCause;
}  // namespace shapes

namespace sets {
extern const ClosedSet kStatus, kSeverity, kNullVerdict, kRefusedPolicy, kCanary, kAudit, kHub,
    kNeeds, kDialect, kIfRefused, kScope, kOutcome, kEffect, kExpectedEffect, kExpectedVerdict;
}  // namespace sets

// Which file a shape or set belongs to does not matter to the loader; the schemas repeat what they
// share.
std::span<const Shape* const> all_shapes();
std::span<const ClosedSet* const> all_sets();

}  // namespace gatecrash::scenario
