// What policy, limit and audit cost on a real stdio connection: policy-gateway against a byte relay
// of the same wait style (poll, read, write), both in front of the same mock, in interleaved rounds
// of one run. Then what a whole scenario costs on the stdio lane, its processes spawned for it or
// kept, against the same messages through a relay that is spawned or kept. Prints medians and the
// ratios that are the claim; absolute times depend on the machine.
//
//   benchmark_stdio_benchmark [--unpinned] [--rounds N]
//
// Pinned to one processor unless said otherwise: a wake-up across cores costs more than everything
// else.
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/check.h"
#include "harness/replay/agent.h"
#include "harness/replay/stdio_lane.h"
#include "harness/transport/child_process.h"
#include "harness/transport/descriptor.h"
#include "harness/transport/line_stream.h"
#include "tests/benchmark/five_steps.h"

namespace {

using namespace gatecrash;
using benchmark_plan::five_steps;
using benchmark_plan::kFiveCalls;
using Clock = std::chrono::steady_clock;

// `--relay CMD…`: copies bytes between its own stdin and stdout and the command's.
int relay(std::vector<std::string> command) {
  auto child = transport::ChildProcess::spawn(
      {.command = std::move(command), .environment = {}, .discard_stderr = false});
  if (!child) return 1;
  std::vector<char> chunk(64u << 10);
  const int from[2] = {STDIN_FILENO, child->stdout_fd()};
  const int to[2] = {child->stdin_fd(), STDOUT_FILENO};
  while (true) {
    pollfd polled[2] = {{.fd = from[0], .events = POLLIN, .revents = 0},
                        {.fd = from[1], .events = POLLIN, .revents = 0}};
    if (::poll(polled, 2, -1) < 0) return 1;
    for (int i = 0; i < 2; ++i) {
      if (polled[i].revents == 0) continue;
      const ssize_t size = ::read(from[i], chunk.data(), chunk.size());
      if (size <= 0) return 0;
      for (ssize_t done = 0; done < size;) {
        const ssize_t more =
            ::write(to[i], chunk.data() + done, static_cast<std::size_t>(size - done));
        if (more <= 0) return 0;
        done += more;
      }
    }
  }
}

constexpr const char* kInitialize =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"benchmark","version":"1"}}})";

class Session {
 public:
  explicit Session(std::vector<std::string> command)
      : child_(*transport::ChildProcess::spawn(
            {.command = std::move(command), .environment = {}, .discard_stderr = false})),
        reader_(child_.stdout_fd(), 1u << 20) {
    exchange(kInitialize);
    send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  }

  void send(const std::string& line) {
    const std::string bytes = line + "\n";
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t more = ::write(child_.stdin_fd(), bytes.data() + done, bytes.size() - done);
      GATECRASH_CHECK(more > 0);
      done += static_cast<std::size_t>(more);
    }
  }

  void receive() {
    while (!reader_.next()) GATECRASH_CHECK(reader_.fill() == transport::LineReader::Filled::Some);
  }

  void exchange(const std::string& line) {
    send(line);
    receive();
  }

  static std::string call(std::uint64_t id, const std::string& tool = "get_task_status",
                          int task = 1) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
           R"(,"method":"tools/call","params":{"name":")" + tool +
           R"(","arguments":{"task_id":"task-)" + std::to_string(task) + R"("}}})";
  }

  // Mean microseconds of one call and its reply.
  double round_trips(int count) {
    const auto start = Clock::now();
    for (int i = 0; i < count; ++i) exchange(call(++id_));
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count() / count;
  }

  // Messages a second, both directions counted, with many calls under way.
  double pipelined(int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += call(++id_) + "\n";
    transport::set_nonblocking(child_.stdin_fd());
    std::size_t written = 0;
    int replies = 0;
    const auto start = Clock::now();
    while (replies < count) {
      pollfd polled[2] = {
          {.fd = written < bytes.size() ? child_.stdin_fd() : -1, .events = POLLOUT, .revents = 0},
          {.fd = child_.stdout_fd(), .events = POLLIN, .revents = 0}};
      GATECRASH_CHECK(::poll(polled, 2, 10'000) > 0);
      if (polled[0].revents != 0) {
        const ssize_t more =
            ::write(child_.stdin_fd(), bytes.data() + written, bytes.size() - written);
        if (more > 0) written += static_cast<std::size_t>(more);
      }
      if (polled[1].revents != 0) {
        GATECRASH_CHECK(reader_.fill() == transport::LineReader::Filled::Some);
        while (reader_.next()) ++replies;
      }
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    transport::set_nonblocking(child_.stdin_fd(), false);
    return 2.0 * count / seconds;
  }

 private:
  transport::ChildProcess child_;
  transport::LineReader reader_;
  std::uint64_t id_ = 0;
};

// Scenarios a second on the stdio lane; `pool` is kept, or made anew for each.
double scenarios(int count, const replay::GatewayCommand& command, replay::ProcessPool* pool) {
  static const scenario::Plan plan = five_steps();
  replay::Agent agent;
  trace::Run run;
  const auto start = Clock::now();
  for (int i = 0; i < count; ++i) {
    run.agent.clear();
    run.gateway.clear();
    run.ledger.clear();
    std::optional<replay::ProcessPool> own;
    if (pool == nullptr) own.emplace(replay::Limits{});
    replay::StdioLane lane(pool != nullptr ? *pool : *own, command, nullptr, replay::Pace::Eager);
    agent.play(plan, lane, run);
    GATECRASH_CHECK(run.complete && lane.was_quiet());
  }
  return count / std::chrono::duration<double>(Clock::now() - start).count();
}

// The same messages, in lock step, and nothing else: no world, no clock, no fence, no evidence.
double relay_sessions(int count, const std::vector<std::string>& command, bool keep) {
  std::optional<Session> kept;
  if (keep) kept.emplace(command);
  const auto start = Clock::now();
  for (int i = 0; i < count; ++i) {
    std::optional<Session> fresh;
    if (!keep) fresh.emplace(command);  // shakes hands
    Session& session = keep ? *kept : *fresh;
    if (keep) session.exchange(kInitialize);
    for (const auto& [tool, task] : kFiveCalls) session.exchange(Session::call(1, tool, task));
  }
  return count / std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void scenario_rates(const std::filesystem::path& here, const std::string& policy,
                    const std::string& mock, int rounds) {
  const std::vector<std::string> relay_command{here.string(), "--relay", mock, "binassist"};
  const replay::GatewayCommand gateway{
      .words = {replay::program_path("policy-gateway"), "--policy", policy}, .foreign = false};
  replay::ProcessPool pool(replay::Limits{});
  scenarios(20, gateway, &pool);
  std::vector<double> spawned, spawned_relay, spawned_ratios, kept, kept_relay, kept_ratios;
  for (int i = 0; i < rounds; ++i) {
    spawned_relay.push_back(relay_sessions(40, relay_command, false));
    spawned.push_back(scenarios(40, gateway, nullptr));
    spawned_ratios.push_back(spawned.back() / spawned_relay.back());
    kept_relay.push_back(relay_sessions(400, relay_command, true));
    kept.push_back(scenarios(400, gateway, &pool));
    kept_ratios.push_back(kept.back() / kept_relay.back());
  }
  std::printf("scenarios, spawned   relay session %.0f/s   stdio lane %.0f/s   ratio %.3f\n",
              median(spawned_relay), median(spawned), median(spawned_ratios));
  std::printf("scenarios, pooled    relay session %.0f/s   stdio lane %.0f/s   ratio %.3f\n",
              median(kept_relay), median(kept), median(kept_ratios));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::strcmp(argv[1], "--relay") == 0) return relay({argv + 2, argv + argc});
  int rounds = 41;
  bool pinned = true;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--unpinned") == 0)
      pinned = false;
    else if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
      rounds = std::max(1, std::atoi(argv[++i]));
    else
      return std::fprintf(stderr, "usage: %s [--unpinned] [--rounds N]\n", argv[0]), 64;
  }
  if (pinned) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    if (::sched_setaffinity(0, sizeof one, &one) != 0)
      std::fprintf(stderr, "cannot pin: running unpinned\n");
  }
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe");
  const std::string mock = (here.parent_path() / "mock-server").string();
  std::string folder =
      (std::filesystem::temp_directory_path() / "gatecrash-benchmark-XXXXXX").string();
  GATECRASH_CHECK(::mkdtemp(folder.data()) != nullptr);
  const std::string policy = folder + "/policy.json";
  std::ofstream(policy)
      << R"({"version":"1","default":"deny","tools":{"get_task_status":{"limits":[)"
         R"({"counter":"c","window":"minute","max":1000000000,"scope":"grant"}]}}})";
  {
    Session floor({here.string(), "--relay", mock, "binassist"});
    Session gateway({(here.parent_path() / "policy-gateway").string(), "--policy", policy,
                     "--audit", folder + "/audit.jsonl", "--max-in-flight", "100000", "--", mock,
                     "binassist"});
    std::vector<double> floor_times, gateway_times, ratios, floor_rates, gateway_rates, rate_ratios;
    floor.round_trips(500);
    gateway.round_trips(500);
    for (int i = 0; i < rounds; ++i) {
      floor_times.push_back(floor.round_trips(200));
      gateway_times.push_back(gateway.round_trips(200));
      ratios.push_back(gateway_times.back() / floor_times.back());
    }
    for (int i = 0; i < std::max(3, rounds / 4); ++i) {
      floor_rates.push_back(floor.pipelined(5000));
      gateway_rates.push_back(gateway.pipelined(5000));
      rate_ratios.push_back(gateway_rates.back() / floor_rates.back());
    }
    std::printf("%s, %d rounds, medians\n", pinned ? "pinned to one processor" : "unpinned",
                rounds);
    std::printf(
        "round trip   relay %.2f us   policy-gateway (policy, limit, audit) %.2f us   ratio %.3f\n",
        median(floor_times), median(gateway_times), median(ratios));
    std::printf("pipelined    relay %.0f/s   policy-gateway %.0f/s   ratio %.3f\n",
                median(floor_rates), median(gateway_rates), median(rate_ratios));
    scenario_rates(here, policy, mock, std::max(3, rounds / 8));
  }
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  return 0;
}
