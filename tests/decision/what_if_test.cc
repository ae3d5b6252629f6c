// What would change a decision: every statement is checked by making it so.
#include "harness/decision/what_if.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace gatecrash;
using decision::Change;
using decision::Outcome;
using decision::Situation;

namespace {

constexpr const char* kPolicy =
    "version: '1'\n"
    "default: deny\n"
    "hide: [drop]\n"
    "tools:\n"
    "  drop: {}\n"
    "  pay:\n"
    "    rules:\n"
    "      - {name: small, conditions: [{path: args.amount, op: lte, value: 500}, {path: "
    "args.amount, op: gt, value: 0}]}\n"
    "      - {name: euro, conditions: [{path: args.to.currency, op: in, value: [EUR, GBP]}]}\n"
    "      - name: budget\n"
    "        conditions: [{path: state.pay.spent, op: lte, value: 1000}]\n"
    "        state: {counter: spent, window: day, increment_from: args.amount}\n"
    "  cancel: {rules: [{name: few, rate_limit: 10/minute}]}\n"
    "  ask: {rules: [{name: human, action: require_approval}]}\n"
    "  never: {rules: [{name: off, action: deny}]}\n"
    "  late: {rules: [{name: after some, conditions: [{path: state.cancel._rate_minute, op: gte, "
    "value: 3}]}]}\n";

Situation situation(const std::string& tool, const std::string& arguments = {}) {
  const auto loaded = policy::load_text("p.yaml", kPolicy, {});
  INFO(base::to_string(loaded.problems));
  REQUIRE(loaded.policy);
  return {.policy = loaded.policy,
          .semantics = decision::hardened(),
          .tool = tool,
          .arguments = arguments,
          .principal = "p",
          .at = base::default_start()};
}

std::vector<std::string> told(const Situation& situation) {
  std::vector<std::string> out;
  const decision::Explanation now = decision::explain(situation);
  for (const Change& each : decision::changes(situation, now)) {
    CHECK(each.outcome != now.outcome);
    out.push_back(std::string(to_string(each.kind)) + ": " + each.text + ": " +
                  std::string(to_string(each.outcome)) +
                  (each.decided_by.empty() ? "" : " by " + each.decided_by) +
                  (each.at.line == 0 ? "" : " @" + std::to_string(each.at.line)));
  }
  return out;
}

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE(
    "a condition that fails is told with the nearest value that holds, until the call passes") {
  CHECK(told(situation("pay", R"({"amount":600,"to":{"currency":"EUR"}})")) ==
        Told{"arguments: `args.amount` 500 instead of 600: allow",
             "policy: without this rule: allow @8"});
  CHECK(told(situation("pay", R"({"amount":"70","to":{"currency":"USD","name":"x"}})")) ==
        Told{"arguments: `args.amount` 70 instead of \"70\" and `args.to.currency` \"EUR\" instead "
             "of \"USD\": allow"});
  CHECK(
      told(situation("pay", R"({"amount":1})")) ==
      Told{"arguments: `args.to.currency` \"EUR\": allow", "policy: without this rule: allow @9"});
}

TEST_CASE(
    "a limit is told with what is left, when it gives way, and how high it would have to be") {
  Situation full = situation("pay", R"({"amount":300,"to":{"currency":"EUR"}})");
  full.used = {
      {.limit = "state.pay.spent", .amount = "900.5", .at = full.at - std::chrono::hours{20}}};
  CHECK(told(full) == Told{"arguments: `args.amount` 99.5 instead of 300: allow",
                           "time: from 2026-01-01T04:00:00Z on (in 4h): allow",
                           "limit: with a limit of 1200.5 instead of 1000: allow @12"});
  full.used.push_back(
      {.limit = "state.pay.spent", .amount = "600", .at = full.at - std::chrono::hours{1}});
  CHECK(told(full) == Told{"time: from 2026-01-01T04:00:00Z on (in 4h): allow",
                           "limit: with a limit of 1800.5 instead of 1000: allow @12"});

  Situation list = situation("cancel", R"({"ids":["a","b","c"]})");
  list.used = {{.limit = "/tools/cancel/rules/0", .amount = "8", .at = {}}};
  CHECK(told(list) ==
        Told{"arguments: `args.ids` [\"a\",\"b\"] instead of [\"a\",\"b\",\"c\"]: allow",
             "time: from 2026-01-01T00:01:00Z on (in 60s): allow",
             "limit: with a limit of 11 instead of 10: allow @13"});
}

TEST_CASE("a calendar window gives way at its edge") {
  Situation full = situation("cancel");
  full.semantics = decision::intercept_1_1();
  full.at += std::chrono::milliseconds{59'250};
  full.used = {{.limit = "/tools/cancel/rules/0", .amount = "10", .at = {}}};
  CHECK(told(full).front() == "time: from 2026-01-01T00:01:00Z on (in 750ms): allow");
}

TEST_CASE("names, approvals and plain denials") {
  CHECK(told(situation("drop")) == Told{"policy: without this entry: allow @3"});
  CHECK(told(situation("canel")) == Told{"tool: tool `cancel` instead of `canel`: allow",
                                         "policy: with `canel` among `tools`: allow @2"});
  CHECK(told(situation("never")) == Told{"policy: without this rule: allow @15"});
  CHECK(told(situation("ask")) ==
        Told{"approval: once a person approves it: allow", "policy: without this rule: allow @14"});
  Situation answered = situation("ask");
  answered.human = Situation::Human::Approved;
  CHECK(decision::explain(answered).outcome == Outcome::Allow);
  answered.human = Situation::Human::Denied;
  CHECK(decision::explain(answered).outcome == Outcome::Deny);
}

TEST_CASE("an allowed call is told how near the next denial is") {
  CHECK(told(situation("cancel")) ==
        Told{"calls: after 10 such calls: deny by /tools/cancel/rules/0"});
  Situation some = situation("pay", R"({"amount":300,"to":{"currency":"EUR"}})");
  some.used = {{.limit = "state.pay.spent", .amount = "100", .at = {}}};
  CHECK(
      told(some) ==
      Told{"arguments: `args.amount` 501 instead of 300: deny by /tools/pay/rules/0",
           "arguments: `args.amount` 0 instead of 300: deny by /tools/pay/rules/0",
           "arguments: `args.to.currency` \"EURx\" instead of \"EUR\": deny by /tools/pay/rules/1",
           "calls: after 3 such calls: deny by /tools/pay/rules/2"});
}

TEST_CASE("conditions on counters see what was used") {
  Situation late = situation("late");
  CHECK(decision::explain(late).outcome == Outcome::Deny);
  late.used = {{.limit = "state.cancel._rate_minute", .amount = "3", .at = {}}};
  CHECK(decision::explain(late).outcome == Outcome::Allow);
}

TEST_CASE("what names no limit or no amount is found") {
  Situation odd = situation("cancel");
  odd.used = {{.limit = "/tools/cancel/rules/0", .amount = "1", .at = {}}};
  CHECK(decision::unknown(odd) == nullptr);
  for (const auto& [limit, amount] :
       {std::pair{"/tools/cancel", "1"}, std::pair{"/tools/cancel/rules/0", "x"}}) {
    odd.used.push_back({.limit = limit, .amount = amount, .at = {}});
    REQUIRE(decision::unknown(odd) == &odd.used.back());
    odd.used.pop_back();
  }
}
