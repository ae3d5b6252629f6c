#include "harness/trace/case.h"

#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::trace {
namespace {

using namespace test;

Case full_case() {
  Case made = case_of(
      RunBuilder()
          .variant("personality=dup-first-wins")
          .always(scenario::Invariant::Kind::AtMost, Effect::TaskCancelled,
                  {.max = 3, .per = std::chrono::seconds(60), .scope = "session", .at = {3, 4}})
          .list({"cancel_task"}, {"cancel_task"}, {"list_tasks"})
          .advance(std::chrono::milliseconds(200))
          .session()
          .raw(std::string("\xff\x00{", 3), Expect::Outcome::Deny)
          .passes("cancel_task", "t-\u00e9")
          .refuses("cancel_task", "(hidden)")
          .like_previous()
          .incomplete("the gateway went away"));
  made.contained_by_refusal = true;
  made.probed.push_back(
      RunBuilder(scenario::RunKind::Probe).list({"list_tasks"}).call("cancel_task"));
  auto probes = std::make_shared<scenario::Plan>(*made.probed[0].plan);
  probes->upstream_tools = {"cancel_task", "list_tasks"};
  probes->steps[1].kind = scenario::StepKind::Probe;
  made.probed[0].plan = probes;
  made.promise.hidden = {"cancel_task"};
  made.promise.callable = {"list_tasks"};
  made.promise.callable_rest = true;
  made.promise.says = "the rest keeps working";
  made.budget.push_back({Effect::TaskCancelled,
                         {.max = 100, .per = std::chrono::hours(24), .scope = {}, .at = {9, 1}}});
  made.policy.gateway_problems.push_back(
      base::problem("p.json", {1, 2}, "unknown key `limits`", "a hint"));
  made.policy.gateway_problems.back().severity = base::Severity::Warning;
  auto plan = std::make_shared<scenario::Plan>(*made.benign.plan);
  plan->world.tasks.push_back(
      {.id = "t-1", .state = "running", .owner = "me", .work = std::chrono::seconds(3)});
  plan->personalities = {"strict"};
  plan->extra_tools.push_back({.name = "extra",
                               .description = "d",
                               .annotations = "{}",
                               .effects = {Effect::MessageSent},
                               .at = {2, 2}});
  plan->hub = {.upstreams = {{.name = "x",
                              .mock = "generic",
                              .mock_profile = "paged",
                              .personalities = {"strict"},
                              .extra_tools = plan->extra_tools}},
               .bare_names = true};
  plan->world.tasks.back().upstream = "x";
  plan->reloaded_from =
      std::make_shared<scenario::EarlierPolicy>(scenario::EarlierPolicy{.path = "old.json",
                                                                        .dialect = "policylayer",
                                                                        .text = "{}",
                                                                        .lenient_if_refused = true,
                                                                        .at = {4, 2}});
  plan->principals = {{.name = "mallory", .grant = "g-mallory", .tenant = "t-1"},
                      {.name = "bob", .grant = "g", .tenant = {}}};
  plan->canaries = {{.name = "secret", .text = "AKIA-CANARY-7f3d0001"}};
  plan->always.push_back({.kind = scenario::Invariant::Kind::CanaryShown, .at = {8, 3}});
  scenario::Step& approval = plan->steps.emplace_back();
  approval.kind = scenario::StepKind::Operator;
  approval.line = "approve t-1";
  scenario::Step& obedience = plan->steps.emplace_back();
  obedience.kind = scenario::StepKind::Obey;
  obedience.most = 20;
  scenario::Step& fault = plan->steps.emplace_back();
  fault.kind = scenario::StepKind::Fault;
  fault.line = "release seed 7";
  made.benign.plan = plan;
  return made;
}

TEST_CASE("writing, reading and writing a case again gives the same bytes") {
  const std::string first = write_case(full_case());
  const auto read = read_case("case.json", first);
  REQUIRE(read.has_value());
  CHECK(write_case(**read) == first);
}

TEST_CASE("a case that was read back holds what was written") {
  const Case made = full_case();
  const auto read = read_case("case.json", write_case(made));
  REQUIRE(read.has_value());
  const Case& back = **read;
  CHECK(back.scenario == made.scenario);
  CHECK(back.traits == made.traits);
  CHECK(back.contained_by_refusal);
  CHECK(back.policy.gateway_problems == made.policy.gateway_problems);
  REQUIRE(back.policy.meaning != nullptr);
  CHECK(back.policy.meaning->hide.size() == 1);
  REQUIRE(back.attack.size() == 1);
  CHECK(same(back.attack[0].agent, made.attack[0].agent));
  CHECK(same(back.attack[0].gateway, made.attack[0].gateway));
  CHECK(same(back.attack[0].ledger, made.attack[0].ledger));
  REQUIRE(back.probed.size() == 1);
  CHECK(same(back.probed[0].agent, made.probed[0].agent));
  CHECK(back.probed[0].kind == scenario::RunKind::Probe);
  CHECK(back.probed[0].plan->steps[1].kind == scenario::StepKind::Probe);
  CHECK(back.probed[0].plan->upstream_tools.size() == 2);
  CHECK_FALSE(back.attack[0].complete);
  CHECK(back.attack[0].problem == "the gateway went away");
  REQUIRE(back.attack[0].plan != nullptr);
  CHECK(back.attack[0].plan->steps[3].line == std::string("\xff\x00{", 3));
  CHECK(back.attack[0].plan->steps.back().expect.like_previous);
  CHECK(back.attack[0].plan->always[0].cap.per == base::Duration(std::chrono::seconds(60)));
  CHECK(back.attack[0].plan->reloaded_from == nullptr);
  REQUIRE(back.benign.plan->reloaded_from != nullptr);
  const scenario::EarlierPolicy& earlier = *back.benign.plan->reloaded_from;
  CHECK(earlier.path == "old.json");
  CHECK(earlier.dialect == "policylayer");
  CHECK(earlier.text == "{}");
  CHECK(earlier.lenient_if_refused);
  const scenario::Step& obedience = *(back.benign.plan->steps.end() - 2);
  CHECK(obedience.kind == scenario::StepKind::Obey);
  CHECK(obedience.most == 20);
  REQUIRE(back.benign.plan->canaries.size() == 1);
  CHECK(back.benign.plan->canaries[0].text == "AKIA-CANARY-7f3d0001");
  REQUIRE_FALSE(back.benign.plan->always.empty());
  CHECK(back.benign.plan->always.back().kind == scenario::Invariant::Kind::CanaryShown);
  REQUIRE(back.benign.plan->principals.size() == 2);
  CHECK(back.benign.plan->principals[0].tenant == "t-1");
  CHECK(back.benign.plan->principals[1].grant == "g");
  CHECK(earlier.at.line == 4);
  CHECK(back.benign.plan->steps.back().kind == scenario::StepKind::Fault);
  CHECK(back.benign.plan->steps.back().line == "release seed 7");
}

TEST_CASE("bytes that are no text are written in base64") {
  CHECK(write_case(full_case()).find("{\"base64\":\"/wB7\"}") != std::string::npos);
}

TEST_CASE("a plan that two runs share is written once and read back shared") {
  Case made = case_of(RunBuilder().passes("cancel_task", "t-1"));
  made.teeth[0].plan = made.attack[0].plan;
  const auto read = read_case("case.json", write_case(made));
  REQUIRE(read.has_value());
  CHECK((*read)->teeth[0].plan == (*read)->attack[0].plan);
}

TEST_CASE("a policy that its product refuses is read back leniently") {
  Case made = case_of(RunBuilder().passes("cancel-task", "t-1"));
  made.policy = policy_use(
      "tools:\n  cancel-task:\n    rules:\n      - action: deny\n        reason: \"Blocked\"\n",
      "codex.yaml", policy::Dialect::Intercept, true);
  REQUIRE_FALSE(made.policy.refused.empty());
  const auto read = read_case("case.json", write_case(made));
  REQUIRE(read.has_value());
  CHECK((*read)->policy.meaning->lenient);
  CHECK((*read)->policy.refused == made.policy.refused);
}

TEST_CASE("a case without a policy that loads and without runs is a case") {
  Case made;
  made.scenario = "x@y";
  made.policy.text = "\xff";
  const auto read = read_case("case.json", write_case(made));
  REQUIRE(read.has_value());
  CHECK((*read)->policy.meaning == nullptr);
  CHECK((*read)->policy.text == "\xff");
  CHECK((*read)->benign.plan == nullptr);
}

struct Damage {
  const char* what;
  const char* from;
  const char* to;
  const char* message;
};

TEST_CASE("a damaged case is refused with the place of the damage") {
  const std::string good = write_case(full_case());
  const Damage damage = GENERATE(values<Damage>({
      {"unknown key", "\"attack_id\":", "\"atack_id\":", "unknown key `atack_id` in a case"},
      {"unknown event", "\"kind\":\"understood\"", "\"kind\":\"overstood\"", "`overstood`"},
      {"unknown effect", "\"detail\":\"task.cancelled\"", "\"detail\":\"task.cancelled!\"",
       "`task.cancelled!`"},
      {"digest", "\"digest_before\":\"0000", "\"digest_before\":\"zzzz", "16 hex digits"},
      {"format", "\"case\":2", "\"case\":3", "`case` has to be a whole number"},
      {"step beyond the plan", "\"step\":5", "\"step\":99", "`step` has to be a whole number"},
      {"base64", "\"base64\":\"/wB7\"", "\"base64\":\"/wB!\"", "malformed base64"},
      {"plan index", "\"plan\":2", "\"plan\":7", "`plan` has to be a whole number"},
      {"policy", "\\\"version\\\"", "\\\"versoin\\\"", "the policy inside does not load any more"},
      {"cut", "\"benign\":\n{", "\"benign\":", "not a case"},
  }));
  INFO(damage.what);
  std::string bad = good;
  const std::size_t at = bad.find(damage.from);
  REQUIRE(at != std::string::npos);
  bad.replace(at, std::string_view(damage.from).size(), damage.to);
  const auto read = read_case("case.json", bad);
  REQUIRE(read.has_error());
  const std::string problems = base::to_string(read.error());
  CHECK(problems.find(damage.message) != std::string::npos);
  CHECK(problems.starts_with("case.json:"));
}

TEST_CASE("an empty or binary file is no case") {
  for (const std::string_view text : {std::string_view(""), std::string_view("\x00\x01", 2),
                                      std::string_view("[]"), std::string_view("{}")}) {
    CHECK(read_case("case.json", text).has_error());
  }
}

}  // namespace
}  // namespace gatecrash::trace
