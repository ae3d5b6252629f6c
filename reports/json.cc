// The complete report. Every key is always there, so that the schema is exact and a reader never
// has to guess; the same report gives the same bytes.
#include <nlohmann/json.hpp>

#include "reports/writers.h"

namespace gatecrash::reports {
namespace {

using Json = nlohmann::ordered_json;

Json problem_json(const base::Problem& problem) {
  constexpr std::string_view kSeverities[] = {"error", "warning", "note"};
  return {{"file", problem.file},
          {"line", problem.at.line},
          {"column", problem.at.column},
          {"severity", kSeverities[static_cast<std::size_t>(problem.severity)]},
          {"id", problem.id},
          {"message", problem.message},
          {"hint", problem.hint}};
}

Json finding_json(const oracle::Finding& finding) {
  return {{"kind", to_string(finding.kind)},
          {"part", to_string(finding.part)},
          {"oracle", finding.oracle},
          {"seconded_by", finding.seconded_by},
          {"run", to_string(finding.run)},
          {"variant", finding.variant},
          {"also_in", finding.also_in},
          {"claim", finding.claim},
          {"observed", finding.observed},
          {"effect", finding.effect ? Json(to_string(*finding.effect)) : Json(nullptr)},
          {"effects", finding.effects},
          {"step", finding.step == 0xffffffff ? Json(nullptr) : Json(finding.step + 1)},
          {"attempted", finding.attempted},
          {"policy_said", finding.policy_said},
          {"upstream_saw", finding.upstream_saw},
          {"why", finding.why},
          {"policy",
           {{"file", finding.policy_file},
            {"line", finding.policy_at.line},
            {"column", finding.policy_at.column},
            {"rule", finding.rule}}},
          {"scenario",
           {{"file", finding.scenario_file},
            {"line", finding.scenario_at.line},
            {"column", finding.scenario_at.column}}},
          {"fingerprint", finding.fingerprint}};
}

Json entry_json(const Entry& entry) {
  Json findings = Json::array();
  for (const oracle::Finding& each : entry.judged.findings) findings.push_back(finding_json(each));
  Json apart = Json::array();
  for (const oracle::Finding& each : entry.judged.apart) apart.push_back(finding_json(each));
  return {{"id", entry.id},
          {"attack", entry.attack},
          {"attack_id", entry.attack_id},
          {"title", entry.title},
          {"severity", entry.severity},
          {"target", entry.target},
          {"policy", entry.policy},
          {"gateway", entry.gateway},
          {"lane", entry.lane},
          {"era", entry.era},
          {"file", entry.file},
          {"verdict", to_string(entry.judged.verdict)},
          {"validity", to_string(entry.judged.validity)},
          {"security", to_string(entry.judged.security)},
          {"promise", to_string(entry.judged.promise)},
          {"conformance", to_string(entry.judged.conformance)},
          {"expected", entry.expected},
          {"expected_reason", entry.expected_reason},
          {"reasons", entry.judged.reasons},
          {"findings", std::move(findings)},
          {"apart", std::move(apart)},
          {"reproduce", entry.reproduce}};
}

Json summary_json(const Summary& summary) {
  return {{"ran", summary.ran},
          {"pass", summary.pass},
          {"not_applicable", summary.not_applicable},
          {"inconclusive", summary.inconclusive},
          {"overblock", summary.overblock},
          {"drift", summary.drift},
          {"bypass", summary.bypass},
          {"broken", summary.broken},
          {"skipped", summary.skipped},
          {"filtered", summary.filtered},
          {"pending", summary.pending},
          {"slow", summary.slow},
          {"unobservable", summary.unobservable},
          {"expected", summary.expected},
          {"stale", summary.stale},
          {"seed", summary.seed},
          {"corpus", summary.corpus},
          {"policy", summary.policy}};
}

Json coverage_json(const coverage::Coverage& coverage) {
  Json cells = Json::array();
  for (const coverage::Cell& each : coverage.cells) {
    cells.push_back({{"attack", each.attack},
                     {"target", each.target},
                     {"gateway", each.gateway},
                     {"verdict", each.verdict}});
  }
  Json policies = Json::array();
  for (const coverage::PolicyUse& use : coverage.policies) {
    Json elements = Json::array();
    for (const coverage::ElementUse& each : use.elements) {
      elements.push_back({{"kind", each.kind},
                          {"rule", each.path},
                          {"line", each.at.line},
                          {"column", each.at.column},
                          {"decisions", each.decisions},
                          {"refusals", each.refusals},
                          {"exercised", each.exercised()}});
    }
    policies.push_back(
        {{"policy", use.policy}, {"gateway", use.gateway}, {"elements", std::move(elements)}});
  }
  return {{"cells", std::move(cells)}, {"policies", std::move(policies)}};
}

}  // namespace

std::string write_json(const Report& report) {
  Json scenarios = Json::array();
  for (const Entry& each : report.entries) scenarios.push_back(entry_json(each));
  Json skipped = Json::array();
  for (const Skipped& each : report.skipped)
    skipped.push_back({{"id", each.id}, {"kind", to_string(each.kind)}, {"reason", each.reason}});
  Json stale = Json::array();
  for (const Stale& each : report.stale) {
    stale.push_back({{"what", each.what},
                     {"why", each.why},
                     {"file", each.file},
                     {"line", each.at.line},
                     {"column", each.at.column}});
  }
  Json policies = Json::array();
  for (const PolicyText& each : report.policies) {
    Json problems = Json::array();
    for (const base::Problem& problem : each.problems) problems.push_back(problem_json(problem));
    policies.push_back({{"file", each.file},
                        {"dialect", each.dialect},
                        {"text", each.text},
                        {"problems", std::move(problems)}});
  }
  const Json whole = {{"report", 1},
                      {"summary", summary_json(report.summary)},
                      {"scenarios", std::move(scenarios)},
                      {"skipped", std::move(skipped)},
                      {"stale", std::move(stale)},
                      {"policies", std::move(policies)},
                      {"coverage", coverage_json(report.coverage)}};
  // Bytes that are no UTF-8 become U+FFFD: a report is text.
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gatecrash::reports
