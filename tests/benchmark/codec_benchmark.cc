// One codec round (strict decode, canonical encode) beside what bounds it in the same run: a copy
// of the bytes as the floor, nlohmann parse and dump as the peer. Aim: decoding a call of 150
// bytes, tree included, in at most 300 ns.
#include <cstring>
#include <string>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include "harness/rpc/message.h"

namespace {

using namespace gatecrash;

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
  for (auto _ : state) {
    const rpc::Decoded decoded = rpc::decode(line, strict, tree);
    if (!decoded) state.SkipWithError("not decoded");
    benchmark::DoNotOptimize(decoded.message.root);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}

void round_trip(benchmark::State& state, const std::string& line) {
  const rpc::Reading strict = rpc::strict_reading();
  base::Tree tree;
  std::string out;
  for (auto _ : state) {
    const rpc::Decoded decoded = rpc::decode(line, strict, tree);
    if (!decoded) state.SkipWithError("not decoded");
    out.clear();
    rpc::encode(decoded.message.root, strict, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
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

}  // namespace
