#include <nlohmann/json.hpp>

#include "tests/reports/sample_report.h"
#include "tests/support/catch.h"

namespace gatecrash::reports {
namespace {

TEST_CASE(
    "SARIF points to the policy line, relates the scenario line and suppresses what is expected") {
  const auto sarif = nlohmann::json::parse(find_writer("sarif")->write(sample_report()));
  CHECK(sarif["version"] == "2.1.0");
  const auto& run = sarif["runs"][0];
  REQUIRE(run["results"].size() == 4);
  const auto& first = run["results"][0];
  CHECK(first["level"] == "error");
  const auto& policy = first["locations"][0]["physicalLocation"];
  CHECK(policy["artifactLocation"]["uri"] == "policies/limited.yaml");
  CHECK(policy["region"]["startLine"] == 6);
  CHECK(policy["region"]["startColumn"] == 9);
  CHECK(first["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 12);
  CHECK(first["codeFlows"][0]["threadFlows"][0]["locations"].size() == 2);
  CHECK_FALSE(first.contains("suppressions"));
  CHECK(run["results"][3]["suppressions"][0]["justification"] ==
        "known gap, see https://example.org/1");
  for (const auto& each : run["results"]) {
    const std::size_t rule = each["ruleIndex"];
    CHECK(run["tool"]["driver"]["rules"].at(rule)["id"] == each["ruleId"]);
  }
}

TEST_CASE("a place that is none, and a path that is no URI, are written as SARIF has them") {
  Report report = sample_report();
  report.entries[1].judged.findings[0].policy_at = {};
  report.entries[1].judged.findings[0].policy_file = "my policies/ü.yaml";
  const auto sarif = nlohmann::json::parse(find_writer("sarif")->write(report));
  const auto& physical = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
  CHECK_FALSE(physical.contains("region"));
  CHECK(physical["artifactLocation"]["uri"] == "my%20policies/%C3%BC.yaml");
}

TEST_CASE("annotations are one line each and cannot be ended by what they quote") {
  const std::string text = find_writer("github")->write(sample_report());
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    ++lines;
    const std::string_view line = std::string_view(text).substr(at);
    CHECK((line.starts_with("::error ") || line.starts_with("::notice ") ||
           line.starts_with("replay: ")));
  }
  CHECK(lines == 7);  // broken, inconclusive, two causes, stale, expected, summary
  CHECK(text.find("::error file=policies/limited.yaml,line=6,col=9,title=bypass%3A at most 10 "
                  "task.cancelled in any "
                  "60s::BYPASS") != std::string::npos);
}

}  // namespace
}  // namespace gatecrash::reports
