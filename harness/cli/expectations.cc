#include "harness/cli/expectations.h"

#include <set>
#include <vector>

namespace gatecrash::cli {
namespace {

// The effects a scenario let through, each once.
std::set<std::string_view> effects_of(const reports::Entry& entry) {
  std::set<std::string_view> effects;
  for (const oracle::Finding& each : entry.judged.findings) {
    if (each.effect) effects.insert(to_string(*each.effect));
  }
  return effects;
}

bool is_gap(const reports::Entry& entry) {
  using oracle::Verdict;
  return entry.judged.verdict != Verdict::Pass && entry.judged.verdict != Verdict::NotApplicable;
}

}  // namespace

void apply_expectations(std::span<const std::shared_ptr<const scenario::Expectations>> files,
                        std::span<const std::string> catalogue, base::Instant today,
                        reports::Report& report) {
  std::vector<scenario::Outcome> outcomes;
  for (const reports::Entry& each : report.entries) {
    const std::set<std::string_view> effects = effects_of(each);
    outcomes.push_back({.scenario = each.id,
                        .gateway = each.gateway,
                        .lane = each.lane,
                        .verdict = to_string(each.judged.verdict),
                        .effects = {effects.begin(), effects.end()}});
  }
  // Twice: what one file expects bears on what is stale in another.
  for (const auto& file : files) {
    const scenario::Review found = review(*file, outcomes, catalogue, today);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (!found.expected[i] || outcomes[i].covered) continue;
      outcomes[i].covered = true;
      report.entries[i].expected_reason = found.reasons[i];
    }
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    report.entries[i].expected = outcomes[i].covered && is_gap(report.entries[i]);
  }
  const auto add = [&](const base::Problems& problems, std::string_view why) {
    for (const base::Problem& each : problems) {
      report.stale.push_back({.what = each.message,
                              .why = each.hint.empty() ? std::string(why) : each.hint,
                              .file = each.file,
                              .at = each.at});
    }
  };
  for (const auto& file : files) {
    const scenario::Review found = review(*file, outcomes, catalogue, today);
    add(found.stale, "stale");
    add(found.expired, "expired");
  }
}

std::string expectations_for(const reports::Report& report) {
  std::vector<scenario::Expected> entries;
  for (const reports::Entry& each : report.entries) {
    if (!is_gap(each)) continue;
    std::set<std::string_view> effects = effects_of(each);
    if (effects.empty()) effects.insert("");
    for (const std::string_view effect : effects) {
      scenario::Expected entry;
      entry.scenario = each.id;
      entry.gateway = each.gateway;
      entry.verdict = to_string(each.judged.verdict);
      entry.effect = effect;
      entries.push_back(std::move(entry));
    }
  }
  return scenario::to_yaml(entries);
}

}  // namespace gatecrash::cli
