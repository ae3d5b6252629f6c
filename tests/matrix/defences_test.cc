// What each defence is good for: without it, and with all the others in place, some attack of the
// shipped pack gets through. The README has the table, and names the attack for each defence.
#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/file.h"
#include "harness/gateway/defences.h"
#include "tests/matrix/tryout.h"

using namespace gatecrash;
using test::kept_promises;

namespace {

// A day of calls on this server says what its day on the others says.
constexpr const char* kExcluded = "slow-drip@codex";

bool passes(oracle::Verdict verdict) {
  return verdict == oracle::Verdict::Pass || verdict == oracle::Verdict::NotApplicable;
}

// By attack: the worst of its scenarios that did not pass.
using Failed = std::map<std::string, oracle::Verdict>;

// By gateway. Scenarios that fail behind the reference gateway too say nothing about a defence.
std::map<std::string, Failed> failures(const std::vector<reports::Entry>& entries) {
  std::set<std::string> anyhow;
  for (const reports::Entry& entry : entries) {
    if (entry.gateway == "reference" && !passes(entry.judged.verdict)) anyhow.insert(entry.id);
  }
  std::map<std::string, Failed> failed;
  for (const reports::Entry& entry : entries) {
    if (passes(entry.judged.verdict) || anyhow.contains(entry.id)) continue;
    const auto [at, fresh] = failed[entry.gateway].emplace(entry.attack, entry.judged.verdict);
    if (!fresh) at->second = std::max(at->second, entry.judged.verdict);
  }
  return failed;
}

std::string without(const gateway::DefenceEntry& defence) {
  return "without:" + std::string(defence.name);
}

std::string first_cells(const gateway::DefenceEntry& defence) {
  return "| `" + std::string(defence.name) + "` | " + std::string(defence.defence) + " | ";
}

std::string last_cell(const std::string& attack, oracle::Verdict verdict) {
  return "`" + attack + "` (" + std::string(to_string(verdict)) + ")";
}

std::string readme() {
  return base::read_file(test::source_path("README.md")).value();
}

// The attack in the README's row of a defence; empty if there is no such row.
std::string named_attack(const std::string& text, const gateway::DefenceEntry& defence) {
  const std::string cells = first_cells(defence) + "`";
  const std::size_t at = text.find(cells);
  if (at == std::string::npos) return {};
  const std::size_t start = at + cells.size();
  return text.substr(start, text.find('`', start) - start);
}

}  // namespace

TEST_CASE("The attack that the README names gets through without the defence, as bad as it says") {
  const cli::Selection selection = kept_promises({test::source_path("scenarios")}, kExcluded);
  const std::string text = readme();
  for (const gateway::DefenceEntry& defence : gateway::defences()) {
    const std::string attack = named_attack(text, defence);
    INFO(defence.name << " " << attack);
    REQUIRE_FALSE(attack.empty());
    const cli::Selection part = test::part_of(selection, attack);
    REQUIRE_FALSE(part.scenarios.empty());
    const auto failed = failures(test::try_on(part, {"reference", without(defence)}, 1));
    REQUIRE(failed.contains(without(defence)));
    const std::string row =
        first_cells(defence) + last_cell(attack, failed.at(without(defence)).at(attack));
    INFO(row);
    CHECK(text.find(row) != std::string::npos);
  }
}

#if GATECRASH_WHOLE_PACK
TEST_CASE("The README's table of defences names the worst attack and counts the others") {
  std::vector<std::string> gateways{"reference"};
  for (const gateway::DefenceEntry& defence : gateway::defences())
    gateways.push_back(without(defence));
  auto failed = failures(
      test::try_on(kept_promises({test::source_path("scenarios")}, kExcluded), gateways, 2));
  const std::string text = readme();
  for (const gateway::DefenceEntry& defence : gateway::defences()) {
    const Failed& attacks = failed[without(defence)];
    INFO("nothing gets through without: " << defence.name);
    CHECK_FALSE(attacks.empty());
    if (attacks.empty()) continue;
    // The worst, then the first by name.
    const auto worst = std::ranges::max_element(attacks, [](const auto& left, const auto& right) {
      return left.second != right.second ? left.second < right.second : left.first > right.first;
    });
    std::string row = first_cells(defence) + last_cell(worst->first, worst->second);
    if (attacks.size() > 1) row += " and " + std::to_string(attacks.size() - 1) + " more";
    row += " |";
    std::printf("%s\n", row.c_str());
    INFO("the README does not have the row " << row);
    CHECK(text.find(row) != std::string::npos);
  }
}
#endif
