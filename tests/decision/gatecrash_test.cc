// What the parts of `dialect: gatecrash` mean, told by calls.
#include "tests/support/catch.h"

#include <algorithm>
#include <memory>
#include <string>

#include "harness/base/json.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"
#include "harness/decision/what_if.h"

using namespace gatecrash;
using decision::Outcome;

namespace {

class GatecrashHouse {
 public:
  explicit GatecrashHouse(const std::string& rest) {
    auto loaded = policy::load_text("p.gatecrash.yaml", "version: \"1\"\ndefault: deny\n" + rest,
                                    {.dialect = policy::Dialect::Gatecrash});
    INFO(base::to_string(loaded.problems));
    REQUIRE(loaded.policy);
    policy = loaded.policy;
    engine = std::make_unique<decision::Engine>(loaded.policy, decision::hardened(), *counters);
  }

  decision::Ruling call(std::string_view tool, const std::string& arguments = "{}",
                        decision::Caller caller = {}) {
    REQUIRE(!base::read_json(text_ = arguments, {}, tree_));
    if (caller.grant.empty()) caller.grant = "g";
    return engine->decide({.tool = tool, .arguments = tree_.root(), .caller = caller, .at = now});
  }
  bool allowed(std::string_view tool, const std::string& arguments = "{}",
               decision::Caller caller = {}) {
    return call(tool, arguments, caller).outcome == Outcome::Allow;
  }

  base::Instant now = base::default_start();
  std::shared_ptr<const policy::Policy> policy;
  std::unique_ptr<decision::CounterStore> counters = decision::make_memory_counters();
  std::unique_ptr<decision::Engine> engine;

 private:
  std::string text_;
  base::Tree tree_;
};

}  // namespace

TEST_CASE("arguments are judged before a limit counts the call") {
  GatecrashHouse house(R"(tools:
  t:
    arguments: {properties: {id: {type: string, pattern: "[a-z]+"}}, required: [id]}
    limits: [{counter: c, window: minute, max: 1}]
)");
  const decision::Ruling refused = house.call("t", R"({"id":["a"]})");
  CHECK(refused.outcome == Outcome::Deny);
  CHECK(refused.rule == "/tools/t/arguments");
  CHECK(!house.allowed("t", R"({"id":"a","force":true})"));
  CHECK(house.allowed("t", R"({"id":"a"})"));
  CHECK(house.call("t", R"({"id":"a"})").rule == "/tools/t/limits/c");
}

TEST_CASE("a destination is one of the hosts, however the address is written") {
  GatecrashHouse house(
      "tools: {t: {destinations: {args.url: [api.example.com, '*.docs.example.com']}}}\n");
  for (const std::string good : {"https://api.example.com", "http://API.example.com:8080/x?y#z",
                                 "https://a.b.docs.example.com/"}) {
    INFO(good);
    CHECK(house.allowed("t", R"({"url":")" + good + "\"}"));
  }
  for (const std::string bad :
       {"https://evil.example", "https://api.example.com.evil.example/",
        "https://api.example.com@evil.example/", "https://evil.example/?https://api.example.com/",
        "https://docs.example.com/", "https://api.example.com\\\\@evil.example",
        "file://api.example.com/etc", "//api.example.com/",
        "https://api.example.com\\n.evil.example", "api.example.com", "https://apixexample.com/",
        "https://api.example.com:80@evil.example/"}) {
    INFO(bad);
    CHECK(!house.allowed("t", R"({"url":")" + bad + "\"}"));
  }
  CHECK(!house.allowed("t"));
  CHECK(!house.allowed("t", R"({"url":["https://api.example.com"]})"));
}

TEST_CASE("a budget is one counter for all its tools") {
  GatecrashHouse house(R"(tools: {a: {}, b: {}, c: {}}
budgets: [{name: work, tools: [a, b], window: hour, max: 3}]
)");
  CHECK(house.allowed("a"));
  CHECK(house.allowed("b"));
  CHECK(house.allowed("a"));
  CHECK(house.call("b").rule == "/budgets/work");
  CHECK(house.allowed("c"));
  house.now += std::chrono::hours(1);
  CHECK(house.allowed("b"));
}

TEST_CASE("a tenant's limit counts all its grants, a grant's only its own") {
  GatecrashHouse house(R"(tools:
  t: {limits: [{counter: c, window: hour, max: 2, scope: tenant}]}
  g: {limits: [{counter: c, window: hour, max: 1}]}
)");
  CHECK(house.allowed("t", "{}", {.grant = "g1", .tenant = "x"}));
  CHECK(house.allowed("t", "{}", {.grant = "g2", .tenant = "x"}));
  CHECK(!house.allowed("t", "{}", {.grant = "g3", .tenant = "x"}));
  CHECK(house.allowed("t", "{}", {.grant = "g3", .tenant = "y"}));
  CHECK(house.allowed("g", "{}", {.grant = "g1", .tenant = "x"}));
  CHECK(house.allowed("g", "{}", {.grant = "g2", .tenant = "x"}));
}

TEST_CASE("a limit per argument counts each value apart, in any order of members") {
  GatecrashHouse house(R"(tools:
  one: {limits: [{counter: c, window: hour, max: 1, per: [args.id]}]}
  same: {limits: [{counter: c, window: hour, max: 2, per: [args]}]}
)");
  CHECK(house.allowed("one", R"({"id":"a"})"));
  CHECK(house.allowed("one", R"({"id":"b"})"));
  CHECK(!house.allowed("one", R"({"id":"a"})"));
  CHECK(house.allowed("same", R"({"x":1,"y":2})"));
  CHECK(house.allowed("same", R"({"y":2,"x":1})"));
  CHECK(!house.allowed("same", R"({"x":1,"y":2})"));
  CHECK(house.allowed("same", R"({"x":1,"y":3})"));
}

TEST_CASE("the list that a limit names weighs its length, whatever else is long") {
  GatecrashHouse house(
      "tools: {t: {limits: [{counter: c, window: hour, max: 3, weight: args.ids}]}}\n");
  CHECK(house.allowed("t", R"({"ids":["a","b"],"notes":["1","2","3","4","5"]})"));
  CHECK(!house.allowed("t", R"({"ids":["a","b"]})"));
  CHECK(house.allowed("t", R"({"ids":"a"})"));
}

TEST_CASE("a sequence refuses what comes after, for its time and its scope") {
  GatecrashHouse house(R"(tools: {read: {}, send: {}}
sequences: [{name: no send after read, after: [read], within: 1h, scope: grant, deny: [send]}]
)");
  CHECK(house.allowed("send"));
  CHECK(house.allowed("read"));
  const decision::Ruling refused = house.call("send");
  CHECK(refused.rule == "/sequences/no send after read");
  CHECK(house.allowed("send", "{}", {.grant = "other"}));
  house.now += std::chrono::hours(1);
  CHECK(house.allowed("send"));
}

TEST_CASE("a tool that follows itself too often is stopped by a sequence with a count") {
  GatecrashHouse house(R"(tools: {t: {}}
sequences: [{name: no third, after: [t], within: 1h, times: 2, deny: [t]}]
)");
  CHECK(house.allowed("t"));
  CHECK(house.allowed("t"));
  CHECK(!house.allowed("t"));
}

TEST_CASE("frozen tools are refused while the switch is on") {
  GatecrashHouse house(
      "tools: {a: {class: destructive}, b: {class: read}}\nfreeze: {classes: [destructive]}\n");
  CHECK(house.allowed("a"));
  house.engine->switches().frozen = true;
  CHECK(house.call("a").rule == "/freeze");
  CHECK(house.allowed("b"));
  house.engine->reset();
  CHECK(house.allowed("a"));
  GatecrashHouse frozen("tools: {a: {}}\nfreeze: {tools: [a], on: true}\n");
  CHECK(!frozen.allowed("a"));
  frozen.engine->switches().frozen = false;
  CHECK(frozen.allowed("a"));
  frozen.engine->reset();
  CHECK(!frozen.allowed("a"));
}

TEST_CASE("a revoked grant and the kill switch come before every rule") {
  GatecrashHouse house("tools: {a: {}}\n");
  house.engine->switches().revoked.insert("g");
  CHECK(house.call("a").rule == "(revoked)");
  CHECK(house.allowed("a", "{}", {.grant = "other"}));
  house.engine->switches() = {.killed = true};
  CHECK(house.call("a", "{}", {.grant = "other"}).rule == "(killed)");
}

TEST_CASE("what one grant has made is not touched by another, what nobody made is everybody's") {
  GatecrashHouse house(R"(tools: {make: {}, end: {}}
ownership: [{name: tasks, id: "t-[0-9]+", created_by: [make], used_by: {end: args.id}}]
)");
  CHECK(house.engine->hands_out("make"));
  CHECK(!house.engine->hands_out("end"));
  base::Tree reply;
  REQUIRE(!base::read_json(
      R"({"content":[{"type":"text","text":"made t-1 and t-22."}],"x":{"y":["t-3"]}})", {}, reply));
  house.engine->learn("make", {.grant = "g"}, reply.root());
  for (const std::string id : {"t-1", "t-22", "t-3"}) {
    CHECK(house.allowed("end", R"({"id":")" + id + "\"}"));
    CHECK(house.call("end", R"({"id":")" + id + "\"}", {.grant = "thief"}).rule ==
          "/ownership/tasks");
  }
  CHECK(house.allowed("end", R"({"id":"t-2"})", {.grant = "thief"}));
  CHECK(!house.allowed("end", R"({"id":["t-2","t-1"]})", {.grant = "thief"}));
  CHECK(!house.allowed("end", R"({"id":"[\"t-1\"]"})",
                       {.grant = "thief"}));  // a lenient server unpacks it
  CHECK(!house.allowed("end", R"({"id":{"$":"t-1"}})", {.grant = "thief"}));
  house.engine->reset();
  CHECK(house.allowed("end", R"({"id":"t-1"})", {.grant = "thief"}));
}

TEST_CASE("an id that two were given is neither's, and one owner's many ids push out no other's") {
  GatecrashHouse house(R"(tools: {make: {}, end: {}}
ownership: [{name: tasks, id: "t-[0-9]+", created_by: [make], used_by: {end: args.id}}]
)");
  const auto learn = [&](const std::string& grant, const std::string& text) {
    base::Tree reply;
    const std::string json = base::to_json(text);
    REQUIRE(!base::read_json(json, {}, reply));
    house.engine->learn("make", {.grant = grant}, reply.root());
  };
  learn("g", "t-1");
  learn("thief", "as in t-1, t-2");
  CHECK(!house.allowed("end", R"({"id":"t-1"})"));
  CHECK(!house.allowed("end", R"({"id":"t-1"})", {.grant = "thief"}));
  CHECK(house.allowed("end", R"({"id":"t-2"})", {.grant = "thief"}));
  learn("g", "t-3");
  std::string many;
  for (int i = 100; i < 20'200; ++i) many += "t-" + std::to_string(i) + " ";
  learn("thief", many);
  CHECK(!house.allowed("end", R"({"id":"t-3"})", {.grant = "thief"}));
}

TEST_CASE("an expression for ids that can match nothing ends all the same") {
  GatecrashHouse house(R"(tools: {make: {}, end: {}}
ownership: [{name: tasks, id: '\b[a-z0-9-]*', created_by: [make], used_by: {end: args.id}}]
)");
  base::Tree reply;
  REQUIRE(!base::read_json(R"("DONE start \u00e9 t-1")", {}, reply));
  house.engine->learn("make", {.grant = "g"}, reply.root());
  CHECK(!house.allowed("end", R"({"id":"t-1"})", {.grant = "thief"}));
}

TEST_CASE("a value has one counter, however it is written") {
  GatecrashHouse house(
      "tools: {t: {limits: [{counter: c, window: day, max: 1, per: [args.n]}]}}\n");
  CHECK(house.allowed("t", R"({"n":1})"));
  for (const std::string same : {"1", "1.0", "1e0", "10e-1", "100.00E-2"}) {
    INFO(same);
    CHECK(!house.allowed("t", R"({"n":)" + same + "}"));
  }
  CHECK(house.allowed("t", R"({"n":"1"})"));
  CHECK(house.allowed("t", R"({"n":10})"));
  CHECK(house.allowed("t", R"({"n":-1})"));
  CHECK(house.allowed("t", R"({"n":[1]})"));  // what is no single value has one counter altogether
  CHECK(!house.allowed("t", R"({"n":[2]})"));
  CHECK(!house.allowed("t", R"({"n":{"a":1}})"));
}

TEST_CASE("a secret does not leave, however it is written, and a tool without one is not held up") {
  GatecrashHouse house(
      "tools: {t: {}}\nrequests: {refuse: [{name: key, regex: 'sk-[a-z0-9]{8}|4[0-9]{15}'}]}\n");
  for (const std::string held :
       {R"("sk-abcd1234")", R"("xsk-abcd1234y")", R"(["a",{"b":"sk-abcd1234"}])",
        R"({"sk-abcd1234":1})", "4111111111111111", R"("%73k-abcd1234")",
        R"("736b2d6162636431323334")", R"("c2stYWJjZDEyMzQ=")", R"("xxxc2stYWJjZDEyMzQ")",
        R"("YzJzdFlXSmpaREV5TXpRPQ==")", R"("c2stYWJj\nZDEyMzQ=")", R"("c2stYWJjZDEyMz%51")"}) {
    INFO(held);
    const decision::Ruling ruling = house.call("t", R"({"x":)" + held + "}");
    CHECK(ruling.outcome == Outcome::Deny);
    CHECK(ruling.rule == "/requests/refuse/0");
  }
  CHECK(house.allowed("t", R"({"x":"sk-abc and a plain sentence of some length","n":41111})"));
}

TEST_CASE("a schema that names nothing allows nothing") {
  GatecrashHouse house("tools: {t: {arguments: {}}}\n");
  CHECK(house.allowed("t"));
  CHECK(!house.allowed("t", R"({"anything":1})"));
}

TEST_CASE("what a call without a fitting argument would need is explained without a fault") {
  GatecrashHouse house(R"(tools: {t: {arguments: {properties: {id: {type: integer}}}}}
requests: {refuse: [{name: key, regex: 'sk-[a-z0-9]{8}'}]}
)");
  for (const std::string arguments : {R"({"id":1})", R"({"q":1})", R"({"id":"sk-abcd1234"})"}) {
    const decision::Situation situation{.policy = house.policy,
                                        .semantics = decision::hardened(),
                                        .tool = "t",
                                        .arguments = arguments,
                                        .principal = "p",
                                        .at = house.now};
    INFO(arguments);
    const decision::Explanation now = decision::explain(situation);
    CHECK((now.outcome == Outcome::Allow) == (arguments == R"({"id":1})"));
    for (const decision::Change& each : decision::changes(situation, now))
      CHECK(each.outcome != now.outcome);
  }
}

// Found by fuzz_policy_gatecrash.
TEST_CASE("a call that two limits refuse is explained by the one that decides") {
  GatecrashHouse house(R"(tools:
  t:
    limits: [{counter: calls, window: minute, max: 1}, {counter: sum, window: minute, max: 9, increment_from: args.n, on_deny: enough}]
)");
  CHECK(house.allowed("t", R"({"n":1})"));
  for (const std::string arguments : {R"({"n":1})", R"({"n":"much"})"}) {
    base::Tree tree;
    REQUIRE(!base::read_json(arguments, {}, tree));
    const decision::Explanation told = house.engine->explain(
        {.tool = "t", .arguments = tree.root(), .caller = {.grant = "g"}, .at = house.now});
    const decision::Ruling ruling = house.call("t", arguments);
    INFO(arguments);
    CHECK(told.rule == ruling.rule);
    CHECK(told.message == ruling.message);
    CHECK(std::ranges::count(told.steps, true, &decision::ExplainedStep::stops) == 1);
    CHECK(told.steps.back().rule == ruling.rule);
  }
}

TEST_CASE("no more calls wait for approval than the policy bears, by grant") {
  GatecrashHouse house(R"(tools: {t: {rules: [{name: ask, action: require_approval}]}}
approvals: {max_pending: 2, timeout: 5m}
)");
  CHECK(house.call("t", R"({"n":1})").outcome == Outcome::Hold);
  CHECK(house.call("t", R"({"n":2})").outcome == Outcome::Hold);
  CHECK(house.call("t", R"({"n":1})").outcome == Outcome::Hold);  // the same question
  CHECK(house.call("t", R"({"n":3})").outcome == Outcome::Deny);
  CHECK(house.call("t", R"({"n":3})", {.grant = "other"}).outcome == Outcome::Hold);
  house.now += std::chrono::minutes(5);
  CHECK(house.call("t", R"({"n":3})").outcome == Outcome::Hold);
}

TEST_CASE("whether a tool is hidden or not there cannot be told from the answer") {
  GatecrashHouse house("hide: [h]\ntools: {t: {}}\n");
  const std::string hidden(house.call("h").message);
  CHECK(hidden == house.call("nothing").message);
  CHECK(hidden.find("nothing") == std::string::npos);
}
