// The shipped attacks and targets: all load, fit where they should, and expand with a twin that
// calls.
#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/base/text.h"
#include "harness/scenario/scenario.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace gatecrash {
namespace {

using scenario::RunKind;
using scenario::StepKind;

const scenario::Pack& pack() {
  static const scenario::Pack loaded = [] {
    const std::vector<std::string> paths = {test::source_path("scenarios/attacks"),
                                            test::source_path("scenarios/targets")};
    auto result = scenario::load_pack(paths);
    INFO((result.has_error() ? base::to_string(result.error()) : ""));
    REQUIRE(result.has_value());
    return std::move(*result);
  }();
  return loaded;
}

std::shared_ptr<const scenario::Scenario> expand(
    const std::shared_ptr<const scenario::Attack>& attack,
    const std::shared_ptr<const scenario::Target>& target) {
  auto made = scenario::expand(attack, target, {});
  INFO((made.has_error() ? base::to_string(made.error()) : ""));
  REQUIRE(made.has_value());
  return *made;
}

// One column per target, in the order of their ids.
TEST_CASE("the attacks fit the targets they are meant for") {
  std::string table;
  for (const auto& target : pack().targets) table += target->id + "\n";
  for (const auto& attack : pack().attacks) {
    table += attack->info.id + " ";
    for (const auto& target : pack().targets) table += scenario::fits(*attack, *target) ? 'x' : '.';
    table += " " + attack->id + "\n";
  }
  CHECK(table ==
        "allcanuse_hardened\n"
        "allcanuse_published\n"
        "binassist_hardened\n"
        "binassist_published\n"
        "codex_worker_hardened\n"
        "codex_worker_limited\n"
        "codex_worker_published\n"
        "openaaas_hardened\n"
        "openaaas_published\n"
        "taobao_hardened\n"
        "taobao_published\n"
        "MGA-ARG-02 xxxxxxxxxxx arg/duplicate-keys\n"
        "MGA-ARG-01 xxxxxxxxxxx arg/undecodable-params\n"
        "MGA-BULK-01 xxxxxxxxxxx bulk/enumerate-then-cancel\n"
        "MGA-BULK-02 ....xxx.... bulk/list-argument\n"
        "MGA-BULK-04 xxxxxxxxxxx bulk/wildcard-selector\n"
        "MGA-CXL-02 ..xx....... cxl/cosmetic-cancel\n"
        "MGA-HID-01 xx..x.xxxxx hid/call-by-name\n"
        "MGA-HID-09 xxxxxxxxxxx hid/unlisted-names\n"
        "MGA-LOOP-01 xxxxxxxxxxx loop/runaway-cancel\n"
        "MGA-LOOP-08 ..xx.x..... loop/slow-drip\n"
        "MGA-RATE-02 ..xx.x..... rate/session-rotation\n"
        "MGA-RATE-01 ..xx.x..... rate/window-edge-burst\n");
}

TEST_CASE("every pair that fits expands to an attack and a twin with a call that has to work") {
  for (const auto& attack : pack().attacks) {
    for (const auto& target : pack().targets) {
      if (!scenario::fits(*attack, *target)) continue;
      const auto made = expand(attack, target);
      INFO(made->id);
      const auto& benign = made->benign.steps;
      CHECK(std::ranges::any_of(benign, [](const scenario::Step& step) {
        return step.kind == StepKind::Call &&
               step.expect.outcome == scenario::Expect::Outcome::Allow;
      }));
      for (const scenario::Plan& plan : made->attacks) {
        CHECK(plan.kind == RunKind::Attack);
        CHECK_FALSE(plan.steps.empty());
        CHECK_FALSE(plan.always.empty());
      }
    }
  }
}

TEST_CASE("an attack's id is its place, and its class the folder") {
  std::set<std::string> ids;
  for (const auto& attack : pack().attacks) {
    CHECK(attack->path == test::source_path("scenarios/attacks/" + attack->id + ".yaml"));
    CHECK(ids.insert(attack->info.id).second);
    const std::string folder = attack->id.substr(0, attack->id.find('/'));
    std::string name = attack->info.id.substr(4, attack->info.id.rfind('-') - 4);
    std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    CHECK(folder == name);
    CHECK_FALSE(attack->info.sources.empty());
    CHECK_FALSE(attack->info.tags.empty());
    CHECK(attack->pending.empty());
  }
  for (const auto& target : pack().targets) {
    CHECK(target->path == test::source_path("scenarios/targets/" + target->id + ".yaml"));
    CHECK_FALSE(target->promise.says.empty());
  }
}

TEST_CASE("the attacks do what their catalogue entries say") {
  std::map<std::string, std::string> seen;  // steps by kind: list, call, raw, advance, session
  for (const auto& attack : pack().attacks) {
    for (const auto& target : pack().targets) {
      if (!scenario::fits(*attack, *target)) continue;
      const auto made = expand(attack, target);
      int kinds[5] = {};  // faults, the operator and obedience are not counted
      for (const scenario::Step& step : made->attacks[0].steps)
        if (static_cast<std::size_t>(step.kind) < std::size(kinds)) ++kinds[static_cast<int>(step.kind)];
      std::string text;
      for (const int kind : kinds) text += std::to_string(kind) + " ";
      text += std::to_string(made->attacks.size());
      seen[attack->info.id] = std::max(seen[attack->info.id], text);
    }
  }
  const std::map<std::string, std::string> meant = {
      {"MGA-ARG-01", "0 0 61 0 0 1"},   {"MGA-ARG-02", "0 0 150 0 0 2"},
      {"MGA-BULK-01", "0 61 0 0 0 1"},  {"MGA-BULK-02", "0 1 0 0 0 1"},
      {"MGA-BULK-04", "0 12 0 0 0 1"},  {"MGA-CXL-02", "0 2 0 1 0 1"},
      {"MGA-HID-01", "1 1 0 0 0 1"},    {"MGA-HID-09", "0 50 0 0 0 1"},
      {"MGA-LOOP-01", "0 500 0 0 0 1"}, {"MGA-LOOP-08", "0 12960 0 1440 0 1"},
      {"MGA-RATE-01", "0 20 0 1 0 1"},  {"MGA-RATE-02", "0 200 0 0 20 1"}};
  CHECK(seen == meant);
}

TEST_CASE("a list argument names five hundred different tasks") {
  const auto attack = *std::ranges::find(pack().attacks, "bulk/list-argument",
                                         [](const auto& each) { return each->id; });
  const auto target = *std::ranges::find(pack().targets, "codex_worker_limited",
                                         [](const auto& each) { return each->id; });
  const auto made = expand(attack, target);
  const std::string& arguments = made->attacks[0].steps[0].arguments;
  CHECK(arguments.starts_with("{\"task_id\":[\""));
  const auto ids = base::split(arguments, ',');
  CHECK(std::set<std::string_view>(ids.begin(), ids.end()).size() == 500);
}

TEST_CASE("the longest attack expands in milliseconds") {
  const auto attack = *std::ranges::find(pack().attacks, "loop/slow-drip",
                                         [](const auto& each) { return each->id; });
  for (const auto& target : pack().targets) {
    if (!scenario::fits(*attack, *target)) continue;
    // The best of several: the machine may be busy and the build unoptimised, growth would still
    // show.
    auto best = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 5; ++i) {
      const auto start = std::chrono::steady_clock::now();
      const auto made = expand(attack, target);
      best = std::min(best, std::chrono::steady_clock::now() - start);
      CHECK(made->attacks[0].steps.size() == 14'400);
    }
    CHECK(best < std::chrono::milliseconds(500));
  }
}

}  // namespace
}  // namespace gatecrash
