#include <filesystem>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "reports/block.h"
#include "reports/report.h"
#include "tests/reports/sample_report.h"
#include "tests/support/catch.h"
#include "tests/support/golden.h"
#include "tests/support/json_schema.h"
#include "tests/support/paths.h"

namespace gatecrash::reports {
namespace {

nlohmann::json read_json(const std::string& path) {
  std::ifstream in(test::source_path(path));
  REQUIRE(in);
  return nlohmann::json::parse(in);
}

void conforms(const nlohmann::json& report) {
  const test::JsonSchema schema(read_json("reports/schema/report.schema.json"));
  for (const std::string& each : schema.check(report)) FAIL_CHECK(each);
}

TEST_CASE("every writer has a file of its name, and every file is a writer or shared") {
  const std::set<std::string> shared{"block", "pretty", "summary", "text", "writers"};
  std::set<std::string> files;
  for (const auto& each : std::filesystem::directory_iterator(test::source_path("reports"))) {
    if (each.path().extension() == ".cc" && !shared.contains(each.path().stem().string())) {
      files.insert(each.path().stem().string());
    }
  }
  std::set<std::string> names;
  for (const Writer& each : writers()) {
    CHECK(names.insert(std::string(each.name)).second);
    CHECK(each.extension.starts_with("."));
    CHECK(find_writer(each.name) == &each);
  }
  CHECK(names == files);
  CHECK(find_writer("yaml") == nullptr);
}

TEST_CASE("every writer writes the sample as its golden says, and twice the same") {
  const Report report = sample_report();
  for (const Writer& each : writers()) {
    INFO(each.name);
    const std::string text = each.write(report);
    CHECK(text == each.write(sample_report()));
    test::check_golden("report_" + std::string(each.name) + std::string(each.extension), text);
  }
}

TEST_CASE("every writer takes an empty report") {
  for (const Writer& each : writers()) {
    INFO(each.name);
    CHECK_FALSE(each.write(Report{}).empty());
  }
}

TEST_CASE("the json report conforms to the shipped schema") {
  conforms(nlohmann::json::parse(find_writer("json")->write(sample_report())));
  conforms(nlohmann::json::parse(find_writer("json")->write(Report{})));
}

TEST_CASE("the committed sample conforms to the shipped schema") {
  conforms(read_json("reports/sample.json"));
}

TEST_CASE("JUnit has a case for a pending scenario and none for a filtered one") {
  Report report;
  report.skipped.push_back({"apr/replay@limited", "pending: needs approvals", SkipKind::Pending});
  report.skipped.push_back({"rate/edge@limited", "--run"});
  const std::string text = find_writer("junit")->write(report);
  CHECK(text.find("apr/replay@limited") != std::string::npos);
  CHECK(text.find("rate/edge@limited") == std::string::npos);
  CHECK(text.find("tests=\"1\"") != std::string::npos);
}

TEST_CASE("the schema notices a key that is missing, unknown or of the wrong type") {
  const test::JsonSchema schema(read_json("reports/schema/report.schema.json"));
  const auto good = nlohmann::json::parse(find_writer("json")->write(sample_report()));
  auto bad = good;
  bad["scenarios"][0].erase("verdict");
  CHECK_FALSE(schema.check(bad).empty());
  bad = good;
  bad["scenarios"][1]["findings"][0]["new"] = 1;
  CHECK_FALSE(schema.check(bad).empty());
  bad = good;
  bad["summary"]["ran"] = "8";
  CHECK_FALSE(schema.check(bad).empty());
  bad = good;
  bad["coverage"]["cells"][0]["verdict"] = "fine";
  CHECK_FALSE(schema.check(bad).empty());
}

TEST_CASE("no report says when or where it was made") {
  for (const Writer& each : writers()) {
    const std::string text = each.write(sample_report());
    CHECK(text.find(test::source_folder()) == std::string::npos);
    CHECK(text.find("timestamp") == std::string::npos);
  }
}

TEST_CASE("the summary counts every entry once and keeps its fields in order") {
  const Report report = sample_report();
  CHECK(summary_line(report.summary) ==
        "replay: ran=8 pass=1 not_applicable=1 inconclusive=1 overblock=1 drift=1 bypass=2 "
        "broken=1 skipped=1 filtered=0 pending=1 slow=0 unobservable=0 "
        "expected=1 stale=1 seed=7 corpus=00112233445566ff policy=ffeeddccbbaa9988");
}

TEST_CASE("a failure block says what was attempted, what the policy said, what the upstream saw") {
  const Report report = sample_report();
  const std::string block = failure_block(report.entries[1], report.entries[1].judged.findings[0]);
  CHECK(block ==
        "BYPASS rate/edge@limited on other (policies/limited.yaml)\n"
        "  MGA-RATE-01 high: Two quotas around the edge\n"
        "  claim      at most 10 task.cancelled in any 60s (promise_kept)\n"
        "  observed   20 in 200ms\n"
        "  attempted  step 12: cancel-task {\"task_id\":\"bold-falcon-42\"}\n"
        "  policy     policies/limited.yaml:6:9 /tools/cancel-task/rules/0\n"
        "  said       allow, no rule spoke\n"
        "  upstream   20 calls of `cancel-task`: 20 task.cancelled (`a` … `t`) within 200ms\n"
        "  why        10 per minute was counted by calendar minute: 10 before 2026-01-01T10:01:00Z "
        "and 10 from then on\n"
        "  breaks too budget_kept: at most 15 task.cancelled in any 24h, but 20 in 200ms\n"
        "  reproduce: replay scenarios --run 'rate/edge@limited'\n");
}

TEST_CASE("like findings of several scenarios are one cause; expected ones are none") {
  const Report report = sample_report();
  const auto found = causes(report);
  REQUIRE(found.size() == 2);
  CHECK(found[0].finding->kind == oracle::FindingKind::Bypass);
  REQUIRE(found[0].also.size() == 1);
  CHECK(found[0].also[0]->id == "loop/burst@limited");
  CHECK(found[1].finding->kind == oracle::FindingKind::Protocol);
}

TEST_CASE("the markdown report stays below what a comment takes, and counts what it leaves out") {
  Report report = sample_report();
  for (int i = 0; i < 500; ++i) {
    Entry entry = report.entries[1];
    entry.id = "a/" + std::to_string(i) + "@limited";
    entry.judged.findings[0].why += std::to_string(i);
    report.entries.push_back(entry);
  }
  count(report);
  const std::string text = find_writer("md")->write(report);
  CHECK(text.size() < 65'000);
  CHECK(text.find("more did not fit here") != std::string::npos);
  CHECK(text.find(summary_line(report.summary)) != std::string::npos);
}

TEST_CASE(
    "the terminal report ends with the summary line and has no escape of its own without color") {
  const Report report = sample_report();
  const std::string plain = pretty(report, {});
  CHECK(plain.ends_with(summary_line(report.summary) + "\n"));
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(pretty(report, {.color = true}).find("\x1b[31m") != std::string::npos);
  CHECK(pretty(report, {.color = true}).find("\x1b[2J") == std::string::npos);
  CHECK(pretty(report, {.quiet = true}) == summary_line(report.summary) + "\n");
  test::check_golden("report_pretty.txt", plain);
  test::check_golden("report_pretty_verbose.txt", pretty(report, {.verbose = true}));
}

}  // namespace
}  // namespace gatecrash::reports
