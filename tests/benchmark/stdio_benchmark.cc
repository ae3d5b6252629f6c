// What policy, limit and audit cost on a real stdio connection: policy-gateway against a byte relay
// of the same wait style (poll, read, write), both in front of the same mock. Then what a whole
// scenario costs on the stdio lane, its processes spawned for it or kept, against the same messages
// through a relay that is spawned or kept.
//
// tests/benchmark/run pins it all to one processor: a wake-up across cores costs more than
// everything else.
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/check.h"
#include "harness/base/file.h"
#include "harness/replay/agent.h"
#include "harness/replay/stdio_lane.h"
#include "harness/transport/child_process.h"
#include "harness/transport/descriptor.h"
#include "harness/transport/line_stream.h"
#include "tests/benchmark/five_steps.h"
#include "tests/benchmark/paired.h"
#include "tests/support/scratch.h"

namespace {

using namespace gatecrash;
using Command = std::vector<std::string>;

constexpr std::chrono::seconds kPatience{60};  // for one answer, on a machine busy with other work

Command mock_command() {
  return {replay::program_path("mock-server"), "binassist"};
}
Command relay_command() {
  return {replay::program_path("byte-relay"), replay::program_path("mock-server"), "binassist"};
}
// Of a gateway that writes an audit and relays to the mock.
Command gateway_command(const test::Scratch& folder) {
  const std::string policy = folder.path("policy.json");
  GATECRASH_CHECK(
      base::write_file(policy,
                       R"({"version":"1","default":"deny","tools":{"get_task_status":{"limits":[)"
                       R"({"counter":"c","window":"minute","max":1000000000,"scope":"grant"}]}}})")
          .has_value());
  Command words{replay::program_path("policy-gateway"),
                "--policy",
                policy,
                "--audit",
                folder.path("audit.jsonl"),
                "--max-in-flight",
                "100000",
                "--"};
  for (const std::string& word : mock_command()) words.push_back(word);
  return words;
}

// A client that keeps to the order of its messages and reads no reply.
class Session {
 public:
  explicit Session(const Command& command)
      : child_(*transport::ChildProcess::spawn({.command = command})),
        reader_(child_.stdout_fd(), 1u << 20) {
    initialize();
    send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  }

  void initialize() {
    exchange(
        R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"benchmark","version":"1"}}})");
  }

  // One call and its reply.
  void call(const std::string& tool = "get_task_status", int task = 1) {
    exchange(line(tool, task));
  }

  // `count` calls under way together, until the last reply.
  void burst(int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += line("get_task_status", 1) + "\n";
    transport::set_nonblocking(child_.stdin_fd());
    std::size_t written = 0;
    int replies = 0;
    while (replies < count) {
      pollfd polled[2] = {
          {.fd = written < bytes.size() ? child_.stdin_fd() : -1, .events = POLLOUT, .revents = 0},
          {.fd = child_.stdout_fd(), .events = POLLIN, .revents = 0}};
      GATECRASH_CHECK(::poll(polled, 2, std::chrono::milliseconds(kPatience).count()) > 0);
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
    transport::set_nonblocking(child_.stdin_fd(), false);
  }

 private:
  std::string line(const std::string& tool, int task) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(++id_) +
           R"(,"method":"tools/call","params":{"name":")" + tool +
           R"(","arguments":{"task_id":"task-)" + std::to_string(task) + R"("}}})";
  }

  void send(const std::string& line) {
    const std::string bytes = line + "\n";
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t more = ::write(child_.stdin_fd(), bytes.data() + done, bytes.size() - done);
      GATECRASH_CHECK(more > 0);
      done += static_cast<std::size_t>(more);
    }
  }

  void exchange(const std::string& line) {
    send(line);
    while (!reader_.next()) GATECRASH_CHECK(reader_.fill() == transport::LineReader::Filled::Some);
  }

  transport::ChildProcess child_;
  transport::LineReader reader_;
  std::uint64_t id_ = 0;
};

void round_trip(paired::Pairs& pairs) {
  const test::Scratch folder;
  Session gateway(gateway_command(folder)), relay(relay_command());
  pairs.run([&] { gateway.call(); }, [&] { relay.call(); });
}

void pipelined(paired::Pairs& pairs) {
  constexpr int kCalls = 5000;
  const test::Scratch folder;
  Session gateway(gateway_command(folder)), relay(relay_command());
  pairs.run([&] { gateway.burst(kCalls); }, [&] { relay.burst(kCalls); },
            {.ours = 2 * kCalls, .floor = 2 * kCalls, .rate = true});
}

// A scenario on the stdio lane, as the workbench plays it.
class Scenario {
 public:
  Scenario() {
    const std::string policy = folder_.path("policy.json");
    GATECRASH_CHECK(base::write_file(policy, benchmark_plan::kFiveStepsPolicy).has_value());
    command_ = {.words = {replay::program_path("policy-gateway"), "--policy", policy}};
  }
  void play(replay::ProcessPool& pool) {
    for (const replay::Pace pace : {replay::Pace::Eager, replay::Pace::Fenced}) {
      run_.agent.clear();
      run_.gateway.clear();
      run_.ledger.clear();
      replay::StdioLane lane(pool, command_, {}, pace);
      agent_.play(plan_, lane, run_);
      GATECRASH_CHECK(run_.complete);
      if (lane.was_quiet()) return;
    }
  }

 private:
  const test::Scratch folder_;
  const scenario::Plan plan_ = benchmark_plan::five_steps();
  replay::GatewayCommand command_;
  replay::Agent agent_;
  trace::Run run_;
};

// The messages of the scenario in lock step, and nothing else: no world, no clock, no fence, no
// evidence.
void send_five(Session& session) {
  for (const auto& [tool, task] : benchmark_plan::kFiveCalls) session.call(tool, task);
}

void spawned(paired::Pairs& pairs) {
  Scenario scenario;
  pairs.run(
      [&] {
        replay::ProcessPool pool({.ready = kPatience, .answer = kPatience});
        scenario.play(pool);
      },
      [] {
        Session relay(relay_command());
        send_five(relay);
      },
      {.rate = true});
}

void pooled(paired::Pairs& pairs) {
  Scenario scenario;
  replay::ProcessPool pool({.ready = kPatience, .answer = kPatience});
  Session relay(relay_command());
  pairs.run([&] { scenario.play(pool); },
            [&] {
              relay.initialize();
              send_five(relay);
            },
            {.rate = true});
}

const bool kRows = paired::add({
    {"stdio/round_trip", "a call through policy-gateway: policy, limit, audit", "byte relay",
     paired::Clock::Wall, paired::ratio_at_most(1.15), round_trip},
    {"stdio/pipelined", "messages through policy-gateway, 5,000 calls under way", "byte relay",
     paired::Clock::Wall, paired::ratio_at_least(0.35), pipelined},
    {"stdio/scenario_spawned", "a scenario of five steps, processes spawned for it",
     "the calls through a spawned relay", paired::Clock::Wall, paired::ratio_at_least(0.8),
     spawned},
    {"stdio/scenario_pooled", "a scenario of five steps, processes kept",
     "the calls through a kept relay", paired::Clock::Wall, paired::ratio_at_least(0.6), pooled},
});

}  // namespace
