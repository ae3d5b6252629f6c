#include "harness/cli/promises.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "harness/base/text.h"
#include "harness/scenario/steps.h"

namespace gatecrash::cli {
namespace {

using scenario::Plan;
using scenario::Target;
using Tools = std::set<std::string, std::less<>>;

void add_called(const Plan& plan, Tools& called) {
  for (const scenario::Step& step : plan.steps) {
    if (step.kind == scenario::StepKind::Call &&
        step.expect.outcome == scenario::Expect::Outcome::Allow)
      called.insert(step.tool);
  }
}

void check_target(const Target& target, const Tools& called, base::Problems& problems) {
  const base::Document& document = *target.document;
  const base::Value promise = document.tree.root().find("promise").find("callable");
  const auto report = [&](base::Value place, const std::string& promised) {
    base::Problem made = base::problem(
        document.path, document.place(place),
        promised + " to be callable, and no everyday traffic calls it",
        "a call with `expect: allow`, under `benign` here or in a file without an attack");
    made.severity = base::Severity::Warning;
    made.id = "untried-promise";
    problems.push_back(std::move(made));
  };
  for (const base::Value tool : promise) {
    if (!called.contains(tool.text())) report(tool, base::quoted(tool.text()) + " is promised");
  }
  const bool calls_promised = std::ranges::any_of(called, [&](const std::string& tool) {
    return promises_callable(target.promise, target.traits, tool);
  });
  if (target.promise.callable_rest && !calls_promised)
    report(promise, "the rest of the tools is promised");
}

}  // namespace

base::Problems untried_promises(const Selection& selection) {
  std::map<const Target*, Tools> called;
  for (const Pair& pair : selection.scenarios) {
    const bool own = pair.attack->own_target != nullptr;
    if (!called.contains(pair.target.get()) && pair.target->everyday != nullptr) {
      const auto scenario = pair.expand();
      Plan plan = scenario->benign;
      plan.steps.clear();
      base::Problems none;
      expand_steps(*pair.target->everyday, *pair.target, plan, none);
      add_called(plan, called[pair.target.get()]);
    }
    if (pair.attack->everyday || own) add_called(pair.expand()->benign, called[pair.target.get()]);
  }
  base::Problems problems;
  for (const auto& [target, tools] : called) check_target(*target, tools, problems);
  return problems;
}

}  // namespace gatecrash::cli
