// JUnit XML as CI systems read it: one suite per gateway, one case per scenario. Findings are
// failures; what could not be judged is an error; what an expectation covers, does not apply or did
// not run is skipped with its reason. Scenarios that the command line filtered out are no cases, as
// elsewhere. No times: they would differ from run to run.
#include <map>

#include "reports/block.h"
#include "reports/text.h"
#include "reports/writers.h"

namespace gatecrash::reports {
namespace {

using oracle::Verdict;

struct Suite {
  std::string cases;
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
};

void open_case(Suite& suite, std::string_view group, std::string_view name, std::string_view file) {
  ++suite.tests;
  suite.cases += "    <testcase classname=\"" + xml_attribute(group) + "\" name=\"" +
                 xml_attribute(name) + "\"";
  if (!file.empty()) suite.cases += " file=\"" + xml_attribute(file) + "\"";
}

void element(Suite& suite, std::string_view tag, std::string_view type, std::string_view message,
             std::string_view text) {
  suite.cases += "      <" + std::string(tag);
  if (!type.empty()) suite.cases += " type=\"" + xml_attribute(type) + "\"";
  suite.cases += " message=\"" + xml_attribute(message) + "\"";
  suite.cases += text.empty() ? "/>\n" : ">" + xml_text(text) + "</" + std::string(tag) + ">\n";
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& each : texts) out += (out.empty() ? "" : "; ") + each;
  return out;
}

void add(Suite& suite, const Entry& entry) {
  open_case(suite, entry.gateway + "." + entry.target, entry.id, entry.file);
  const Verdict verdict = entry.judged.verdict;
  const std::string name(to_string(verdict));
  if (verdict == Verdict::Pass) {
    suite.cases += "/>\n";
    return;
  }
  suite.cases += ">\n";
  std::string blocks;
  for (const oracle::Finding& each : entry.judged.findings) {
    if (!blocks.empty()) blocks += '\n';
    blocks += failure_block(entry, each);
  }
  if (entry.expected) {
    ++suite.skipped;
    element(suite, "skipped", "", "expected " + name + ": " + entry.expected_reason, "");
  } else if (verdict == Verdict::NotApplicable) {
    ++suite.skipped;
    element(suite, "skipped", "", "not applicable: " + joined(entry.judged.reasons), "");
  } else if (verdict == Verdict::Broken || verdict == Verdict::Inconclusive) {
    ++suite.errors;
    element(suite, "error", name, name + ": " + joined(entry.judged.reasons),
            reason_block(entry) + (blocks.empty() ? "" : "\n" + blocks));
  } else {
    ++suite.failures;
    const oracle::Finding* const worst =
        entry.judged.findings.empty() ? nullptr : &entry.judged.findings.front();
    element(suite, "failure", name,
            worst == nullptr ? name : worst->claim + ", but " + worst->observed, blocks);
  }
  suite.cases += "    </testcase>\n";
}

}  // namespace

std::string write_junit(const Report& report) {
  std::map<std::string, Suite> suites;
  for (const Entry& each : report.entries) add(suites[each.gateway], each);
  for (const Skipped& each : report.skipped) {
    if (each.kind == SkipKind::Filtered) continue;
    Suite& suite = suites["not run"];
    open_case(suite, "skipped", each.id, "");
    ++suite.skipped;
    suite.cases += ">\n";
    element(suite, "skipped", "", each.reason, "");
    suite.cases += "    </testcase>\n";
  }
  for (const Stale& each : report.stale) {
    Suite& suite = suites["expectations"];
    open_case(suite, "expectations", each.what, each.file);
    ++suite.failures;
    suite.cases += ">\n";
    element(suite, "failure", "stale", each.why,
            place(each.file, each.at) + ": " + each.what + ": " + each.why);
    suite.cases += "    </testcase>\n";
  }
  Suite all;
  std::string body;
  for (const auto& [name, suite] : suites) {
    all.tests += suite.tests;
    all.failures += suite.failures;
    all.errors += suite.errors;
    all.skipped += suite.skipped;
    body += "  <testsuite name=\"" + xml_attribute(name) + "\" tests=\"" +
            std::to_string(suite.tests) + "\" failures=\"" + std::to_string(suite.failures) +
            "\" errors=\"" + std::to_string(suite.errors) + "\" skipped=\"" +
            std::to_string(suite.skipped) + "\">\n" + suite.cases + "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"replay\" tests=\"" +
         std::to_string(all.tests) + "\" failures=\"" + std::to_string(all.failures) +
         "\" errors=\"" + std::to_string(all.errors) + "\" skipped=\"" +
         std::to_string(all.skipped) + "\">\n" + body + "</testsuites>\n";
}

}  // namespace gatecrash::reports
