// The controls are wrong in exactly the way the harness relies on, and the table says what there
// is.
#include "tests/gateway/rig.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/paths.h"

using namespace gatecrash;
using namespace gatecrash::test;

TEST_CASE("null relays every byte both ways and records nothing") {
  Rig rig("null", policy_input("{}"));
  for (const std::string frame :
       {"", "not json", "[1]", "\xff\xfe", R"({"id":1,"id":2})",
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task"}})"}) {
    rig.send(frame);
    CHECK(rig.upstream.arrived.back() == frame);
    CHECK(rig.upstream_says(frame) == std::vector<std::string>{frame});
  }
  CHECK(rig.upstream.executed == std::vector<std::string>{"cancel_task"});
  CHECK(rig.log.empty());
}

TEST_CASE("deny_all shakes hands and lists tools, and refuses everything else") {
  Rig rig("deny_all", policy_input(R"({"version":"1","default":"allow"})"));
  rig.handshake();
  CHECK(
      contains(rig.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})").at(0), "cancel_task"));
  CHECK(contains(rig.call("get_task").at(0), "[POLICY DENIED]"));
  for (const std::string_view frame :
       {R"({"jsonrpc":"2.0","id":1,"method":"tasks/cancel"})", R"([])", "x",
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]})"}) {
    CAPTURE(frame);
    CHECK(rig.send(frame).size() == 1);
  }
  for (const std::string_view frame :
       {R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"get_task"}})",
        R"({"jsonrpc":"2.0","id":1,"result":{}})"}) {
    CAPTURE(frame);
    CHECK(rig.send(frame).empty());
  }
  CHECK(rig.upstream.executed.empty());
  CHECK(rig.upstream.arrived.size() == 1);  // the list
}

TEST_CASE("Every gateway of the table is found by its name, and only those") {
  std::vector<std::string> names;
  for (const gateway::GatewayEntry& entry : gateway::gateways()) {
    CHECK(gateway::find_gateway(entry.name) == &entry);
    CHECK_FALSE(entry.summary.empty());
    names.emplace_back(entry.name);
  }
  CHECK(names == std::vector<std::string>{"reference", "intercept-1.1", "null", "deny_all"});
  CHECK(gateway::find_gateway("Reference") == nullptr);
  CHECK(gateway::find_gateway("") == nullptr);
}

TEST_CASE("The published and hardened policies make gateways, or are refused for a reason") {
  std::size_t seen = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(source_path("scenarios/policies"))) {
    const std::string path = entry.path().string();
    const auto dialect = policy::dialect_of(path);
    if (!entry.is_regular_file() || !dialect) continue;
    ++seen;
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    gateway::PolicyInput input;
    input.path = path;
    input.text = text.str();
    input.dialect = *dialect;
    for (const std::string_view name : {"reference", "intercept-1.1"}) {
      const gateway::Made made = gateway::find_gateway(name)->make(input);
      CAPTURE(name, path, base::to_string(made.problems));
      const bool printed_yaml = path.ends_with("published/codex_worker.yaml");
      const bool approvals =
          name == "intercept-1.1" && path.ends_with("hardened/codex_worker.gatecrash.yaml");
      CHECK((made.gateway == nullptr) == (printed_yaml || approvals));
      CHECK(made.refused == (printed_yaml || approvals));
    }
  }
  CHECK(seen >= 5);
}
