// `replay judge`: judges saved cases again. Nothing runs; the same case gives the same verdict.
#include <iostream>

#include "harness/base/file.h"
#include "harness/cli/options.h"
#include "harness/cli/problem_formats.h"
#include "harness/cli/verb.h"
#include "harness/oracle/oracle.h"
#include "harness/trace/case.h"
#include "reports/report.h"

namespace gatecrash::cli {
namespace {

// A long replay makes a large case.
constexpr std::size_t kMaxCase = 1u << 30;

reports::Entry entry_of(const std::string& path, const trace::Case& the_case) {
  reports::Entry entry;
  entry.id = the_case.scenario;
  entry.attack = the_case.scenario.substr(0, the_case.scenario.find('@'));
  entry.attack_id = the_case.attack_id;
  entry.title = the_case.title;
  entry.severity = the_case.severity;
  entry.target = the_case.target;
  entry.policy = the_case.policy.file;
  entry.gateway = "saved";
  entry.lane = the_case.lane;
  entry.era = the_case.era;
  entry.file = the_case.file;
  entry.judged = oracle::judge(the_case);
  entry.reproduce = "replay judge " + path;
  return entry;
}

}  // namespace

int judge_main(int argc, char** argv) {
  std::vector<std::string> paths;
  std::string format = "pretty";
  bool verbose = false;
  const CommandLine command{
      .program = "replay judge",
      .summary = "Judges saved cases again; runs nothing.",
      .options = {{"CASE", &paths, "files written by `--report case=FOLDER`", {.required = true}},
                  {"--format", &format, "pretty or json", {.one_of = {"pretty", "json"}}},
                  {"-v,--verbose", &verbose, "every finding in full"},
                  all_problems_option()},
      .footer =
          "example:\n  replay scenarios --report case=cases\n"
          "  replay judge cases/*.case.json\n"};
  if (const auto ended = read_options(command, argc, argv)) return *ended;

  reports::Report report;
  base::Problems problems;
  for (const std::string& path : paths) {
    auto text = base::read_file(path, kMaxCase);
    if (!text) {
      base::append(problems, text.error());
      continue;
    }
    auto the_case = trace::read_case(path, *text);
    if (!the_case) {
      base::append(problems, the_case.error());
      continue;
    }
    report.entries.push_back(entry_of(path, **the_case));
  }
  if (!problems.empty()) {
    print_problems(problems);
    return kUsage;
  }
  count(report);
  if (format == "json") {
    std::cout << reports::find_writer("json")->write(report);
  } else {
    std::cout << reports::pretty(report, {.verbose = verbose});
  }
  const reports::Summary& summary = report.summary;
  if (summary.broken > 0) return kBroken;
  if (summary.bypass + summary.overblock + summary.drift > 0) return kFindings;
  return summary.inconclusive > 0 ? kBroken : kOk;
}

}  // namespace gatecrash::cli
