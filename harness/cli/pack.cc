#include "harness/cli/pack.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <re2/re2.h>

#include "harness/base/check.h"
#include "harness/base/digest.h"
#include "harness/base/text.h"
#include "harness/cli/step_words.h"
#include "mock_servers/personality.h"
#include "mock_servers/words.h"

namespace gatecrash::cli {
namespace {

namespace fs = std::filesystem;
using scenario::Attack;
using scenario::Target;

bool is_pack(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder / "attacks", error) && fs::is_directory(folder / "targets", error);
}

// A compiled filter; empty patterns match nothing and are asked for separately.
class Pattern {
 public:
  Pattern(std::string_view flag, const std::string& text, base::Problems& problems)
      : given_(!text.empty()), pattern_(text, RE2::Quiet) {
    if (given_ && !pattern_.ok()) {
      problems.push_back(base::problem(
          "", {}, std::string(flag) + ": not a regular expression: " + pattern_.error(),
          "RE2 syntax"));
    }
  }
  bool given() const { return given_; }
  bool matches(std::string_view text) const { return RE2::PartialMatch(text, pattern_); }

 private:
  bool given_;
  RE2 pattern_;
};

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash ^ (hash >> 32);
}

class Chooser {
 public:
  Chooser(const Filters& filters, base::Problems& problems)
      : filters_(filters),
        attack_("--attack", filters.attack, problems),
        target_("--target", filters.target, problems),
        run_("--run", filters.run, problems),
        exclude_("--exclude", filters.exclude, problems) {}

  // The flag that leaves it out, or empty.
  std::string refuses(const Attack& attack, const Target& target, const std::string& id) const {
    if (attack_.given() && !attack_.matches(attack.id) && !attack_.matches(attack.info.id)) {
      return "--attack";
    }
    if (target_.given() && !target_.matches(target.id)) return "--target";
    if (run_.given() && !run_.matches(id)) return "--run";
    if (exclude_.given() && exclude_.matches(id)) return "--exclude";
    if (!filters_.tags.empty() && std::ranges::none_of(filters_.tags, [&](const std::string& tag) {
          return std::ranges::find(attack.info.tags, tag) != attack.info.tags.end();
        })) {
      return "--tags";
    }
    if (filters_.shards > 1 && stable_hash(id) % filters_.shards != filters_.shard - 1)
      return "--shard";
    return {};
  }

 private:
  const Filters& filters_;
  Pattern attack_, target_, run_, exclude_;
};

void append_unknown(const base::Document& document, base::Problems& problems) {
  base::append(problems, mock_servers::unknown_words(document));
  base::append(problems, unknown_step_words(document));
}

// Leniencies that an attack adds to its target's may exclude them.
void check_personalities(const scenario::Scenario& scenario, base::Problems& problems) {
  std::vector<const scenario::Plan*> plans{&scenario.benign};
  for (const scenario::Plan& each : scenario.attacks) plans.push_back(&each);
  for (const scenario::Plan* const plan : plans) {
    const auto made = mock_servers::Personality::make(plan->personalities);
    if (made) continue;
    const base::Document& document = *scenario.attack->document;
    const base::Value root = document.tree.root();
    const base::Value at = root.find("matrix") ? root.find("matrix") : root.find("personalities");
    base::append(problems,
                 base::Problems{base::problem(document.path, document.place(at),
                                              "on target " + base::quoted(scenario.target->id) +
                                                  ": " + made.error().front().message)});
    return;
  }
}

std::string scenario_id(const Attack& attack, const Target& target) {
  return attack.own_target ? attack.id : attack.id + "@" + target.id;
}

}  // namespace

std::string shipped_scenarios() {
  if (const char* named = std::getenv("GATECRASH_SCENARIOS"); named != nullptr && *named != '\0') {
    return named;
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const fs::path installed = program.parent_path().parent_path() / "share/gatecrash/scenarios";
  if (is_pack(installed)) return installed.string();
  for (fs::path folder = program.parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (!is_pack(folder / "scenarios")) continue;
    // Shown as a person would type it where that is shorter.
    const fs::path near = fs::relative(folder / "scenarios", fs::current_path(error), error);
    if (!error && !near.empty() && *near.begin() != "..") return near.string();
    return (folder / "scenarios").string();
  }
  return {};
}

base::Result<scenario::Pack> load_pack(std::span<const std::string> paths) {
  auto pack = scenario::load_pack(paths);
  if (!pack) return pack.error();
  base::Problems problems;
  for (const auto& each : pack->attacks) append_unknown(*each->document, problems);
  for (const auto& each : pack->targets) append_unknown(*each->document, problems);
  if (!problems.empty()) return problems;
  return pack;
}

base::Result<std::shared_ptr<const Target>> load_target(const std::string& path) {
  auto target = scenario::load_target(path);
  if (!target) return target.error();
  base::Problems problems;
  append_unknown(*(*target)->document, problems);
  if (!problems.empty()) return problems;
  return target;
}

std::string digest_of(std::vector<std::string> hashes) {
  std::ranges::sort(hashes);
  hashes.erase(std::ranges::unique(hashes).begin(), hashes.end());
  return base::sha256_hex(base::join(hashes, "\n")).substr(0, 16);
}

std::string shipped_corpus_digest() {
  const std::vector<std::string> paths{shipped_scenarios()};
  if (paths.front().empty()) return {};
  const auto pack = scenario::load_pack(paths);
  if (!pack) return {};
  std::vector<std::string> hashes;
  for (const auto& each : pack->attacks) hashes.push_back(each->content_hash);
  for (const auto& each : pack->targets) hashes.push_back(each->content_hash);
  return digest_of(std::move(hashes));
}

std::shared_ptr<const scenario::Scenario> Pair::expand() const {
  auto expanded = scenario::expand(attack, target, options);
  GATECRASH_CHECK(expanded.has_value());
  return std::move(*expanded);
}

base::Result<Selection> select(const std::vector<std::string>& paths, const Filters& filters,
                               const scenario::ExpandOptions& options) {
  base::Problems problems;
  const Chooser chooser(filters, problems);
  auto loaded = load_pack(paths);
  if (!loaded) {
    base::append(problems, loaded.error());
    return problems;
  }
  if (!problems.empty()) return problems;
  scenario::Pack pack = std::move(*loaded);

  const bool needs_targets =
      pack.targets.empty() &&
      std::ranges::any_of(pack.attacks, [](const auto& each) { return !each->own_target; });
  const bool needs_attacks = pack.attacks.empty() && !pack.targets.empty();
  if (needs_targets || needs_attacks) {
    const std::string shipped = shipped_scenarios();
    if (shipped.empty()) {
      return base::Problems{
          base::problem("", {},
                        needs_targets ? "no target named, and the shipped targets were not found"
                                      : "no attack named, and the shipped attacks were not found",
                        "set GATECRASH_SCENARIOS to the folder `scenarios`")};
    }
    std::vector<std::string> folders{shipped + (needs_targets ? "/targets" : "/attacks")};
    // What has to pass belongs to what must not.
    if (needs_attacks && fs::is_directory(shipped + "/benign"))
      folders.push_back(shipped + "/benign");
    auto rest = load_pack(folders);
    if (!rest) return rest.error();
    if (needs_targets) {
      pack.targets = std::move(rest->targets);
    } else {
      pack.attacks = std::move(rest->attacks);
    }
  }

  std::vector<Pair> pairs;
  for (const auto& attack : pack.attacks) {
    if (attack->own_target) {
      pairs.push_back({attack->id, attack, attack->own_target, options});
      continue;
    }
    for (const auto& target : pack.targets) {
      if (fits(*attack, *target))
        pairs.push_back({scenario_id(*attack, *target), attack, target, options});
    }
  }
  std::ranges::sort(pairs, {}, &Pair::id);

  using reports::SkipKind;
  Selection selection;
  std::vector<std::string> hashes;
  for (Pair& pair : pairs) {
    if (std::string flag = chooser.refuses(*pair.attack, *pair.target, pair.id); !flag.empty()) {
      selection.skipped.push_back({pair.id, std::move(flag), SkipKind::Filtered});
      continue;
    }
    if (std::string reason = not_run(*pair.attack); !reason.empty()) {
      selection.skipped.push_back(
          {pair.id, std::move(reason),
           pair.attack->not_observable.empty() ? SkipKind::Pending : SkipKind::Unobservable});
      continue;
    }
    const auto expanded = scenario::expand(pair.attack, pair.target, options);
    if (!expanded && pair.attack->own_target == nullptr) {
      // An attack that cannot be made for somebody's target says nothing about the others.
      const base::Problem& first = expanded.error().front();
      selection.skipped.push_back(
          {pair.id, "cannot be made for this target: " + first.message, SkipKind::Unobservable});
      continue;
    }
    if (!expanded) {
      base::append(problems, expanded.error());
      continue;
    }
    check_personalities(**expanded, problems);
    base::append(problems, unknown_step_words(**expanded));
    hashes.push_back(pair.attack->content_hash);
    hashes.push_back(pair.target->content_hash);
    selection.scenarios.push_back(std::move(pair));
  }
  if (!problems.empty()) return problems;
  selection.corpus = digest_of(std::move(hashes));
  return selection;
}

}  // namespace gatecrash::cli
