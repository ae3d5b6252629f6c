#include "harness/coverage/coverage.h"

#include <algorithm>

#include "harness/decision/engine.h"
#include "tests/support/catch.h"

namespace gatecrash::coverage {
namespace {

using decision::Outcome;

constexpr std::string_view kPolicy =
    R"({"version":"1","default":"deny","hide":["secret"],
"all_tools":{"limits":[{"counter":"all","window":"hour","max":50,"scope":"grant"}]},
"tools":{
 "cancel":{"require":[{"conditions":[{"path":"args.id","op":"exists","value":true}]}],
           "deny_if":[{"conditions":[{"path":"args.id","op":"eq","value":"x"}]}],
           "limits":[{"counter":"c","window":"minute","max":10,"scope":"grant"}]},
 "list":{}}})";

std::shared_ptr<const policy::Policy> load() {
  auto loaded =
      policy::load_text("p.json", std::string(kPolicy), {.dialect = policy::Dialect::PolicyLayer});
  REQUIRE(loaded.policy != nullptr);
  return loaded.policy;
}

void decide(trace::Trace& log, std::string_view tool, Outcome outcome, std::string_view rule = {}) {
  log.add(trace::EventKind::Decided, tool, rule).detail = static_cast<std::uint8_t>(outcome);
}

ElementUse use_of(const Coverage& coverage, std::string_view path) {
  for (const ElementUse& each : coverage.policies.at(0).elements) {
    if (each.path == path) return each;
  }
  FAIL("no element " << path);
  return {};
}

Coverage collect(const trace::Trace& log) {
  Collector collector;
  collector.add_run("p.json", "g", *load(), log);
  return collector.take();
}

TEST_CASE("a redaction is exercised when it took something out") {
  const auto loaded = policy::load_text("p.gatecrash.yaml",
                                        "version: \"1\"\ndefault: deny\ntools: {a: {}}\nresponses: "
                                        "{redact: [{name: k, regex: x}, {name: l, regex: y}]}\n",
                                        {.dialect = policy::Dialect::Gatecrash});
  REQUIRE(loaded.policy != nullptr);
  const auto& redactions = loaded.policy->redactions;
  REQUIRE(redactions.size() == 2);
  trace::Trace log;
  log.add(trace::EventKind::Redacted, redactions[1].anchor.path);
  Collector collector;
  collector.add_run("p", "g", *loaded.policy, log);
  const Coverage coverage = collector.take();
  CHECK_FALSE(use_of(coverage, redactions[0].anchor.path).exercised());
  CHECK(use_of(coverage, redactions[1].anchor.path).exercised());
  CHECK(use_of(coverage, redactions[1].anchor.path).kind == "redaction");
}

TEST_CASE("every element of a policy is listed, exercised or not") {
  const Coverage coverage = collect({});
  REQUIRE(coverage.policies.size() == 1);
  const auto& elements = coverage.policies[0].elements;
  CHECK(elements.size() == policy::elements(*load()).size());
  CHECK(std::ranges::none_of(elements, &ElementUse::exercised));
  CHECK(use_of(coverage, "/tools/cancel/limits/c").at.line == 6);
}

TEST_CASE("an allowed call takes part in its tool, its rules and all limits") {
  trace::Trace log;
  decide(log, "cancel", Outcome::Allow);
  const Coverage coverage = collect(log);
  for (const char* path : {"/tools/cancel", "/tools/cancel/require/0", "/tools/cancel/deny_if/0",
                           "/tools/cancel/limits/c", "/all_tools", "/all_tools/limits/all"}) {
    INFO(path);
    CHECK(use_of(coverage, path).decisions == 1);
    CHECK(use_of(coverage, path).refusals == 0);
  }
  CHECK(use_of(coverage, "/default").decisions == 0);
  CHECK(use_of(coverage, "/tools/list").decisions == 0);
}

TEST_CASE("a limit is exercised when it let something pass and refused something") {
  trace::Trace log;
  decide(log, "cancel", Outcome::Allow);
  CHECK_FALSE(use_of(collect(log), "/tools/cancel/limits/c").exercised());
  decide(log, "cancel", Outcome::Deny, "/tools/cancel/limits/c");
  const ElementUse limit = use_of(collect(log), "/tools/cancel/limits/c");
  CHECK(limit.decisions == 2);
  CHECK(limit.refusals == 1);
  CHECK(limit.exercised());
  CHECK_FALSE(use_of(collect(log), "/all_tools/limits/all").exercised());
}

TEST_CASE("a rule that refuses keeps what comes after it from taking part") {
  trace::Trace log;
  decide(log, "cancel", Outcome::Deny, "/tools/cancel/require/0");
  const Coverage coverage = collect(log);
  CHECK(use_of(coverage, "/tools/cancel/require/0").refusals == 1);
  CHECK(use_of(coverage, "/tools/cancel/deny_if/0").decisions == 0);
  CHECK(use_of(coverage, "/tools/cancel/limits/c").decisions == 0);
}

TEST_CASE("hidden and unlisted names end at their clause") {
  trace::Trace log;
  decide(log, "secret", Outcome::Deny, "(hidden)");
  decide(log, "unknown", Outcome::Deny, "(default deny)");
  const Coverage coverage = collect(log);
  CHECK(use_of(coverage, "/hide/0").refusals == 1);
  CHECK(use_of(coverage, "/default").refusals == 1);
  CHECK(use_of(coverage, "/all_tools").decisions == 0);
}

TEST_CASE("a default that allows refuses nothing, whatever refuses the call later") {
  const auto loaded = policy::load_text("p.json",
                                        R"({"version":"1","default":"allow","tools":{"list":{}},
"all_tools":{"limits":[{"counter":"all","window":"hour","max":1,"scope":"grant"}]}})",
                                        {.dialect = policy::Dialect::PolicyLayer});
  REQUIRE(loaded.policy != nullptr);
  trace::Trace log;
  decide(log, "unlisted", Outcome::Allow);
  decide(log, "unlisted", Outcome::Deny, "/all_tools/limits/all");
  Collector collector;
  collector.add_run("p.json", "g", *loaded.policy, log);
  const Coverage coverage = collector.take();
  const ElementUse use = use_of(coverage, "/default");
  CHECK(use.decisions == 2);
  CHECK(use.refusals == 0);
  CHECK(use_of(coverage, "/all_tools/limits/all").refusals == 1);
}

TEST_CASE("collectors merge to the same result in any order") {
  trace::Trace first;
  decide(first, "cancel", Outcome::Allow);
  trace::Trace second;
  decide(second, "cancel", Outcome::Deny, "/tools/cancel/limits/c");
  Collector a;
  a.add_run("p.json", "g", *load(), first);
  a.add_cell({"attack", "target", "g", "pass"});
  Collector b;
  b.add_run("p.json", "g", *load(), second);
  b.add_run("q.json", "g", *load(), second);
  b.add_cell({"attack", "a target", "g", "bypass"});
  Collector left;
  left.merge(a);
  left.merge(b);
  Collector right;
  right.merge(b);
  right.merge(a);
  const Coverage coverage = left.take();
  CHECK(coverage == right.take());
  CHECK(coverage.cells[0].target == "a target");
  CHECK(use_of(coverage, "/tools/cancel/limits/c").decisions == 2);
}

}  // namespace
}  // namespace gatecrash::coverage
