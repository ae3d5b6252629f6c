#include "harness/scenario/plan.h"

#include <algorithm>

namespace gatecrash::scenario {

std::string_view to_string(StepKind kind) {
  switch (kind) {
    case StepKind::List: return "list";
    case StepKind::Call: return "call";
    case StepKind::Raw: return "raw";
    case StepKind::Advance: return "advance";
    case StepKind::NewSession: return "session";
    case StepKind::Fault: return "fault";
    case StepKind::Operator: return "operator";
    case StepKind::Obey: return "obey";
    case StepKind::Probe: return "probe";
  }
  return "?";
}

std::string_view to_string(Invariant::Kind kind) {
  switch (kind) {
    case Invariant::Kind::Promise: return "promise";
    case Invariant::Kind::Budget: return "budget";
    case Invariant::Kind::Unchanged: return "unchanged";
    case Invariant::Kind::AtMost: return "at_most";
    case Invariant::Kind::Never: return "never";
    case Invariant::Kind::WorkStops: return "work_stops";
    case Invariant::Kind::CanarySent: return "canary_sent";
    case Invariant::Kind::CanaryShown: return "canary_shown";
    case Invariant::Kind::Audit: return "audit";
  }
  return "?";
}

std::string_view to_string(RunKind kind) {
  switch (kind) {
    case RunKind::Teeth: return "teeth";
    case RunKind::Attack: return "attack";
    case RunKind::Benign: return "benign";
    case RunKind::Probe: return "probe";
  }
  return "?";
}

bool reloads_by_step(const Plan& plan) {
  return std::ranges::any_of(plan.steps, [](const Step& step) {
    return step.kind == StepKind::Operator && step.line == kReload;
  });
}

std::optional<std::size_t> compared_with(const std::vector<Step>& steps, std::size_t i) {
  while (i-- > 0) {
    if (steps[i].kind == StepKind::Call) return i;
    if (steps[i].kind != StepKind::NewSession) break;
  }
  return std::nullopt;
}

}  // namespace gatecrash::scenario
