// One codec round (strict decode, canonical encode) beside what bounds it in the same run: a copy
// of the bytes as the floor, nlohmann parse and dump as the peer. Aim: decoding a call of 150
// bytes, tree included, in at most 300 ns.
#include <cstring>
#include <string>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include "harness/rpc/message.h"
#include "harness/session/client_session.h"
#include "tests/benchmark/allocations.h"

namespace {

using namespace gatecrash;

// Allocations from the third round on: a tree grows its store when it is used again.
class Warm {
 public:
  explicit Warm(benchmark::State& state) : state_(state) {}
  void round() {
    if (rounds_++ < 2) first_ = allocations;
    last_ = allocations;
  }
  ~Warm() {
    const std::uint64_t made = last_ - first_;
    state_.counters["allocations"] = static_cast<double>(made);
    if (made != 0) state_.SkipWithError("allocates once warm");
  }

 private:
  benchmark::State& state_;
  std::uint64_t rounds_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
};

std::string tools_call() {
  return R"({"jsonrpc":"2.0","id":42,"method":"tools/call","params":{"name":"cancel_task",)"
         R"("arguments":{"task_id":"task-000017","reason":"superseded by a newer run","force":false}}})";
}

std::string tools_list_reply() {
  std::string out = R"({"jsonrpc":"2.0","id":7,"result":{"tools":[)";
  for (int i = 0; i < 10; ++i) {
    out += i == 0 ? "" : ",";
    out +=
        R"({"name":"tool_)" + std::to_string(i) +
        R"(","description":"Cancels a running task by its id. Returns \"ok\" or the reason why not.",)"
        R"("inputSchema":{"type":"object","properties":{"task_id":{"type":"string","description":"Id of the task"},)"
        R"("limit":{"type":"integer","minimum":0,"maximum":100}},"required":["task_id"]},)"
        R"("annotations":{"readOnlyHint":false,"destructiveHint":true}})";
  }
  return out + "]}}";
}

void decode(benchmark::State& state, const std::string& line) {
  const rpc::Reading strict = rpc::strict_reading();
  base::Tree tree;
  Warm warm(state);
  for (auto _ : state) {
    const rpc::Decoded decoded = rpc::decode(line, strict, tree);
    if (!decoded) state.SkipWithError("not decoded");
    benchmark::DoNotOptimize(decoded.message.root);
    warm.round();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}

void round_trip(benchmark::State& state, const std::string& line) {
  const rpc::Reading strict = rpc::strict_reading();
  base::Tree tree;
  std::string out;
  Warm warm(state);
  for (auto _ : state) {
    const rpc::Decoded decoded = rpc::decode(line, strict, tree);
    if (!decoded) state.SkipWithError("not decoded");
    out.clear();
    rpc::encode(decoded.message.root, strict, out);
    benchmark::DoNotOptimize(out.data());
    warm.round();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}

// A scenario of five calls: reset, handshake, five requests and replies.
void session_of_five_calls(benchmark::State& state) {
  const std::string welcome =
      R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{}}})";
  std::string replies[5];
  for (int i = 0; i < 5; ++i) {
    replies[i] = R"({"jsonrpc":"2.0","id":)" + std::to_string(i + 1) +
                 R"(,"result":{"content":[{"type":"text","text":"cancelled task-000017"}]}})";
  }
  session::ClientSession client;
  transport::Frames out;
  Warm warm(state);
  for (auto _ : state) {
    client.reset(0, mcp::kDefaultEra);
    client.start(out);
    client.on_frame(welcome, out);
    for (const std::string& reply : replies) {
      client.call("cancel_task", R"({"task_id":"task-000017"})", out);
      if (client.on_frame(reply, out).match != session::Match::Answer)
        state.SkipWithError("no answer");
    }
    out.clear();
    warm.round();
  }
}

void floor_copy(benchmark::State& state, const std::string& line) {
  std::string out(line.size(), '\0');
  for (auto _ : state) {
    std::memcpy(out.data(), line.data(), line.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}

void peer_nlohmann(benchmark::State& state, const std::string& line) {
  for (auto _ : state) {
    const std::string out = nlohmann::ordered_json::parse(line).dump();
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}

BENCHMARK_CAPTURE(floor_copy, call, tools_call());
BENCHMARK_CAPTURE(decode, call, tools_call());
BENCHMARK_CAPTURE(round_trip, call, tools_call());
BENCHMARK_CAPTURE(peer_nlohmann, call, tools_call());
BENCHMARK_CAPTURE(floor_copy, list_reply, tools_list_reply());
BENCHMARK_CAPTURE(decode, list_reply, tools_list_reply());
BENCHMARK_CAPTURE(round_trip, list_reply, tools_list_reply());
BENCHMARK_CAPTURE(peer_nlohmann, list_reply, tools_list_reply());
BENCHMARK(session_of_five_calls);

}  // namespace
