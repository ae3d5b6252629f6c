// What an operator, or a fault of its surroundings, does to a gateway.
#include "harness/gateway/operator.h"

#include "tests/gateway/rig.h"

using namespace gatecrash;
using gateway::OperatorAction;
using test::Rig;

namespace {

gateway::PolicyInput own(const std::string& rest) {
  gateway::PolicyInput input =
      test::policy_input("version: \"1\"\ndefault: deny\n" + rest, policy::Dialect::Gatecrash);
  input.path = "policy.gatecrash.yaml";
  return input;
}

class House : public Rig {
 public:
  explicit House(const std::string& rest) : Rig("reference", own(rest)) {
    gateway().open(0, {.name = {}, .grant = "g", .tenant = {}});
    handshake();
  }
  void say(std::string_view words) {
    const auto action = gateway::parse_operator(words);
    INFO(words);
    REQUIRE(action.has_value());
    transport::Frames nowhere;
    gateway().operate(*action, now, nowhere);
  }
  bool passes(std::string_view tool, std::string_view arguments = "{}") {
    const std::size_t before = upstream.executed.size();
    const auto replies = call(tool, arguments);
    REQUIRE(replies.size() == 1);
    return upstream.executed.size() > before;
  }
  // As an upstream lists it, one page.
  void lists(std::vector<std::string> tools) { upstream.pages = {std::move(tools)}; }
  std::string list() { return send(R"({"jsonrpc":"2.0","id":"l","method":"tools/list"})").at(0); }
};

constexpr const char* kAsk =
    "tools: {cancel_task: {rules: [{name: ask, action: require_approval}]}}\n";

}  // namespace

TEST_CASE("every form of an operator's words is understood, and nothing else") {
  for (const gateway::OperatorEntry& each : gateway::operator_words()) {
    std::string words(each.words);
    for (const auto& [from, to] : {std::pair{"TEXT", "t-1"},
                                   {"GRANT", "g"},
                                   {"DURATION", "-90s"},
                                   {" P ", " 93 "},
                                   {"seed N", "seed 7"}}) {
      if (const auto at = words.find(from); at != std::string::npos)
        words.replace(at, std::string(from).size(), to);
    }
    INFO(words);
    CHECK(gateway::parse_operator(words).has_value());
    CHECK(gateway::is_gateway_fault(words) == each.fault);
  }
  for (const std::string_view bad : {"", "approved", "approve ", "revoke", "decide 101 seed 1",
                                     "decide x seed 1", "clock soon", "store"}) {
    INFO(bad);
    CHECK(gateway::parse_operator(bad).has_error());
  }
}

TEST_CASE("an approved call passes once; what was not meant stays held") {
  House house(kAsk);
  CHECK(!house.passes("cancel_task", R"({"id":"t-1"})"));
  CHECK(!house.passes("cancel_task", R"({"id":"t-2"})"));
  house.say("approve t-1");
  CHECK(!house.passes("cancel_task", R"({"id":"t-2"})"));
  CHECK(house.passes("cancel_task", R"({"id":"t-1"})"));
  CHECK(!house.passes("cancel_task", R"({"id":"t-1"})"));
}

TEST_CASE("a denied call stays denied, and an expired approval is void") {
  House house(kAsk);
  CHECK(!house.passes("cancel_task", R"({"id":"t-1"})"));
  house.say("deny");
  CHECK(!house.passes("cancel_task", R"({"id":"t-1"})"));
  CHECK(!house.passes("cancel_task", R"({"id":"t-2"})"));
  house.say("approve");
  house.say("expire");
  CHECK(!house.passes("cancel_task", R"({"id":"t-2"})"));
}

TEST_CASE("a hasty approver says yes about as often as he is said to, alike for the same seed") {
  const auto approved = [](std::string_view words) {
    House house(kAsk);
    for (int i = 0; i < 100; ++i)
      CHECK(!house.passes("cancel_task", "{\"n\":" + std::to_string(i) + "}"));
    house.say(words);
    int passed = 0;
    for (int i = 0; i < 100; ++i)
      passed += house.passes("cancel_task", "{\"n\":" + std::to_string(i) + "}") ? 1 : 0;
    return passed;
  };
  const int most = approved("decide 93 seed 1");
  CHECK(most >= 85);
  CHECK(most < 100);
  CHECK(approved("decide 93 seed 1") == most);
  CHECK(approved("decide 0 seed 1") == 0);
  CHECK(approved("decide 100 seed 1") == 100);
}

TEST_CASE("revocation, kill and freeze hold until they are taken back, and survive a reload") {
  const std::string policy =
      "tools: {cancel_task: {class: destructive}, get_task: {class: read}}\nfreeze: {classes: "
      "[destructive]}\n";
  House house(policy);
  house.say("revoke g");
  transport::Frames nowhere;
  CHECK(house.gateway().reload(own(policy), house.now, nowhere, house.log).done);
  CHECK(!house.passes("get_task"));
  house.say("restore g");
  CHECK(house.passes("get_task"));
  house.say("kill");
  CHECK(!house.passes("get_task"));
  house.say("revive");
  house.say("freeze");
  CHECK(!house.passes("cancel_task"));
  CHECK(house.passes("get_task"));
  house.say("unfreeze");
  CHECK(house.passes("cancel_task"));
}

TEST_CASE("a store that cannot be reached stops what it would have to count, and nothing else") {
  House house(
      "tools: {cancel_task: {limits: [{counter: c, window: minute, max: 5}]}, get_task: {}}\n");
  house.say("store down");
  CHECK(!house.passes("cancel_task"));
  CHECK(house.passes("get_task"));
  house.say("store up");
  CHECK(house.passes("cancel_task"));
}

TEST_CASE("while the audit cannot be written only reading goes on") {
  House house(
      "tools: {cancel_task: {class: destructive}, start_task: {}, get_task: {class: read}}\n");
  house.say("audit down");
  CHECK(!house.passes("cancel_task"));
  CHECK(house.last_reason(trace::EventKind::Decided) == "(audit)");
  CHECK(!house.passes("start_task"));
  CHECK(house.passes("get_task"));
  house.say("audit up");
  CHECK(house.passes("cancel_task"));
}

TEST_CASE("a clock that goes back refills nothing") {
  House house("tools: {cancel_task: {limits: [{counter: c, window: minute, max: 1}]}}\n");
  CHECK(house.passes("cancel_task"));
  house.say("clock -90s");
  CHECK(!house.passes("cancel_task"));
  house.now += std::chrono::seconds(59);
  CHECK(!house.passes("cancel_task"));
}

TEST_CASE("a restarted gateway has forgotten what its operator did") {
  House house(kAsk);
  for (const std::string_view words :
       {"kill", "freeze", "revoke g", "store down", "audit down", "clock 5m"})
    house.say(words);
  house.gateway().reset();
  house.gateway().open(0, {.name = {}, .grant = "g", .tenant = {}});
  house.handshake();
  CHECK(!house.passes("cancel_task"));
  house.say("approve");
  CHECK(house.passes("cancel_task"));
}

// ---- pinned definitions
// --------------------------------------------------------------------------

TEST_CASE(
    "a tool whose definition is not the one first seen is neither shown nor called until it is "
    "accepted") {
  House house("tools: {a: {}, b: {}}\ndefinitions: {pin: first_seen}\n");
  CHECK(house.passes("a"));  // nothing is known yet
  house.upstream.pages = {{"a", "b"}};
  CHECK(test::contains(house.list(), R"("name":"b")"));
  house.upstream.describe["b"] = "now does more";
  const std::string list = house.list();
  CHECK(test::contains(list, R"("name":"a")"));
  CHECK(!test::contains(list, R"("name":"b")"));
  CHECK(house.passes("a"));
  CHECK(!house.passes("b"));
  CHECK(house.last_reason(trace::EventKind::Decided) == "/definitions");
  house.say("accept definitions");
  CHECK(house.passes("b"));
  CHECK(test::contains(house.list(), R"("name":"b")"));
}

TEST_CASE("a tool that comes later is not there until it is accepted, though the policy lists it") {
  House house("tools: {a: {}, b: {}}\ndefinitions: {pin: first_seen}\n");
  house.upstream.pages = {{"a"}};
  house.list();
  CHECK(!house.passes("b"));
  house.upstream.pages = {{"a", "b"}};
  CHECK(!test::contains(house.list(), R"("name":"b")"));
  CHECK(!house.passes("b"));
  house.say("accept definitions");
  CHECK(house.passes("b"));
}

TEST_CASE("after word of a changed list everything is in doubt until it has been listed again") {
  House house("tools: {a: {}, b: {}}\ndefinitions: {pin: first_seen}\n");
  house.upstream.pages = {{"a"}, {"b"}};
  const auto both = [&] {
    house.list();
    house.send(R"({"jsonrpc":"2.0","id":"m","method":"tools/list","params":{"cursor":"1"}})");
  };
  both();
  CHECK(house.passes("a"));
  house.upstream_says(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  CHECK(!house.passes("a"));
  house.list();
  CHECK(!house.passes("a"));  // one page is not the list
  both();
  CHECK(house.passes("a"));
}

TEST_CASE("asking for single pages, or for one twice, takes no tool away and settles no doubt") {
  House house("tools: {a: {}, b: {}, c: {}}\ndefinitions: {pin: first_seen}\n");
  house.upstream.pages = {{"a"}, {"b"}, {"c"}};
  const auto page = [&](const std::string& cursor) {
    return house
        .send(R"({"jsonrpc":"2.0","id":"p","method":"tools/list","params":{"cursor":")" + cursor +
              "\"}}")
        .at(0);
  };
  page("2");  // the last page alone is no listing
  CHECK(house.passes("a"));
  house.list();
  page("1");
  page("1");  // again
  page("2");
  CHECK(house.passes("b"));
  house.list();
  page("1");
  page("2");
  for (const char* const tool : {"a", "b", "c"}) CHECK(house.passes(tool));
  house.upstream_says(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  page("2");
  CHECK(!house.passes("a"));
  house.list();
  page("1");
  page("2");
  CHECK(house.passes("a"));
}

TEST_CASE("a change that is announced before the first listing was whole is a change") {
  House house("tools: {a: {}, b: {}}\ndefinitions: {pin: first_seen}\n");
  house.upstream.pages = {{"a"}, {"b"}};
  house.list();
  house.upstream_says(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  CHECK(!house.passes("a"));
}

TEST_CASE("a name that stands twice in one list is nobody's") {
  House house("tools: {a: {}, b: {}}\ndefinitions: {pin: first_seen}\n");
  house.upstream.pages = {{"a", "b", "a"}};
  const std::string list = house.list();
  CHECK(!test::contains(list, R"("name":"a")"));
  CHECK(!house.passes("a"));
  CHECK(house.passes("b"));
}

TEST_CASE("another order of members is no other definition") {
  gateway::Definitions definitions;
  gateway::Definitions::Listing listing;
  base::Tree first, second;
  REQUIRE(!base::read_json(R"([{"name":"a","description":"x","inputSchema":{"b":1,"c":2}}])", {},
                           first));
  REQUIRE(!base::read_json(R"([{"inputSchema":{"c":2,"b":1},"name":"a","description":"x"}])", {},
                           second));
  definitions.see(first.root(), {}, definitions.asked({}, listing), listing);
  definitions.see(second.root(), {}, definitions.asked({}, listing), listing);
  CHECK(definitions.trusted("a"));
  CHECK(!definitions.trusted("b"));
}

// ---- redaction
// -----------------------------------------------------------------------------------

TEST_CASE("a redacted text is nowhere in what the agent gets, however the upstream writes it") {
  House house("tools: {a: {}}\nresponses: {redact: [{name: 'a\\1b', regex: 'sk-[a-z0-9]{8}'}]}\n");
  for (
      const std::string_view reply :
      {R"({"jsonrpc":"2.0","id":101,"result":{"content":[{"type":"text","text":"key sk-abcd1234 and sk-efgh5678"}]}})",
       R"({"jsonrpc":"2.0","id":102,"error":{"code":-1,"message":"sk-abcd1234","data":{"sk-abcd1234":["sk-abcd1234"]}}})",
       R"({"jsonrpc":"2.0","id":103,"result":{"content":[],"x":"\u0073k-abcd1234"}})",
       R"({"jsonrpc":"2.0","id":104,"result":{"content":[],"sk-abcd1234":1}})",
       R"({"jsonrpc":"2.0","id":105,"result":{"content":[{"of":{"key sk-abcd1234":"x"}}]}})"}) {
    house.hold = true;
    house.call("a");
    const auto got = house.upstream_says(reply);
    house.hold = false;
    bool seen = false;
    for (const std::string& each : got) {
      INFO(each);
      CHECK(!test::contains(each, "sk-"));
      seen = seen || test::contains(each, R"([redacted: a\\1b])");
    }
    CHECK(seen);
  }
}

TEST_CASE("what was taken out of an answer is on record, by its redaction") {
  House house(
      "tools: {a: {}, b: {}}\nresponses: {redact: [{name: k, regex: 'sk-[a-z]{4}'}, {name: l, "
      "regex: 'pw=[a-z]+'}]}\n");
  house.lists({"a", "b"});
  const auto taken = [&](std::string_view description) {
    house.log.clear();
    house.upstream.describe["a"] = description;
    house.list();
    std::vector<std::string> paths;
    for (const trace::Event& each : house.log.events()) {
      if (each.kind == trace::EventKind::Redacted) paths.emplace_back(house.log.view(each.text));
    }
    return paths;
  };
  CHECK(taken("nothing").empty());
  CHECK(taken("sk-abcd and pw=x") ==
        std::vector<std::string>{"/responses/redact/0", "/responses/redact/1"});
  CHECK(taken("pw=x") == std::vector<std::string>{"/responses/redact/1"});
}

TEST_CASE("no frame of the upstream shows it, and no id is changed") {
  House house(
      "hide: [h]\ntools: {a: {}}\nresponses: {redact: [{name: k, regex: "
      "'sk-[a-z0-9]{8}|4[0-9]{15}'}]}\n");
  house.upstream.pages = {{"a", "h"}};
  house.upstream.describe["a"] = "use sk-abcd1234";
  CHECK(test::contains(house.list(), "use [redacted: k]"));
  for (
      const std::string_view said :
      {R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"sk-abcd1234"}})",
       R"({"jsonrpc":"2.0","id":"q","method":"roots/list","params":{"_meta":{"x":"sk-abcd1234"}}})"}) {
    const auto got = house.upstream_says(said);
    REQUIRE(got.size() == 1);
    INFO(got.at(0));
    CHECK(!test::contains(got.at(0), "sk-"));
  }
  const auto answered = house.send(
      R"({"jsonrpc":"2.0","id":"sk-efgh5678","method":"tools/call","params":{"name":"a"}})");
  CHECK(test::contains(answered.at(0), R"("id":"sk-efgh5678")"));
  house.hold = true;
  house.call("a");
  const auto got = house.upstream_says(
      R"({"jsonrpc":"2.0","id":101,"result":{"content":[],"card":4111111111111111}})");
  house.hold = false;
  for (const std::string& each : got) CHECK(!test::contains(each, "4111111111111111"));
}

TEST_CASE("a secret leaves in no other part of a frame either") {
  House house("tools: {a: {}}\nrequests: {refuse: [{name: k, regex: 'sk-[a-z0-9]{8}'}]}\n");
  for (
      const std::string_view frame :
      {R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","_meta":{"x/y":"sk-abcd1234"}}})",
       R"({"jsonrpc":"2.0","id":"sk-abcd1234","method":"tools/call","params":{"name":"a"}})",
       R"({"jsonrpc":"2.0","id":8,"method":"tools/list","params":{"cursor":"sk-abcd1234"}})",
       R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed","params":{"_meta":{"x":"sk-abcd1234"}}})"}) {
    INFO(frame);
    house.upstream.arrived.clear();
    house.send(frame);
    CHECK(house.upstream.arrived.empty());
    CHECK(house.last_reason(trace::EventKind::Refused) == "secret_in_message");
  }
  CHECK(house.passes("a"));
}

TEST_CASE("killed and revoked stop lists as well as calls") {
  House house("tools: {a: {}}\n");
  for (const auto& [stop, go] : {std::pair{"kill", "revive"}, std::pair{"revoke g", "restore g"}}) {
    house.say(stop);
    house.upstream.arrived.clear();
    house.list();
    CHECK(house.upstream.arrived.empty());
    CHECK(house.last_reason(trace::EventKind::Refused) == "stopped");
    house.say(go);
    house.list();
    CHECK(!house.upstream.arrived.empty());
  }
}

TEST_CASE("killed and revoked stop a client's answers to the server too") {
  House house("tools: {a: {}}\n");
  const auto answers = [&](const std::string& id) {
    const std::string asked = R"({"jsonrpc":"2.0","id":")" + id + R"(","method":"roots/list"})";
    CHECK(house.upstream_says(asked).size() == 1);
    return R"({"jsonrpc":"2.0","id":")" + id + R"(","result":{"roots":[]}})";
  };
  for (const auto& [stop, go] : {std::pair{"kill", "revive"}, std::pair{"revoke g", "restore g"}}) {
    const std::string answer = answers(std::string("before ") + stop);
    house.say(stop);
    house.upstream.arrived.clear();
    house.send(answer);
    CHECK(house.upstream.arrived.empty());
    CHECK(house.last_reason(trace::EventKind::Refused) == "stopped");
    house.say(go);
    house.send(answers(std::string("after ") + go));
    CHECK(house.upstream.arrived.size() == 1);
  }
}

TEST_CASE("each switch of the operator is taken back by its own word only") {
  House house("tools: {a: {class: destructive}}\nfreeze: {classes: [destructive]}\n");
  struct Switch {
    std::string_view on, off;
  };
  constexpr Switch kSwitches[] = {
      {"kill", "revive"}, {"freeze", "unfreeze"}, {"revoke g", "restore g"}};
  for (const Switch& pulled : kSwitches) {
    house.say(pulled.on);
    for (const Switch& other : kSwitches) {
      if (other.off == pulled.off) continue;
      INFO(pulled.on << ", " << other.off);
      house.say(other.off);
      CHECK(!house.passes("a"));
    }
    house.say(pulled.off);
    CHECK(house.passes("a"));
  }
}

TEST_CASE("a freeze that the file says ends with the file, one of the operator's does not") {
  const std::string frozen = "tools: {a: {}}\nfreeze: {tools: [a], on: true}\n";
  const std::string thawed = "tools: {a: {}}\nfreeze: {tools: [a]}\n";
  transport::Frames nowhere;
  House house(frozen);
  CHECK(!house.passes("a"));
  CHECK(house.gateway().reload(own(thawed), house.now, nowhere, house.log).done);
  CHECK(house.passes("a"));
  house.say("freeze");
  CHECK(house.gateway().reload(own(thawed), house.now, nowhere, house.log).done);
  CHECK(!house.passes("a"));
}

TEST_CASE("what holds no such text is relayed as it is") {
  House house("tools: {a: {}}\nresponses: {redact: [{name: k, regex: 'sk-[a-z0-9]{8}'}]}\n");
  const auto replies = house.call("a");
  CHECK(test::contains(replies.at(0), R"("text":"done")"));
}
