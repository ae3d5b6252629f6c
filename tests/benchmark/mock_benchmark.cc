// What a mock costs: one status call and one cancel through on_frame (aim: at most 700 ns, and the
// same with 100,000 tasks), one reset of a world of 60 tasks (aim: 2 us).
#include <benchmark/benchmark.h>

#include "harness/mcp/messages.h"
#include "harness/rpc/message.h"
#include "mock_servers/mock.h"

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

void status_call(benchmark::State& state) {
  const Server& server = kServers[state.range(0)];
  Bench bench(server, static_cast<int>(state.range(1)));
  std::string line;
  mcp::write_tools_call(1, server.status, server.status_arguments, line);
  for (auto _ : state) bench.send(line);
  state.SetLabel(std::string(server.mock));
}
BENCHMARK(status_call)->ArgsProduct({{0, 1, 2, 3, 4, 5}, {60, 99'999}});

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

// A reset after `range` cancels.
void reset_60(benchmark::State& state) {
  Bench bench(kServers[4], 60);
  for (auto _ : state) bench.reset();
}
BENCHMARK(reset_60);

}  // namespace
