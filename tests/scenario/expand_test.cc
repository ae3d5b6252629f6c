// Templates become plans: concrete, deterministic, quick.
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "harness/scenario/spelling.h"
#include "tests/scenario/files.h"

namespace gatecrash {
namespace {

using scenario::Step;
using scenario::StepKind;
using test::attack_text;
using test::expanded;
using test::load_attack_text;
using test::make_target;
using test::problems_of;

std::vector<std::string> calls(const scenario::Plan& plan) {
  std::vector<std::string> all;
  for (const Step& step : plan.steps) all.push_back(step.tool + " " + step.arguments + step.line);
  return all;
}

std::vector<std::string> attack_calls(std::string_view steps) {
  return calls(expanded(attack_text(steps), make_target())->attacks.at(0));
}

TEST_CASE("a call is expanded to a tool and JSON text") {
  CHECK(attack_calls(
            "  - {call: {tool: \"${cancel.tool}\", args: {\"${cancel.id}\": \"${task[0]}\"}}}\n") ==
        std::vector<std::string>{R"(cancel_task {"task_id":"task-001"})"});
}

TEST_CASE("arguments keep their kinds; absent arguments are not sent") {
  CHECK(attack_calls(
            "  - {call: {tool: t, args: {a: 1.50, b: null, c: true, d: [x, {}], e: \"1\"}}}\n"
            "  - {call: {tool: t, args: {}}}\n"
            "  - {call: {tool: t, args: null}}\n"
            "  - {call: {tool: t, args: [1]}}\n"
            "  - {call: {tool: t}}\n") ==
        std::vector<std::string>{R"(t {"a":1.50,"b":null,"c":true,"d":["x",{}],"e":"1"})", "t {}",
                                 "t null", "t [1]", "t "});
}

TEST_CASE("a repeat counts from 0, and its counter may be named") {
  CHECK(attack_calls("  - repeat: 2\n    counter: round\n    steps:\n"
                     "      - {repeat: 2, call: {tool: \"t${round}${n}\", args: {id: "
                     "\"${round*10+n-1}\"}}}\n") ==
        std::vector<std::string>{R"(t00 {"id":-1})", R"(t01 {"id":0})", R"(t10 {"id":9})",
                                 R"(t11 {"id":10})"});
}

TEST_CASE("the inner of two counters with one name counts") {
  CHECK(attack_calls("  - {repeat: 2, steps: [{repeat: 2, call: {tool: \"t${n}\"}}, {call: {tool: "
                     "\"u${n}\"}}]}\n") ==
        std::vector<std::string>{"t0 ", "t1 ", "u0 ", "t0 ", "t1 ", "u1 "});
}

TEST_CASE("tasks are named by expressions; a range is a list with both ends") {
  CHECK(attack_calls("  - {repeat: 2, call: {tool: t, args: {a: \"${task[n+1]}\", b: "
                     "\"${tasks[0..n]}\"}}}\n") ==
        std::vector<std::string>{R"(t {"a":"task-002","b":["task-001"]})",
                                 R"(t {"a":"task-003","b":["task-001","task-002"]})"});
}

TEST_CASE("each value of an each keeps its kind as a whole value and is text inside text") {
  CHECK(
      attack_calls(
          "  - {each: [\"*\", null, [], \"${task[0]},x\", 7], call: {tool: t, args: {id: "
          "\"${each}\"}}}\n"
          "  - {each: [a, \"q\\\"\"], call: {tool: \"t-${each}\", args: {id: \"<${each}>\"}}}\n") ==
      std::vector<std::string>{R"(t {"id":"*"})", R"(t {"id":null})", R"(t {"id":[]})",
                               R"(t {"id":"task-001,x"})", R"(t {"id":7})", R"(t-a {"id":"<a>"})",
                               R"(t-q" {"id":"<q\">"})"});
}

TEST_CASE("a dollar is written twice to stay") {
  CHECK(attack_calls("  - {call: {tool: \"$${n} $5\", args: {a: \"$${x}\"}}}\n") ==
        std::vector<std::string>{R"(${n} $5 {"a":"${x}"})"});
}

TEST_CASE("raw bytes stay as written but for escaped substitutions") {
  const auto target =
      make_target(std::string(test::kTargetText)
                      .replace(std::string(test::kTargetText).find("green"), 5, "\"a\\\"b\\\\c\""));
  const auto made = expanded(attack_text("  - raw: >-\n      {\"id\":1,\"n\\u0061me\":\n      "
                                         "\"${x.colour}\",\"name\":\"${cancel.tool}\"}\n"),
                             target);
  CHECK(made->attacks[0].steps[0].line ==
        R"({"id":1,"n\u0061me": "a\"b\\c","name":"cancel_task"})");
}

TEST_CASE("a step may depend on traits") {
  CHECK(attack_calls("  - {when: {status.tool: present}, call: {tool: a}}\n"
                     "  - {when: {list.tool: present}, call: {tool: \"${list.tool}\"}}\n"
                     "  - {when: {list.tool: absent, promise.cancel.max: 10}, call: {tool: c}}\n"
                     "  - {when: {cancel.accepts_list: true}, call: {tool: d}}\n"
                     "  - {when: {cancel.cosmetic: false}, call: {tool: e}}\n"
                     "  - {when: {cancel.accepts_list: false}, call: {tool: f}}\n"
                     "  - {when: {x.colour: green}, call: {tool: g}}\n") ==
        std::vector<std::string>{"a ", "c ", "d ", "e ", "g "});
}

TEST_CASE("steps carry their expectation and their place") {
  const auto made =
      expanded(attack_text("  - {list: tools, expect: {absent: [\"${cancel.tool}\"], present: x}}\n"
                           "  - {call: {tool: t}, expect: deny}\n"
                           "  - {advance: 200ms}\n"
                           "  - {session: new, as: eve}\n"),
               make_target());
  const auto& steps = made->attacks[0].steps;
  REQUIRE(steps.size() == 4);
  CHECK(steps[0].kind == StepKind::List);
  CHECK(steps[0].expect.absent == std::vector<std::string>{"cancel_task"});
  CHECK(steps[0].expect.present == std::vector<std::string>{"x"});
  CHECK(steps[1].expect.outcome == scenario::Expect::Outcome::Deny);
  CHECK(steps[1].at == base::SourcePos{8, 5});
  CHECK(steps[1].expect.at == base::SourcePos{8, 31});
  CHECK(steps[2].kind == StepKind::Advance);
  CHECK(steps[2].by == std::chrono::milliseconds(200));
  CHECK(steps[3].kind == StepKind::NewSession);
  CHECK(steps[3].as == "eve");
}

TEST_CASE("a list may say its id, its params and how many pages it asks for") {
  const auto made = expanded(
      attack_text("  - {list: tools}\n"
                  "  - {list: {cursor: ''}}\n"
                  "  - {list: {id: 7, params: {_meta: {x: 1}}, cursor: p2, pages: all}}\n"
                  "  - {repeat: 2, list: {id: \"n-${n}\", params: {}, cursor: \"c-${n}\"}}\n"),
      make_target());
  const auto& steps = made->attacks[0].steps;
  REQUIRE(steps.size() == 5);
  CHECK((steps[0].line.empty() && steps[0].arguments.empty() && steps[0].most == 0));
  CHECK((steps[1].line.empty() && steps[1].most == 1));
  CHECK(steps[1].arguments == R"({"cursor":""})");
  CHECK((steps[2].line == "7" && steps[2].most == 0));
  CHECK(steps[2].arguments == R"({"_meta":{"x":1},"cursor":"p2"})");
  CHECK(steps[4].line == R"("n-1")");
  CHECK(steps[4].arguments == R"({"cursor":"c-1"})");
}

TEST_CASE("steps say what they are for, and which values of `each` they have") {
  using Purpose = scenario::Step::Purpose;
  const auto made =
      expanded(attack_text("  - {list: tools, setup: true}\n"
                           "  - {call: {tool: t}, harmless: a control}\n"
                           "  - {each: [a, b], repeat: 2, call: {tool: \"${each}\"}}\n"
                           "  - {each: [a, b], steps: [{each: [c, d], call: {tool: t}}]}\n"),
               make_target());
  std::vector<std::uint32_t> choices;
  for (const scenario::Step& step : made->attacks[0].steps) choices.push_back(step.choice);
  CHECK(choices == std::vector<std::uint32_t>{0, 0, 0, 0, 1, 1, 0, 1, 2, 3});
  CHECK(made->attacks[0].steps[0].purpose == Purpose::SetUp);
  CHECK(made->attacks[0].steps[1].purpose == Purpose::Control);
  CHECK(made->attacks[0].steps[2].purpose == Purpose::Harm);
}

TEST_CASE("a call may be expected to be answered like the call before it") {
  const auto made = expanded(attack_text("  - {call: {tool: a}}\n"
                                         "  - {each: [b, c], call: {tool: \"${each}\"}, "
                                         "expect: {outcome: deny, like: previous}}\n"),
                             make_target());
  const auto& steps = made->attacks[0].steps;
  REQUIRE(steps.size() == 3);
  CHECK_FALSE(steps[0].expect.like_previous);
  CHECK(steps[1].expect.like_previous);
  CHECK(steps[2].expect.like_previous);
  CHECK(steps[2].expect.outcome == scenario::Expect::Outcome::Deny);
}

TEST_CASE("a new session may stand between two calls that are compared") {
  const auto made = expanded(attack_text("  - {call: {tool: a}}\n  - repeat: 2\n    steps:\n"
                                         "      - {session: new}\n"
                                         "      - {call: {tool: a}, expect: {like: previous}}\n"),
                             make_target());
  const auto& steps = made->attacks[0].steps;
  REQUIRE(steps.size() == 5);
  CHECK(scenario::compared_with(steps, 2) == std::size_t{0});
  CHECK(scenario::compared_with(steps, 4) == std::size_t{2});
  CHECK(scenario::compared_with(steps, 0) == std::nullopt);
}

TEST_CASE("bytes by hex stand in raw lines as they are, and a line need not end") {
  const auto made =
      expanded(attack_text("  - {raw: 'a${hex.00ff0d}\\u0061${hex.0A}', newline: false}\n"
                           "  - {raw: ''}\n"),
               make_target());
  const auto& steps = made->attacks[0].steps;
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].line == std::string("a\0\xff\r\\u0061\n", 11));
  CHECK(steps[0].unended);
  CHECK(steps[1].line.empty());
  CHECK_FALSE(steps[1].unended);
}

TEST_CASE("a trait is put in by another spelling") {
  const auto spelled = [](const std::string& spelling) {
    const auto made = expanded(
        attack_text("  - {call: {tool: \"${cancel.tool as " + spelling + "}\"}}\n"), make_target());
    return made->attacks[0].steps[0].tool;
  };
  CHECK(spelled("upper") == "CANCEL_TASK");
  CHECK(spelled("capital") == "Cancel_Task");
  CHECK(spelled("wide-first") == "\uff43ancel_task");
  CHECK(spelled("cyrillic") == "\u0441\u0430n\u0441\u0435l_t\u0430sk");
  CHECK(spelled("zero-width") == "c\u200bancel_task");
  CHECK(spelled("percent") == "cancel%5ftask");
  CHECK(spelled("escaped") == "cancel\\u005ftask");
  CHECK(spelled("overlong").size() == 129);
  for (const scenario::Spelling& each : scenario::spellings()) {
    INFO(each.name);
    CHECK(each.spell("stop") != "stop");
    CHECK(each.spell("cancel-task") != "cancel-task");
  }
}

TEST_CASE("everyday is the target's own traffic, with places in the target's file") {
  const auto made =
      expanded(attack_text("  - {call: {tool: t}}\n", "", "  - {repeat: 2, everyday: true}\n"),
               make_target());
  REQUIRE(made->benign.steps.size() == 2);
  CHECK(made->benign.kind == scenario::RunKind::Benign);
  CHECK(made->benign.steps[1].tool == "get_task");
  CHECK(made->benign.steps[1].in_target);
  CHECK(made->benign.steps[1].at == base::SourcePos{12, 5});
  CHECK_FALSE(made->attacks[0].steps[0].in_target);
  CHECK(made->benign.always.empty());
}

TEST_CASE("a plan is the scenario with the target's world and the attack's own setting") {
  const auto made =
      expanded(attack_text("  - {call: {tool: t}}\n",
                           "clock: {start: 2026-01-01T10:00:59.9Z}\nworld: {tasks: 5, work: 30s}\n"
                           "personalities: [coerces-args]\nextra_tools: [{name: later}]\n"
                           "matrix: {personality: [dup-first-wins, dup-last-wins]}\n"),
               make_target());
  CHECK(made->id == "a/b@shop");
  REQUIRE(made->attacks.size() == 2);
  const scenario::Plan& plan = made->attacks[1];
  CHECK(plan.scenario == "a/b@shop");
  CHECK(plan.variant == "personality=dup-last-wins");
  CHECK(plan.personalities == std::vector<std::string>{"coerces-args", "dup-last-wins"});
  CHECK(made->benign.personalities == std::vector<std::string>{"coerces-args"});
  CHECK(plan.extra_tools.size() == 1);
  CHECK(base::to_string(plan.start) == "2026-01-01T10:00:59.9Z");
  REQUIRE(plan.world.tasks.size() == 5);
  CHECK(plan.world.tasks[4].id == "task-005");
  CHECK(plan.world.tasks[4].work == std::chrono::seconds(30));
  CHECK(plan.mock == "generic");
  CHECK(plan.grant == "default");
  CHECK(plan.always.size() == 1);
}

TEST_CASE("what cannot be expanded is said with its place") {
  struct Bad {
    std::string text;
    std::string_view said;
  };
  const std::vector<Bad> all = {
      {attack_text("  - {call: {tool: \"${list.tool}\"}}\n"),
       "attack.yaml:7:20: target `shop` has no trait `list.tool` (ask for it in `fits` or "
       "`when`)\n"},
      {attack_text("  - {repeat: 5, call: {tool: \"${task[n]}\"}}\n"),
       "attack.yaml:7:31: there is no task 3 in the world of target `shop` (it has 3; `world: "
       "{tasks: N}` "
       "asks for more)\n"},
      {attack_text("  - {repeat: 1000, call: {tool: t, args: {a: \"${tasks[n..0]}\"}}}\n"),
       "attack.yaml:7:47: `tasks[1..0]` is no list of 1 to 100000 tasks\n"},
      {attack_text("  - {repeat: 2, call: {tool: \"${9223372036854775807*n*n+n+n}\"}}\n"),
       "attack.yaml:7:31: the number is too large\n"},
      {attack_text("  - {repeat: 1000000, list: tools}\n"),
       "attack.yaml:7:5: more than 250000 steps (`repeat` multiplies)\n"},
      {attack_text("  - {repeat: 1000000, steps: [{repeat: 1000000, steps: [{repeat: 1000000, "
                   "list: tools}]}]}\n"),
       "attack.yaml:7:5: more than 250000 steps (`repeat` multiplies)\n"},
      {attack_text("  - {each: [a, b], call: {tool: \"${each}\"}, expect: {like: previous}}\n"),
       "attack.yaml:7:53: the step before this one is no call (`like: previous` compares the "
       "replies of two calls in a row, over `session: new` too)\n"},
      {attack_text("  - {call: {tool: \"${promise.cancel.max as upper}\"}}\n"),
       "attack.yaml:7:20: `10` is spelled the same as `upper`\n"},
      {attack_text("  - {call: {tool: t}}\n", "", "  - {list: tools}\n"),
       "attack.yaml:9:3: the benign twin calls no tool on target `shop` (a gateway that refuses "
       "every call "
       "must not look good)\n"},
      {attack_text("  - {when: {list.tool: present}, call: {tool: t}}\n"),
       "attack.yaml:7:3: the attack has no step on target `shop`\n"},
      {"replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\nfits: {}\n"
       "steps: [{call: {tool: t}}]\nbenign: [{everyday: true}]\n",
       "attack.yaml:6:8: the attack claims nothing on target `shop` (`always`, or an `expect` at a "
       "step)\n"},
      {"replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\nfits: {}\n"
       "steps: [{call: {tool: t}}]\nbenign: [{everyday: true}]\nalways: [{budget: file.deleted}]\n",
       "attack.yaml:8:10: target `shop` has no such budget (ask for it in `fits` or `when`)\n"},
  };
  for (const Bad& bad : all) {
    INFO(bad.text);
    const auto attack = load_attack_text(bad.text);
    CHECK(problems_of(attack) == "");
    if (attack.has_error()) continue;
    CHECK(problems_of(scenario::expand(*attack, make_target(), {})) == bad.said);
  }
}

TEST_CASE("expansion is deterministic and says which seed and era it is for") {
  const std::string text = attack_text("  - {repeat: 3, call: {tool: \"${task[n]}\"}}\n");
  const auto attack = load_attack_text(text);
  REQUIRE(attack.has_value());
  const auto target = make_target();
  const scenario::ExpandOptions options{.seed = 7, .era = "2025-06-18"};
  const auto first = scenario::expand(*attack, target, options);
  const auto second = scenario::expand(*attack, target, options);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(calls((*first)->attacks[0]) == calls((*second)->attacks[0]));
  CHECK((*first)->attacks[0].seed == 7);
  CHECK((*first)->benign.era == "2025-06-18");
}

TEST_CASE("shuffled steps come in an order drawn from the seed, a new one for each repeat") {
  const auto attack = load_attack_text(
      attack_text("  - {repeat: 12, shuffled: [{call: {tool: a}}, {call: {tool: b}}, "
                  "{each: [c, d], call: {tool: \"${each}\"}}]}\n"));
  INFO(problems_of(attack));
  REQUIRE(attack.has_value());
  const auto rounds = [&](std::uint64_t seed) {
    const auto made = scenario::expand(*attack, make_target(), {.seed = seed});
    REQUIRE(made.has_value());
    std::vector<std::string> orders;
    for (const scenario::Step& step : (*made)->attacks[0].steps) {
      if (orders.empty() || orders.back().size() == 4) orders.emplace_back();
      orders.back() += step.tool;
    }
    return orders;
  };
  const std::vector<std::string> orders = rounds(1);
  CHECK(orders.size() == 12);
  for (const std::string& order : orders) {
    INFO(order);
    CHECK(std::set<char>(order.begin(), order.end()) == std::set<char>{'a', 'b', 'c', 'd'});
    CHECK(order.find("cd") != std::string::npos);
  }
  // All six orders of the three, or nearly so: twelve equal draws would be chance at 6^-11.
  CHECK(std::set<std::string>(orders.begin(), orders.end()).size() > 2);
  CHECK(rounds(1) == orders);
  CHECK(rounds(2) != orders);
}

TEST_CASE("a file that stands alone makes its own target") {
  test::write_scratch("policy.json", test::kPolicyText);
  const auto attack = load_attack_text(
      "replay: 1\nid: hidden/cancel-by-name\ntitle: t\n"
      "attack: {id: MGA-HID-01, status: documented, severity: high, sources: [s]}\n"
      "policy: {file: policy.json, dialect: policylayer}\n"
      "upstreams:\n  tasks: {mock: binassist, world: {tasks: {t-1: running}}}\n"
      "promise: {cancel: {max: 0}}\n"
      "steps:\n  - {call: {tool: cancel_task, args: {task_id: t-1}}, expect: deny}\n"
      "benign:\n  - {call: {tool: get_task_status, args: {task_id: \"${task[0]}\"}}, expect: "
      "allow}\n"
      "always: [{promise: cancel}, {unchanged: tasks}]\n");
  INFO(problems_of(attack));
  REQUIRE(attack.has_value());
  const auto target = (*attack)->own_target;
  REQUIRE(target != nullptr);
  CHECK(target->id == "tasks");
  CHECK(scenario::fits(**attack, *target));
  CHECK_FALSE(scenario::fits(**attack, *make_target()));
  const auto made = scenario::expand(*attack, target, {});
  REQUIRE(made.has_value());
  CHECK((*made)->id == "hidden/cancel-by-name");
  CHECK(calls((*made)->benign) == std::vector<std::string>{R"(get_task_status {"task_id":"t-1"})"});
}

TEST_CASE("several upstreams make a hub, and each has tasks of its own") {
  const auto attack = load_attack_text(
      "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\n"
      "policy: {dialect: gatecrash, inline: 'version: \"1\"'}\n"
      "hub: bare\n"
      "upstreams:\n  one: {mock: generic, world: {tasks: 2}}\n"
      "  two: {mock: binassist, profile: slow, world: {tasks: 1}, extra_tools: [{name: e}]}\n"
      "  three: {mock: generic, world: {tasks: {t-9: running}}}\n"
      "steps: [{call: {tool: cancel_task, args: {task_id: \"${task[1]}\"}}, expect: deny}]\n"
      "benign: [{call: {tool: list_tasks}}]\n");
  INFO(problems_of(attack));
  REQUIRE(attack.has_value());
  const auto made = scenario::expand(*attack, (*attack)->own_target, {});
  REQUIRE(made.has_value());
  CHECK((*made)->target->id == "one+two+three");
  const scenario::Plan& plan = (*made)->attacks.front();
  CHECK(plan.mock == scenario::kHubName);
  CHECK(plan.hub.bare_names);
  REQUIRE(plan.hub.upstreams.size() == 3);
  CHECK(plan.hub.upstreams[1].mock == "binassist");
  CHECK(plan.hub.upstreams[1].mock_profile == "slow");
  CHECK(plan.hub.upstreams[1].extra_tools.size() == 1);
  std::vector<std::string> tasks;
  for (const scenario::TaskSpec& each : plan.world.tasks)
    tasks.push_back(each.upstream + "/" + each.id);
  CHECK(tasks ==
        std::vector<std::string>{"/task-001", "/task-002", "two/two-task-001", "three/t-9"});
  CHECK(plan.steps.front().arguments == R"({"task_id":"task-002"})");
}

TEST_CASE("a file that stands alone is expanded when it is read") {
  test::write_scratch("policy.json", test::kPolicyText);
  CHECK(problems_of(load_attack_text(
            "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\n"
            "policy: {file: policy.json}\nupstreams: {u: {mock: generic, world: {tasks: 1}}}\n"
            "steps:\n  - {call: {tool: \"${task[1]}\"}}\nbenign: [{call: {tool: t}}]\n"
            "always: [{unchanged: tasks}]\n")) ==
        "attack.yaml:8:20: there is no task 1 in the world of target `u` (it has 1; `world: "
        "{tasks: N}` asks "
        "for more)\n");
}

TEST_CASE("words to the operator and of faults are made of names like everything else") {
  const auto scenario = test::expanded(
      attack_text(
          "  - {operator: \"approve ${task[1]}\"}\n  - {fault: \"slow ${x.colour}\"}\n"
          "  - {each: [deny, expire], operator: \"${each}\"}\n  - {as: bob, call: {tool: t}}\n",
          "principals: {bob: {grant: g-bob, tenant: acme}, ann: {}}\n"),
      make_target());
  const scenario::Plan& plan = scenario->attacks[0];
  REQUIRE(plan.steps.size() == 5);
  CHECK(plan.steps[0].kind == StepKind::Operator);
  CHECK(plan.steps[0].line == "approve task-002");
  CHECK(plan.steps[1].kind == StepKind::Fault);
  CHECK(plan.steps[1].line == "slow green");
  CHECK(plan.steps[3].line == "expire");
  REQUIRE(plan.principals.size() == 2);
  CHECK(plan.principals[0].name == "bob");
  CHECK(plan.principals[0].grant == "g-bob");
  CHECK(plan.principals[0].tenant == "acme");
  CHECK(plan.principals[1].grant == plan.grant);
}

TEST_CASE("who acts is made of names too, and is one of those that are listed") {
  const std::string steps = "  - {repeat: 3, as: \"p${n}\", call: {tool: t}}\n";
  const auto made = test::expanded(attack_text(steps), make_target());
  std::vector<std::string> actors;
  for (const scenario::Step& step : made->attacks[0].steps) actors.push_back(step.as);
  CHECK(actors == std::vector<std::string>{"p0", "p1", "p2"});
  CHECK(problems_of(scenario::expand(
            *load_attack_text(attack_text(steps, "principals: {p0: {}, p1: {}}\n")), make_target(),
            {})) ==
        "attack.yaml:8:5: there is no principal `p2` (`principals` names all that there are)\n");
}

TEST_CASE("in a sweep each principal takes all steps that follow each other and name nobody") {
  const auto made = test::expanded(
      attack_text("  - {call: {tool: a}}\n"
                  "  - {repeat: 2, call: {tool: \"b${n}\"}}\n"
                  "  - {advance: 1s}\n"
                  "  - {as: p0, call: {tool: c}}\n"
                  "  - {repeat: 2, counter: m, as: \"p${m}\", call: {tool: d}}\n"
                  "  - {session: new}\n"
                  "  - {each: [x], steps: [{call: {tool: \"${each}${n}\"}}]}\n",
                  "principals: {each: \"p${n}\", count: 2, grant: \"g-${n}-${cancel.tool}\"}\n",
                  "  - {as: p1, call: {tool: e}}\n"),
      make_target());
  const scenario::Plan& plan = made->attacks[0];
  REQUIRE(plan.principals.size() == 2);
  CHECK(plan.principals[1].name == "p1");
  CHECK(plan.principals[1].grant == "g-1-cancel_task");
  CHECK(plan.principals[1].tenant.empty());
  std::vector<std::string> steps;
  for (const scenario::Step& step : plan.steps)
    steps.push_back(step.as + " " + std::string(to_string(step.kind)) + " " + step.tool);
  CHECK(steps == std::vector<std::string>{"p0 call a", "p0 call b0", "p0 call b1", "p1 call a",
                                          "p1 call b0", "p1 call b1", " advance ", "p0 call c",
                                          "p0 call d", "p1 call d", "p0 session ", "p0 call x0",
                                          "p1 session ", "p1 call x1"});
  CHECK(made->benign.steps[0].as == "p1");
}

TEST_CASE("principals of a sweep have a name and a grant of their own each") {
  const auto swept = [](const std::string& principals, const std::string& as = "p0") {
    const auto attack = load_attack_text(attack_text("  - {call: {tool: a}}\n", principals,
                                                     "  - {as: " + as + ", call: {tool: e}}\n"));
    if (attack.has_error()) return problems_of(attack);
    const auto made = scenario::expand(*attack, make_target(), {});
    if (made.has_error()) return problems_of(made);
    return (*made)->attacks[0].principals[1].grant;
  };
  CHECK(swept("principals: {each: \"p${n}\", count: 2}\n") == "p1");
  CHECK(swept("principals: {each: p0, count: 2}\n") ==
        "attack.yaml:6:20: two principals are called `p0` (`${n}` in `each` is the number of the "
        "principal)\n");
  CHECK(swept("principals: {each: \"p${n}\", count: 2}\n", "p2") ==
        "attack.yaml:10:5: there is no principal `p2` (`principals` names all that there are)\n");
  CHECK(swept("principals: {each: \"p${n}\", count: 0}\n") ==
        "attack.yaml:6:36: `count` has to be a whole number, from 1 to 250000, not `0`\n");
  CHECK(swept("principals: {each: \"p${n}\"}\n") ==
        "attack.yaml:6:13: `count` is missing in a sweep of principals\n");
  CHECK(swept("principals: {each: {}, p0: {grant: g}}\n") == "g");
}

TEST_CASE(
    "a canary is put into arguments, bytes, words and descriptions, quoted as the place asks") {
  const auto attack = load_attack_text(
      "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\nfits: {}\n"
      "canaries: {secret: 'canary \"7f3d\" 0001'}\n"
      "extra_tools: [{name: post, description: \"say ${canary.secret}\"}]\n"
      "steps:\n  - {call: {tool: post, args: {\"${canary.secret}\": \"x${canary.secret}\"}}}\n"
      "  - raw: '{\"a\":\"${canary.secret}\"}'\n  - fault: leaks ${canary.secret}\n"
      "benign: [{call: {tool: \"${canary.secret}\"}}]\nalways: [{canary: sent}, {canary: "
      "shown}]\n");
  INFO(problems_of(attack));
  REQUIRE(attack.has_value());
  const auto scenario = scenario::expand(*attack, make_target(), {});
  REQUIRE(scenario.has_value());
  const scenario::Plan& plan = (*scenario)->attacks[0];
  REQUIRE(plan.canaries.size() == 1);
  CHECK(plan.canaries[0].name == "secret");
  CHECK(plan.extra_tools.back().description == "say canary \"7f3d\" 0001");
  CHECK(plan.steps[0].arguments == R"({"canary \"7f3d\" 0001":"xcanary \"7f3d\" 0001"})");
  CHECK(plan.steps[1].line == R"({"a":"canary \"7f3d\" 0001"})");
  CHECK(plan.steps[2].line == "leaks canary \"7f3d\" 0001");
  CHECK((*scenario)->benign.steps[0].tool == "canary \"7f3d\" 0001");
  CHECK(plan.always[0].kind == scenario::Invariant::Kind::CanarySent);
  CHECK(plan.always[1].kind == scenario::Invariant::Kind::CanaryShown);
}

}  // namespace
}  // namespace gatecrash
