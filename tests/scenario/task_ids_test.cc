// Ids look as the server's do, differ from each other, and never change.
#include "harness/scenario/task_ids.h"

#include <regex>
#include <set>
#include <string>

#include "harness/scenario/target.h"
#include "tests/support/catch.h"

namespace gatecrash {
namespace {

std::string id(std::string_view form, std::uint32_t n, std::string_view salt = "mock") {
  std::string out;
  scenario::append_task_id(form, scenario::task_id_salt(salt), n, out);
  return out;
}

TEST_CASE("task ids have the form that was asked for") {
  for (const std::uint32_t n : {0u, 1u, 59u, 12'959u}) {
    CHECK(std::regex_match(
        id("uuid4", n),
        std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")));
    CHECK(std::regex_match(id("hex32", n), std::regex("[0-9a-f]{32}")));
    CHECK(std::regex_match(id("codename", n), std::regex("[a-z]+-[a-z]+-[1-9][0-9]{0,2}")));
  }
  CHECK(id("task-###", 0) == "task-001");
  CHECK(id("task-###", 998) == "task-999");
  CHECK(id("task-###", 12'959) == "task-12960");
  CHECK(id("#", 9) == "10");
  CHECK(id("a##b#", 0) == "a01b#");
}

TEST_CASE("task ids differ") {
  for (const std::string_view form : {"uuid4", "hex32", "codename", "task-###"}) {
    std::set<std::string> seen;
    for (std::uint32_t n = 0; n < 100'000; ++n) seen.insert(id(form, n));
    INFO(form);
    CHECK(seen.size() == 100'000);
  }
  CHECK(id("uuid4", 0, "openaaas") != id("uuid4", 0, "binassist"));
}

TEST_CASE("task ids stay the same from release to release") {
  CHECK(id("uuid4", 0, "binassist") == "7a55da9d-5575-477d-b985-c3897444054b");
  CHECK(id("hex32", 0, "allcanuse") == "08368627d025e2a8190084a36aecd9a0");
  CHECK(id("codename", 0, "codex_worker") == "fleet-heron-903");
}

TEST_CASE("a target's named tasks come first") {
  scenario::Target target;
  target.mock = "generic";
  target.named_tasks = {{.id = "t-1"}};
  CHECK(scenario::task_id(target, 0) == "t-1");
  CHECK(scenario::task_id(target, 1) == "task-002");
}

}  // namespace
}  // namespace gatecrash
