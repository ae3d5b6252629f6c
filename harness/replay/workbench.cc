#include "harness/replay/workbench.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "harness/gateway/operator.h"
#include "harness/replay/agreement.h"
#include "harness/replay/foreign_lane.h"
#include "harness/replay/memory_lane.h"
#include "harness/replay/probe.h"
#include "harness/replay/stdio_lane.h"
#include "mock_servers/order.h"

namespace gatecrash::replay {
namespace {

// Why a gateway of which only the messages are seen cannot be judged by it; empty: it can.
std::string needs_more_than_messages(const scenario::Scenario& scenario) {
  const auto why = [](const scenario::Plan& plan) -> std::string {
    if (plan.reloaded_from != nullptr)
      return "the gateway has no operator who could replace its policy (`reloaded_from`)";
    for (const scenario::Step& step : plan.steps) {
      if (step.kind == scenario::StepKind::Operator)
        return "the gateway has no operator (`operator: " + step.line + "`)";
      if (step.kind == scenario::StepKind::Fault && gateway::is_gateway_fault(step.line))
        return "the gateway has no operator who could disturb it (`fault: " + step.line + "`)";
    }
    if (std::ranges::find(plan.always, scenario::Invariant::Kind::Audit,
                          &scenario::Invariant::kind) != plan.always.end())
      return "the gateway shows no record of its own (`audit: distinct`)";
    return {};
  };
  for (const scenario::Plan& plan : scenario.attacks) {
    if (std::string reason = why(plan); !reason.empty()) return reason;
  }
  return why(scenario.benign);
}

// Everything of a case that is known before anything ran.
void describe(const scenario::Scenario& scenario, const Subject& subject, LaneKind lane,
              trace::Case& the_case) {
  the_case.scenario = scenario.id;
  the_case.attack_id = scenario.attack->info.id;
  the_case.title = scenario.attack->title;
  the_case.severity = scenario.attack->info.severity;
  the_case.null_verdict = scenario.attack->null_verdict;
  the_case.contained_by_refusal = scenario.attack->contained_by_refusal;
  the_case.file = scenario.attack->path;
  the_case.target = scenario.target->id;
  the_case.target_file = scenario.target->path;
  the_case.lane = lane == LaneKind::Memory ? "memory" : "stdio";
  the_case.era = scenario.benign.era;
  the_case.promise = scenario.target->promise;
  the_case.budget = scenario.target->budget;
  the_case.traits = scenario.target->traits;
  the_case.policy = subject.use;
  the_case.lacks = subject.command.foreign ? needs_more_than_messages(scenario) : std::string();
}

// Of the folder of a run.
std::string label_of(const scenario::Plan& plan) {
  std::string label = plan.scenario + "." + std::string(to_string(plan.kind));
  if (!plan.variant.empty()) label += "." + plan.variant;
  std::ranges::replace_if(
      label, [](char c) { return c == '/' || std::isspace(static_cast<unsigned char>(c)) != 0; },
      '.');
  return label;
}

}  // namespace

mock_servers::Mock* Workbench::mock(const scenario::Plan& plan, std::string& problem) {
  const mock_servers::MockOptions options = mock_servers::options_of(plan);
  const std::string key = mock_servers::key_of(plan.mock, options);
  if (const auto found = mocks_.find(key); found != mocks_.end()) return found->second.get();
  auto mock = mock_servers::make_mock(plan.mock, options);
  if (!mock) {
    problem = mock.error().front().message;
    return nullptr;
  }
  return mocks_.emplace(key, std::move(*mock)).first->second.get();
}

const std::vector<std::string>& Workbench::tools_of(const scenario::Plan& plan) {
  const mock_servers::MockOptions options = mock_servers::options_of(plan);
  const auto [found, fresh] = tools_.try_emplace(mock_servers::key_of(plan.mock, options));
  if (!fresh) return found->second;
  std::set<std::string> names;
  if (const auto served = mock_servers::served_tools(plan.mock, options)) {
    for (const mock_servers::ServedTool& each : *served) names.insert(each.name);
  }
  for (const scenario::ExtraTool& each : plan.extra_tools) names.insert(each.name);
  found->second.assign(names.begin(), names.end());
  return found->second;
}

const gateway::Made& Workbench::made(Gateways& kept, const Subject& subject) {
  const gateway::PolicyInput& input = subject.started();
  std::string key = subject.name + "\n" + input.path + "\n" +
                    (subject.start ? input.text : subject.use.content_hash) + "\n" +
                    std::string(to_string(input.dialect)) + "\n" + input.list_tool + "\n" +
                    input.list_argument + (input.lenient_if_refused ? "\nlenient" : "");
  const auto found = kept.find(key);
  if (found != kept.end()) return found->second;
  return kept.emplace(std::move(key), subject.make(input)).first->second;
}

Effort& Effort::operator+=(const Effort& other) {
  runs += other.runs;
  steps += other.steps;
  played_again += other.played_again;
  played_alone += other.played_alone;
  in_vain += other.in_vain;
  silences += other.silences;
  return *this;
}

void Workbench::begin(trace::Run& run) {
  run.complete = run.disputed = run.unfenced = false;
  run.problem.clear();
  run.agent.clear();
  run.gateway.clear();
  run.ledger.clear();
}

void Workbench::play(const std::shared_ptr<const void>& owner, const scenario::Plan& plan,
                     scenario::RunKind kind, gateway::Gateway* gateway, const Subject* subject,
                     trace::Run& run) {
  run.kind = kind;
  run.plan = std::shared_ptr<const scenario::Plan>(owner, &plan);
  begin(run);
  const Policies policies =
      subject != nullptr ? Policies{&subject->input, &subject->started()} : Policies{};
  if (options_.lane == LaneKind::Stdio) {
    static const GatewayCommand kNone;
    const GatewayCommand& command = subject != nullptr ? subject->command : kNone;
    if (command.foreign) {
      play_on_foreign(plan, *subject, run);
    } else {
      const Turns::Turn turn = shared_->turns.side_by_side();
      play_on_stdio(plan, command, policies, run);
    }
  } else {
    mock_servers::Mock* const upstream = mock(plan, run.problem);
    if (upstream == nullptr) return;
    MemoryLane lane(gateway, *upstream, policies);
    agent_.play(plan, lane, run);
  }
  ++effort_.runs;
  effort_.steps += plan.steps.size();
}

Workbench::ForeignPlay Workbench::play_once_on_foreign(const scenario::Plan& plan,
                                                       const Subject& subject, Patience patience,
                                                       Turns::Turn turn, trace::Run& run) {
  ForeignLane lane(pool_, subject.command,
                   {.timeless = subject.timeless,
                    .quiet = options_.quiet,
                    .settle = options_.settle,
                    .patience = patience,
                    .label = label_of(plan),
                    .turn = &turn},
                   shared_->tempo, shared_->folders);
  agent_.play(plan, lane, run);
  effort_.in_vain += lane.in_vain();
  effort_.silences += lane.silences();
  return {.in_doubt = lane.in_doubt(), .broke_off = lane.broke_off(), .refused = lane.refused()};
}

void Workbench::play_on_foreign(const scenario::Plan& plan, const Subject& subject,
                                trace::Run& run) {
  const ForeignPlay played =
      play_once_on_foreign(plan, subject, Patience::Usual, shared_->turns.side_by_side(), run);
  if (stopped()) return;
  if (played.refused) {
    refused_.push_back(&run);
  } else if (played.in_doubt) {
    play_again_alone(plan, subject, played.broke_off, run);
  }
}

bool Workbench::play_again_alone(const scenario::Plan& plan, const Subject& subject, bool broke_off,
                                 trace::Run& run) {
  const trace::Run first = std::exchange(run, trace::Run{.kind = run.kind, .plan = run.plan});
  const ForeignPlay played =
      play_once_on_foreign(plan, subject, Patience::Long, shared_->turns.alone(), run);
  ++effort_.played_alone;
  if (const auto difference = disagreement(first, run, broke_off)) {
    run.complete = false;
    run.disputed = true;
    run.problem = "two runs disagree: " + *difference;
  }
  return played.refused;
}

bool Workbench::refused_in_all(std::size_t runs, const Subject& subject) {
  const std::vector<trace::Run*> refused = std::exchange(refused_, {});
  if (refused.empty()) return false;
  if (refused.size() == runs && runs > 1) return true;
  bool again = true;
  for (trace::Run* const run : refused) {
    if (stopped()) return false;
    again = play_again_alone(*run->plan, subject, false, *run) && again;
  }
  return again && refused.size() == runs;
}

void Workbench::play_on_stdio(const scenario::Plan& plan, const GatewayCommand& command,
                              const Policies& policies, trace::Run& run) {
  // What a fault sets going can come late, and a step of several calls has no mark between them:
  // fences from the start.
  const bool in_doubt = std::ranges::any_of(plan.steps, [](const scenario::Step& step) {
    return step.kind == scenario::StepKind::Fault || step.kind == scenario::StepKind::Probe ||
           step.kind == scenario::StepKind::Obey;
  });
  if (!in_doubt) {
    StdioLane eager(pool_, command, policies, Pace::Eager);
    agent_.play(plan, eager, run);
    if (eager.was_quiet()) return;
    ++effort_.played_again;
    begin(run);
  }
  StdioLane fenced(pool_, command, policies, Pace::Fenced);
  agent_.play(plan, fenced, run);
}

void Workbench::run_teeth(const std::shared_ptr<const scenario::Scenario>& scenario,
                          const Subject& subject, const std::shared_ptr<const scenario::Plan>& plan,
                          trace::Case& the_case) {
  describe(*scenario, subject, options_.lane, the_case);
  the_case.teeth.resize(1);
  play(plan, *plan, scenario::RunKind::Teeth, nullptr, nullptr, the_case.teeth.front());
}

void Workbench::run(const std::shared_ptr<const scenario::Scenario>& scenario,
                    std::span<const Subject> subjects, const Receive& receive) {
  trace::Case the_case;
  the_case.teeth.resize(scenario->attacks.size());
  the_case.attack.resize(scenario->attacks.size());
  the_case.probed.resize(scenario->attacks.size());
  // The scenario's plans outlive its runs, and these with them.
  struct Probed {
    std::shared_ptr<const scenario::Scenario> scenario;
    std::vector<scenario::Plan> plans;
  };
  const auto probes = std::make_shared<Probed>(Probed{scenario, {}});
  for (const scenario::Plan& each : scenario->attacks)
    probes->plans.push_back(probed(each, tools_of(each)));
  for (std::size_t i = 0; i < scenario->attacks.size(); ++i) {
    play(scenario, scenario->attacks[i], scenario::RunKind::Teeth, nullptr, nullptr,
         the_case.teeth[i]);
  }
  // A policy that a scenario brings along is not used again.
  Gateways own;
  const bool brings_policy = scenario->target->path == scenario->attack->path;
  for (std::size_t subject = 0; subject < subjects.size(); ++subject) {
    describe(*scenario, subjects[subject], options_.lane, the_case);
    const auto without_runs = [&](base::Problems problems) {
      trace::Case empty;
      describe(*scenario, subjects[subject], options_.lane, empty);
      empty.policy.gateway_problems = std::move(problems);
      if (empty.contained_by_refusal && empty.lacks.empty()) empty.teeth = the_case.teeth;
      receive(subject, empty);
    };
    refused_.clear();
    if (!the_case.lacks.empty()) {
      without_runs({});
      continue;
    }
    gateway::Gateway* gate = nullptr;
    if (subjects[subject].make != nullptr) {
      const gateway::Made& found = made(brings_policy ? own : gateways_, subjects[subject]);
      the_case.policy.gateway_problems = found.problems;
      gate = found.gateway.get();
      if (gate == nullptr) {
        without_runs(found.problems);
        continue;
      }
    }
    for (std::size_t i = 0; i < scenario->attacks.size(); ++i) {
      play(scenario, scenario->attacks[i], scenario::RunKind::Attack, gate, &subjects[subject],
           the_case.attack[i]);
    }
    for (std::size_t i = 0; i < probes->plans.size(); ++i) {
      play(probes, probes->plans[i], scenario::RunKind::Probe, gate, &subjects[subject],
           the_case.probed[i]);
    }
    play(scenario, scenario->benign, scenario::RunKind::Benign, gate, &subjects[subject],
         the_case.benign);
    const bool refuses =
        refused_in_all(the_case.attack.size() + the_case.probed.size() + 1, subjects[subject]);
    if (stopped()) return;
    if (refuses) {
      without_runs({base::problem(subjects[subject].use.file, {}, the_case.benign.problem)});
      continue;
    }
    receive(subject, the_case);
  }
}

}  // namespace gatecrash::replay
