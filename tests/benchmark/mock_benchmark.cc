// What a mock costs: one status call through on_frame (aim: 300,000 a second, nothing allocated)
// and one cancel; one reset of a world of 60 tasks (aim: 2 us); one process from its start to its
// end, and to its first answer (aim: at most 10 ms over an empty process).
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <deque>
#include <string>
#include <vector>

#include "harness/mcp/messages.h"
#include "harness/replay/processes.h"
#include "harness/rpc/message.h"
#include "harness/transport/child_process.h"
#include "mock_servers/mock.h"
#include "tests/benchmark/allocations.h"
#include "tests/benchmark/paired.h"

namespace {

using namespace gatecrash;

struct Server {
  std::string_view mock;
  const char* status;
  const char* status_arguments;
  const char* cancel;
};
constexpr Server kServers[] = {
    {"openaaas", "get_task", R"({"task_id":"task-00007"})", "cancel_task"},
    {"codex_worker", "wait-task", R"({"task_id":"task-00007"})", "cancel-task"},
    {"taobao", "list_tasks", R"({"limit":1})", "cancel_task"},
    {"allcanuse", "get_background_task", R"({"task_id":"task-00007"})", "cancel_background_task"},
    {"binassist", "get_task_status", R"({"task_id":"task-00007"})", "cancel_task"},
    {"generic", "get_task", R"({"task_id":"task-00007"})", "cancel_task"},
};

scenario::WorldSpec world_of(int tasks) {
  scenario::WorldSpec world;
  for (int i = 0; i < tasks; ++i) {
    std::string number = std::to_string(i);
    world.tasks.push_back({.id = "task-" + std::string(5 - number.size(), '0') + number});
  }
  return world;
}

class Bench {
 public:
  Bench(const Server& server, int tasks) : world_(world_of(tasks)) {
    mock_ = *mock_servers::find_mock(server.mock)->make({});
    restart();
  }
  void restart() {
    mock_->reset(world_, base::default_start());
    mock_->open(0);
    std::string line;
    mcp::write_initialize(0, mcp::kDefaultEra, "bench", line);
    send(line);
    line.clear();
    mcp::write_initialized(line);
    send(line);
  }
  void send(std::string_view line) {
    mock_->on_frame(0, line, base::default_start(), replies_, ledger_);
    replies_.clear();
    ledger_.clear();
  }
  void reset() { mock_->reset(world_, base::default_start()); }

 private:
  scenario::WorldSpec world_;
  std::unique_ptr<mock_servers::Mock> mock_;
  transport::Frames replies_;
  trace::Trace ledger_;
};

std::string status_line(const Server& server) {
  std::string line;
  mcp::write_tools_call(1, server.status, server.status_arguments, line);
  return line;
}

constexpr int kFewTasks = 60;
const int kManyTasks = paired::smoke() ? 999 : 99'999;  // ids have five digits

void status_call(benchmark::State& state) {
  const Server& server = kServers[state.range(0)];
  Bench bench(server, static_cast<int>(state.range(1)));
  const std::string line = status_line(server);
  for (int i = 0; i < 100; ++i) bench.send(line);  // warm
  const std::uint64_t before = allocations;
  for (auto _ : state) bench.send(line);
  state.counters["allocations"] = benchmark::Counter(static_cast<double>(allocations - before),
                                                     benchmark::Counter::kAvgIterations);
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(std::string(server.mock));
}
BENCHMARK(status_call)->ArgsProduct({{0, 1, 2, 3, 4, 5}, {kFewTasks, kManyTasks}});

// One status call at every mock.
class Round {
 public:
  explicit Round(int tasks) {
    for (const Server& server : kServers) {
      benches_.emplace_back(server, tasks);
      lines_.push_back(status_line(server));
    }
  }
  void operator()() {
    for (std::size_t i = 0; i < lines_.size(); ++i) benches_[i].send(lines_[i]);
  }

 private:
  std::deque<Bench> benches_;
  std::vector<std::string> lines_;
};

void many_tasks(paired::Pairs& pairs) {
  const auto calls = static_cast<double>(std::size(kServers));
  pairs.run(Round(kManyTasks), Round(kFewTasks), {.ours = calls, .floor = calls});
}

// Every cancel is one that changes something: the reset between passes is inside the measurement.
void cancel_call(benchmark::State& state) {
  const Server& server = kServers[state.range(0)];
  const int tasks = 50;
  Bench bench(server, tasks);
  std::vector<std::string> lines(tasks);
  for (int i = 0; i < tasks; ++i) {
    const std::string number = std::to_string(i);
    mcp::write_tools_call(
        1, server.cancel,
        R"({"task_id":"task-)" + std::string(5 - number.size(), '0') + number + "\"}",
        lines[static_cast<std::size_t>(i)]);
  }
  for (auto _ : state) {
    bench.restart();
    for (const std::string& line : lines) bench.send(line);
  }
  state.SetItemsProcessed(state.iterations() * (tasks + 2));
  state.SetLabel(std::string(server.mock) + ", restart included");
}
BENCHMARK(cancel_call)->DenseRange(0, 5);

void codec_alone(benchmark::State& state) {
  std::string line;
  mcp::write_tools_call(1, "get_task", R"({"task_id":"task-00007"})", line);
  base::Tree tree;
  const rpc::Reading reading = rpc::strict_reading();
  for (auto _ : state) benchmark::DoNotOptimize(rpc::decode(line, reading, tree).fault);
}
BENCHMARK(codec_alone);

void reset_60(benchmark::State& state) {
  Bench bench(kServers[4], 60);
  for (auto _ : state) bench.reset();
}
BENCHMARK(reset_60);

// From start to end. The program is given no input and ends by itself.
void process(benchmark::State& state, const std::vector<std::string>& command) {
  for (auto _ : state) {
    auto child = transport::ChildProcess::spawn({.command = command});
    if (!child) return state.SkipWithError("cannot start");
    child->close_stdin();
    if (!child->wait(std::chrono::seconds(10))) return state.SkipWithError("does not end");
  }
}
void empty_process(benchmark::State& state) {
  process(state, {"true"});
}
BENCHMARK(empty_process)->UseRealTime()->Unit(benchmark::kMillisecond);
void mock_process(benchmark::State& state) {
  const std::string mock(kServers[state.range(0)].mock);
  process(state, {replay::program_path("mock-server"), mock});
  state.SetLabel(mock);
}
BENCHMARK(mock_process)->DenseRange(0, 5)->UseRealTime()->Unit(benchmark::kMillisecond);

// From start to the answer to `initialize`; the end is not measured.
void first_answer(benchmark::State& state) {
  const std::string mock(kServers[state.range(0)].mock);
  const std::vector<std::string> command{replay::program_path("mock-server"), mock};
  std::string line;
  mcp::write_initialize(0, mcp::kDefaultEra, "bench", line);
  line += '\n';
  char chunk[4096];
  for (auto _ : state) {
    auto child = transport::ChildProcess::spawn({.command = command});
    if (!child) return state.SkipWithError("cannot start");
    const bool asked = ::write(child->stdin_fd(), line.data(), line.size()) > 0;
    if (!asked || ::read(child->stdout_fd(), chunk, sizeof chunk) <= 0)
      return state.SkipWithError("no answer");
    state.PauseTiming();
    child->kill();
    state.ResumeTiming();
  }
  state.SetLabel(mock);
}
BENCHMARK(first_answer)->DenseRange(0, 5)->UseRealTime()->Unit(benchmark::kMillisecond);

const bool kRows = paired::add({
    {"mock/many_tasks", "a status call at each mock, 99,999 tasks", "60 tasks", paired::Clock::Cpu,
     paired::ratio_at_most(1.2), many_tasks},
});

}  // namespace
