// `replay run`: select, load policies, execute, compare with expectations, report.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <thread>

#include <unistd.h>

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/cli/execute.h"
#include "harness/cli/expectations.h"
#include "harness/cli/problem_formats.h"
#include "harness/cli/run_options.h"
#include "harness/cli/teeth.h"
#include "harness/cli/verb.h"

namespace gatecrash::cli {
namespace {

// A run that does not reach its next step in this time is ended without a report.
constexpr unsigned kSecondsToEnd = 5;

// The first signal lets runs end at their next step; the second, or the alarm, ends all at once:
// what was started goes when its parent goes, and files appear whole or not at all.
void on_signal(int signal) {
  int none = 0;
  if (interrupted_by.compare_exchange_strong(none, signal))
    ::alarm(kSecondsToEnd);
  else
    ::_exit(128 + (signal == SIGALRM ? none : signal));
}

// Words that a shell takes as they are stay as they are.
std::string shell_word(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-./@=,:+") == std::string::npos;
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string escaped_for_re(std::string_view id) {
  std::string text = "^";
  for (const char c : id) {
    if (std::string_view(".+*?()[]{}|^$\\").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text + "$";
}

std::string reproduce_line(const RunOptions& options, const scenario::Scenario& scenario,
                           std::string_view gateway) {
  std::string line = "replay";
  for (const std::string& path : options.paths) line += " " + shell_word(path);
  line += " --run " + shell_word(escaped_for_re(scenario.id));
  if (gateway == "cmd") {
    line += " --gateway-cmd " + shell_word(options.gateway_command);
    if (options.gateway_timeless) line += " --gateway-timeless";
    const RunOptions usual;
    if (options.limits.ready != usual.limits.ready)
      line += " --ready " + base::to_string(options.limits.ready);
    if (options.limits.answer != usual.limits.answer)
      line += " --timeout " + base::to_string(options.limits.answer);
    if (options.quiet_time != base::Duration::zero())
      line += " --quiet-time " + base::to_string(options.quiet_time);
    if (options.settle != usual.settle) line += " --settle " + base::to_string(options.settle);
    if (options.max_wait != usual.max_wait)
      line += " --max-wait " + base::to_string(options.max_wait);
  } else {
    line += " --gateway " + std::string(gateway);
    if (options.lane != "memory") line += " --lane " + options.lane;
  }
  if (!options.policy.empty()) line += " --policy " + shell_word(options.policy);
  if (!options.dialect.empty()) line += " --dialect " + options.dialect;
  if (scenario.benign.era != "2025-11-25") line += " --era " + scenario.benign.era;
  if (options.seed != 1) line += " --seed " + std::to_string(options.seed);
  return line;
}

int usage_error(const base::Problems& problems) {
  print_problems(problems);
  return kUsage;
}

// Interface.md section 1: first that applies.
int exit_code_for(const reports::Report& report, bool interrupted, bool allow_empty) {
  if (interrupted) return interrupted_by == SIGTERM ? kTerminated : kInterrupted;
  if (report.summary.ran == report.summary.not_applicable && !allow_empty) {
    std::cerr << "nothing was judged: " << report.summary.not_applicable << " not applicable, "
              << report.summary.skipped << " skipped (see -v for the reasons; --allow-empty takes "
              << "that for a success)\n";
    return kBroken;
  }
  bool findings = false, broken = false, inconclusive = false;
  for (const reports::Entry& each : report.entries) {
    if (each.expected) continue;
    using oracle::Verdict;
    const Verdict verdict = each.judged.verdict;
    broken |= verdict == Verdict::Broken;
    inconclusive |= verdict == Verdict::Inconclusive;
    findings |=
        verdict == Verdict::Bypass || verdict == Verdict::Overblock || verdict == Verdict::Drift;
  }
  if (broken) return kBroken;
  if (findings) return kFindings;
  if (inconclusive) return kBroken;
  return report.stale.empty() ? kOk : kMissed;
}

// Where everything will be written, so that a run is not lost for a folder that is not there.
base::Problems unwritable(const RunOptions& options) {
  std::vector<std::string> paths;
  for (const ReportRequest& request : options.reports)
    paths.push_back(request.format == "case" ? request.path + "/any.case.json" : request.path);
  if (!options.write_expected.empty()) paths.push_back(options.write_expected);
  base::Problems problems;
  for (const std::string& path : paths) {
    if (auto writable = base::check_writable(path); !writable)
      base::append(problems, writable.error());
  }
  return problems;
}

bool write_reports(const RunOptions& options, const reports::Report& report) {
  bool written_all = true;
  if (!options.write_expected.empty()) {
    if (auto written = base::write_file(options.write_expected, expectations_for(report));
        !written) {
      std::cerr << base::to_string(written.error());
      written_all = false;
    }
  }
  for (const ReportRequest& request : options.reports) {
    const reports::Writer* writer = reports::find_writer(request.format);
    if (writer == nullptr) continue;  // `case` is written as cases are made
    if (auto written = base::write_file(request.path, writer->write(report)); !written) {
      std::cerr << base::to_string(written.error());
      written_all = false;
    }
  }
  return written_all;
}

void print(const RunOptions& options, const reports::Report& report) {
  if (options.format != "pretty") {
    std::cout << reports::find_writer(options.format)->write(report);
  } else {
    std::cout << reports::pretty(report, {.color = options.color,
                                          .failures_only = options.failures_only,
                                          .verbose = options.verbose,
                                          .quiet = options.quiet});
  }
  std::cout.flush();
}

std::vector<std::string> catalogue_of(const std::vector<Selection>& selections) {
  std::vector<std::string> ids;
  for (const Selection& selection : selections) {
    for (const Pair& each : selection.scenarios) ids.push_back(each.id);
    for (const reports::Skipped& each : selection.skipped) ids.push_back(each.id);
  }
  return ids;
}

base::Instant today() {
  return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
}

void print_effort(const replay::Effort& effort, std::size_t scenarios,
                  std::chrono::duration<double> took) {
  const double seconds = std::max(took.count(), 1e-9);
  std::fprintf(
      stderr, "%zu scenarios, %llu runs, %llu steps in %.3f s: %.0f scenarios/s, %.0f steps/s\n",
      scenarios, static_cast<unsigned long long>(effort.runs),
      static_cast<unsigned long long>(effort.steps), seconds,
      static_cast<double>(scenarios) / seconds, static_cast<double>(effort.steps) / seconds);
}

// What somebody who waits wants to know of a gateway that does not answer.
void print_doubts(const replay::Effort& effort) {
  if (effort.in_vain == 0 && effort.played_alone == 0) return;
  std::fprintf(stderr,
               "waited in vain for %llu replies that were due, played %llu runs again alone\n",
               static_cast<unsigned long long>(effort.in_vain),
               static_cast<unsigned long long>(effort.played_alone));
}

}  // namespace

int run_main(int argc, char** argv) {
  RunOptions options;
  if (const auto ended = parse_run_options(argc, argv, options)) return *ended;
  // Everything has to load before anything runs.
  std::vector<Selection> selections;
  for (const std::string& era : options.eras) {
    auto selection = select(options.paths, options.filters, {.seed = options.seed, .era = era});
    if (!selection) return usage_error(selection.error());
    if (selection->scenarios.empty() && !options.allow_empty) {
      return usage_error(
          {base::problem("", {},
                         "nothing selected: " + std::to_string(selection->skipped.size()) +
                             " scenarios were found and all are filtered out or pending",
                         "see `replay list`, or allow it with --allow-empty")});
    }
    selections.push_back(std::move(*selection));
  }
  Subjects subjects;
  for (const Selection& each : selections) {
    if (auto prepared = subjects.prepare(each, {.gateways = options.gateways,
                                                .policy = options.policy,
                                                .dialect = options.dialect,
                                                .command = options.gateway_command,
                                                .timeless = options.gateway_timeless});
        !prepared) {
      return usage_error(prepared.error());
    }
  }
  const unsigned jobs =
      options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
  if (options.teeth) return check_teeth(selections, subjects, jobs);
  std::vector<std::shared_ptr<const scenario::Expectations>> expectations;
  for (const std::string& path : options.expected) {
    auto loaded = scenario::load_expected(path);
    if (!loaded) return usage_error(loaded.error());
    expectations.push_back(std::move(*loaded));
  }

  if (const base::Problems problems = unwritable(options); !problems.empty()) {
    print_problems(problems);
    return kUnwritten;
  }

  ExecuteOptions how;
  how.jobs = jobs;
  how.fail_fast = options.fail_fast;
  how.bench = {.lane = options.lane == "stdio" ? replay::LaneKind::Stdio : replay::LaneKind::Memory,
               .limits = options.limits,
               .quiet = options.quiet_time,
               .settle = options.settle};
  how.keep = options.keep;
  how.max_wait = options.max_wait;
  how.reproduce = [&](const scenario::Scenario& scenario, std::string_view gateway) {
    return reproduce_line(options, scenario, gateway);
  };
  for (const ReportRequest& each : options.reports) {
    if (each.format == "case") how.case_folder = each.path;
  }

  // Until here a signal ends the program as it ends any.
  for (const int signal : {SIGINT, SIGTERM, SIGALRM}) std::signal(signal, on_signal);
  reports::Report report;
  replay::Effort effort;
  bool interrupted = false, cases_written = true;
  std::size_t scenarios = 0;
  const auto start = std::chrono::steady_clock::now();
  for (const Selection& selection : selections) {
    Executed executed = execute(selection, subjects, how);
    report.entries.reserve(report.entries.size() + executed.entries.size());
    std::ranges::move(executed.entries, std::back_inserter(report.entries));
    report.skipped.insert(report.skipped.end(), selection.skipped.begin(), selection.skipped.end());
    report.skipped.insert(report.skipped.end(), executed.skipped.begin(), executed.skipped.end());
    scenarios += selection.scenarios.size();
    effort += executed.effort;
    interrupted |= executed.interrupted;
    if (!executed.kept.empty())
      std::cerr << "the folders of the gateway's runs are kept: " << executed.kept << "\n";
    std::ranges::move(executed.coverage.cells, std::back_inserter(report.coverage.cells));
    std::ranges::move(executed.coverage.policies, std::back_inserter(report.coverage.policies));
    if (!executed.problems.empty()) {
      print_problems(executed.problems);
      cases_written = false;
    }
  }
  ::alarm(0);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;

  report.policies = subjects.texts();
  report.summary.seed = options.seed;
  report.summary.corpus = selections.front().corpus;
  report.summary.policy = subjects.digest();
  if (!expectations.empty())
    apply_expectations(expectations, catalogue_of(selections), today(), report);
  count(report);
  print(options, report);
  if (!options.quiet && options.format == "pretty") print_effort(effort, scenarios, took);
  if (!options.quiet) print_doubts(effort);
  const bool written = write_reports(options, report) && cases_written;
  const int code = exit_code_for(report, interrupted, options.allow_empty);
  return written || interrupted ? code : kUnwritten;
}

}  // namespace gatecrash::cli
