// Markdown for a pull-request comment or a CI step summary: the counts, the matrix, then what to
// mend. Stays below the size that comment boxes take; what does not fit is counted, not cut in
// half.
#include <map>
#include <set>

#include "reports/block.h"
#include "reports/text.h"
#include "reports/writers.h"

namespace gatecrash::reports {
namespace {

constexpr std::size_t kMostBytes = 60'000;  // GitHub takes 65,536 characters

std::string headline(const Summary& summary) {
  const std::uint64_t findings = summary.bypass + summary.overblock + summary.drift;
  std::string text =
      std::to_string(summary.pass) + " of " + std::to_string(summary.ran) + " passed";
  if (findings == 0 && summary.broken == 0 && summary.inconclusive == 0 && summary.stale == 0)
    return text;
  const auto part = [&](std::uint64_t number, std::string_view what) {
    if (number != 0) text += ", " + std::to_string(number) + " " + std::string(what);
  };
  part(summary.broken, "broken");
  part(summary.bypass, "bypass");
  part(summary.drift, "drift");
  part(summary.overblock, "overblock");
  part(summary.inconclusive, "inconclusive");
  part(summary.not_applicable, "not applicable");
  part(summary.expected, "expected");
  part(summary.stale, summary.stale == 1 ? "stale expectation" : "stale expectations");
  return text;
}

// Rows are targets, columns verdicts: small whatever the number of attacks.
std::string counts_table(const Report& report) {
  constexpr std::string_view kColumns[] = {"pass",         "bypass", "drift",         "overblock",
                                           "inconclusive", "broken", "not_applicable"};
  std::map<std::pair<std::string, std::string>, std::map<std::string_view, std::uint64_t>> rows;
  std::set<std::string_view> used;
  for (const Entry& each : report.entries) {
    const std::string_view verdict = to_string(each.judged.verdict);
    ++rows[{each.gateway, each.target}][verdict];
    used.insert(verdict);
  }
  std::string head = "| gateway | target |";
  std::string rule = "|---|---|";
  for (const std::string_view each : kColumns) {
    if (!used.contains(each)) continue;
    head += " " + markdown(each) + " |";
    rule += "--:|";
  }
  std::string out = head + "\n" + rule + "\n";
  for (auto& [key, verdicts] : rows) {
    out += "| " + markdown(key.first) + " | " + markdown(key.second) + " |";
    for (const std::string_view each : kColumns) {
      if (!used.contains(each)) continue;
      const auto found = verdicts.find(each);
      out += found == verdicts.end() ? "  |" : " " + std::to_string(found->second) + " |";
    }
    out += '\n';
  }
  return out;
}

std::string cause_text(const Cause& cause) {
  const oracle::Finding& finding = *cause.finding;
  std::string out = "<details><summary><b>" + std::string(to_string(finding.kind)) + "</b> " +
                    xml_text(cause.entry->id) + " on " + xml_text(cause.entry->gateway) + ": " +
                    xml_text(finding.claim) + ", but " + xml_text(finding.observed);
  if (!cause.also.empty()) out += " (and " + counted(cause.also.size(), "more scenario") + ")";
  out += "</summary>\n\n" + markdown_fence(failure_block(*cause.entry, finding));
  return out + "\n</details>\n";
}

}  // namespace

std::string write_md(const Report& report) {
  std::string out = "## Gatecrash: " + headline(report.summary) + "\n\n";
  if (!report.entries.empty()) out += counts_table(report) + "\n";

  std::vector<std::string> details;
  for (const Entry& each : report.entries) {
    if (fails(each) && !each.judged.reasons.empty())
      details.push_back(markdown_fence(reason_block(each)) + "\n");
  }
  for (const Cause& each : causes(report)) details.push_back(cause_text(each));
  for (const Stale& each : report.stale) {
    details.push_back("- stale: " + markdown(place(each.file, each.at)) + ": " +
                      markdown(each.what) + ": " + markdown(each.why) + "\n");
  }
  const std::string last = "\n`" + summary_line(report.summary) + "`\n";
  std::size_t shown = 0;
  for (const std::string& each : details) {
    if (out.size() + each.size() + last.size() + 200 > kMostBytes) break;
    out += each;
    ++shown;
  }
  if (shown < details.size()) {
    out += "\n" + std::to_string(details.size() - shown) +
           " more did not fit here; the json report has all.\n";
  }
  return out + last;
}

}  // namespace gatecrash::reports
