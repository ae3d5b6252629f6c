// Property: whatever an agent does (any steps, any bytes) and however careless the server reads,
// the reference gateway keeps a policy's promise: no oracle finds anything. Input: a plan as text,
// see plan_text.h. A finding is printed as a scenario file, and written to $GATECRASH_FINDINGS if
// that is set.
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "fuzz/plan_text.h"
#include "fuzz/target.h"
#include "harness/base/check.h"
#include "harness/base/digest.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/gateway/gateway.h"
#include "harness/oracle/oracle.h"
#include "harness/replay/agent.h"
#include "harness/replay/memory_lane.h"
#include "mock_servers/mock.h"

namespace {

using namespace gatecrash;

enum Point { Allowed, Denied, Refused, Effect, Limit, NewSession, Lenient, PointCount };
std::array<fuzz::ReachPoint, PointCount> points = {{{"allowed"},
                                                    {"denied"},
                                                    {"refused"},
                                                    {"effect"},
                                                    {"limit_reached"},
                                                    {"new_session"},
                                                    {"lenient_mock"}}};

// Everything that is made once: per policy a gateway, per set of leniencies a mock.
struct World {
  trace::PolicyUse use;
  std::unique_ptr<gateway::Gateway> gateway;
};

World make_world(bool limited) {
  World world;
  const std::string text(fuzz::policy_text(limited));
  world.use.file = limited ? "limit.json" : "hide.json";
  world.use.dialect = "policylayer";
  world.use.text = text;
  world.use.meaning = policy::load_text(world.use.file, text,
                                        {.dialect = policy::Dialect::PolicyLayer, .lenient = false})
                          .policy;
  GATECRASH_CHECK(world.use.meaning != nullptr);
  gateway::Made made = gateway::find_gateway("reference")
                           ->make({.path = world.use.file,
                                   .text = text,
                                   .dialect = policy::Dialect::PolicyLayer,
                                   .lenient_if_refused = false,
                                   .list_tool = {},
                                   .list_argument = {}});
  GATECRASH_CHECK(made.gateway != nullptr);
  world.gateway = std::move(made.gateway);
  return world;
}

mock_servers::Mock& mock_for(const std::vector<std::string>& personalities) {
  static std::map<std::vector<std::string>, std::unique_ptr<mock_servers::Mock>> made;
  auto& mock = made[personalities];
  if (mock == nullptr) {
    auto fresh = mock_servers::find_mock("binassist")
                     ->make({.profile = {}, .personalities = personalities, .extra_tools = {}});
    GATECRASH_CHECK(fresh.has_value());
    mock = std::move(*fresh);
  }
  return *mock;
}

void count_reach(const trace::Case& the_case, const fuzz::TextPlan& plan) {
  const trace::Run& run = the_case.attack.front();
  for (const trace::Event& each : run.gateway.events()) {
    if (each.kind == trace::EventKind::Refused) ++points[Refused].hits;
    if (each.kind != trace::EventKind::Decided) continue;
    ++points[each.detail == 0 ? Allowed : Denied].hits;
    if (run.gateway.view(each.more).find("/limits/") != std::string_view::npos && each.detail != 0)
      ++points[Limit].hits;
  }
  for (const trace::Event& each : run.ledger.events()) {
    if (each.kind == trace::EventKind::Effected) ++points[Effect].hits;
  }
  for (const scenario::Step& each : plan.plan.steps) {
    if (each.kind == scenario::StepKind::NewSession) ++points[NewSession].hits;
  }
  if (!plan.plan.personalities.empty()) ++points[Lenient].hits;
}

[[noreturn]] void report(const fuzz::TextPlan& plan, const oracle::Finding& finding) {
  const std::string why = finding.oracle + ": " + finding.claim + ", but " + finding.observed;
  std::string file = fuzz::to_scenario(plan, "fuzz/unnamed", why);
  const std::string name = base::sha256_hex(file).substr(0, 12);
  file = fuzz::to_scenario(plan, "fuzz/plan-" + name, why);
  std::fprintf(stderr, "==== property broken: %s\n%s", why.c_str(), file.c_str());
  if (const char* folder = std::getenv("GATECRASH_FINDINGS");
      folder != nullptr && *folder != '\0') {
    const std::string path = std::string(folder) + "/plan-" + name + ".yaml";
    if (base::write_file(path, file)) std::fprintf(stderr, "---- written to %s\n", path.c_str());
  }
  std::abort();
}

}  // namespace

std::span<const fuzz::ReachPoint> gatecrash::fuzz::reach_points() {
  return points;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::array<World, 2> worlds{make_world(false), make_world(true)};
  static auto plan = std::make_shared<fuzz::TextPlan>();
  static replay::Agent agent;
  static trace::Case the_case = [] {
    trace::Case made;
    made.scenario = "fuzz/plan@binassist";
    made.attack_id = "MGA-FUZZ-01";
    made.target = "binassist";
    made.lane = "memory";
    made.era = "2025-11-25";
    made.traits = {{"cancel.tool", "cancel_task"}, {"cancel.id", "task_id"}};
    made.attack.resize(1);
    return made;
  }();
  if (size > 8192) return -1;
  fuzz::read_plan({reinterpret_cast<const char*>(data), size}, *plan);
  if (plan->plan.steps.empty()) return -1;

  World& world = worlds[plan->limited ? 1 : 0];
  the_case.policy = world.use;
  the_case.promise = fuzz::promise_of(plan->limited);
  trace::Run& run = the_case.attack.front();
  run.kind = scenario::RunKind::Attack;
  run.plan = std::shared_ptr<const scenario::Plan>(plan, &plan->plan);
  run.problem.clear();
  run.agent.clear();
  run.gateway.clear();
  run.ledger.clear();
  replay::MemoryLane lane(world.gateway.get(), mock_for(plan->plan.personalities));
  agent.play(plan->plan, lane, run);
  fuzz::check(run.complete, "every plan is played to its end", run.problem, "");
  count_reach(the_case, *plan);
  std::vector<oracle::Finding> findings;
  for (const oracle::OracleEntry& each : oracle::oracles()) {
    findings = judge_run(each, the_case, run);
    if (!findings.empty()) report(*plan, findings.front());
  }
  return 0;
}
