// Files that tests of this folder write and load.
#pragma once

#include <string>
#include <string_view>

#include "harness/base/file.h"
#include "harness/scenario/scenario.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace gatecrash::test {

// Writes a file into this folder's scratch space and says its path.
inline std::string write_scratch(const std::string& name, std::string_view text) {
  const std::string path = scratch_path("scenario/" + name);
  REQUIRE(base::write_file(path, text).has_value());
  return path;
}

// The problems as a user sees them, without the folder the file is in.
inline std::string shown(const base::Problems& problems) {
  std::string text = base::to_string(problems);
  const std::string folder = scratch_path("scenario/");
  for (std::size_t at = 0; (at = text.find(folder, at)) != std::string::npos;) {
    text.erase(at, folder.size());
  }
  return text;
}

template <typename T>
std::string problems_of(const base::Result<T>& result) {
  return result.has_error() ? shown(result.error()) : "";
}

inline constexpr std::string_view kPolicyText = R"({"version": "1", "default": "deny"})";

// A target with everything an attack may ask for.
inline constexpr std::string_view kTargetText = R"(target: shop
mock: generic
policy: {file: policy.json, dialect: policylayer}
promise: {cancel: {max: 10, per: 60s}, callable: [cancel_task]}
budget: {task.cancelled: {max: 100, per: 24h}}
traits:
  cancel: {tool: cancel_task, id: task_id, accepts_list: true}
  status: {tool: get_task, id: task_id}
  x.colour: green
world: {tasks: 3, ids: task-###}
benign:
  - {call: {tool: get_task, args: {task_id: "${task[0]}"}}, expect: allow}
)";

inline std::shared_ptr<const scenario::Target> make_target(std::string_view text = kTargetText,
                                                           const std::string& name = "shop.yaml") {
  write_scratch("policy.json", kPolicyText);
  auto target = scenario::load_target(write_scratch(name, text));
  INFO(problems_of(target));
  REQUIRE(target.has_value());
  return *target;
}

// A template around these steps.
inline std::string attack_text(std::string_view steps, std::string_view more = "",
                               std::string_view benign = "  - everyday: true\n") {
  return "replay: 1\nid: a/b\ntitle: t\nattack: {id: X, status: variant, severity: low}\n"
         "fits: {}\n" +
         std::string(more) + "steps:\n" + std::string(steps) + "benign:\n" + std::string(benign) +
         "always: [{never: task.cancelled}]\n";
}

inline base::Result<std::shared_ptr<const scenario::Attack>> load_attack_text(
    std::string_view text, const std::string& name = "attack.yaml") {
  return scenario::load_attack(write_scratch(name, text));
}

inline std::shared_ptr<const scenario::Scenario> expanded(
    std::string_view attack, const std::shared_ptr<const scenario::Target>& target) {
  auto loaded = load_attack_text(attack);
  INFO(problems_of(loaded));
  REQUIRE(loaded.has_value());
  auto made = scenario::expand(*loaded, target, {});
  INFO(problems_of(made));
  REQUIRE(made.has_value());
  return *made;
}

}  // namespace gatecrash::test
