// Lists of step templates (`steps`, `benign`), read strictly once and expanded per target.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/plan.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/substitution.h"

namespace gatecrash::scenario {

struct StepTemplate {
  enum class Action : std::uint8_t {
    List,
    Call,
    Raw,
    Advance,
    Session,
    Fault,
    Operator,
    Obey,
    Steps,
    Shuffled,
    Concurrent,
    Everyday
  };
  Action action = Action::Call;
  Template tool;
  Template arguments;
  bool has_arguments = false;
  bool unended = false;  // Raw
  Template line;         // Raw: the bytes; Fault, Operator: the words; List: the id
  Template cursor;       // List: of the first page
  bool has_cursor = false;
  Step::Purpose purpose = Step::Purpose::Harm;
  base::Duration by{};
  std::uint32_t most = 0;
  std::vector<StepTemplate> steps;  // Steps, Shuffled; Concurrent: one branch each
  std::uint32_t repeat = 1;
  bool counts = false;  // `repeat` was said: there is a counter
  std::vector<EachValue> each;
  std::vector<Fit> when;
  Expect::Outcome outcome = Expect::Outcome::Any;
  std::vector<Template> absent;
  std::vector<Template> present;
  bool like_previous = false;
  base::SourcePos expect_at;
  Template as;         // empty: the anonymous principal, or the one of the sweep
  bool swept = false;  // taken once by each principal of the sweep
  base::SourcePos at;
};

struct StepList {
  std::string file;
  std::vector<std::string> names;  // traits it uses
  std::vector<StepTemplate> steps;
};

// Keys of steps that hold steps.
inline constexpr std::string_view kStepGroups[] = {"steps", "shuffled", "concurrent"};

// A plan holds at most this many steps.
inline constexpr std::uint64_t kMaxSteps = 250'000;

struct StepRules {
  bool everyday = false;  // the step `everyday: true` may stand here
  bool attack = false;    // `setup` and `harmless` may be said
  bool sweeps = false;    // steps without `as` are taken by each principal; `${n}` is its number
  std::span<const Canary> canaries;  // what `${canary.NAME}` may name
};
StepList read_steps(Reader& reader, base::Value value, StepRules rules);

// Appends the steps to the plan, whose world has to be complete. Problems are reported and end it.
// Shuffled steps come in an order drawn from the plan's seed, a new one for each repeat.
// Branches that are concurrent are merged: each keeps its own order, how they interleave is drawn
// from the plan's seed, every possible interleaving being equally likely. Their requests overlap:
// the upstream holds them, and answers in an order drawn from the seed.
void expand_steps(const StepList& list, const Target& target, Plan& plan, base::Problems& problems);

// The target's own benign traffic, on its own world.
Plan expand_everyday(const Target& target, base::Problems& problems);

}  // namespace gatecrash::scenario
