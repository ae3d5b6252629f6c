// Target files: what they say and what they may not say.
#include <string>
#include <vector>

#include "harness/base/scope.h"
#include "tests/scenario/files.h"

namespace gatecrash {
namespace {

using test::make_target;
using test::problems_of;
using test::write_scratch;

std::string said_of(std::string_view text) {
  write_scratch("policy.json", test::kPolicyText);
  return problems_of(scenario::load_target(write_scratch("t.yaml", text)));
}

// Line 1 to 3 and the benign traffic are fixed; `more` begins on line 4.
std::string target_text(std::string_view more,
                        std::string_view benign = "benign:\n  - {call: {tool: get_task}}\n") {
  return "target: shop\nmock: generic\npolicy: {file: policy.json}\n" + std::string(more) +
         std::string(benign);
}

TEST_CASE("a target file says everything an attack and an oracle may know") {
  const auto target = make_target();
  CHECK(target->id == "shop");
  CHECK(target->mock == "generic");
  CHECK(target->system == "generic");
  CHECK(target->grant == "default");
  CHECK(target->policy.file == test::scratch_path("scenario/policy.json"));
  CHECK(target->policy.dialect == "policylayer");
  CHECK_FALSE(target->policy.lenient_if_refused);
  REQUIRE(target->promise.cancel.has_value());
  CHECK(target->promise.cancel->max == 10);
  CHECK(target->promise.cancel->per == std::chrono::seconds(60));
  REQUIRE(target->budget.size() == 1);
  CHECK(target->budget[0].effect == scenario::Effect::TaskCancelled);
  CHECK(target->budget[0].cap.max == 100);
  CHECK(target->tasks == 3);
  CHECK(target->benign.size() == 1);
}

TEST_CASE("traits are the dotted names of a nested mapping, and what follows from the promise") {
  const auto target = make_target();
  const scenario::Traits expected = {{"budget.task.cancelled.max", "100"},
                                     {"budget.task.cancelled.per", "24h"},
                                     {"cancel.accepts_list", "true"},
                                     {"cancel.id", "task_id"},
                                     {"cancel.tool", "cancel_task"},
                                     {"mock", "generic"},
                                     {"promise.callable", "cancel_task"},
                                     {"promise.cancel.max", "10"},
                                     {"promise.cancel.per", "60s"},
                                     {"read.tool", "get_task"},
                                     {"status.id", "task_id"},
                                     {"status.tool", "get_task"},
                                     {"target", "shop"},
                                     {"x.colour", "green"}};
  CHECK(target->traits == expected);
}

TEST_CASE("a promise of no cancel at all is a trait of its own") {
  const auto target =
      make_target(target_text("promise: {cancel: {max: 0}, hidden: [a, b], callable: rest}\n"));
  CHECK(target->traits.find("cancel.forbidden")->second == "true");
  CHECK(target->traits.find("promise.hidden")->second == "a,b");
  CHECK(target->traits.find("promise.callable")->second == "rest");
  CHECK_FALSE(target->traits.contains("promise.cancel.per"));
}

TEST_CASE("a promise and a budget count for the same scopes as a policy") {
  for (const std::string_view scope : base::kScopeNames) {
    const std::string cap = "{max: 1, per: 60s, scope: " + std::string(scope) + "}";
    const auto target = make_target(
        target_text("promise: {cancel: " + cap + "}\nbudget: {message.sent: " + cap + "}\n"));
    CHECK(target->promise.cancel->scope == scope);
    CHECK(target->budget.at(0).cap.scope == scope);
    CHECK(target->traits.find("promise.cancel.scope")->second == scope);
  }
}

TEST_CASE("tasks may be named, with state, owner and work") {
  const auto target = make_target(target_text(
      "world: {tasks: {t-1: running, t-2: {state: queued, owner: eve, work: 30s}, t-3: null}}\n"));
  REQUIRE(target->named_tasks.size() == 3);
  CHECK(target->tasks == 0);
  CHECK(target->named_tasks[0].id == "t-1");
  CHECK(target->named_tasks[0].state == "running");
  CHECK(target->named_tasks[1].owner == "eve");
  CHECK(target->named_tasks[1].work == std::chrono::seconds(30));
  CHECK(target->named_tasks[2].state.empty());
  CHECK(scenario::task_id(*target, 1) == "t-2");
}

TEST_CASE("effects per tool are the short form of extra tools") {
  const auto target = make_target(
      target_text("extra_tools: [{name: wipe, input_schema: {type: object, required: [id]}, "
                  "annotations: {readOnlyHint: true, title: \"7\"}, effects: [file.deleted]}]\n"
                  "effects: {wipe: [file.deleted, work.stopped], send: [message.sent]}\n"));
  REQUIRE(target->extra_tools.size() == 2);
  CHECK(target->extra_tools[0].input_schema == R"({"type":"object","required":["id"]})");
  CHECK(target->extra_tools[0].annotations == R"({"readOnlyHint":true,"title":"7"})");
  CHECK(target->extra_tools[1].annotations.empty());
  CHECK(target->extra_tools[0].effects ==
        std::vector{scenario::Effect::FileDeleted, scenario::Effect::WorkStopped});
  CHECK(target->extra_tools[1].name == "send");
  CHECK(target->extra_tools[1].effects == std::vector{scenario::Effect::MessageSent});
}

TEST_CASE("a policy may stand in the target file itself") {
  const auto target = make_target(
      "target: shop\nmock: generic\npolicy:\n  dialect: policylayer\n  if_refused: lenient\n"
      "  inline: |\n    {\"version\": \"1\"}\nbenign: [{call: {tool: get_task}}]\n");
  CHECK(target->policy.file.empty());
  CHECK(target->policy.inline_text == "{\"version\": \"1\"}\n");
  CHECK(target->policy.lenient_if_refused);
}

TEST_CASE("a target file with a mistake is refused with place and hint") {
  struct Bad {
    std::string text;
    std::string_view said;
  };
  const std::vector<Bad> all = {
      {target_text("promis: {}\n"),
       "t.yaml:4:1: unknown key `promis` in a target (did you mean `promise`?)\n"},
      {target_text("promise: {cancel: {most: 3}}\n"),
       "t.yaml:4:19: `max` is missing in a cap\n"
       "t.yaml:4:20: unknown key `most` in a cap (one of `max`, `per`, `scope`)\n"},
      {target_text("promise: {cancel: {max: -1}}\n"),
       "t.yaml:4:25: `max` has to be a whole number, 0 or more, not `-1`\n"},
      {target_text("promise: {cancel: {max: 1, per: 0s}}\n"),
       "t.yaml:4:33: `per` has to be longer than nothing\n"},
      {target_text("promise: {cancel: {max: 1, scope: tenants}}\n"),
       "t.yaml:4:35: `scope` is `tenants`, which is none of its values (did you mean `tenant`?)\n"},
      {target_text("promise: {callable: all}\n"),
       "t.yaml:4:21: `callable` has to be `rest` or a list of tools\n"},
      {target_text("budget: {task.canceled: {max: 1}}\n"),
       "t.yaml:4:10: unknown effect `task.canceled` (did you mean `task.cancelled`?)\n"},
      {target_text("traits: {cancel: {tol: x}}\n"),
       "t.yaml:4:19: unknown trait `cancel.tol` (did you mean `cancel.tool`?)\n"},
      {target_text("traits: {cancel.forbidden: true}\n"),
       "t.yaml:4:10: the trait `cancel.forbidden` follows from the rest of the file\n"},
      {target_text("traits: {cancel: {accepts_list: maybe}}\n"),
       "t.yaml:4:33: the trait `cancel.accepts_list` has to be true or false\n"},
      {target_text("traits: {cancel: {tool: [a]}}\n"),
       "t.yaml:4:25: the trait `cancel.tool` has to be text, a number or a boolean\n"},
      {target_text("world: {tasks: 2000000}\n"),
       "t.yaml:4:16: `tasks` has to be a whole number, from 0 to 1000000, not `2000000`\n"},
      {target_text("world: {ids: guid}\n"),
       "t.yaml:4:14: unknown form of task ids `guid` (`uuid4`, `hex32`, `codename`, or a pattern "
       "with "
       "`#` for digits: `task-###`)\n"},
      {target_text("extra_tools: [{name: a, annotations: read-only}]\n"),
       "t.yaml:4:38: `annotations` has to be a mapping, not `read-only`\n"},
      {target_text("extra_tools: [{name: a}, {name: a}]\n"),
       "t.yaml:4:26: a second extra tool `a`\n"},
      {target_text("", "benign:\n  - {call: {tool: \"${list.tool}\"}}\n"),
       "t.yaml:5:20: target `shop` has no trait `list.tool` (ask for it in `fits` or `when`)\n"},
      {target_text("", "benign:\n  - {call: {tool: t, args: {id: \"${task[60]}\"}}}\n"),
       "t.yaml:5:34: there is no task 60 in the world of target `shop` (it has 60; `world: {tasks: "
       "N}` "
       "asks for more)\n"},
      {target_text("", "benign:\n  - {everyday: true}\n"),
       "t.yaml:5:6: `everyday` stands for the target's benign traffic (it may stand in the "
       "`benign` of "
       "an attack only)\n"},
      {target_text("", "benign:\n  - {list: tools}\n"),
       "t.yaml:5:3: no everyday traffic calls a tool (a gateway that refuses every call must not "
       "look "
       "good)\n"},
      {"target: Shop\nmock: generic\npolicy: {file: policy.json}\nbenign: [{call: {tool: t}}]\n",
       "t.yaml:1:9: `Shop` is no id (lower-case letters, digits, `_`, `-`, `.`)\n"},
      {"target: shop\nmock: generic\npolicy: {file: polcy.json}\nbenign: [{call: {tool: t}}]\n",
       "t.yaml:3:16: there is no policy file `polcy.json` (the path is relative to this file)\n"},
      {"target: shop\nmock: generic\npolicy: {file: .}\nbenign: [{call: {tool: t}}]\n",
       "t.yaml:3:16: the policy `` is a folder\n"},
      {"target: shop\nmock: generic\npolicy: {}\nbenign: [{call: {tool: t}}]\n",
       "t.yaml:3:9: a policy has either `file` or `inline`\n"},
      {"target: shop\nmock: generic\npolicy: {inline: x}\nbenign: [{call: {tool: t}}]\n",
       "t.yaml:3:18: an inline policy needs its `dialect` (one of `policylayer`, `intercept`, "
       "`prose`, `gatecrash`)\n"},
      {"target: shop\nmock: generic\npolicy: {file: policy.json, dialect: policylyer}\n"
       "benign: [{call: {tool: t}}]\n",
       "t.yaml:3:38: `dialect` is `policylyer`, which is none of its values (did you mean "
       "`policylayer`?)\n"},
      {"target: shop\nmock: generic\npolicy: {file: policy.json, if_refused: forgive}\n"
       "benign: [{call: {tool: t}}]\n",
       "t.yaml:3:41: `if_refused` is `forgive`, which is none of its values (one of `fail`, "
       "`lenient`)\n"},
      {"target: shop\n",
       "t.yaml:1:1: `mock` is missing in a target\n"
       "t.yaml:1:1: `policy` is missing in a target\n"
       "t.yaml:1:1: `benign` is missing in a target\n"},
      {"", "t.yaml: is empty\n"},
  };
  for (const Bad& bad : all) {
    INFO(bad.text);
    CHECK(said_of(bad.text) == bad.said);
  }
}

}  // namespace
}  // namespace gatecrash
