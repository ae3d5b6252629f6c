#include "harness/cli/execute.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

#include <unistd.h>

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/oracle/oracle.h"
#include "harness/replay/real_time.h"

namespace gatecrash::cli {

std::atomic<int> interrupted_by{0};

namespace {

using Clock = std::chrono::steady_clock;

// A run that settles does nothing: so many threads for each job keep the jobs busy. Its processes
// stay there meanwhile, so that there cannot be any number of them.
constexpr unsigned kThreadsPerJob = 16;
constexpr unsigned kMostThreads = 64;

reports::Entry entry_of(const scenario::Scenario& scenario, const replay::Subject& subject,
                        const trace::Case& the_case) {
  reports::Entry entry;
  entry.id = scenario.id;
  entry.attack = scenario.attack->id;
  // Everyday traffic has no entry in the catalogue.
  entry.attack_id =
      scenario.attack->info.id.empty() ? scenario.attack->id : scenario.attack->info.id;
  entry.title = scenario.attack->title;
  entry.severity = scenario.attack->info.severity;
  entry.target = scenario.target->id;
  entry.policy = subject.use.file;
  entry.gateway = subject.name;
  entry.lane = the_case.lane;
  entry.era = the_case.era;
  entry.file = scenario.attack->path;
  return entry;
}

// Of the run that needs the most.
base::Duration longest_real_time(const scenario::Scenario& scenario) {
  base::Duration longest = replay::real_time(scenario.benign).most();
  for (const scenario::Plan& plan : scenario.attacks)
    longest = std::max(longest, replay::real_time(plan).most());
  return longest;
}

// A file name from a scenario id.
std::string flat(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == '/' || c == ' ' || c == '\\'; }, '.');
  return text;
}

// One line on stderr, redrawn, for anything that takes over a second on a terminal.
class Progress {
 public:
  explicit Progress(std::size_t total) : total_(total), shown_(isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (drawn_) std::fprintf(stderr, "\r\033[K");
  }
  void done_one() {
    ++done_;
    const auto now = Clock::now();
    if (!shown_ || now - start_ < std::chrono::seconds(1) ||
        now - last_ < std::chrono::milliseconds(100))
      return;
    last_ = now;
    drawn_ = true;
    const std::size_t filled = total_ == 0 ? 30 : done_ * 30 / total_;
    std::fprintf(stderr, "\r[%s%s] %zu/%zu", std::string(filled, '#').c_str(),
                 std::string(30 - filled, '.').c_str(), done_, total_);
    std::fflush(stderr);
  }

 private:
  std::size_t total_;
  std::size_t done_ = 0;
  bool shown_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
};

class Execution {
 public:
  Execution(const Selection& selection, const Subjects& subjects, const ExecuteOptions& options)
      : selection_(selection),
        subjects_(subjects),
        options_(options),
        slots_(selection.scenarios.size()),
        shared_(std::make_shared<replay::Shared>(options.jobs, options.keep)),
        progress_(selection.scenarios.size()) {}

  Executed run() {
    const unsigned wanted =
        settles() ? std::max(options_.jobs, std::min(kThreadsPerJob * options_.jobs, kMostThreads))
                  : options_.jobs;
    const unsigned number =
        std::max(1U, std::min<unsigned>(wanted, static_cast<unsigned>(slots_.size())));
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < number; ++i) threads.emplace_back([this] { work(); });
    work();
    threads.clear();
    std::size_t count = 0;
    for (const std::vector<reports::Entry>& slot : slots_) count += slot.size();
    result_.entries.reserve(count);
    for (std::vector<reports::Entry>& slot : slots_) {
      std::ranges::move(std::exchange(slot, {}), std::back_inserter(result_.entries));
    }
    std::ranges::sort(result_.skipped, {}, &reports::Skipped::id);
    result_.coverage = collector_.take();
    result_.interrupted = interrupted_by != 0;
    if (options_.keep) result_.kept = shared_->folders.path();
    return std::move(result_);
  }

 private:
  void work() {
    replay::BenchOptions bench = options_.bench;
    bench.shared = shared_;
    bench.stop = &interrupted_by;
    replay::Workbench workbench(bench);
    coverage::Collector collector;
    while (!stop_ && interrupted_by == 0) {
      const std::size_t index = next_++;
      if (index >= slots_.size()) break;
      run_one(workbench, collector, index);
    }
    const std::lock_guard lock(mutex_);
    collector_.merge(std::move(collector));
    result_.effort += workbench.effort();
  }

  void run_one(replay::Workbench& workbench, coverage::Collector& collector, std::size_t index) {
    const auto scenario = selection_.scenarios[index].expand();
    const std::vector<replay::Subject> subjects = possible(*scenario);
    workbench.run(scenario, subjects, [&](std::size_t which, trace::Case& the_case) {
      const replay::Subject& subject = subjects[which];
      reports::Entry entry = entry_of(*scenario, subject, the_case);
      entry.judged = oracle::judge(the_case);
      if (options_.reproduce) entry.reproduce = options_.reproduce(*scenario, entry.gateway);
      if (!scenario->attack->everyday) {
        collector.add_cell({.attack = entry.attack,
                            .target = entry.target,
                            .gateway = entry.gateway,
                            .verdict = std::string(to_string(entry.judged.verdict))});
      }
      if (subject.use.meaning != nullptr) {
        for (const trace::Run& run : the_case.attack) {
          collector.add_run(entry.policy, entry.gateway, *subject.use.meaning, run.gateway);
        }
        collector.add_run(entry.policy, entry.gateway, *subject.use.meaning,
                          the_case.benign.gateway);
      }
      if (!options_.case_folder.empty()) save(entry, the_case);
      if (options_.fail_fast && entry.judged.verdict != oracle::Verdict::Pass) stop_ = true;
      slots_[index].push_back(std::move(entry));
    });
    const std::lock_guard lock(mutex_);
    progress_.done_one();
  }

  // Are there runs that wait for what a gateway does late?
  bool settles() const {
    if (options_.bench.settle == base::Duration::zero()) return false;
    return std::ranges::any_of(selection_.scenarios, [&](const Pair& pair) {
      return std::ranges::any_of(subjects_.of(*pair.target), [](const auto& subject) {
        return subject.command.foreign && !subject.timeless;
      });
    });
  }

  // Without those that would need more real time than anybody wants to wait.
  std::vector<replay::Subject> possible(const scenario::Scenario& scenario) {
    std::vector<replay::Subject> subjects = subjects_.of(*scenario.target);
    const base::Duration needed = longest_real_time(scenario);
    std::erase_if(subjects, [&](const replay::Subject& each) {
      if (!each.command.foreign || each.timeless || needed <= options_.max_wait) return false;
      const std::lock_guard lock(mutex_);
      result_.skipped.push_back({scenario.id,
                                 "slow: needs up to " + base::to_string(needed) +
                                     " of real time on " + each.name +
                                     " (--max-wait, or --gateway-timeless)",
                                 reports::SkipKind::Slow});
      return true;
    });
    return subjects;
  }

  void save(const reports::Entry& entry, const trace::Case& the_case) {
    const std::string path = options_.case_folder + "/" +
                             flat(entry.id + "." + entry.gateway + "." + entry.era) + ".case.json";
    if (auto written = base::write_file(path, trace::write_case(the_case)); !written) {
      const std::lock_guard lock(mutex_);
      base::append(result_.problems, written.error());
    }
  }

  const Selection& selection_;
  const Subjects& subjects_;
  const ExecuteOptions& options_;
  std::vector<std::vector<reports::Entry>> slots_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
  const std::shared_ptr<replay::Shared> shared_;
  std::mutex mutex_;
  Progress progress_;
  coverage::Collector collector_;
  Executed result_;
};

}  // namespace

Executed execute(const Selection& selection, const Subjects& subjects,
                 const ExecuteOptions& options) {
  return Execution(selection, subjects, options).run();
}

}  // namespace gatecrash::cli
