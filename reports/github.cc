// Workflow commands of GitHub Actions: an annotation on the policy line for each cause, then the
// summary line. Expected findings are notices.
#include "reports/block.h"
#include "reports/text.h"
#include "reports/writers.h"

namespace gatecrash::reports {
namespace {

std::string escape(std::string_view text, bool property) {
  std::string out;
  for (const char c : printable(text, true)) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\n') {
      out += "%0A";
    } else if (property && c == ':') {
      out += "%3A";
    } else if (property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

void annotate(std::string& out, std::string_view command, std::string_view file, base::SourcePos at,
              std::string_view title, std::string_view text) {
  out += "::" + std::string(command) + " ";
  if (!file.empty()) out += "file=" + escape(file, true) + ",";
  if (at.line != 0) {
    out += "line=" + std::to_string(at.line) + ",col=" + std::to_string(at.column) + ",";
  }
  out += "title=" + escape(title, true) + "::" + escape(text, false) + "\n";
}

}  // namespace

std::string write_github(const Report& report) {
  std::string out;
  for (const Entry& each : report.entries) {
    if (fails(each) && !each.judged.reasons.empty()) {
      annotate(out, "error", each.file, {},
               std::string(to_string(each.judged.verdict)) + " " + each.id, reason_block(each));
    }
  }
  for (const Cause& cause : causes(report)) {
    const oracle::Finding& finding = *cause.finding;
    annotate(out, "error", finding.policy_file, finding.policy_at,
             std::string(to_string(finding.kind)) + ": " + finding.claim,
             failure_block(*cause.entry, finding));
  }
  for (const Stale& each : report.stale)
    annotate(out, "error", each.file, each.at, "stale: " + each.what, each.why);
  for (const Entry& each : report.entries) {
    if (!each.expected || each.judged.findings.empty()) continue;
    const oracle::Finding& finding = each.judged.findings.front();
    annotate(out, "notice", finding.policy_file, finding.policy_at,
             "expected " + std::string(to_string(each.judged.verdict)) + " " + each.id,
             each.expected_reason);
  }
  return out + summary_line(report.summary) + "\n";
}

}  // namespace gatecrash::reports
