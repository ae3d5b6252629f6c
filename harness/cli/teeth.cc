#include "harness/cli/teeth.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>

#include "harness/cli/execute.h"
#include "harness/cli/verb.h"
#include "harness/oracle/teeth.h"
#include "harness/oracle/words.h"
#include "harness/replay/alone.h"

namespace gatecrash::cli {
namespace {

// A step of a file, and with which values of `each`.
struct Place {
  std::string file;
  base::SourcePos at;
  std::uint32_t choice = 0;
  friend bool operator<(const Place& left, const Place& right) {
    return std::tie(left.file, left.at.line, left.at.column, left.choice) <
           std::tie(right.file, right.at.line, right.at.column, right.choice);
  }
};

// By scenario: the step in words.
using Examples = std::map<std::string, std::string>;

struct Bites {
  bool control = false;
  Examples harmful, harmless;
};

std::string where(const Place& place) {
  std::string text = place.file;
  if (place.at.line != 0)
    text += ":" + std::to_string(place.at.line) + ":" + std::to_string(place.at.column);
  return text + ": ";
}

class TeethCheck {
 public:
  TeethCheck(const Selection& selection, const Subjects& subjects)
      : selection_(selection), subjects_(subjects) {}

  void run(unsigned jobs) {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < jobs; ++i) threads.emplace_back([this] { work(); });
    work();
  }

  std::size_t tricks() const { return tricks_.size(); }

  // Prints what is wrong. Returns the number of problems.
  std::size_t report() const {
    std::size_t problems = 0;
    const auto print = [&](const std::string& problem, const std::string& step,
                           const auto& scenarios) {
      ++problems;
      std::cout << problem;
      if (!step.empty()) std::cout << ": " << step;
      std::cout << "\n    in";
      for (const auto& [scenario, example] : scenarios) std::cout << " " << scenario;
      std::cout << "\n";
    };
    for (const auto& [problem, scenarios] : broken_) print(problem, {}, scenarios);
    for (const auto& [place, bites] : tricks_) {
      if (bites.control && !bites.harmful.empty()) {
        print(where(place) + "says that it is harmless and does harm",
              bites.harmful.begin()->second, bites.harmful);
      } else if (!bites.control && bites.harmful.empty()) {
        print(where(place) + "proves nothing", bites.harmless.begin()->second, bites.harmless);
      }
    }
    return problems;
  }

 private:
  void work() {
    replay::Workbench workbench{{}};
    while (interrupted_by == 0) {
      const std::size_t index = next_++;
      if (index >= selection_.scenarios.size()) return;
      check(workbench, selection_.scenarios[index].expand());
    }
  }

  void check(replay::Workbench& workbench,
             const std::shared_ptr<const scenario::Scenario>& scenario) {
    const replay::Subject& subject = subjects_.of(*scenario->target).front();
    trace::Case the_case;
    const auto play = [&](scenario::Plan plan) -> const trace::Run& {
      workbench.run_teeth(scenario, subject, std::make_shared<scenario::Plan>(std::move(plan)),
                          the_case);
      return the_case.teeth.front();
    };
    const std::string file = shown_path(scenario->attack->path);
    for (const scenario::Plan& plan : scenario->attacks) {
      const std::string cell = plan.variant.empty() ? "" : " (" + plan.variant + ")";
      const trace::Run& whole = play(plan);
      if (!whole.complete) complain(*scenario, file + ": cannot be played: " + whole.problem);
      std::set<std::uint32_t> counted;
      if (oracle::did_harm(the_case, whole)) {
        counted = oracle::steps_of_counted_effects(the_case, whole);
      } else {
        complain(*scenario, file + ": does no harm" + cell);
      }
      if (oracle::did_harm(the_case, play(replay::alone(plan, nullptr)),
                           oracle::ListLeaks::NeverCount)) {
        complain(*scenario, file + ": the set-up does harm by itself" + cell);
      }
      for (const replay::Trick& trick : replay::tricks(plan)) {
        // Part of what breaks a claim together; a control has to do no harm at all.
        const bool shares =
            !trick.control && std::ranges::any_of(trick.steps, [&](std::uint32_t step) {
              return counted.contains(step);
            });
        const bool harm = shares || oracle::did_harm(the_case, play(replay::alone(plan, &trick)));
        const std::lock_guard lock(mutex_);
        Bites& bites = tricks_[{trick.in_target ? shown_path(scenario->target->path) : file,
                                trick.at, trick.choice}];
        bites.control = trick.control;
        (harm ? bites.harmful : bites.harmless)
            .emplace(scenario->id, oracle::attempted(plan, trick.steps.front()));
      }
    }
  }

  void complain(const scenario::Scenario& scenario, const std::string& problem) {
    const std::lock_guard lock(mutex_);
    broken_[problem].emplace(scenario.id, "");
  }

  const Selection& selection_;
  const Subjects& subjects_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::map<Place, Bites> tricks_;
  std::map<std::string, Examples> broken_;
};

}  // namespace

int check_teeth(const std::vector<Selection>& selections, const Subjects& subjects, unsigned jobs) {
  std::size_t tricks = 0, problems = 0;
  for (const Selection& selection : selections) {
    TeethCheck check(selection, subjects);
    check.run(jobs);
    problems += check.report();
    tricks += check.tricks();
  }
  std::cout << "teeth: tricks=" << tricks << " problems=" << problems << "\n";
  if (interrupted_by != 0) return interrupted_by == SIGTERM ? kTerminated : kInterrupted;
  return problems == 0 ? kOk : kBroken;
}

}  // namespace gatecrash::cli
