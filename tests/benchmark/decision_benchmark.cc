// What one decision costs, as a multiple of the floor: finding the tool's name in a hash map.
//
// The call is parsed before the clock runs; `parse_and_decide` says what both cost together.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"

using namespace gatecrash;

namespace {

std::string tool_name(std::int64_t index) {
  return "server_tool_" + std::to_string(index);
}

// `rules` per tool; the policy names `tools` tools.
std::string policy_text(std::int64_t tools, const std::string& rules) {
  std::string text = R"({"version":"1","default":"deny","hide":["cancel_task"],"tools":{)";
  for (std::int64_t i = 0; i < tools; ++i) {
    if (i != 0) text += ',';
    text += "\"" + tool_name(i) + R"(":{"rules":[)" + rules + "]}";
  }
  return text + "}}";
}

const std::string kTwoConditions =
    R"({"name":"two","conditions":[{"path":"args.env","op":"eq","value":"dev"},{"path":"args.count","op":"lte","value":100}]})";
const std::string kRegex =
    R"({"name":"re","conditions":[{"path":"args.id","op":"regex","value":"^[0-9a-f]{8}-[0-9a-f]{4}$"}]})";
const std::string kLimit = R"({"name":"limit","rate_limit":"1000000/minute"})";

struct Bench {
  Bench(std::string text, decision::Semantics semantics = decision::hardened())
      : counters(decision::make_memory_counters()) {
    const auto loaded =
        policy::load_text("p.json", std::move(text), {.dialect = policy::Dialect::Intercept});
    GATECRASH_CHECK(loaded.policy != nullptr);
    engine = std::make_unique<decision::Engine>(loaded.policy, semantics, *counters);
    GATECRASH_CHECK(!base::read_json(arguments_text, {}, arguments));
  }
  static constexpr std::string_view arguments_text =
      R"({"env":"dev","count":7,"id":"0123abcd-4567","note":"something to skip"})";
  std::unique_ptr<decision::CounterStore> counters;
  std::unique_ptr<decision::Engine> engine;
  base::Tree arguments;
};

void decide(benchmark::State& state, Bench& bench, const std::string& tool) {
  decision::Call call{.tool = tool,
                      .arguments = bench.arguments.root(),
                      .caller = {.grant = "grant-1", .principal = "p", .session = "s"},
                      .at = base::default_start()};
  for (auto _ : state) {
    call.at += std::chrono::microseconds{100};  // at most 600,000 in any minute
    benchmark::DoNotOptimize(bench.engine->decide(call));
  }
}

void floor_hash_lookup(benchmark::State& state) {
  std::unordered_map<std::string_view, int> names;
  std::vector<std::string> keep;
  for (std::int64_t i = 0; i < state.range(0); ++i) keep.push_back(tool_name(i));
  for (const std::string& each : keep) names.emplace(each, 1);
  const std::string tool = tool_name(state.range(0) / 2);
  for (auto _ : state) {
    std::string_view name = tool;
    benchmark::DoNotOptimize(name);
    benchmark::DoNotOptimize(names.find(name)->second);
  }
}
BENCHMARK(floor_hash_lookup)->Arg(10)->Arg(1000)->Arg(10000);

void no_rule(benchmark::State& state) {
  Bench bench(policy_text(state.range(0), ""));
  decide(state, bench, tool_name(state.range(0) / 2));
}
BENCHMARK(no_rule)->Arg(10)->Arg(1000)->Arg(10000);

void hidden(benchmark::State& state) {
  Bench bench(policy_text(1000, ""));
  decide(state, bench, "cancel_task");
}
BENCHMARK(hidden);

void two_conditions(benchmark::State& state) {
  Bench bench(policy_text(state.range(0), kTwoConditions));
  decide(state, bench, tool_name(state.range(0) / 2));
}
BENCHMARK(two_conditions)->Arg(10)->Arg(1000)->Arg(10000);

void regex(benchmark::State& state) {
  Bench bench(policy_text(1000, kRegex));
  decide(state, bench, tool_name(500));
}
BENCHMARK(regex);

void one_limit(benchmark::State& state) {
  Bench bench(policy_text(state.range(0), kLimit));
  decide(state, bench, tool_name(state.range(0) / 2));
}
BENCHMARK(one_limit)->Arg(10)->Arg(1000)->Arg(10000);

void one_limit_released(benchmark::State& state) {
  Bench bench(policy_text(1000, kLimit), decision::intercept_1_1());
  decide(state, bench, tool_name(500));
}
BENCHMARK(one_limit_released);

void tool_and_wildcard_limit(benchmark::State& state) {
  std::string text = policy_text(1000, kLimit);
  text.insert(text.size() - 2, R"(,"*":{"rules":[)" + kLimit + "]}");
  Bench bench(std::move(text));
  decide(state, bench, tool_name(500));
}
BENCHMARK(tool_and_wildcard_limit);

void rules_per_tool(benchmark::State& state) {
  std::string rules;
  for (std::int64_t i = 0; i < state.range(0); ++i) rules += (i != 0 ? "," : "") + kTwoConditions;
  Bench bench(policy_text(10, rules));
  decide(state, bench, tool_name(5));
}
BENCHMARK(rules_per_tool)->Arg(1)->Arg(100);

void parse_and_decide_policy(benchmark::State& state, std::string policy, const std::string& tool) {
  Bench bench(std::move(policy));
  base::Tree arguments;
  decision::Call call{.tool = tool, .caller = {.grant = "grant-1"}, .at = base::default_start()};
  for (auto _ : state) {
    benchmark::DoNotOptimize(base::read_json(Bench::arguments_text, {}, arguments));
    call.arguments = arguments.root();
    call.at += std::chrono::microseconds{100};
    benchmark::DoNotOptimize(bench.engine->decide(call));
  }
}
void parse_and_decide(benchmark::State& state) {
  parse_and_decide_policy(state, policy_text(1000, kTwoConditions + "," + kLimit), tool_name(500));
}
BENCHMARK(parse_and_decide);

// What peers are compared with (peers/run).
void parse_and_decide_two(benchmark::State& state) {
  parse_and_decide_policy(state, policy_text(state.range(0), kTwoConditions),
                          tool_name(state.range(0) / 2));
}
BENCHMARK(parse_and_decide_two)->Arg(10)->Arg(1000);

void load_policy_with_positions(benchmark::State& state) {
  std::string text = "version: \"1\"\ntools:\n";
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    text += "  " + tool_name(i) +
            ":\n    rules:\n      - name: r\n        conditions:\n"
            "          - {path: args.a, op: lte, value: 5}\n";
  }
  for (auto _ : state) {
    const auto loaded = policy::load_text("p.yaml", text, {.dialect = policy::Dialect::Intercept});
    benchmark::DoNotOptimize(loaded.policy.get());
  }
  state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(load_policy_with_positions)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
