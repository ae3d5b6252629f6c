// The policies that ship with the project: the published five stay as their pages print them, every
// other loads without a word.
#include "tests/support/catch.h"

#include <filesystem>
#include <string>

#include "harness/base/file.h"
#include "harness/policy/policy.h"
#include "tests/support/paths.h"

using namespace gatecrash;

namespace {

std::string published(const std::string& name) {
  return base::read_file(test::source_path("scenarios/policies/published/" + name)).value();
}

std::string hide_only(const std::string& tool) {
  return "{\n  \"version\": \"1\",\n  \"default\": \"deny\",\n  \"hide\": [\n    \"" + tool +
         "\"\n  ]\n}\n";
}

}  // namespace

TEST_CASE("the published policies are the pages' text") {
  CHECK(published("openaaas.json") == hide_only("cancel_task"));
  CHECK(published("taobao.json") == hide_only("cancel_task"));
  CHECK(published("allcanuse.json") == hide_only("cancel_background_task"));
  CHECK(published("codex_worker.yaml") ==
        "tools:\n  cancel-task:\n    rules:\n      - action: deny\n"
        "        reason: \"Blocked by default \xe2\x80\x94 enable with approval\"\n");
  CHECK(
      published("binassist.json") ==
      "{\n  \"version\": \"1\",\n  \"default\": \"deny\",\n  \"tools\": {\n    \"cancel_task\": {\n"
      "      \"limits\": [\n        {\n          \"counter\": \"cancel_task_rate\",\n"
      "          \"window\": \"minute\",\n          \"max\": 10,\n          \"scope\": \"grant\"\n"
      "        }\n      ]\n    }\n  }\n}\n");
}

TEST_CASE("every policy of ours loads strictly and without a warning") {
  std::size_t count = 0;
  for (const auto& each :
       std::filesystem::recursive_directory_iterator(test::source_path("scenarios/policies"))) {
    const std::string path = each.path().string();
    const auto dialect = policy::dialect_of(path);
    if (!dialect || path.find("/published/") != std::string::npos ||
        path.find("/prose/") != std::string::npos) {
      continue;
    }
    const auto loaded = policy::load_file(path, {.dialect = *dialect});
    INFO(path << "\n" << base::to_string(loaded.problems));
    CHECK(loaded.policy);
    CHECK(loaded.problems.empty());
    ++count;
  }
  CHECK(count >= 6);
}
