#include "harness/mcp/readers.h"

#include "harness/base/json.h"
#include "tests/support/catch.h"

namespace gatecrash::mcp {
namespace {

constexpr std::string_view kTools[] = {"list_tasks", "cancel_task"};

std::string call(std::string_view params) {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + std::string(params) + "}";
}

// The tools of the calls that this reader sees.
std::vector<std::string> seen(std::string_view reader, std::string_view frame) {
  CallReader read;
  std::vector<std::string> tools;
  for (const CallRead& each : read.read(frame, find_reader(reader)->how, kTools))
    tools.push_back(each.tool);
  return tools;
}

std::uint64_t arguments_seen(std::string_view reader, std::string_view arguments) {
  CallReader read;
  const auto calls =
      read.read(call(R"({"name":"list_tasks","arguments":)" + std::string(arguments) + "}"),
                find_reader(reader)->how, {});
  return calls.size() == 1 ? calls[0].digest : 0;
}

using Tools = std::vector<std::string>;

TEST_CASE("readers see different calls in one frame") {
  const std::string twice = call(R"({"name":"list_tasks","name":"cancel_task"})");
  CHECK(seen("strict", twice).empty());
  CHECK(seen("dup-first-wins", twice) == Tools{"list_tasks"});
  CHECK(seen("dup-last-wins", twice) == Tools{"cancel_task"});
  const std::string cases = call(R"({"name":"list_tasks","Name":"cancel_task"})");
  CHECK(seen("ignores-case-variants", cases) == Tools{"list_tasks"});
  CHECK(seen("sdk-go", cases) == Tools{"cancel_task"});
  CHECK(seen("coerces-args", call(R"(["cancel_task",{}])")) == Tools{"cancel_task"});
  CHECK(seen("coerces-args", call(R"({"name":["cancel_task"]})")) == Tools{"cancel_task"});
  const std::string one = call(R"({"name":"list_tasks"})");
  CHECK(seen("accepts-batch", "[" + one + "," + one + "]") == Tools{"list_tasks", "list_tasks"});
  CHECK(seen("strict", "[" + one + "]").empty());
  const std::string note =
      R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"cancel_task"}})";
  CHECK(seen("strict", note).empty());
  CHECK(seen("executes-notifications", note) == Tools{"cancel_task"});
  CHECK(seen("strict", R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})").empty());
}

TEST_CASE("a lenient reader takes another spelling for a tool only if there is none of that name") {
  CHECK(seen("name-casefold", call(R"({"name":"CANCEL_task"})")) == Tools{"cancel_task"});
  CHECK(seen("name-trim", call(R"({"name":"\tcancel_task "})")) == Tools{"cancel_task"});
  CHECK(seen("name-nfkc", call(R"({"name":"\uff43ancel_task"})")) == Tools{"cancel_task"});
  CHECK(seen("strict", call(R"({"name":"CANCEL_task"})")) == Tools{"CANCEL_task"});
  CHECK(seen("name-casefold", call(R"({"name":"Other"})")) == Tools{"Other"});
  CHECK_FALSE(takes_for("cancel_task", "CANCEL_task", {}));
  CHECK(takes_for("Cancel_Task",
                  "\xef\xbd\x83"
                  "ancel_task",
                  {Leniency::NameNfkc, Leniency::NameCasefold}));
}

TEST_CASE("what counts of arguments with one name is the digest's") {
  const auto one = arguments_seen("strict", R"({"a":1})");
  REQUIRE(one != 0);
  CHECK(arguments_seen("dup-first-wins", R"({"a":1,"a":2})") == one);
  CHECK(arguments_seen("dup-last-wins", R"({"a":2,"a":1})") == one);
  CHECK(arguments_seen("case-insensitive-keys", R"({"a":2,"A":1})") == one);
  CHECK(arguments_seen("ignores-case-variants", R"({"a":2,"A":1})") != one);
  CHECK(arguments_seen("coerces-args", R"("{\"a\":1}")") == one);
  CHECK(arguments_seen("case-insensitive-keys", "{}") == arguments_seen("strict", "{}"));
  CHECK(arguments_seen("strict", R"({"b":1,"a":{"d":1,"c":2}})") ==
        arguments_seen("strict", R"({"a":{"c":2,"d":1},"b":1})"));
}

TEST_CASE("what all read alike is told without asking them") {
  base::Tree tree;
  const auto alike = [&](std::string_view tool, std::string_view arguments) {
    REQUIRE_FALSE(base::read_json(arguments, {}, tree));
    return reads_alike(tool, tree.root());
  };
  CHECK(alike("list_tasks", R"({"a":1,"b":{"C":1,"c":1}})"));
  CHECK_FALSE(alike("list_tasks", R"({"aS":1,"b":2,"as":1})"));
  CHECK_FALSE(alike("list_tasks", R"({"as":1,"a\u017f":1})"));
  CHECK_FALSE(alike("listTasks", "{}"));
  CHECK_FALSE(alike("list_tasks ", "{}"));
  CHECK_FALSE(
      alike("\xef\xbd\x83"
            "ancel",
            "{}"));
}

TEST_CASE("a digest names a call, not its spelling") {
  CallDigest digest;
  CHECK(digest.of("t", R"({"a":1,"b":2})") == digest.of("t", R"({ "b":2, "a":1})"));
  CHECK(digest.of("t", R"({"a":1})") != digest.of("u", R"({"a":1})"));
  CHECK(digest.of("t", "") != digest.of("t", "{}"));
  CHECK(digest.of("t", R"({"a":1})") != digest.of("t", R"({"a":1.0})"));
  CHECK(digest.of("t", "{") == 0);
}

}  // namespace
}  // namespace gatecrash::mcp
