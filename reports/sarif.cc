// SARIF 2.1.0 for code scanning: a rule per catalogue entry, a result per finding. The location is
// the place in the policy, the scenario's step the related one; the code flow goes from the step to
// the clause. Expected findings are suppressed with their reason.
#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "reports/block.h"
#include "reports/text.h"
#include "reports/writers.h"

namespace gatecrash::reports {
namespace {

using Json = nlohmann::ordered_json;
using oracle::Finding;
using oracle::Verdict;

Json location(std::string_view file, base::SourcePos at, std::string_view text) {
  Json physical = {{"artifactLocation", {{"uri", uri(file)}}}};
  if (at.line != 0)
    physical["region"] = {{"startLine", at.line}, {"startColumn", std::max(1U, at.column)}};
  Json out = {{"physicalLocation", std::move(physical)}};
  if (!text.empty()) out["message"] = {{"text", printable(text)}};
  return out;
}

std::string_view level(const Finding& finding) {
  switch (verdict_of(finding)) {
    case Verdict::Bypass: return "error";
    case Verdict::Overblock:
    case Verdict::Drift: return "warning";
    default: return "note";
  }
}

Json result(const Entry& entry, const Finding& finding, std::size_t rule) {
  const std::string step = finding.attempted.empty() ? entry.title : finding.attempted;
  const std::string policy_file = finding.policy_file.empty() ? entry.file : finding.policy_file;
  const Json policy = location(policy_file, finding.policy_at, finding.rule);
  const Json scenario = location(finding.scenario_file, finding.scenario_at, step);
  Json out = {
      {"ruleId", entry.attack_id},
      {"ruleIndex", rule},
      {"level", level(finding)},
      {"message", {{"text", failure_block(entry, finding)}}},
      {"locations", Json::array({policy})},
      {"relatedLocations", Json::array({scenario})},
      {"codeFlows",
       Json::array({{{"threadFlows",
                      Json::array({{{"locations", Json::array({{{"location", scenario}},
                                                               {{"location", policy}}})}}})}}})},
      {"partialFingerprints", {{"gatecrash/v1", finding.fingerprint + ":" + entry.gateway}}},
      {"properties",
       {{"scenario", entry.id},
        {"gateway", entry.gateway},
        {"kind", to_string(finding.kind)},
        {"oracle", finding.oracle}}}};
  if (entry.expected) {
    out["suppressions"] =
        Json::array({{{"kind", "external"}, {"justification", entry.expected_reason}}});
  }
  return out;
}

}  // namespace

std::string write_sarif(const Report& report) {
  Json rules = Json::array();
  std::map<std::string, std::size_t> index;
  Json results = Json::array();
  for (const Entry& entry : report.entries) {
    for (const Finding& finding : entry.judged.findings) {
      const auto [rule, made] = index.emplace(entry.attack_id, rules.size());
      if (made) {
        rules.push_back({{"id", entry.attack_id},
                         {"shortDescription", {{"text", printable(entry.title)}}},
                         {"properties", {{"severity", entry.severity}}}});
      }
      results.push_back(result(entry, finding, rule->second));
    }
  }
  const Json whole = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs",
       Json::array({{{"tool", {{"driver", {{"name", "gatecrash"}, {"rules", std::move(rules)}}}}},
                     {"columnKind", "utf16CodeUnits"},
                     {"results", std::move(results)}}})}};
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gatecrash::reports
