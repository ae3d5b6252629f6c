#include "harness/cli/promises.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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

base::Problems untried_promises(const scenario::Pack& pack, const Selection& selection) {
  // By file: the selection has loaded them anew, and may have added shipped ones.
  std::map<std::string_view, Tools> called;
  std::vector<std::shared_ptr<const Target>> targets = pack.targets;
  for (const auto& target : pack.targets) {
    base::Problems none;
    add_called(expand_everyday(*target, none), called[target->path]);
  }
  for (const auto& attack : pack.attacks) {
    if (attack->own_target == nullptr || !not_run(*attack).empty()) continue;
    targets.push_back(attack->own_target);
    called[attack->own_target->path];
  }
  for (const Pair& pair : selection.scenarios) {
    const auto tools = called.find(pair.target->path);
    if (tools == called.end()) continue;
    if (pair.attack->everyday || pair.attack->own_target != nullptr)
      add_called(pair.expand()->benign, tools->second);
  }
  base::Problems problems;
  for (const auto& target : targets) check_target(*target, called[target->path], problems);
  return problems;
}

}  // namespace gatecrash::cli
