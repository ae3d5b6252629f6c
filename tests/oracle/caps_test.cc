#include "harness/oracle/caps.h"

#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::oracle {
namespace {

using namespace test;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kInterceptLimit =
    "version: \"1\"\ndefault: deny\ntools:\n  cancel_task:\n    rules:\n      - name: cap\n"
    "        rate_limit: 10/minute\n";

std::vector<Change> at_seconds(std::initializer_list<int> times) {
  std::vector<Change> out;
  for (const int each : times) {
    out.push_back({.effect = Effect::TaskCancelled, .at = base::default_start() + seconds(each)});
  }
  return out;
}

TEST_CASE("a window holds what is less than its length apart") {
  CHECK_FALSE(excess(at_seconds({0, 60}), {.max = 1, .per = seconds(60)}));
  const auto over = excess(at_seconds({0, 59}), {.max = 1, .per = seconds(60)});
  REQUIRE(over);
  CHECK(over->beyond == 1);
  CHECK(over->first_over == 1);
}

TEST_CASE("without a length the window is the whole run") {
  CHECK_FALSE(excess(at_seconds({0, 1000}), {.max = 2}));
  CHECK(excess(at_seconds({0, 1000, 2000}), {.max = 2})->beyond == 1);
  CHECK(excess(at_seconds({5}), {.max = 0})->beyond == 1);
  CHECK_FALSE(excess({}, {.max = 0}));
}

TEST_CASE("the fullest window and every change beyond the cap are found") {
  const auto changes = at_seconds({0, 10, 100, 101, 102, 300});
  const auto over = excess(changes, {.max = 2, .per = seconds(60)});
  REQUIRE(over);
  CHECK(over->worst() == 3);
  CHECK(over->worst_first == 2);
  CHECK(over->worst_last == 4);
  CHECK(over->beyond == 1);
}

TEST_CASE("two pointers agree with counting every window") {
  // All sequences of five changes at times 0..3 seconds apart.
  for (int code = 0; code < 256; ++code) {
    std::vector<Change> changes;
    base::Instant now = base::default_start();
    for (int i = 0, rest = code; i < 5; ++i, rest /= 4) {
      changes.push_back({.effect = Effect::TaskCancelled, .at = now});
      now += seconds(rest % 4);
    }
    for (std::uint64_t max = 0; max < 4; ++max) {
      std::uint64_t beyond = 0;
      std::uint64_t worst = 0;
      for (std::size_t last = 0; last < changes.size(); ++last) {
        std::uint64_t inside = 0;
        for (std::size_t i = 0; i <= last; ++i)
          inside += changes[last].at - changes[i].at < seconds(3) ? 1 : 0;
        beyond += inside > max ? 1 : 0;
        worst = std::max(worst, inside);
      }
      const auto over = excess(changes, {.max = max, .per = seconds(3)});
      CHECK(over.has_value() == (beyond > 0));
      if (over) {
        CHECK(over->beyond == beyond);
        CHECK(over->worst() == worst);
      }
    }
  }
}

trace::Case limited(trace::Run run, std::string_view policy = kLimitPolicy) {
  trace::Case made = case_of(std::move(run), policy);
  made.promise.cancel = scenario::Cap{.max = 10, .per = minutes(1), .scope = {}, .at = {}};
  made.budget = {{Effect::TaskCancelled, {.max = 100, .per = hours(24), .scope = {}, .at = {}}}};
  return made;
}

std::vector<Finding> promise(const trace::Case& made) {
  return judge_run(*find_oracle("promise_kept"), made, made.attack[0]);
}
std::vector<Finding> budget(const trace::Case& made) {
  return judge_run(*find_oracle("budget_kept"), made, made.attack[0]);
}

RunBuilder edge_burst() {
  RunBuilder run;
  run.start("2026-01-01T10:00:59.9Z");
  for (int i = 0; i < 10; ++i) run.passes("cancel_task", "a" + std::to_string(i));
  run.advance(milliseconds(200));
  for (int i = 0; i < 10; ++i) run.passes("cancel_task", "b" + std::to_string(i));
  return run;
}

TEST_CASE("a quota on each side of the minute's edge breaks a promise of ten a minute") {
  const auto found = promise(limited(edge_burst()));
  REQUIRE(found.size() == 1);
  CHECK(found[0].claim == "at most 10 task.cancelled in any 60s");
  CHECK(found[0].observed == "20 in 200ms");
  CHECK(found[0].effects == 10);
  CHECK(found[0].step == 11);
  CHECK(found[0].part == Part::Security);
  CHECK(found[0].rule == "/tools/cancel_task/limits/cancel_task_rate");
  CHECK(found[0].policy_at.line == 4);
  CHECK(found[0].why ==
        "10 per minute was counted by calendar minute: 10 before 2026-01-01T10:01:00Z and 10 from "
        "then on");
  CHECK(found[0].upstream_saw ==
        "20 calls of `cancel_task`: 20 task.cancelled (`a0` … `b9`) within 200ms");
}

TEST_CASE("a quota in the same place written in the other dialect is found there") {
  trace::Case made = limited(edge_burst());
  made.policy = policy_use(kInterceptLimit, "policies/test.yaml", policy::Dialect::Intercept);
  const auto found = promise(made);
  REQUIRE(found.size() == 1);
  CHECK(found[0].policy_file == "policies/test.yaml");
  CHECK(found[0].policy_at.line == 7);
}

TEST_CASE("exactly the promised number holds") {
  RunBuilder run;
  for (int i = 0; i < 10; ++i) run.passes("cancel_task", "a" + std::to_string(i));
  run.advance(seconds(60));
  for (int i = 0; i < 10; ++i) run.passes("cancel_task", "b" + std::to_string(i));
  CHECK(promise(limited(run)).empty());
  CHECK(budget(limited(run)).empty());
}

TEST_CASE("a limit that holds and still adds up is explained by what it is a day") {
  RunBuilder run;
  for (int minute = 0; minute < 12; ++minute) {
    for (int i = 0; i < 9; ++i) run.passes("cancel_task", "t");
    run.advance(minutes(1));
  }
  CHECK(promise(limited(run)).empty());
  const auto found = budget(limited(run));
  REQUIRE(found.size() == 1);
  CHECK(found[0].claim == "at most 100 task.cancelled in any 24h");
  CHECK(found[0].effects == 8);
  CHECK(found[0].why ==
        "10 per minute held, but 10 per minute is 14,400 a day: nothing in the policy limits a "
        "longer span");
}

TEST_CASE("one call with a list is explained by its argument") {
  RunBuilder run;
  run.call("cancel_task", R"({"task_id":["a","b"]})").allowed().arrived();
  for (int i = 0; i < 12; ++i) run.cancels("t" + std::to_string(i));
  const auto found = promise(limited(run.reply_from_upstream()));
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed == "12 at one instant");
  CHECK(found[0].step == 0);
  CHECK(found[0].why ==
        "1 call made 12 effects: the limit of 10 per minute counted calls, but argument `task_id` "
        "takes a list");
}

TEST_CASE("a limit that the gateway dropped is explained by the key and points to it") {
  RunBuilder run;
  for (int i = 0; i < 11; ++i) run.passes("cancel_task", "t" + std::to_string(i));
  trace::Case made = limited(run);
  made.policy.gateway_problems.push_back(
      base::problem("policies/test.json", {4, 4}, "unknown key `limits` in a tool is dropped"));
  const auto found = promise(made);
  REQUIRE(found.size() == 1);
  CHECK(found[0].policy_at == base::SourcePos{4, 4});
  CHECK(found[0].rule == "/tools/cancel_task/limits/cancel_task_rate");
  CHECK(found[0].why ==
        "the policy limits `cancel_task` to 10 per minute, but the gateway dropped that on load: "
        "unknown key `limits` in a tool (policies/test.json:4:4)");
}

TEST_CASE("a limit counted anew in every session is explained by the sessions") {
  RunBuilder run;
  for (int session = 0; session < 3; ++session) {
    for (int i = 0; i < 10; ++i) run.passes("cancel_task", "t");
    run.session();
  }
  const auto found = promise(limited(run));
  REQUIRE(found.size() == 1);
  CHECK(found[0].why ==
        "3 sessions with at most 10 each: the limit of 10 per minute was counted anew in every "
        "session");
}

TEST_CASE("a cap per session is judged per session") {
  RunBuilder run;
  for (int session = 0; session < 3; ++session) {
    for (int i = 0; i < 10; ++i) run.passes("cancel_task", "t");
    run.session();
  }
  trace::Case made = limited(run);
  made.promise.cancel->scope = "session";
  CHECK(promise(made).empty());
}

TEST_CASE("a tool that is listed without a limit, or not at all, is explained as such") {
  RunBuilder run;
  for (int i = 0; i < 11; ++i) run.passes("cancel_task", "t");
  const auto listed =
      promise(limited(run, R"({"version":"1","default":"deny","tools":{"cancel_task":{}}})"));
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].why == "`cancel_task` is listed without any limit");
  CHECK(listed[0].rule == "/tools/cancel_task");
  const auto open =
      promise(limited(run, R"({"version":"1","default":"allow","tools":{"other":{}}})"));
  REQUIRE(open.size() == 1);
  CHECK(open[0].why ==
        "the policy says nothing about `cancel_task`, and what is not listed is allowed");
  CHECK(open[0].rule == "/default");
}

TEST_CASE("a limit that simply did not hold says so") {
  RunBuilder run;
  run.start("2026-01-01T10:00:30Z");
  for (int i = 0; i < 11; ++i) run.passes("cancel_task", "t");
  const auto found = promise(limited(run));
  REQUIRE(found.size() == 1);
  CHECK(found[0].why == "the limit of 10 per minute did not hold");
}

TEST_CASE("other effects do not count") {
  RunBuilder run;
  for (int i = 0; i < 20; ++i) {
    run.call("cancel_task")
        .allowed()
        .arrived()
        .effect(Effect::TaskChanged, "t")
        .reply_from_upstream();
  }
  CHECK(promise(limited(run)).empty());
}

TEST_CASE("the fingerprint does not move with numbers, steps or lines") {
  RunBuilder more;
  more.refuses("list_tasks");
  for (int i = 0; i < 30; ++i) more.passes("cancel_task", "x");
  RunBuilder fewer;
  for (int i = 0; i < 11; ++i) fewer.passes("cancel_task", "y");
  std::string shifted = "\n\n" + std::string(kLimitPolicy);
  const auto left = promise(limited(more));
  const auto right = promise(limited(fewer, shifted));
  REQUIRE(left.size() == 1);
  REQUIRE(right.size() == 1);
  CHECK(left[0].fingerprint == right[0].fingerprint);
  CHECK(left[0].fingerprint != promise(limited(more, kHidePolicy)).at(0).fingerprint);
}

TEST_CASE("bounds of the scenario itself are judged in the attack only") {
  const auto never = [](scenario::RunKind kind) {
    return RunBuilder(kind)
        .always(scenario::Invariant::Kind::Never, Effect::FileDeleted)
        .always(scenario::Invariant::Kind::AtMost, Effect::MessageSent, {.max = 1, .scope = {}})
        .call("x")
        .arrived()
        .effect(Effect::FileDeleted, "f")
        .effect(Effect::MessageSent, "m")
        .effect(Effect::MessageSent, "m")
        .reply_from_upstream()
        .build();
  };
  trace::Case made = case_of(never(scenario::RunKind::Attack));
  made.benign = never(scenario::RunKind::Benign);
  const auto found = judge_run(*find_oracle("effects_bounded"), made, made.attack[0]);
  REQUIRE(found.size() == 2);
  CHECK(found[0].claim == "no file.deleted at all");
  CHECK(found[0].scenario_at == base::SourcePos{30, 5});
  CHECK(found[1].claim == "at most 1 message.sent in the whole run");
  CHECK(judge_run(*find_oracle("effects_bounded"), made, made.benign).empty());
  const trace::Case quiet = case_of(
      RunBuilder().always(scenario::Invariant::Kind::Never, Effect::FileDeleted).refuses("x"));
  CHECK(judge_run(*find_oracle("effects_bounded"), quiet, quiet.attack[0]).empty());
}

TEST_CASE("a promise per grant is kept by each grant, whoever else has cancelled") {
  trace::Case made = case_of(RunBuilder()
                                 .as("ann", "g-1")
                                 .passes("cancel_task", "t-1")
                                 .as("bob", "g-2")
                                 .passes("cancel_task", "t-2"),
                             kLimitPolicy);
  made.promise.cancel = scenario::Cap{.max = 1, .per = minutes(1), .scope = "grant", .at = {}};
  const OracleEntry& promise = *find_oracle("promise_kept");
  CHECK(judge_run(promise, made, made.attack[0]).empty());
  made.promise.cancel->scope = {};
  CHECK(judge_run(promise, made, made.attack[0]).size() == 1);
  made.promise.cancel->scope = "grant";
  made.attack[0] = RunBuilder()
                       .as("ann", "g-1")
                       .passes("cancel_task", "t-1")
                       .as("bob", "g-1")
                       .passes("cancel_task", "t-2");
  CHECK(judge_run(promise, made, made.attack[0]).size() == 1);
}

TEST_CASE("a promise and a budget per tenant count what all grants of a tenant do") {
  const auto cancels = [](std::string_view second_tenant) {
    RunBuilder run;
    run.as("ann", "g-1", "acme").passes("cancel_task", "t-1");
    run.as("bob", "g-2", second_tenant).passes("cancel_task", "t-2");
    trace::Case made = case_of(run, kLimitPolicy);
    const scenario::Cap cap{.max = 1, .per = minutes(1), .scope = "tenant", .at = {}};
    made.promise.cancel = cap;
    made.budget = {{Effect::TaskCancelled, cap}};
    return made;
  };
  for (const char* name : {"promise_kept", "budget_kept"}) {
    INFO(name);
    const OracleEntry& oracle = *find_oracle(name);
    const trace::Case one = cancels("acme");
    const auto found = judge_run(oracle, one, one.attack[0]);
    REQUIRE(found.size() == 1);
    CHECK(found[0].claim == "at most 1 task.cancelled in any 60s per tenant");
    for (const char* other : {"umbrella", ""}) {  // a grant of no tenant counts for itself
      const trace::Case two = cancels(other);
      CHECK(judge_run(oracle, two, two.attack[0]).empty());
    }
  }
}

}  // namespace
}  // namespace gatecrash::oracle
