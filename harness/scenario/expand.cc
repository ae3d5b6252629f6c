#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "harness/base/check.h"
#include "harness/base/text.h"
#include "harness/scenario/body.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/traits.h"
#include "harness/scenario/world.h"

namespace gatecrash::scenario {
namespace {

void append(const std::vector<std::string>& more, std::vector<std::string>& all) {
  for (const std::string& each : more) {
    if (std::ranges::find(all, each) == all.end()) all.push_back(each);
  }
}

void add_swept(const Attack& attack, const Target& target, Plan& plan, base::Problems& problems) {
  const SweepTemplate& sweep = attack.body->sweep;
  Environment environment{.file = attack.path,
                          .names = sweep.names,
                          .target = target,
                          .tasks = plan.world.tasks,
                          .problems = problems};
  environment.resolved.resize(sweep.names.size());
  environment.counters.push_back(0);
  std::unordered_set<std::string_view> names;  // of `plan.principals`, which is not moved meanwhile
  plan.principals.reserve(sweep.count);
  for (std::uint32_t n = 0; n < sweep.count; ++n) {
    environment.counters.back() = n;
    PrincipalSpec& made = plan.principals.emplace_back();
    if (!render(sweep.each, environment, made.name) ||
        !render(sweep.grant, environment, made.grant) ||
        !render(sweep.tenant, environment, made.tenant)) {
      return;
    }
    if (made.grant.empty()) made.grant = made.name;
    if (names.insert(made.name).second) continue;
    problems.push_back(base::problem(attack.path, sweep.at,
                                     "two principals are called " + base::quoted(made.name),
                                     "`${n}` in `each` is the number of the principal"));
    return;
  }
}

// Everything but kind, variant, steps and claims.
Plan make_base(const Attack& attack, const Target& target, const std::string& id,
               const ExpandOptions& options, base::Problems& problems) {
  const AttackBody& body = *attack.body;
  Plan plan;
  plan.scenario = id;
  plan.file = attack.path;
  plan.seed = options.seed;
  plan.era = options.era;
  plan.start = body.start;
  plan.mock = target.mock;
  plan.mock_profile = target.mock_profile;
  plan.personalities = target.personalities;
  append(body.personalities, plan.personalities);
  plan.extra_tools = target.extra_tools;
  for (const ExtraTool& tool : body.extra_tools) {
    if (std::ranges::find(plan.extra_tools, tool.name, &ExtraTool::name) !=
        plan.extra_tools.end()) {
      problems.push_back(base::problem(attack.path, tool.at,
                                       "target " + base::quoted(target.id) + " has an extra tool " +
                                           base::quoted(tool.name) + " already"));
    }
    plan.extra_tools.push_back(tool);
  }
  plan.hub = target.hub;
  plan.world = make_world(target, body.tasks, body.work);
  plan.world.tasks.insert(plan.world.tasks.end(), target.hub_tasks.begin(), target.hub_tasks.end());
  plan.grant = target.grant;
  plan.canaries = body.canaries;
  plan.principals = body.principals;
  for (PrincipalSpec& each : plan.principals) {
    if (each.grant.empty()) each.grant = target.grant;
  }
  add_swept(attack, target, plan, problems);
  plan.reloaded_from = body.reloaded_from;
  return plan;
}

// A claim about a promise or budget that the target does not make would judge nothing.
bool has_measure(const Invariant& invariant, const Target& target) {
  if (invariant.kind == Invariant::Kind::Promise) return target.promise.cancel.has_value();
  if (invariant.kind != Invariant::Kind::Budget) return true;
  if (!invariant.effect) return !target.budget.empty();
  return std::ranges::find(target.budget, *invariant.effect, &Budget::effect) !=
         target.budget.end();
}

std::vector<Invariant> make_always(const Attack& attack, const Target& target,
                                   base::Problems& problems) {
  std::vector<Invariant> always;
  for (const InvariantTemplate& each : attack.body->always) {
    if (!holds(each.when, target.traits)) continue;
    if (!has_measure(each.invariant, target)) {
      problems.push_back(base::problem(attack.path, each.invariant.at,
                                       "target " + base::quoted(target.id) + " has no such " +
                                           std::string(to_string(each.invariant.kind)),
                                       "ask for it in `fits` or `when`"));
    }
    always.push_back(each.invariant);
  }
  return always;
}

bool expects_something(const Plan& plan) {
  return std::ranges::any_of(plan.steps, [](const Step& step) { return !step.expect.empty(); });
}

void check_claims(const Attack& attack, const Scenario& scenario, base::Problems& problems) {
  const AttackBody& body = *attack.body;
  const std::string on = " on target " + base::quoted(scenario.target->id);
  for (const Plan& plan : scenario.attacks) {
    if (plan.steps.empty()) {
      problems.push_back(base::problem(attack.path, body.steps_at, "the attack has no step" + on));
    } else if (plan.always.empty() && !expects_something(plan)) {
      problems.push_back(base::problem(attack.path, body.steps_at, "the attack claims nothing" + on,
                                       "`always`, or an `expect` at a step"));
    }
    break;  // matrix cells differ in nothing but the upstream
  }
  if (!has_call(scenario.benign)) {
    problems.push_back(
        base::problem(attack.path, body.benign_at,
                      std::string(attack.everyday ? "everyday traffic" : "the benign twin") +
                          " calls no tool" + on,
                      "a gateway that refuses every call must not look good"));
  }
}

}  // namespace

base::Result<std::shared_ptr<const Scenario>> expand(const std::shared_ptr<const Attack>& attack,
                                                     const std::shared_ptr<const Target>& target,
                                                     const ExpandOptions& options) {
  GATECRASH_CHECK(attack != nullptr && attack->body != nullptr && target != nullptr);
  base::Problems problems;
  auto scenario = std::make_shared<Scenario>();
  scenario->id = attack->own_target == target ? attack->id : attack->id + "@" + target->id;
  scenario->attack = attack;
  scenario->target = target;

  const AttackBody& body = *attack->body;
  Plan plan = make_base(*attack, *target, scenario->id, options, problems);
  scenario->benign = plan;
  scenario->benign.kind = RunKind::Benign;
  expand_steps(body.benign, *target, scenario->benign, problems);

  if (!attack->everyday) {
    plan.kind = RunKind::Attack;
    plan.always = make_always(*attack, *target, problems);
    expand_steps(body.steps, *target, plan, problems);
    for (std::size_t i = 0; i + 1 < body.matrix.size(); ++i) scenario->attacks.push_back(plan);
    scenario->attacks.push_back(std::move(plan));
  }
  for (std::size_t i = 0; i < body.matrix.size(); ++i) {
    scenario->attacks[i].variant = "personality=" + body.matrix[i];
    append({body.matrix[i]}, scenario->attacks[i].personalities);
  }
  if (problems.empty()) check_claims(*attack, *scenario, problems);
  if (!problems.empty()) return problems;
  return std::shared_ptr<const Scenario>(std::move(scenario));
}

}  // namespace gatecrash::scenario
