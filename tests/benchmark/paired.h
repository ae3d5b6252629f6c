// Rows of the table that tests/benchmark/run prints: our code beside its floor or peer. Both are
// timed in turns, in batches of about equal length, in one process, so that they share the state of
// the machine; the ratio of a row is the median over these pairs.
//
// A row is a benchmark `row/<name>` of Google Benchmark: one iteration is one pair. Its label says
// what is compared; its counters hold the ratio, the medians of both sides (`ours_s` and `floor_s`
// in seconds, or `ours_per_s` and `floor_per_s`) and the aim, if there is one.
#pragma once

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <string>
#include <vector>

namespace gatecrash::paired {

// The counter that holds the aim.
struct Aim {
  const char* counter = nullptr;
  double value = 0;
};
constexpr Aim ratio_at_most(double value) {
  return {"ratio_at_most", value};
}
constexpr Aim ratio_at_least(double value) {
  return {"ratio_at_least", value};
}
constexpr Aim seconds_at_most(double value) {
  return {"seconds_at_most", value};
}

// True if programs are started to see that they work, not to measure (tests/benchmark/run --smoke).
inline bool smoke() {
  return std::getenv("GATECRASH_SMOKE") != nullptr;
}

// Time of day for what other processes or the disk take part in. Else processor time of this
// process and of the children it has waited for, which other work on the machine disturbs less.
enum class Clock { Wall, Cpu };

inline double seconds_of(Clock clock) {
  timespec now{};
  ::clock_gettime(clock == Clock::Wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &now);
  double sum = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  if (clock == Clock::Cpu) {
    rusage children{};
    ::getrusage(RUSAGE_CHILDREN, &children);
    for (const timeval& time : {children.ru_utime, children.ru_stime})
      sum += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  }
  return sum;
}

// How much one operation does, in the units of the row; shown as a time per unit or as a rate.
struct Units {
  double ours = 1;
  double floor = 1;
  bool rate = false;
};

class Pairs {
 public:
  Pairs(benchmark::State& state, Clock clock) : state_(state), clock_(clock) {}

  // Ends the row without a result. A row that needs something optional says `skipped: <reason>`.
  void give_up(const std::string& why) { state_.SkipWithError(why.c_str()); }

  // `ours` and `floor` are operations: callable without arguments. Called once per row.
  template <typename Ours, typename Floor>
  void run(Ours&& ours, Floor&& floor, Units units = {}) {
    const std::int64_t ours_count = batch_of(ours);
    const std::int64_t floor_count = batch_of(floor);
    std::vector<double> ours_times, floor_times, ratios;
    const auto time_ours = [&] {
      ours_times.push_back(seconds(ours, ours_count) /
                           (units.ours * static_cast<double>(ours_count)));
    };
    const auto time_floor = [&] {
      floor_times.push_back(seconds(floor, floor_count) /
                            (units.floor * static_cast<double>(floor_count)));
    };
    bool ours_first = false;
    for (auto _ : state_) {
      if (ours_first) time_ours();
      time_floor();
      if (!ours_first) time_ours();
      ours_first = !ours_first;
      const double ratio = ours_times.back() / floor_times.back();
      ratios.push_back(units.rate ? 1 / ratio : ratio);
    }
    state_.counters["ratio"] = median(ratios);
    const double ours_time = median(ours_times), floor_time = median(floor_times);
    state_.counters[units.rate ? "ours_per_s" : "ours_s"] = units.rate ? 1 / ours_time : ours_time;
    state_.counters[units.rate ? "floor_per_s" : "floor_s"] =
        units.rate ? 1 / floor_time : floor_time;
  }

 private:
  template <typename Operation>
  double seconds(Operation& operation, std::int64_t count) const {
    const double start = seconds_of(clock_);
    for (std::int64_t i = 0; i < count; ++i) operation();
    return seconds_of(clock_) - start;
  }

  // How many operations take two milliseconds: about what a busy machine leaves undisturbed. To
  // find out warms everything up.
  template <typename Operation>
  std::int64_t batch_of(Operation& operation) const {
    const double least = smoke() ? 0 : 0.002;
    std::int64_t count = 1;
    while (seconds(operation, count) < least) count *= 2;
    return count;
  }

  static double median(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }

  benchmark::State& state_;
  Clock clock_;
};

struct Row {
  const char* name;   // `<group>/<thing>`
  const char* ours;   // what is measured
  const char* floor;  // what it is compared with
  Clock clock;
  Aim aim;
  void (*measure)(Pairs&);
};

// Makes benchmarks of the rows; true, so that it can initialise a constant.
inline bool add(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    const auto measure = [row](benchmark::State& state) {
      Pairs pairs(state, row.clock);
      row.measure(pairs);
      if (row.aim.counter != nullptr) state.counters[row.aim.counter] = row.aim.value;
      state.SetLabel(std::string(row.ours) + " / " + row.floor +
                     (row.clock == Clock::Cpu ? " (CPU time)" : ""));
    };
    benchmark::RegisterBenchmark((std::string("row/") + row.name).c_str(), measure)->UseRealTime();
  }
  return true;
}

}  // namespace gatecrash::paired
