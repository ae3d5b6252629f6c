#include <algorithm>

#include "reports/report.h"

namespace gatecrash::reports {

std::string_view to_string(SkipKind kind) {
  switch (kind) {
    case SkipKind::Filtered: return "filtered";
    case SkipKind::Pending: return "pending";
    case SkipKind::Slow: return "slow";
    case SkipKind::Unobservable: return "unobservable";
  }
  return {};
}

void count(Report& report) {
  Summary& sum = report.summary;
  sum.pass = sum.not_applicable = sum.inconclusive = sum.overblock = sum.drift = sum.bypass =
      sum.broken = 0;
  sum.expected = 0;
  for (const Entry& each : report.entries) {
    if (each.expected) ++sum.expected;
    switch (each.judged.verdict) {
      case oracle::Verdict::Pass: ++sum.pass; break;
      case oracle::Verdict::Inconclusive: ++sum.inconclusive; break;
      case oracle::Verdict::Overblock: ++sum.overblock; break;
      case oracle::Verdict::Drift: ++sum.drift; break;
      case oracle::Verdict::Bypass: ++sum.bypass; break;
      case oracle::Verdict::Broken: ++sum.broken; break;
      case oracle::Verdict::NotApplicable: ++sum.not_applicable; break;
    }
  }
  sum.ran = report.entries.size();
  sum.skipped = report.skipped.size();
  const auto skipped_as = [&](SkipKind kind) {
    return static_cast<std::uint64_t>(std::ranges::count(report.skipped, kind, &Skipped::kind));
  };
  sum.filtered = skipped_as(SkipKind::Filtered);
  sum.pending = skipped_as(SkipKind::Pending);
  sum.slow = skipped_as(SkipKind::Slow);
  sum.unobservable = skipped_as(SkipKind::Unobservable);
  sum.stale = report.stale.size();
}

std::string summary_line(const Summary& summary) {
  std::string line = "replay:";
  const auto field = [&](std::string_view name, const std::string& value) {
    line += " " + std::string(name) + "=" + value;
  };
  field("ran", std::to_string(summary.ran));
  field("pass", std::to_string(summary.pass));
  field("not_applicable", std::to_string(summary.not_applicable));
  field("inconclusive", std::to_string(summary.inconclusive));
  field("overblock", std::to_string(summary.overblock));
  field("drift", std::to_string(summary.drift));
  field("bypass", std::to_string(summary.bypass));
  field("broken", std::to_string(summary.broken));
  field("skipped", std::to_string(summary.skipped));
  field("filtered", std::to_string(summary.filtered));
  field("pending", std::to_string(summary.pending));
  field("slow", std::to_string(summary.slow));
  field("unobservable", std::to_string(summary.unobservable));
  field("expected", std::to_string(summary.expected));
  field("stale", std::to_string(summary.stale));
  field("seed", std::to_string(summary.seed));
  field("corpus", summary.corpus);
  field("policy", summary.policy);
  return line;
}

}  // namespace gatecrash::reports
