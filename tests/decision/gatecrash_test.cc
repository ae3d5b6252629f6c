// What the parts of `dialect: gatecrash` mean, told by calls.
#include "tests/support/catch.h"

#include <memory>
#include <string>

#include "harness/base/json.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"

using namespace gatecrash;
using decision::Outcome;

namespace {

class House {
 public:
  explicit House(const std::string& rest) {
    auto loaded = policy::load_text("p.gatecrash.yaml", "version: \"1\"\ndefault: deny\n" + rest,
                                    {.dialect = policy::Dialect::Gatecrash});
    INFO(base::to_string(loaded.problems));
    REQUIRE(loaded.policy);
    engine = std::make_unique<decision::Engine>(loaded.policy, decision::hardened(), *counters);
  }

  decision::Ruling call(std::string_view tool, const std::string& arguments = "{}", decision::Caller caller = {}) {
    REQUIRE(!base::read_json(text_ = arguments, {}, tree_));
    if (caller.grant.empty()) caller.grant = "g";
    return engine->decide({.tool = tool, .arguments = tree_.root(), .caller = caller, .at = now});
  }
  bool allowed(std::string_view tool, const std::string& arguments = "{}", decision::Caller caller = {}) {
    return call(tool, arguments, caller).outcome == Outcome::Allow;
  }

  base::Instant now = base::default_start();
  std::unique_ptr<decision::CounterStore> counters = decision::make_memory_counters();
  std::unique_ptr<decision::Engine> engine;

 private:
  std::string text_;
  base::Tree tree_;
};

}  // namespace

TEST_CASE("arguments are judged before a limit counts the call") {
  House house(R"(tools:
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
  House house("tools: {t: {destinations: {args.url: [api.example.com, '*.docs.example.com']}}}\n");
  for (const std::string good : {"https://api.example.com", "http://API.example.com:8080/x?y#z", "https://a.b.docs.example.com/"}) {
    INFO(good);
    CHECK(house.allowed("t", R"({"url":")" + good + "\"}"));
  }
  for (const std::string bad :
       {"https://evil.example", "https://api.example.com.evil.example/", "https://api.example.com@evil.example/",
        "https://evil.example/?https://api.example.com/", "https://docs.example.com/", "https://api.example.com\\\\@evil.example",
        "file://api.example.com/etc", "//api.example.com/", "https://api.example.com\\n.evil.example", "api.example.com",
        "https://apixexample.com/", "https://api.example.com:80@evil.example/"}) {
    INFO(bad);
    CHECK(!house.allowed("t", R"({"url":")" + bad + "\"}"));
  }
  CHECK(!house.allowed("t"));
  CHECK(!house.allowed("t", R"({"url":["https://api.example.com"]})"));
}

TEST_CASE("a budget is one counter for all its tools") {
  House house(R"(tools: {a: {}, b: {}, c: {}}
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
  House house(R"(tools:
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
  House house(R"(tools:
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
  House house("tools: {t: {limits: [{counter: c, window: hour, max: 3, weight: args.ids}]}}\n");
  CHECK(house.allowed("t", R"({"ids":["a","b"],"notes":["1","2","3","4","5"]})"));
  CHECK(!house.allowed("t", R"({"ids":["a","b"]})"));
  CHECK(house.allowed("t", R"({"ids":"a"})"));
}

TEST_CASE("a sequence refuses what comes after, for its time and its scope") {
  House house(R"(tools: {read: {}, send: {}}
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
  House house(R"(tools: {t: {}}
sequences: [{name: no third, after: [t], within: 1h, times: 2, deny: [t]}]
)");
  CHECK(house.allowed("t"));
  CHECK(house.allowed("t"));
  CHECK(!house.allowed("t"));
}

TEST_CASE("frozen tools are refused while the switch is on") {
  House house("tools: {a: {class: destructive}, b: {class: read}}\nfreeze: {classes: [destructive]}\n");
  CHECK(house.allowed("a"));
  house.engine->switches().frozen = true;
  CHECK(house.call("a").rule == "/freeze");
  CHECK(house.allowed("b"));
  house.engine->reset();
  CHECK(house.allowed("a"));
  House frozen("tools: {a: {}}\nfreeze: {tools: [a], on: true}\n");
  CHECK(!frozen.allowed("a"));
  frozen.engine->switches().frozen = false;
  CHECK(frozen.allowed("a"));
  frozen.engine->reset();
  CHECK(!frozen.allowed("a"));
}

TEST_CASE("a revoked grant and the kill switch come before every rule") {
  House house("tools: {a: {}}\n");
  house.engine->switches().revoked.insert("g");
  CHECK(house.call("a").rule == "(revoked)");
  CHECK(house.allowed("a", "{}", {.grant = "other"}));
  house.engine->switches() = {.killed = true};
  CHECK(house.call("a", "{}", {.grant = "other"}).rule == "(killed)");
}

TEST_CASE("what one grant has made is not touched by another, what nobody made is everybody's") {
  House house(R"(tools: {make: {}, end: {}}
ownership: [{name: tasks, id: "t-[0-9]+", created_by: [make], used_by: {end: args.id}}]
)");
  CHECK(house.engine->hands_out("make"));
  CHECK(!house.engine->hands_out("end"));
  base::Tree reply;
  REQUIRE(!base::read_json(R"({"content":[{"type":"text","text":"made t-1 and t-22."}],"x":{"y":["t-3"]}})", {}, reply));
  house.engine->learn("make", {.grant = "g"}, reply.root());
  house.engine->learn("make", {.grant = "thief"}, reply.root());  // the first keeps it
  for (const std::string id : {"t-1", "t-22", "t-3"}) {
    CHECK(house.allowed("end", R"({"id":")" + id + "\"}"));
    CHECK(house.call("end", R"({"id":")" + id + "\"}", {.grant = "thief"}).rule == "/ownership/tasks");
  }
  CHECK(house.allowed("end", R"({"id":"t-2"})", {.grant = "thief"}));
  CHECK(!house.allowed("end", R"({"id":["t-2","t-1"]})", {.grant = "thief"}));
  house.engine->reset();
  CHECK(house.allowed("end", R"({"id":"t-1"})", {.grant = "thief"}));
}

TEST_CASE("no more calls wait for approval than the policy bears, by grant") {
  House house(R"(tools: {t: {rules: [{name: ask, action: require_approval}]}}
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
  House house("hide: [h]\ntools: {t: {}}\n");
  const std::string hidden(house.call("h").message);
  CHECK(hidden == house.call("nothing").message);
  CHECK(hidden.find("nothing") == std::string::npos);
}
