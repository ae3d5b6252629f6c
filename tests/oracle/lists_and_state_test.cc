// hidden_stays_hidden, list_whole, state_unchanged, work_stops.
#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::oracle {
namespace {

using namespace test;
using scenario::Invariant;

std::vector<Finding> findings(std::string_view oracle, const trace::Case& made) {
  return judge_run(*find_oracle(oracle), made, made.attack[0]);
}

TEST_CASE("a tool that the policy hides and a list shows is a leak at the hide entry") {
  const auto found =
      findings("hidden_stays_hidden", case_of(RunBuilder().list({"list_tasks", "cancel_task"})));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Leak);
  CHECK(found[0].claim == "`cancel_task` is shown in no list");
  CHECK(found[0].rule == "/hide/0");
  CHECK(found[0].policy_at == base::SourcePos{4, 12});
  CHECK(found[0].step == 0);
}

TEST_CASE("lists without hidden names are clean, and no list is nothing to judge") {
  CHECK(findings("hidden_stays_hidden", case_of(RunBuilder().list({"list_tasks"}))).empty());
  CHECK(findings("hidden_stays_hidden", case_of(RunBuilder().refuses("cancel_task"))).empty());
}

TEST_CASE("names match exactly") {
  CHECK(findings("hidden_stays_hidden", case_of(RunBuilder().list({"cancel_task2", "Cancel_task"})))
            .empty());
}

TEST_CASE("a star hides everything") {
  const auto found = findings(
      "hidden_stays_hidden",
      case_of(RunBuilder().list({"a", "b"}), R"({"version":"1","default":"deny","hide":["*"]})"));
  CHECK(found.size() == 2);
}

TEST_CASE("a promise to hide that the policy does not keep is a leak") {
  trace::Case made = case_of(RunBuilder().list({"cancel_task"}), kLimitPolicy);
  CHECK(findings("hidden_stays_hidden", made).empty());
  made.promise.hidden = {"cancel_task"};
  const auto found = findings("hidden_stays_hidden", made);
  REQUIRE(found.size() == 1);
  CHECK(found[0].policy_said == "no `hide` entry names it");
}

constexpr std::string_view kAllowPolicy =
    R"({"version":"1","default":"allow","hide":["cancel_task"]})";

std::vector<Finding> whole(RunBuilder& run) {
  return findings("list_whole", case_of(run, kAllowPolicy));
}

TEST_CASE("a tool that the policy shows and a list lacks is lost, a hidden one is not") {
  const auto found = whole(RunBuilder()
                               .list({"list_tasks"})
                               .upstream_lists({"cancel_task", "get_task_status", "list_tasks"}));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Overblock);
  CHECK(found[0].part == Part::Conformance);
  CHECK(found[0].observed == "`get_task_status` is missing");
  CHECK(found[0].step == 0);
}

TEST_CASE("a tool that a list shows more often than the upstream does is repeated") {
  const auto found =
      whole(RunBuilder().list({"list_tasks", "list_tasks"}).upstream_lists({"list_tasks"}));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Protocol);
  CHECK(found[0].observed == "`list_tasks` is repeated");
  CHECK(whole(RunBuilder().list({"a", "a"}).upstream_lists({"a", "a"})).empty());
  CHECK(whole(RunBuilder().list({"b"}).upstream_lists({"a", "a", "b"})).empty());  // ambiguous
}

TEST_CASE("a list is not judged whole after the operator or a fault, nor without a gateway") {
  CHECK(whole(RunBuilder().list({"b"}).upstream_lists({"a", "b"})).size() == 1);
  CHECK(whole(RunBuilder().operates("freeze").list({"b"}).upstream_lists({"a", "b"})).empty());
  CHECK(whole(RunBuilder().fault("rug-pull").list({"b"}).upstream_lists({"a", "b"})).empty());
  CHECK(whole(RunBuilder(scenario::RunKind::Teeth).list({"b"}).upstream_lists({"a", "b"})).empty());
}

TEST_CASE("a task table that changed is a bypass where the scenario says unchanged") {
  const auto found = findings("state_unchanged", case_of(RunBuilder()
                                                             .always(Invariant::Kind::Unchanged)
                                                             .refuses("a")
                                                             .passes("cancel_task", "t-1")
                                                             .changed_digest()));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Bypass);
  CHECK(found[0].step == 1);
  CHECK(found[0].effects == 1);
  CHECK(found[0].upstream_saw == "1 call of `cancel_task`: 1 task.cancelled (`t-1`)");
  CHECK(found[0].scenario_at == base::SourcePos{30, 5});
}

TEST_CASE(
    "the task table may change where nothing says otherwise, and stays unjudged where evidence is "
    "missing") {
  CHECK(findings("state_unchanged",
                 case_of(RunBuilder().passes("cancel_task", "t-1").changed_digest()))
            .empty());
  CHECK(findings("state_unchanged",
                 case_of(RunBuilder().always(Invariant::Kind::Unchanged).refuses("a")))
            .empty());
  CHECK(findings("state_unchanged", case_of(RunBuilder()
                                                .always(Invariant::Kind::Unchanged)
                                                .refuses("a")
                                                .changed_digest()
                                                .incomplete("gone")))
            .empty());
}

RunBuilder cosmetic() {
  return RunBuilder()
      .always(Invariant::Kind::WorkStops)
      .passes("cancel_task", "t-1")
      .advance(std::chrono::seconds(30));
}

TEST_CASE("a cancelled task whose work completes is drift") {
  const auto found =
      findings("work_stops", case_of(cosmetic().effect(Effect::WorkCompleted, "t-1")));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Drift);
  CHECK(found[0].part == Part::Security);
  CHECK(found[0].step == 0);
  CHECK(found[0].upstream_saw ==
        "`t-1` cancelled at 2026-01-01T00:00:00Z, its work completed at 2026-01-01T00:00:30Z");
}

TEST_CASE("work that stopped, or was never cancelled, may end as it likes") {
  CHECK(findings("work_stops", case_of(cosmetic().effect(Effect::WorkStopped, "t-1"))).empty());
  CHECK(findings("work_stops", case_of(cosmetic().effect(Effect::WorkCompleted, "t-2"))).empty());
  CHECK(findings(
            "work_stops",
            case_of(
                cosmetic().effect(Effect::WorkStopped, "t-1").effect(Effect::WorkCompleted, "t-1")))
            .empty());
  CHECK(findings(
            "work_stops",
            case_of(RunBuilder().passes("cancel_task", "t-1").effect(Effect::WorkCompleted, "t-1")))
            .empty());
}

}  // namespace
}  // namespace gatecrash::oracle
