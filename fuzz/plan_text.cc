#include "fuzz/plan_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "harness/base/json.h"
#include "harness/base/text.h"

namespace gatecrash::fuzz {
namespace {

constexpr std::uint32_t kTasks = 60;
constexpr std::size_t kMostSteps = 64;

// Leniencies behind which the gateway alone decides whether the promise holds. Those that make the
// server itself break a reply, or cancel what nobody named, prove nothing about the gateway.
constexpr std::array<std::string_view, 18> kLeniencies{"dup-first-wins",
                                                       "dup-last-wins",
                                                       "case-insensitive-keys",
                                                       "ignores-case-variants",
                                                       "ignores-unknown-members",
                                                       "ignores-results",
                                                       "ignores-errors",
                                                       "any-id",
                                                       "accepts-nan",
                                                       "repairs-utf8",
                                                       "coerces-args",
                                                       "accepts-batch",
                                                       "executes-notifications",
                                                       "pre-init-lenient",
                                                       "name-trim",
                                                       "name-casefold",
                                                       "error-after-effect",
                                                       "small-pages"};

constexpr std::string_view kHide =
    R"({"version":"1","default":"deny","hide":["cancel_task"],"tools":{)"
    R"("get_task_status":{},"list_tasks":{}}})";
constexpr std::string_view kLimit =
    R"({"version":"1","default":"deny","tools":{"get_task_status":{},"list_tasks":{},"cancel_task":{)"
    R"("require":[{"conditions":[{"path":"args.task_id","op":"regex","value":"^task-[0-9]{1,2}$"}]}],)"
    R"("limits":[{"counter":"c","window":"minute","max":3,"scope":"grant"}]}}})";

std::string task(std::uint32_t n) {
  return "task-" + std::to_string(n % kTasks);
}

std::uint32_t number(std::string_view text) {
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool is_object(std::string_view text) {
  base::Tree tree;
  return !base::read_json(text, {}, tree) && tree.root().is_object();
}

void add_personality(std::string_view name, std::vector<std::string>& all) {
  if (std::ranges::find(kLeniencies, name) == kLeniencies.end()) return;
  if (std::ranges::find(all, name) != all.end()) return;
  const auto has = [&](std::string_view other) {
    return std::ranges::find(all, other) != all.end();
  };
  // These exclude each other.
  if (name == "dup-first-wins" && (has("dup-last-wins") || has("case-insensitive-keys"))) return;
  if ((name == "dup-last-wins" || name == "case-insensitive-keys") && has("dup-first-wins")) return;
  all.emplace_back(name);
}

// In double quotes, as YAML and JSON both read it. Bytes that are no UTF-8 cannot stand in a
// scenario.
std::string yaml_text(std::string_view text) {
  std::string out;
  base::write_json_string(text, out);
  return out;
}

}  // namespace

std::string_view policy_text(bool limited) {
  return limited ? kLimit : kHide;
}

scenario::Promise promise_of(bool limited) {
  scenario::Promise promise;
  promise.cancel =
      scenario::Cap{.max = limited ? 3U : 0U, .per = std::nullopt, .scope = {}, .at = {}};
  if (limited) promise.cancel->per = std::chrono::seconds(60);
  if (!limited) promise.hidden = {"cancel_task"};
  return promise;
}

void read_plan(std::string_view text, TextPlan& out) {
  scenario::Plan& plan = out.plan;
  plan.scenario = "fuzz/plan";
  plan.era = "2025-11-25";
  plan.mock = "binassist";
  plan.grant = "default";
  plan.steps.clear();
  plan.personalities.clear();
  out.limited = false;
  if (plan.world.tasks.empty()) {
    for (std::uint32_t i = 0; i < kTasks; ++i)
      plan.world.tasks.push_back({.id = task(i), .state = {}, .owner = {}, .work = {}});
  }
  base::Duration passed{};
  for (const std::string_view line : base::split(text, '\n')) {
    if (plan.steps.size() == kMostSteps) break;
    const std::size_t space = line.find(' ');
    const std::string_view word = line.substr(0, space);
    const std::string_view rest =
        space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
    scenario::Step step;
    if (word == "policy") {
      out.limited = rest == "limit";
      continue;
    } else if (word == "mock") {
      add_personality(rest, plan.personalities);
      continue;
    } else if (word == "list") {
      step.kind = scenario::StepKind::List;
    } else if (word == "session") {
      step.kind = scenario::StepKind::NewSession;
    } else if (word == "advance") {
      const auto by = base::parse_duration(rest);
      if (!by || *by <= base::Duration::zero() || passed + *by > std::chrono::hours(24)) continue;
      passed += *by;
      step.kind = scenario::StepKind::Advance;
      step.by = *by;
    } else if (word == "cancel" || word == "status") {
      step.tool = word == "cancel" ? "cancel_task" : "get_task_status";
      step.arguments = "{\"task_id\":\"" + task(number(rest)) + "\"}";
    } else if (word == "call") {
      const std::size_t end = rest.find(' ');
      step.tool = rest.substr(0, end);
      if (end != std::string_view::npos) step.arguments = rest.substr(end + 1);
      if (step.tool.empty() || !base::is_utf8(step.tool) ||
          (!step.arguments.empty() && !is_object(step.arguments)))
        continue;
    } else if (word == "raw" && !rest.empty()) {
      step.kind = scenario::StepKind::Raw;
      step.line = rest;
    } else {
      continue;
    }
    plan.steps.push_back(std::move(step));
  }
}

std::string to_scenario(const TextPlan& text, std::string_view id, std::string_view why) {
  std::string out = "# Found by fuzzing: " + base::quoted(why) +
                    "\nreplay: 1\nid: " + std::string(id) +
                    "\ntitle: A plan found by fuzzing\n"
                    "attack: {id: MGA-FUZZ-01, status: variant, severity: high, tags: [], sources: "
                    "[\"fuzz_plan_lite\"]}\n"
                    "policy: {inline: '" +
                    std::string(policy_text(text.limited)) +
                    "', dialect: policylayer}\n"
                    "upstreams:\n  tasks:\n    mock: binassist\n";
  if (!text.plan.personalities.empty()) {
    std::string names;
    for (const std::string& each : text.plan.personalities)
      names += (names.empty() ? "" : ", ") + each;
    out += "    personalities: [" + names + "]\n";
  }
  out += "    world: {tasks: {";
  for (std::uint32_t i = 0; i < kTasks; ++i) out += (i == 0 ? "" : ", ") + task(i) + ": running";
  out += "}}\nsteps:\n";
  for (const scenario::Step& step : text.plan.steps) {
    switch (step.kind) {
      case scenario::StepKind::List: out += "  - list: tools\n"; break;
      case scenario::StepKind::NewSession: out += "  - session: new\n"; break;
      case scenario::StepKind::Advance:
        out += "  - advance: " + base::to_string(step.by) + "\n";
        break;
      case scenario::StepKind::Fault: out += "  - fault: " + step.line + "\n"; break;
      case scenario::StepKind::Operator: out += "  - operator: " + step.line + "\n"; break;
      case scenario::StepKind::Obey:
        out += "  - obey: {most: " + std::to_string(step.most) + "}\n";
        break;
      case scenario::StepKind::Raw: out += "  - raw: " + yaml_text(step.line) + "\n"; break;
      default:
        out += "  - call: {tool: " + yaml_text(step.tool) +
               (step.arguments.empty() ? std::string() : ", args: " + step.arguments) + "}\n";
    }
  }
  out += "benign:\n  - {call: {tool: list_tasks, args: {}}, expect: allow}\nalways:\n";
  out += text.limited ? "  - at_most: {effect: task.cancelled, max: 3, per: 60s}\n"
                      : "  - never: task.cancelled\n";
  return out;
}

}  // namespace gatecrash::fuzz
