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

void apply_expectations(const scenario::Expectations& expectations,
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
  const scenario::Review found = review(expectations, outcomes, catalogue, today);
  for (std::size_t i = 0; i < report.entries.size(); ++i) {
    if (!found.expected[i] || !is_gap(report.entries[i])) continue;
    report.entries[i].expected = true;
    report.entries[i].expected_reason = found.reasons[i];
  }
  const auto add = [&](const base::Problems& problems, std::string_view why) {
    for (const base::Problem& each : problems) {
      report.stale.push_back({.what = each.message,
                              .why = each.hint.empty() ? std::string(why) : each.hint,
                              .file = each.file,
                              .at = each.at});
    }
  };
  add(found.stale, "stale");
  add(found.expired, "expired");
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
