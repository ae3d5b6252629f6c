// `refuse` and `redact` of the shipped policies let everyday texts through and still find secrets.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/file.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"
#include "harness/gateway/redaction.h"
#include "harness/policy/policy.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace gatecrash::gateway {
namespace {

std::shared_ptr<const policy::Policy> hardened(const std::string& path) {
  const policy::Loaded loaded = policy::load_text(path, base::read_file(path).value(),
                                                  {.dialect = policy::Dialect::Gatecrash});
  REQUIRE(loaded.policy != nullptr);
  return loaded.policy;
}

// What the gateway would keep back of a request, or take out of a result, that says this text.
struct Taken {
  bool from_request, from_result;
};
Taken taken(const decision::Engine& engine, gateway::Redactor& redactor, std::string_view text) {
  std::string json = R"({"result":)";
  base::write_json_string(text, json);
  json += "}";
  base::Tree tree;
  REQUIRE_FALSE(base::read_json(json, {}, tree));
  std::string written;
  return {engine.keeps_back(tree.root()), redactor.write(tree.root(), written)};
}

TEST_CASE("No shipped policy takes a harmless text for a secret, and each finds the secrets") {
  const std::string file =
      base::read_file(test::source_path("tests/vectors/harmless_texts.txt")).value();
  std::vector<std::string_view> harmless;
  for (const std::string_view line : base::split(file, '\n')) {
    if (!line.empty() && !line.starts_with("# ")) harmless.push_back(line);
  }
  CHECK(harmless.size() >= 200);
  // Of the forms that their issuers document; the characters are made up.
  const std::string secrets[] = {
      "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
      "ghp_Zt2Qm5Lx9Rk3Vw7Yb1Nc6Df4Hj0AaBbCcDd1",
      "sk-proj-Zt2Qm5Lx9Rk3Vw7Yb1Nc6Df4Hj0AaBb",
      "xoxb-123456789012-Zt2Qm5Lx9Rk3Vw7Yb1Nc6Df4",
      "AKIA7EXAMPLE4TESTKEY",
      "-----BEGIN RSA PRIVATE KEY-----",
      "-----BEGIN PRIVATE KEY-----"};
  std::size_t policies = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(test::source_path("scenarios/policies/hardened"))) {
    INFO(entry.path().filename().string());
    const auto policy = hardened(entry.path().string());
    const auto counters = decision::make_memory_counters();
    const decision::Engine engine(policy, *decision::find_semantics("hardened"), *counters);
    gateway::Redactor redactor(policy->redactions);
    for (const std::string_view text : harmless) {
      INFO(text);
      CHECK_FALSE(taken(engine, redactor, text).from_request);
      CHECK_FALSE(taken(engine, redactor, text).from_result);
    }
    for (const std::string& text : secrets) {
      INFO(text);
      CHECK(taken(engine, redactor, text).from_request);
      CHECK(taken(engine, redactor, text).from_result);
    }
    ++policies;
  }
  CHECK(policies == 5);
}

}  // namespace
}  // namespace gatecrash::gateway
