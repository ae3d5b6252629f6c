// The shipped attacks and targets: all load, fit where they should, and expand with a twin that
// calls.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/scenario/scenario.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace gatecrash {
namespace {

using scenario::RunKind;
using scenario::StepKind;

scenario::Pack load_shipped(std::vector<std::string> folders) {
  for (std::string& folder : folders) folder = test::source_path(folder);
  auto loaded = scenario::load_pack(folders);
  INFO((loaded.has_error() ? base::to_string(loaded.error()) : ""));
  REQUIRE(loaded.has_value());
  return std::move(*loaded);
}

const scenario::Pack& pack() {
  static const scenario::Pack loaded = load_shipped({"scenarios/attacks", "scenarios/targets"});
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

bool replays(const scenario::Attack& attack) {
  return attack.pending.empty() && attack.not_observable.empty();
}

// Ids of the catalogue (attacks.md section 3).
const std::map<std::string, std::vector<int>> kCatalogueEntries = {
    {"LOOP", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
    {"BULK", {1, 2, 3, 4, 5, 6, 7, 8, 9}},
    {"HID", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
    {"DEF", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
    {"RATE", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}},
    {"ARG", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}},
    {"PROTO", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
    {"CXL", {1, 2, 3, 4, 5, 6, 7}},
    {"IDT", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
    {"META", {1, 2, 3, 4, 5, 6, 7, 8, 9}},
    {"INJ", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
    {"APR", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
    {"OPS", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}};

// The only entries that no file replays, each with words of the reason that its files give.
const std::map<std::string, std::string> kNotReplayed = {
    {"MGA-APR-10", "not observable: a gateway sees calls"},
    {"MGA-IDT-01", "pending: needs http"},
    {"MGA-IDT-05", "pending: needs http"},
    {"MGA-IDT-07", "pending: needs era-2026-07-28, http"},
    {"MGA-IDT-10", "not observable: a call that does not pass the gateway"},
    {"MGA-IDT-12", "pending: needs http"},
    {"MGA-INJ-08", "not observable: what a worker does with its own tools"},
    {"MGA-META-08", "not observable: the call, its answer and the tool's definition are as ever"},
    {"MGA-PROTO-08", "pending: needs http"},
    {"MGA-PROTO-10", "pending: needs http, era-2026-07-28"},
    {"MGA-PROTO-12", "pending: needs http, era-2026-07-28"},
    {"MGA-PROTO-14", "pending: needs http"},
    {"MGA-PROTO-18", "pending: needs http"},
    {"MGA-PROTO-20", "pending: needs era-2026-07-28"}};

TEST_CASE("every entry of the catalogue has its file and replays, save those named here") {
  std::map<std::string, std::string> why_not;  // by entry, of all its files
  std::set<std::string> replayed;
  std::set<std::string> entries;
  for (const auto& [name, numbers] : kCatalogueEntries) {
    for (const int number : numbers) {
      entries.insert("MGA-" + name + "-" + (number < 10 ? "0" : "") + std::to_string(number));
    }
  }
  REQUIRE(entries.size() == 157);
  for (const auto& attack : pack().attacks) {
    INFO(attack->id << " " << attack->info.id);
    CHECK(entries.contains(attack->info.id));
    why_not[attack->info.id] += not_run(*attack);
    if (replays(*attack)) replayed.insert(attack->info.id);
  }
  for (const std::string& entry : entries) {
    INFO(entry);
    const auto why = why_not.find(entry);
    CHECK(why != why_not.end());  // else it has no file
    if (why == why_not.end()) continue;
    INFO(why->second);
    const auto excepted = kNotReplayed.find(entry);
    CHECK(replayed.contains(entry) == (excepted == kNotReplayed.end()));
    if (excepted != kNotReplayed.end()) CHECK(why->second.starts_with(excepted->second));
  }
}

TEST_CASE("the matrix of classes and servers has a replay in every cell") {
  std::map<std::string, std::map<std::string, int>> matrix;  // class, mock
  for (const auto& attack : pack().attacks) {
    if (!replays(*attack)) continue;
    const std::string folder = attack->id.substr(0, attack->id.find('/'));
    if (attack->own_target) ++matrix[folder][attack->own_target->mock];
    for (const auto& target : pack().targets) {
      if (scenario::fits(*attack, *target)) ++matrix[folder][target->mock];
    }
  }
  // Approvals and policy files are about policies of their own, not about what a server offers.
  const std::set<std::string> own{"apr", "def"};
  for (const auto& [folder, by_mock] : matrix) {
    if (own.contains(folder)) continue;
    for (const char* const mock :
         {"allcanuse", "binassist", "codex_worker", "openaaas", "taobao"}) {
      INFO(folder << " on " << mock);
      CHECK(by_mock.contains(mock));
    }
  }
  CHECK(matrix.size() == kCatalogueEntries.size());
}

TEST_CASE("everyday traffic is at least three hundred calls over the five servers") {
  const scenario::Pack all = load_shipped({"scenarios"});
  std::size_t calls = 0;
  std::set<std::string> mocks;
  for (const auto& each : all.attacks) {
    if (!each->everyday) continue;
    CHECK(each->path == test::source_path("scenarios/" + each->id + ".yaml"));
    std::vector<std::shared_ptr<const scenario::Target>> targets;
    if (each->own_target) targets.push_back(each->own_target);
    for (const auto& target : all.targets) {
      // Each day counts once, however many policies of one server it is replayed against.
      if (scenario::fits(*each, *target) && targets.empty()) targets.push_back(target);
    }
    REQUIRE_FALSE(targets.empty());
    mocks.insert(targets.front()->mock);
    const auto made = expand(each, targets.front());
    calls += static_cast<std::size_t>(
        std::ranges::count(made->benign.steps, StepKind::Call, &scenario::Step::kind));
  }
  CHECK(calls >= 300);
  for (const char* const mock : {"allcanuse", "binassist", "codex_worker", "openaaas", "taobao"}) {
    INFO(mock);
    CHECK(mocks.contains(mock));
  }
}

// A sequence rule shows in one order only: each tool has to work after each other.
TEST_CASE("everyday traffic calls the promised tools of the hardened targets in mixed order") {
  const scenario::Pack all = load_shipped({"scenarios"});
  std::size_t targets = 0;
  for (const auto& target : all.targets) {
    if (!target->id.ends_with("_hardened")) continue;
    ++targets;
    const std::vector<std::string>& promised = target->promise.callable;
    std::set<std::pair<std::string, std::string>> orders;
    for (const auto& traffic : all.attacks) {
      if (!traffic->everyday || traffic->own_target || !scenario::fits(*traffic, *target)) continue;
      std::set<std::string> before;
      const auto made = expand(traffic, target);
      for (const scenario::Step& step : made->benign.steps) {
        if (step.kind != StepKind::Call) continue;
        CHECK(step.expect.outcome == scenario::Expect::Outcome::Allow);
        for (const std::string& earlier : before) orders.emplace(earlier, step.tool);
        before.insert(step.tool);
      }
    }
    for (const std::string& first : promised) {
      for (const std::string& second : promised) {
        INFO(target->id << ": " << second << " after " << first);
        CHECK(orders.contains({first, second}));
      }
    }
  }
  CHECK(targets == 5);
}

TEST_CASE("every pair that fits expands to an attack and a twin with a call that has to work") {
  for (const auto& attack : pack().attacks) {
    if (!replays(*attack)) continue;
    for (const auto& target : pack().targets) {
      if (!scenario::fits(*attack, *target)) continue;
      const auto made = expand(attack, target);
      INFO(made->id);
      const auto& benign = made->benign.steps;
      CHECK(std::ranges::any_of(benign, [](const scenario::Step& step) {
        return (step.kind == StepKind::Call || step.kind == StepKind::Raw) &&
               step.expect.outcome == scenario::Expect::Outcome::Allow;
      }));
      for (const scenario::Plan& plan : made->attacks) {
        CHECK(plan.kind == RunKind::Attack);
        CHECK_FALSE(plan.steps.empty());
      }
    }
  }
}

TEST_CASE("an attack's id is its place, and its class the folder") {
  std::set<std::string> ids;
  for (const auto& attack : pack().attacks) {
    CHECK(attack->path == test::source_path("scenarios/attacks/" + attack->id + ".yaml"));
    INFO(attack->id);
    CHECK(ids.insert(attack->id).second);
    const std::string folder = attack->id.substr(0, attack->id.find('/'));
    std::string name = attack->info.id.substr(4, attack->info.id.rfind('-') - 4);
    std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    CHECK(folder == name);
    CHECK(
        (attack->info.status == scenario::AttackStatus::Variant || !attack->info.sources.empty()));
    CHECK_FALSE(attack->info.tags.empty());
  }
  for (const auto& target : pack().targets) {
    CHECK(target->path == test::source_path("scenarios/targets/" + target->id + ".yaml"));
    CHECK_FALSE(target->promise.says.empty());
  }
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

// Processor time, of several attempts the least: what else the machine does does not count.
std::chrono::nanoseconds time_to_expand(const std::shared_ptr<const scenario::Attack>& attack,
                                        const std::shared_ptr<const scenario::Target>& target,
                                        std::size_t steps) {
  const auto now = [] {
    timespec spent{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
  };
  auto least = std::chrono::nanoseconds::max();
  for (int i = 0; i < 5; ++i) {
    const auto start = now();
    const auto made = expand(attack, target);
    least = std::min<std::chrono::nanoseconds>(least, now() - start);
    CHECK(made->attacks[0].steps.size() == steps);
  }
  return least;
}

TEST_CASE("the longest attack takes no more time for each of its steps than a tenth of it") {
  const auto attack = *std::ranges::find(pack().attacks, "loop/slow-drip",
                                         [](const auto& each) { return each->id; });
  std::string text = base::read_file(attack->path).value();
  for (const auto& [long_one, short_one] :
       {std::pair{"repeat: 1440", "repeat: 144"}, {"tasks: 12960", "tasks: 1296"}}) {
    REQUIRE(text.find(long_one) != std::string::npos);
    text.replace(text.find(long_one), std::string_view(long_one).size(), short_one);
  }
  const std::string path = test::scratch_path("scenario/short-drip.yaml");
  REQUIRE(base::write_file(path, text).has_value());
  const auto shorter = scenario::load_attack(path);
  REQUIRE(shorter.has_value());
  for (const auto& target : pack().targets) {
    if (!scenario::fits(*attack, *target)) continue;
    // Ten times as long if it grows with the steps, a hundred times if with their square.
    CHECK(time_to_expand(attack, target, 14'400) < 40 * time_to_expand(*shorter, target, 1'440));
  }
}

}  // namespace
}  // namespace gatecrash
