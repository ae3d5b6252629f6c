#include "harness/replay/probe.h"

#include <map>
#include <utility>

namespace gatecrash::replay {
namespace {

using scenario::Step;
using scenario::StepKind;

// Steps that somebody takes; the others are done to the gateway or the upstream.
bool is_taken(const Step& step) {
  return step.kind != StepKind::Advance && step.kind != StepKind::Fault &&
         step.kind != StepKind::Operator;
}

// Repetitions of one line of the scenario.
bool alike(const Step& left, const Step& right) {
  return left.kind == right.kind && left.at == right.at && left.in_target == right.in_target &&
         left.as == right.as;
}

// May what is shown, or can be called, be something else from here on?
bool may_open(const Step& step) {
  return step.kind == StepKind::Operator || step.kind == StepKind::Fault ||
         step.kind == StepKind::NewSession;
}

void probe(const std::string& who, const Step& after, std::vector<Step>& steps) {
  for (const StepKind kind : {StepKind::List, StepKind::Probe}) {
    Step& each = steps.emplace_back();
    each.kind = kind;
    each.as = who;
    each.at = after.at;
    each.in_target = after.in_target;
  }
}

std::vector<const Step*> shortened(const std::vector<Step>& steps) {
  std::map<std::pair<bool, std::pair<std::uint32_t, std::uint32_t>>, std::size_t> taken;
  std::vector<const Step*> kept;
  for (const Step& each : steps) {
    if (++taken[{each.in_target, {each.at.line, each.at.column}}] <= kMostAlike)
      kept.push_back(&each);
  }
  return kept;
}

}  // namespace

scenario::Plan probed(const scenario::Plan& plan, std::vector<std::string> tools) {
  scenario::Plan out = plan;
  out.kind = scenario::RunKind::Probe;
  out.upstream_tools = std::move(tools);
  out.always.clear();
  out.steps.clear();
  const std::vector<const Step*> kept = shortened(plan.steps);
  if (kept.empty()) return out;
  std::string who, asked_as;
  probe(who, *kept.front(), out.steps);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    out.steps.push_back(*kept[i]);
    out.steps.back().expect = {};
    if (is_taken(*kept[i])) who = kept[i]->as;
    const bool last = i + 1 == kept.size();
    // What the agent has just read is what it then obeys.
    if (!last && (alike(*kept[i], *kept[i + 1]) || kept[i + 1]->kind == StepKind::Obey)) continue;
    if (!last && who == asked_as && !may_open(*kept[i])) continue;
    asked_as = who;
    probe(who, *kept[i], out.steps);
  }
  return out;
}

}  // namespace gatecrash::replay
