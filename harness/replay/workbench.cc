#include "harness/replay/workbench.h"

#include <utility>

#include "harness/replay/memory_lane.h"

namespace gatecrash::replay {
namespace {

// Everything of a case that is known before anything ran.
void describe(const scenario::Scenario& scenario, const Subject& subject, trace::Case& the_case) {
  the_case.scenario = scenario.id;
  the_case.attack_id = scenario.attack->info.id;
  the_case.title = scenario.attack->title;
  the_case.severity = scenario.attack->info.severity;
  the_case.null_verdict = scenario.attack->null_verdict;
  the_case.file = scenario.attack->path;
  the_case.target = scenario.target->id;
  the_case.target_file = scenario.target->path;
  the_case.lane = "memory";
  the_case.era = scenario.benign.era;
  the_case.promise = scenario.target->promise;
  the_case.budget = scenario.target->budget;
  the_case.traits = scenario.target->traits;
  the_case.policy = subject.use;
}

std::string mock_key(const scenario::Plan& plan) {
  std::string key = plan.mock + "\n" + plan.mock_profile;
  for (const std::string& each : plan.personalities) key += "\n" + each;
  for (const scenario::ExtraTool& each : plan.extra_tools) {
    key += "\n+" + each.name + "\n" + each.description + "\n" + each.input_schema;
    for (const scenario::Effect effect : each.effects) key += "\n" + std::string(to_string(effect));
  }
  return key;
}

}  // namespace

mock_servers::Mock* Workbench::mock(const scenario::Plan& plan, std::string& problem) {
  const std::string key = mock_key(plan);
  if (const auto found = mocks_.find(key); found != mocks_.end()) return found->second.get();
  const mock_servers::MockEntry* entry = mock_servers::find_mock(plan.mock);
  if (entry == nullptr) {
    problem = "there is no mock `" + plan.mock + "`";
    return nullptr;
  }
  auto mock = entry->make({.profile = plan.mock_profile,
                           .personalities = plan.personalities,
                           .extra_tools = plan.extra_tools});
  if (!mock) {
    problem = mock.error().front().message;
    return nullptr;
  }
  return mocks_.emplace(key, std::move(*mock)).first->second.get();
}

const gateway::Made& Workbench::made(const Subject& subject) {
  const gateway::PolicyInput& input = subject.input;
  std::string key = std::string(subject.entry->name) + "\n" + input.path + "\n" +
                    subject.use.content_hash + "\n" + std::string(to_string(input.dialect)) + "\n" +
                    input.list_tool + "\n" + input.list_argument +
                    (input.lenient_if_refused ? "\nlenient" : "");
  const auto found = gateways_.find(key);
  if (found != gateways_.end()) return found->second;
  return gateways_.emplace(std::move(key), subject.entry->make(input)).first->second;
}

void Workbench::play(const std::shared_ptr<const scenario::Scenario>& scenario,
                     const scenario::Plan& plan, scenario::RunKind kind, gateway::Gateway* gateway,
                     trace::Run& run) {
  run.kind = kind;
  run.plan = std::shared_ptr<const scenario::Plan>(scenario, &plan);
  run.complete = false;
  run.problem.clear();
  run.agent.clear();
  run.gateway.clear();
  run.ledger.clear();
  mock_servers::Mock* const upstream = mock(plan, run.problem);
  if (upstream == nullptr) return;
  MemoryLane lane(gateway, *upstream);
  agent_.play(plan, lane, run);
  ++effort_.runs;
  effort_.steps += plan.steps.size();
}

void Workbench::run(const std::shared_ptr<const scenario::Scenario>& scenario,
                    std::span<const Subject> subjects, const Receive& receive) {
  trace::Case the_case;
  the_case.teeth.resize(scenario->attacks.size());
  the_case.attack.resize(scenario->attacks.size());
  for (std::size_t i = 0; i < scenario->attacks.size(); ++i) {
    play(scenario, scenario->attacks[i], scenario::RunKind::Teeth, nullptr, the_case.teeth[i]);
  }
  for (std::size_t subject = 0; subject < subjects.size(); ++subject) {
    describe(*scenario, subjects[subject], the_case);
    const gateway::Made& gate = made(subjects[subject]);
    the_case.policy.gateway_problems = gate.problems;
    if (gate.gateway == nullptr) {
      trace::Case empty;
      describe(*scenario, subjects[subject], empty);
      empty.policy.gateway_problems = gate.problems;
      receive(subject, empty);
      continue;
    }
    for (std::size_t i = 0; i < scenario->attacks.size(); ++i) {
      play(scenario, scenario->attacks[i], scenario::RunKind::Attack, gate.gateway.get(),
           the_case.attack[i]);
    }
    play(scenario, scenario->benign, scenario::RunKind::Benign, gate.gateway.get(), the_case.benign);
    receive(subject, the_case);
  }
}

}  // namespace gatecrash::replay
