// `replay explain`: a scenario expanded, or a finding found again by its fingerprint.
#include <algorithm>
#include <iostream>

#include "harness/base/text.h"
#include "harness/cli/execute.h"
#include "harness/cli/explain_call.h"
#include "harness/cli/options.h"
#include "harness/cli/problem_formats.h"
#include "harness/cli/verb.h"

namespace gatecrash::cli {
namespace {

// A loop of 500 equal steps is one line.
constexpr std::size_t kShownSteps = 12;

std::string in_words(const scenario::Step& step) {
  using scenario::StepKind;
  std::string text;
  switch (step.kind) {
    case StepKind::List:
      text = "list tools";
      if (!step.arguments.empty()) text += " " + step.arguments;
      if (step.most != 0) text += ", one page";
      if (!step.line.empty()) text += ", under the id " + step.line;
      break;
    case StepKind::Call: text = "call " + step.tool + " " + step.arguments; break;
    case StepKind::Raw: text = "raw " + step.line; break;
    case StepKind::Advance: text = "advance " + base::to_string(step.by); break;
    case StepKind::NewSession: text = "new session"; break;
    case StepKind::Fault: text = "fault " + step.line; break;
    case StepKind::Operator: text = "operator " + step.line; break;
    case StepKind::Probe: text = "call what the list did not show"; break;
    case StepKind::Obey:
      text = "obey what was read, at most " + std::to_string(step.most) + " calls";
      break;
  }
  if (text.size() > 160) text = text.substr(0, 157) + "...";
  if (!step.as.empty()) text += "  as " + step.as;
  if (step.purpose == scenario::Step::Purpose::SetUp) text += "  setup";
  if (step.purpose == scenario::Step::Purpose::Control) text += "  harmless";
  if (step.expect.outcome == scenario::Expect::Outcome::Allow) text += "  expect allow";
  if (step.expect.outcome == scenario::Expect::Outcome::Deny) text += "  expect deny";
  for (const std::string& each : step.expect.absent) text += "  absent " + each;
  for (const std::string& each : step.expect.present) text += "  present " + each;
  return text;
}

void print_plan(std::string_view title, const scenario::Plan& plan) {
  std::cout << title;
  if (!plan.variant.empty()) std::cout << " (" << plan.variant << ")";
  std::cout << ": " << plan.steps.size() << " steps, " << plan.world.tasks.size()
            << " tasks in the world of `" << plan.mock << "`";
  for (const std::string& each : plan.personalities) std::cout << ", " << each;
  std::cout << "\n";
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps.size() > kShownSteps + 2 && i == kShownSteps - 2) {
      std::cout << "      ... " << plan.steps.size() - kShownSteps << " more\n";
      i = plan.steps.size() - 3;
      continue;
    }
    std::cout << "  " << i << "  " << in_words(plan.steps[i]) << "\n";
  }
  for (const scenario::Invariant& each : plan.always) {
    std::cout << "  always " << to_string(each.kind);
    if (each.effect) std::cout << " " << to_string(*each.effect);
    std::cout << "  (" << plan.file << ":" << each.at.line << ")\n";
  }
}

int explain_scenario(const scenario::Scenario& scenario) {
  const scenario::Attack& attack = *scenario.attack;
  const scenario::Target& target = *scenario.target;
  std::cout << scenario.id << ": " << attack.title << "\n";
  if (attack.everyday) {
    std::cout << "  traffic  everyday, which has to pass (" << attack.path << ")\n";
  } else {
    std::cout << "  attack   " << attack.info.id << ", " << to_string(attack.info.status)
              << ", severity " << attack.info.severity << " (" << attack.path << ")\n";
  }
  for (const std::string& each : attack.info.sources) std::cout << "  source   " << each << "\n";
  std::cout << "  target   " << target.id << " (" << target.path << ")\n"
            << "  policy   "
            << (target.policy.file.empty() ? "inline" : shown_path(target.policy.file)) << "\n";
  if (const auto& cancel = target.promise.cancel) {
    std::cout << "  promise  at most " << cancel->max << " task.cancelled"
              << (cancel->per ? " per " + base::to_string(*cancel->per) : std::string()) << "\n";
  }
  if (!attack.everyday)
    std::cout << "  without a gateway it has to come out as " << attack.null_verdict << "\n";
  if (attack.contained_by_refusal)
    std::cout << "  a gateway that refuses the policy has contained it\n";
  std::cout << "\n";
  for (const scenario::Plan& each : scenario.attacks) print_plan("attack", each);
  print_plan(attack.everyday ? "everyday traffic" : "benign twin", scenario.benign);
  return kOk;
}

constexpr const char* kExplainExamples =
    "examples:\n"
    "  replay explain rate/window-edge-burst@codex_worker_limited\n"
    "  replay explain 0123456789abcdef\n"
    "  replay explain --policy policy.json --call "
    "'{\"tool\":\"cancel_task\",\"args\":{\"task_id\":\"t1\"}}'\n"
    "  replay explain --policy policy.json --call '{\"tool\":\"cancel_task\"}' "
    "--state /tools/cancel_task/limits/cancel_task_rate=10\n";

bool is_fingerprint(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

int explain_finding(const std::string& fingerprint, const std::vector<std::string>& paths,
                    const std::vector<std::string>& gateways) {
  auto selection = select(paths, {}, {});
  Subjects subjects;
  if (!selection) {
    print_problems(selection.error());
    return kUsage;
  }
  if (auto prepared = subjects.prepare(*selection, {.gateways = gateways}); !prepared) {
    print_problems(prepared.error());
    return kUsage;
  }
  const Executed executed = execute(*selection, subjects, {.jobs = 2});
  for (reports::Entry entry : executed.entries) {
    for (const oracle::Finding& finding : entry.judged.findings) {
      if (finding.fingerprint != fingerprint) continue;
      entry.reproduce =
          "replay " + paths.front() + " --run '^" + entry.id + "$' --gateway " + entry.gateway;
      std::cout << failure_block(entry, finding);
      return kOk;
    }
  }
  std::cerr << "replay explain: no finding " << base::quoted(fingerprint)
            << " in these scenarios with gateways " << base::join(gateways, ",") << "\n";
  return kUsage;
}

}  // namespace

int explain_main(int argc, char** argv) {
  std::string id;
  std::vector<std::string> paths;
  std::vector<std::string> gateways{"reference", "intercept-1.1"};
  CallQuestion question;
  std::string format = "text";
  const CommandLine command{
      .program = "replay explain",
      .summary = "Explains a scenario (by id), a finding (by fingerprint) or a decision.",
      .options =
          {{"ID", &id, "scenario id, or the fingerprint of a finding"},
           {"PATH", &paths, "where to look (default: the shipped scenarios)"},
           {"--gateway", &gateways, "for fingerprints: the gateways to run", {.separator = ','}},
           {"--policy", &question.policy, "one decision instead: this policy …"},
           {"--call", &question.call, "… and this call, {\"tool\":…,\"args\":…}"},
           {"--at", &question.at, "when (default 2026-01-01T00:00:00Z)"},
           {"--state", &question.state,
            "what was before (repeatable): LIMIT=AMOUNT used of a limit, by rule path or "
            "state.TOOL.COUNTER, perhaps @TIME; approved or denied by a person"},
           {"--format", &format, "of a decision: text or json", {.one_of = {"text", "json"}}},
           {"--principal", &question.principal, "who calls"},
           {"--dialect", &question.dialect, "language of --policy (default: by file name)"},
           {"--semantics",
            &question.semantics,
            "hardened or intercept_1_1",
            {.show_default = true}},
           {"--lenient", &question.lenient, "read --policy as the released loader does"},
           all_problems_option()},
      .footer = kExplainExamples};
  if (const auto ended = read_options(command, argc, argv)) return *ended;
  if (question.policy.empty() != question.call.empty() || question.policy.empty() == id.empty()) {
    std::cerr << "replay explain: name an ID, or a decision with --policy and --call\n";
    return kUsage;
  }
  question.json = format == "json";
  if (!question.policy.empty()) return explain_call(question);
  for (const std::string& each : gateways) {
    if (known_gateway(each)) continue;
    std::cerr << "replay explain: there is no gateway " << base::quoted(each) << "\n";
    return kUsage;
  }
  if (paths.empty()) paths.push_back(shipped_scenarios());
  if (is_fingerprint(id)) return explain_finding(id, paths, gateways);

  const auto selection = select(paths, {}, {});
  if (!selection) {
    print_problems(selection.error());
    return kUsage;
  }
  std::vector<std::string_view> ids;
  for (const Pair& each : selection->scenarios) {
    if (each.id == id) return explain_scenario(*each.expand());
    ids.push_back(each.id);
  }
  for (const reports::Skipped& each : selection->skipped) {
    if (each.id == id) {
      std::cout << id << " is not run: " << each.reason << "\n";
      return kOk;
    }
    ids.push_back(each.id);
  }
  std::cerr << "replay explain: there is no scenario " << base::quoted(id) << " ("
            << base::did_you_mean(id, ids) << ")\n";
  return kUsage;
}

}  // namespace gatecrash::cli
