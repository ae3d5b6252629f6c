#include "harness/cli/step_words.h"

#include <algorithm>

#include "harness/base/text.h"
#include "harness/gateway/operator.h"
#include "mock_servers/fault.h"

namespace gatecrash::cli {
namespace {

using base::Value;

// Nothing: the words are known.
base::Problems check_fault(std::string_view words) {
  if (gateway::is_gateway_fault(words)) {
    const auto action = gateway::parse_operator(words);
    return action ? base::Problems{} : action.error();
  }
  const auto fault = mock_servers::parse_fault(words);
  return fault ? base::Problems{} : fault.error();
}

base::Problems check_operator(std::string_view words) {
  const auto action = gateway::parse_operator(words);
  if (!action) return action.error();
  if (!gateway::is_gateway_fault(words)) return {};
  return {base::problem({}, {}, base::quoted(words) + " is nothing that an operator does",
                        "what goes wrong around the gateway is a `fault`")};
}

class Checker {
 public:
  explicit Checker(const base::Document& document) : document_(document) {}

  base::Problems run() {
    check_steps(document_.tree.root().find("steps"));
    check_steps(document_.tree.root().find("benign"));
    return std::move(problems_);
  }

 private:
  void check_steps(Value steps) {
    for (const Value step : steps) {
      check_steps(step.find("steps"));
      check_steps(step.find("concurrent"));
      check(step.find("fault"), check_fault);
      check(step.find("operator"), check_operator);
    }
  }
  void check(Value words, base::Problems (*unknown)(std::string_view)) {
    if (!words || words.text().find("${") != std::string_view::npos) return;
    for (base::Problem& each : unknown(words.text())) {
      problems_.push_back(base::problem(document_.path, document_.place(words), std::move(each.message),
                                        std::move(each.hint)));
    }
  }

  const base::Document& document_;
  base::Problems problems_;
};

void check_plan(const scenario::Plan& plan, const scenario::Scenario& scenario, base::Problems& problems) {
  for (const scenario::Step& step : plan.steps) {
    base::Problems found;
    if (step.kind == scenario::StepKind::Fault) found = check_fault(step.line);
    if (step.kind == scenario::StepKind::Operator) found = check_operator(step.line);
    for (base::Problem& each : found) {
      base::Problem made = base::problem(step.in_target ? scenario.target->path : plan.file, step.at,
                                         std::move(each.message), std::move(each.hint));
      if (std::ranges::find(problems, made) == problems.end()) problems.push_back(std::move(made));
    }
  }
}

}  // namespace

base::Problems unknown_step_words(const base::Document& document) { return Checker(document).run(); }

base::Problems unknown_step_words(const scenario::Scenario& scenario) {
  base::Problems problems;
  check_plan(scenario.benign, scenario, problems);
  // Matrix cells have the same steps.
  if (!scenario.attacks.empty()) check_plan(scenario.attacks.front(), scenario, problems);
  return problems;
}

}  // namespace gatecrash::cli
