// What the vectors cannot say: questions without counting, settling, approvals, explanations.
#include "tests/support/catch.h"

#include <memory>
#include <string>

#include "harness/base/json.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"

using namespace gatecrash;
using decision::Call;
using decision::CallResult;
using decision::Engine;
using decision::Outcome;

namespace {

const base::Instant kEngineStart = base::default_start();

// An engine and what it needs; arguments are JSON texts.
class House {
 public:
  explicit House(const std::string& text, decision::Semantics semantics = decision::hardened(),
                 policy::Dialect dialect = policy::Dialect::Intercept,
                 std::unique_ptr<decision::CounterStore> store = decision::make_memory_counters())
      : counters_(std::move(store)) {
    const auto loaded = policy::load_text("p.yaml", text, {.dialect = dialect});
    INFO(base::to_string(loaded.problems));
    REQUIRE(loaded.policy);
    engine_ = std::make_unique<Engine>(loaded.policy, semantics, *counters_, lists);
  }
  Call call(const std::string& tool, const std::string& arguments = "{}",
            std::string_view grant = "g") {
    REQUIRE(!base::read_json(text_ = arguments, {}, tree_));
    tool_ = tool;
    return {.tool = tool_, .arguments = tree_.root(), .caller = {.grant = grant}, .at = now};
  }
  decision::Ruling decide(const std::string& tool, const std::string& arguments = "{}",
                          std::string_view grant = "g") {
    return engine_->decide(call(tool, arguments, grant));
  }
  Engine& engine() { return *engine_; }

  base::Instant now = kEngineStart;
  static inline std::vector<Engine::ListArgument> lists;

 private:
  std::unique_ptr<decision::CounterStore> counters_;
  std::unique_ptr<Engine> engine_;
  base::Tree tree_;
  std::string text_, tool_;
};

const std::string kAsk =
    "version: \"1\"\ntools:\n  t:\n    rules:\n      - name: ask\n        action: "
    "require_approval\n"
    "        approval_timeout: 10m\n        conditions: [{path: args.big, op: eq, value: true}]\n"
    "      - {name: slow, rate_limit: 3/hour}\n";
const std::string kBig = R"({"big":true,"id":"a"})";

struct BrokenStore : decision::CounterStore {
  decision::CounterAnswer reserve(std::span<const decision::CounterRequest>,
                                  base::Instant) override {
    return {.store_failed = true};
  }
  void commit(std::uint64_t) override {}
  void rollback(std::uint64_t, base::Instant, bool) override {}
  std::optional<decision::Micros> value(const decision::CounterRequest&, base::Instant) override {
    return {};
  }
  void reset() override {}
};

}  // namespace

TEST_CASE("a stateless decision takes limits as not reached and counts nothing") {
  House house(
      "version: \"1\"\ndefault: deny\ntools: {t: {rules: [{name: r, rate_limit: 1/minute}]}}\n");
  for (int i = 0; i < 3; ++i) {
    CHECK(house.engine().decide_stateless(house.call("t")).outcome == Outcome::Allow);
  }
  CHECK(house.decide("t").outcome == Outcome::Allow);
  CHECK(house.decide("t").outcome == Outcome::Deny);
  CHECK(house.engine().decide_stateless(house.call("t")).outcome == Outcome::Allow);
  CHECK(house.engine().decide_stateless(house.call("u")).rule == "(default deny)");
  SECTION("a call heavier than the whole limit is refused whatever was called before") {
    CHECK(house.engine().decide_stateless(house.call("t", R"({"ids":[1,2]})")).outcome ==
          Outcome::Deny);
  }
}

TEST_CASE("the target says which list weighs") {
  House::lists = {{.tool = "t", .argument = "ids"}};
  House house("version: \"1\"\ntools: {t: {rules: [{name: r, rate_limit: 3/minute}]}}\n");
  House::lists.clear();
  CHECK(house.decide("t", R"({"notes":[1,2,3,4,5,6],"ids":[1,2]})").outcome == Outcome::Allow);
  CHECK(house.decide("t", R"({"ids":[1,2]})").outcome == Outcome::Deny);
  CHECK(house.decide("t", R"({"notes":[1,2,3,4,5,6]})").outcome == Outcome::Allow);
}

TEST_CASE("where grants are configured a caller without one is denied everything") {
  decision::Semantics semantics = decision::hardened();
  semantics.needs_grant = true;
  House house("version: \"1\"\ntools: {}\n", semantics);
  CHECK(house.decide("t", "{}", "").rule == "(no policy)");
  CHECK(house.decide("t", "{}", "g").outcome == Outcome::Allow);
}

TEST_CASE("a grant that is not known falls back to the principal") {
  House house("version: \"1\"\ntools: {t: {rules: [{name: r, rate_limit: 1/minute}]}}\n");
  Call call = house.call("t");
  call.caller = {.principal = "p"};
  CHECK(house.engine().decide(call).outcome == Outcome::Allow);
  CHECK(house.engine().decide(call).outcome == Outcome::Deny);
  call.caller = {.principal = "q"};
  CHECK(house.engine().decide(call).outcome == Outcome::Allow);
}

TEST_CASE("a store that is down closes what needs it and nothing else") {
  const std::string text =
      "version: \"1\"\ntools: {t: {rules: [{name: r, rate_limit: 1/minute}]}, u: {},\n"
      "  v: {rules: [{name: s, conditions: [{path: state.t._rate_minute, op: lt, value: 1}]}]}}\n";
  decision::Semantics semantics = decision::hardened();
  SECTION("refuse") {
    House house(text, semantics, policy::Dialect::Intercept, std::make_unique<BrokenStore>());
    CHECK(house.decide("t").outcome == Outcome::Deny);
    CHECK(house.decide("t").message == "Policy state is unavailable. Try again later.");
    CHECK(house.decide("v").outcome == Outcome::Deny);
    CHECK(house.decide("u").outcome == Outcome::Allow);
  }
  SECTION("allow") {
    semantics.store_down = decision::StoreDown::Allow;
    House house(text, semantics, policy::Dialect::Intercept, std::make_unique<BrokenStore>());
    CHECK(house.decide("t").outcome == Outcome::Allow);
    CHECK(house.decide("v").outcome == Outcome::Allow);
  }
}

TEST_CASE("a held call waits, passes once when approved, and waits again") {
  House house(kAsk);
  const auto held = house.decide("t", kBig);
  REQUIRE(held.outcome == Outcome::Hold);
  CHECK(held.rule == "/tools/t/rules/0");
  const std::string id(held.approval);
  CHECK(house.decide("t", kBig).approval == id);
  CHECK(house.decide("t", R"({"id":"a","big":true})").approval ==
        id);  // the order of members is no difference
  CHECK(house.engine().approvals().size() == 1);
  CHECK(house.engine().approve(id, house.now));
  CHECK(!house.engine().approve(id, house.now));
  const auto passed = house.decide("t", kBig);
  CHECK(passed.outcome == Outcome::Allow);
  REQUIRE(passed.ticket != 0);
  house.engine().settle(passed.ticket, CallResult::Ok, house.now);
  const auto again = house.decide("t", kBig);
  CHECK(again.outcome == Outcome::Hold);
  CHECK(again.approval != id);
}

TEST_CASE("an approval is good for nothing but the call it was given for") {
  House house(kAsk);
  const std::string id(house.decide("t", kBig).approval);
  REQUIRE(house.engine().approve(id, house.now));
  CHECK(house.decide("t", R"({"big":true,"id":"b"})").outcome == Outcome::Hold);
  CHECK(house.decide("t", R"({"big":true,"id":"a","x":1})").outcome == Outcome::Hold);
  CHECK(house.decide("t", kBig, "other").outcome == Outcome::Hold);
  CHECK(house.decide("t", kBig).outcome == Outcome::Allow);
}

TEST_CASE("two identical calls at once use one approval once") {
  House house(kAsk);
  REQUIRE(house.engine().approve(std::string(house.decide("t", kBig).approval), house.now));
  CHECK(house.decide("t", kBig).outcome == Outcome::Allow);  // under way, not settled
  CHECK(house.decide("t", kBig).outcome == Outcome::Hold);
}

TEST_CASE("a denied approval denies, an expired one is asked anew") {
  House house(kAsk);
  const std::string id(house.decide("t", kBig).approval);
  SECTION("denied") {
    CHECK(house.engine().deny(id, house.now));
    CHECK(house.decide("t", kBig).outcome == Outcome::Deny);
    CHECK(!house.engine().approve(id, house.now));
  }
  SECTION("expired by the operator") {
    CHECK(house.engine().expire(id));
    CHECK(!house.engine().approve(id, house.now));
    CHECK(house.decide("t", kBig).outcome == Outcome::Hold);
  }
  SECTION("approved too late") {
    house.now += std::chrono::minutes{10};
    CHECK(!house.engine().approve(id, house.now));
    CHECK(house.decide("t", kBig).outcome == Outcome::Hold);
  }
  SECTION("used too late") {
    CHECK(house.engine().approve(id, house.now));
    house.now += std::chrono::minutes{10};
    CHECK(house.decide("t", kBig).outcome == Outcome::Hold);
  }
  SECTION("never heard of") {
    CHECK(!house.engine().approve("apr-nonsense", house.now));
    CHECK(!house.engine().deny("", house.now));
  }
}

TEST_CASE("an approval comes back when the upstream fails, if the semantics say so") {
  decision::Semantics semantics = decision::hardened();
  const bool restores = GENERATE(true, false);
  if (!restores) semantics.approval_restore = decision::ApprovalRestore::Never;
  House house(kAsk, semantics);
  REQUIRE(house.engine().approve(std::string(house.decide("t", kBig).approval), house.now));
  const auto first = house.decide("t", kBig);
  REQUIRE(first.outcome == Outcome::Allow);
  CHECK(house.decide("t", kBig).outcome == Outcome::Hold);
  house.engine().settle(first.ticket, CallResult::RpcError, house.now);
  CHECK((house.decide("t", kBig).outcome == Outcome::Allow) == restores);
}

TEST_CASE("a ticket that is over settles nobody else's call") {
  House house(kAsk);
  REQUIRE(house.engine().approve(std::string(house.decide("t", kBig).approval), house.now));
  const auto first = house.decide("t", kBig);
  house.engine().settle(first.ticket, CallResult::Ok, house.now);
  REQUIRE(house.engine().approve(std::string(house.decide("t", kBig).approval), house.now));
  const auto second = house.decide("t", kBig);
  REQUIRE(second.outcome == Outcome::Allow);
  house.engine().settle(first.ticket, CallResult::RpcError, house.now);
  CHECK(house.decide("t", kBig).outcome == Outcome::Hold);  // still used by the second
  house.engine().settle(second.ticket, CallResult::RpcError, house.now);
  CHECK(house.decide("t", kBig).outcome == Outcome::Allow);
}

TEST_CASE("an approved call that a limit refuses keeps its approval") {
  House house(kAsk);
  REQUIRE(house.engine().approve(std::string(house.decide("t", kBig).approval), house.now));
  for (int i = 0; i < 3; ++i) CHECK(house.decide("t").outcome == Outcome::Allow);
  CHECK(house.decide("t", kBig).outcome == Outcome::Deny);
  // The limit's window is longer than the approval lives, so only a fresh engine could show more.
  CHECK(house.engine().approvals().at(0).state == decision::ApprovalState::Approved);
}

TEST_CASE("settling twice, or what was never reserved, does nothing") {
  House house("version: \"1\"\ntools: {t: {rules: [{name: r, rate_limit: 2/minute}]}}\n",
              decision::intercept_1_1());
  const auto one = house.decide("t");
  CHECK(house.decide("t").outcome == Outcome::Allow);
  for (int i = 0; i < 5; ++i) house.engine().settle(one.ticket, CallResult::RpcError, house.now);
  house.engine().settle(12345, CallResult::RpcError, house.now);
  house.engine().settle(~0ULL, CallResult::RpcError, house.now);
  CHECK(house.decide("t").outcome == Outcome::Allow);
  CHECK(house.decide("t").outcome == Outcome::Deny);
}

TEST_CASE("reset gives a new engine") {
  House house(kAsk);
  house.decide("t", kBig);
  for (int i = 0; i < 3; ++i) house.decide("t");
  house.engine().reset();
  CHECK(house.engine().approvals().empty());
  CHECK(house.decide("t").outcome == Outcome::Allow);
}

TEST_CASE("an explanation says what the gateway does around the rules") {
  House house(
      "version: \"1\"\ntools: {a: {}}\ndefault: deny\ndefinitions: {pin: first_seen}\n"
      "responses: {redact: [{name: key, regex: 'sk-[a-z]+'}]}\n",
      decision::hardened(), policy::Dialect::Gatecrash);
  const auto good = house.engine().explain(house.call("a"));
  CHECK(good.outcome == Outcome::Allow);
  REQUIRE(good.steps.size() >= 3);
  CHECK(good.steps.front().at == base::SourcePos{4, 1});
  CHECK_FALSE(good.steps.front().stops);
  CHECK(good.steps.back().text == "the answer is shown without what `key` matches");
  // What is refused has no answer.
  const auto bad = house.engine().explain(house.call("b"));
  CHECK(bad.outcome == Outcome::Deny);
  CHECK(bad.steps.front().kind == decision::ExplainedStep::Kind::Definitions);
  CHECK(bad.steps.back().stops);
}

TEST_CASE("an explanation shows every rule, condition and limit, and changes nothing") {
  House house(
      "version: \"1\"\ntools:\n  pay:\n    rules:\n      - name: small\n        conditions:\n"
      "          - {path: args.amount, op: lte, value: 50}\n          - {path: args.to, op: "
      "exists, value: true}\n"
      "      - {name: slow, rate_limit: 2/minute}\n");
  house.decide("pay", R"({"amount":1,"to":"x"})");
  const auto good = house.engine().explain(house.call("pay", R"({"amount":10,"to":"x"})"));
  CHECK(good.outcome == Outcome::Allow);
  REQUIRE(good.steps.size() == 3);
  CHECK(good.steps[1].text == "passes");
  REQUIRE(good.steps[1].conditions.size() == 2);
  CHECK(good.steps[1].conditions[0].path == "args.amount");
  CHECK(good.steps[1].conditions[0].expected == "50");
  CHECK(good.steps[1].conditions[0].actual == "10");
  CHECK(good.steps[1].conditions[0].at == base::SourcePos{7, 13});
  CHECK(good.steps[2].text == "weighs 1, used 1 of 2");
  const auto bad = house.engine().explain(house.call("pay", R"({"amount":"10"})"));
  CHECK(bad.outcome == Outcome::Deny);
  CHECK(bad.rule == "/tools/pay/rules/0");
  REQUIRE(bad.steps.size() == 2);
  CHECK(bad.steps[1].stops);
  CHECK(bad.steps[1].conditions.at(0).holds == decision::Truth::Mismatch);
  CHECK(bad.steps[1].conditions.at(1).actual.empty());
  CHECK(house.decide("pay", R"({"amount":1,"to":"x"})").outcome == Outcome::Allow);
  CHECK(house.decide("pay", R"({"amount":1,"to":"x"})").outcome == Outcome::Deny);
  CHECK(house.engine().explain(house.call("pay", R"({"amount":1,"to":"x"})")).steps.back().stops);
}
