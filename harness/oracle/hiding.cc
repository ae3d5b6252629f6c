#include "harness/oracle/hiding.h"

#include <algorithm>
#include <map>
#include <set>

namespace gatecrash::oracle {
namespace {

bool is_hidden(const Evidence& evidence, std::string_view tool) {
  const auto& promised = evidence.the_case().promise.hidden;
  return std::ranges::find(promised, tool) != promised.end() ||
         (evidence.policy() != nullptr && !evidence.shows(tool));
}

void add_lists(const Evidence& evidence, Hiding& hiding) {
  std::map<std::uint32_t, std::set<std::string_view>> shown;  // by step
  const trace::Trace& agent = evidence.run().agent;
  for (const trace::Event& event : agent.events()) {
    if (event.kind == trace::EventKind::Listed) shown[event.step].insert(agent.view(event.text));
  }
  for (const auto& [step, tools] : upstream_lists(evidence)) {
    if (!evidence.under_test(step)) continue;
    for (const std::string& tool : tools) {
      if (!is_hidden(evidence, tool)) continue;
      ++(shown[step].contains(tool) ? hiding.shown : hiding.withheld);
    }
  }
}

void add_calls(const Evidence& evidence, Hiding& hiding) {
  for (const UpstreamCall& call : evidence.calls()) {
    if (call.step < evidence.steps().size() && evidence.under_test(call.step) &&
        is_hidden(evidence, call.tool)) {
      ++hiding.reached;
    }
  }
  const auto& steps = evidence.plan().steps;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    const StepSeen& seen = evidence.steps()[i];
    if (steps[i].kind == scenario::StepKind::Call && seen.refused() && seen.calls == 0 &&
        evidence.under_test(i) && is_hidden(evidence, steps[i].tool)) {
      ++hiding.refused;
    }
  }
}

}  // namespace

Hiding hiding_of(const trace::Case& the_case, const Meaning& meaning) {
  Hiding hiding;
  const auto add = [&](const trace::Run& run) {
    if (run.plan == nullptr) return;
    const Evidence evidence(the_case, run, meaning);
    add_lists(evidence, hiding);
    add_calls(evidence, hiding);
  };
  for (const trace::Run& run : the_case.attack) add(run);
  for (const trace::Run& run : the_case.probed) add(run);
  add(the_case.benign);
  return hiding;
}

}  // namespace gatecrash::oracle
