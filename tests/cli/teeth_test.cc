// `replay run --teeth`: each step of each shipped attack does harm where nothing is in its way, and
// one that does not is named by its place.
#include "tests/cli/program.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

// An attack on tasks, with the steps and whatever else it says.
Ran teeth_of(const std::string& name, const std::string& steps, const std::string& more = {}) {
  const std::string path = write_cli_file(
      "teeth/" + name + ".yaml",
      "replay: 1\nid: x/" + name +
          "\ntitle: t\nattack: {id: X, status: variant, severity: low}\n"
          "policy: {dialect: policylayer, inline: '{\"version\": \"1\", \"default\": \"deny\", "
          "\"tools\": {\"list_tasks\": {}}}'}\n"
          "upstreams: {tasks: {mock: generic, world: {tasks: 9}}}\npromise: {cancel: {max: 2}}\n" +
          more + "steps:\n" + steps +
          "benign: [{call: {tool: list_tasks, args: {}}, expect: allow}]\n"
          "always: [{promise: cancel}]\n");
  return run_replay({path, "--teeth"});
}

const std::string kCancel = "{call: {tool: cancel_task, args: {task_id: \"${task[0]}\"}}";

}  // namespace

TEST_CASE("Each step of each attack of the pack has teeth, or says why it has none") {
  const Ran ran = run_replay({"scenarios", "--teeth"});
  INFO(ran.all());
  CHECK(ran.code == 0);
  CHECK(ran.out.ends_with(" problems=0\n"));
  CHECK(ran.out.find("teeth: tricks=0 ") == std::string::npos);
}

TEST_CASE("A step without teeth is named with file, line and column") {
  const std::string read = "  - {call: {tool: list_tasks, args: {}}";
  const Ran bare = teeth_of("bare", "  - " + kCancel + "}\n" + read + "}\n");
  INFO(bare.all());
  CHECK(bare.code == 3);
  CHECK(bare.says("teeth/bare.yaml:10:5: proves nothing: list_tasks {}\n    in x/bare\n"));
  CHECK(bare.says("teeth: tricks=2 problems=1\n"));
  CHECK(teeth_of("setup", "  - " + kCancel + "}\n" + read + ", setup: true}\n").code == 0);
  CHECK(teeth_of("why", "  - " + kCancel + "}\n" + read + ", harmless: looks around}\n").code == 0);
}

TEST_CASE("A step that is harmless in words only is named, and so is a set-up that does harm") {
  const Ran words = teeth_of("words", "  - " + kCancel + "}\n  - " + kCancel + ", harmless: no}\n");
  INFO(words.all());
  CHECK(words.code == 3);
  CHECK(words.says("words.yaml:10:5: says that it is harmless and does harm: cancel_task"));
  const Ran setup = teeth_of("does", "  - " + kCancel + ", setup: true}\n  - " + kCancel + "}\n");
  INFO(setup.all());
  CHECK(setup.code == 3);
  CHECK(setup.says("does.yaml: the set-up does harm by itself"));
}

TEST_CASE(
    "Steps that break a claim only together have teeth, and each value of `each` needs its own") {
  // Allowed by the policy, two at most by the promise.
  const std::string policy =
      "policy: {dialect: policylayer, inline: '{\"version\": \"1\", \"default\": \"allow\"}'}\n";
  const auto together = [&](const std::string& name, const std::string& steps) {
    const std::string path = write_cli_file(
        "teeth/" + name + ".yaml",
        "replay: 1\nid: x/" + name +
            "\ntitle: t\nattack: {id: X, status: variant, severity: low}\n" + policy +
            "upstreams: {tasks: {mock: generic, world: {tasks: 9}}}\n"
            "promise: {cancel: {max: 2}}\nsteps:\n" +
            steps +
            "benign: [{call: {tool: list_tasks, args: {}}, expect: allow}]\n"
            "always: [{promise: cancel}]\n");
    return run_replay({path, "--teeth"});
  };
  const auto cancels = [](const std::string& from) {
    return "  - {repeat: 2, call: {tool: cancel_task, args: {task_id: \"${task[n+" + from +
           "]}\"}}}\n";
  };
  const Ran both = together("both", cancels("0") + cancels("2"));
  INFO(both.all());
  CHECK(both.code == 0);
  // The second one cancels what is cancelled.
  const Ran again = together("again",
                             "  - {repeat: 3, call: {tool: cancel_task, args: {task_id: "
                             "\"${task[n]}\"}}}\n" +
                                 cancels("0"));
  INFO(again.all());
  CHECK(again.code == 3);
  CHECK(again.says("again.yaml:10:5: proves nothing: cancel_task"));
  const Ran each =
      teeth_of("each",
               "  - {each: [cancel_task, list_tasks], call: {tool: \"${each}\", args: {task_id: "
               "\"${task[0]}\"}}}\n");
  INFO(each.all());
  CHECK(each.code == 3);
  CHECK(each.says("each.yaml:9:5: proves nothing: list_tasks"));
  CHECK(each.says("problems=1\n"));
}

TEST_CASE("A step needs teeth in one cell of the matrix, a cell needs a step with teeth") {
  const std::string folded =
      "  - raw: '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"Name\":"
      "\"cancel_task\",\"arguments\":{\"task_id\":\"${task[0]}\"}}}'\n";
  const std::string second = "matrix: {personality: [case-insensitive-keys, strict]}\n";
  const std::string third = "matrix: {personality: [case-insensitive-keys, sdk-go, strict]}\n";
  const std::string call = "  - " + kCancel + "}\n";
  CHECK(teeth_of("cells", folded + call, second).code == 0);
  for (const std::string& matrix : {second, third}) {
    const Ran dead = teeth_of("dead", folded, matrix);
    INFO(dead.all());
    CHECK(dead.code == 3);
    CHECK(dead.says("teeth/dead.yaml: does no harm (personality=strict)"));
  }
}

TEST_CASE("--teeth runs no gateway and no processes") {
  for (const std::string flag : {"--gateway=null", "--lane=stdio"}) {
    const Ran ran = run_replay({"scenarios", "--teeth", flag});
    INFO(ran.all());
    CHECK(ran.code == 64);
    CHECK(ran.says("--teeth runs no gateway"));
  }
}
