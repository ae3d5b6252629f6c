#include "harness/cli/step_words.h"

#include <algorithm>

#include "harness/base/text.h"
#include "harness/gateway/operator.h"
#include "harness/scenario/steps.h"
#include "mock_servers/fault.h"

namespace gatecrash::cli {
namespace {

using base::Value;

using Names = std::vector<std::string_view>;

// Nothing: the words are known. `upstreams`: those behind a hub.
base::Problems check_fault(std::string_view words, const Names& upstreams) {
  if (gateway::is_gateway_fault(words)) {
    const auto action = gateway::parse_operator(words);
    return action ? base::Problems{} : action.error();
  }
  const auto fault = mock_servers::parse_fault(words);
  if (!fault) return fault.error();
  if (fault->upstream.empty() || std::ranges::find(upstreams, fault->upstream) != upstreams.end())
    return {};
  return {base::problem({}, {},
                        "there is no upstream " + base::quoted(fault->upstream) + " behind a hub",
                        base::did_you_mean(fault->upstream, upstreams))};
}

base::Problems check_operator(std::string_view words, const Names&) {
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
    const Value upstreams = document_.tree.root().find("upstreams");
    if (upstreams.size() > 1) {
      for (const Value each : upstreams) upstreams_.push_back(each.key());
    }
    check_steps(document_.tree.root().find("steps"));
    check_steps(document_.tree.root().find("benign"));
    return std::move(problems_);
  }

 private:
  void check_steps(Value steps) {
    for (const Value step : steps) {
      for (const std::string_view group : scenario::kStepGroups) check_steps(step.find(group));
      check(step.find("fault"), check_fault);
      check(step.find("operator"), check_operator);
    }
  }
  void check(Value words, base::Problems (*unknown)(std::string_view, const Names&)) {
    if (!words || words.text().find("${") != std::string_view::npos) return;
    for (base::Problem& each : unknown(words.text(), upstreams_)) {
      problems_.push_back(base::problem(document_.path, document_.place(words),
                                        std::move(each.message), std::move(each.hint)));
    }
  }

  const base::Document& document_;
  Names upstreams_;
  base::Problems problems_;
};

void check_plan(const scenario::Plan& plan, const scenario::Scenario& scenario,
                base::Problems& problems) {
  Names upstreams;
  for (const scenario::UpstreamSpec& each : plan.hub.upstreams) upstreams.push_back(each.name);
  for (const scenario::Step& step : plan.steps) {
    base::Problems found;
    if (step.kind == scenario::StepKind::Fault) found = check_fault(step.line, upstreams);
    if (step.kind == scenario::StepKind::Operator) found = check_operator(step.line, upstreams);
    for (base::Problem& each : found) {
      base::Problem made = base::problem(step.in_target ? scenario.target->path : plan.file,
                                         step.at, std::move(each.message), std::move(each.hint));
      if (std::ranges::find(problems, made) == problems.end()) problems.push_back(std::move(made));
    }
  }
}

}  // namespace

base::Problems unknown_step_words(const base::Document& document) {
  return Checker(document).run();
}

base::Problems unknown_step_words(const scenario::Scenario& scenario) {
  base::Problems problems;
  check_plan(scenario.benign, scenario, problems);
  // Matrix cells have the same steps.
  if (!scenario.attacks.empty()) check_plan(scenario.attacks.front(), scenario, problems);
  return problems;
}

}  // namespace gatecrash::cli
