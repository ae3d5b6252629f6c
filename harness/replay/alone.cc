#include "harness/replay/alone.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace gatecrash::replay {
namespace {

using scenario::Step;
using scenario::StepKind;

bool is_needed(const Step& step) {
  switch (step.kind) {
    case StepKind::Advance:
    case StepKind::NewSession:
    case StepKind::Fault:
    case StepKind::Operator: return true;
    default: return step.purpose == Step::Purpose::SetUp;
  }
}

}  // namespace

std::vector<Trick> tricks(const scenario::Plan& plan) {
  using Place = std::tuple<bool, std::uint32_t, std::uint32_t, std::uint32_t>;
  std::map<Place, std::size_t> known;
  std::vector<Trick> all;
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    if (is_needed(step)) continue;
    const auto [at, fresh] =
        known.emplace(Place{step.in_target, step.at.line, step.at.column, step.choice}, all.size());
    if (fresh) {
      all.push_back({.at = step.at,
                     .in_target = step.in_target,
                     .choice = step.choice,
                     .control = step.purpose == Step::Purpose::Control,
                     .steps = {}});
    }
    all[at->second].steps.push_back(i);
  }
  return all;
}

scenario::Plan alone(const scenario::Plan& plan, const Trick* trick) {
  std::vector<bool> kept(plan.steps.size());
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = is_needed(plan.steps[i]);
  std::vector<bool> compared(plan.steps.size());
  if (trick != nullptr) {
    for (const std::uint32_t i : trick->steps) {
      kept[i] = true;
      if (plan.steps[i].expect.like_previous) compared[i - 1] = true;
    }
  }
  scenario::Plan out = plan;
  out.steps.clear();
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i] && !compared[i]) continue;
    out.steps.push_back(plan.steps[i]);
    if (!kept[i]) out.steps.back().expect = {};
  }
  return out;
}

}  // namespace gatecrash::replay
