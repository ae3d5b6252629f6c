// What one decision costs. The call is parsed before the clock runs, unless a name says that
// parsing is included. The floors do what no engine can do without: find the tool's name in a hash
// map, count in one sliding window, run the regular expression.
#include <benchmark/benchmark.h>

#include <re2/re2.h>
#include <yaml-cpp/yaml.h>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"
#include "tests/benchmark/paired.h"

using namespace gatecrash;

namespace {

constexpr std::chrono::microseconds kBetweenCalls{100};  // 600,000 in any minute
constexpr std::string_view kArguments =
    R"({"env":"dev","count":7,"id":"0123abcd-4567","note":"something to skip"})";
constexpr const char* kIdPattern = "^[0-9a-f]{8}-[0-9a-f]{4}$";

std::string tool_name(int index) {
  return "server_tool_" + std::to_string(index);
}

// A policy that names `tools` tools, with `rules` for each.
std::string policy_text(int tools, const std::string& rules) {
  std::string text = R"({"version":"1","default":"deny","hide":["cancel_task"],"tools":{)";
  for (int i = 0; i < tools; ++i) {
    if (i != 0) text += ',';
    text += "\"" + tool_name(i) + R"(":{"rules":[)" + rules + "]}";
  }
  return text + "}}";
}

const std::string kTwoConditions =
    R"({"name":"two","conditions":[{"path":"args.env","op":"eq","value":"dev"},{"path":"args.count","op":"lte","value":100}]})";
const std::string kRegex =
    R"({"name":"re","conditions":[{"path":"args.id","op":"regex","value":")" +
    std::string(kIdPattern) + R"("}]})";
const std::string kLimit = R"({"name":"limit","rate_limit":"1000000/minute"})";

std::string hundred_rules() {
  std::string rules = kTwoConditions;
  for (int i = 1; i < 100; ++i) rules += "," + kTwoConditions;
  return rules;
}

std::string tool_and_wildcard_limit() {
  std::string text = policy_text(1000, kLimit);
  return text.insert(text.size() - 2, R"(,"*":{"rules":[)" + kLimit + "]}");
}

// An engine that is asked about one call, again and again.
class Asked {
 public:
  Asked(std::string policy, std::string tool,
        const decision::Semantics& semantics = decision::hardened())
      : tool_(std::move(tool)), counters_(decision::make_memory_counters()) {
    const auto loaded =
        policy::load_text("p.json", std::move(policy), {.dialect = policy::Dialect::Intercept});
    GATECRASH_CHECK(loaded.policy != nullptr);
    engine_ = std::make_unique<decision::Engine>(loaded.policy, semantics, *counters_);
    parse();
    call_ = {.tool = tool_,
             .arguments = arguments_.root(),
             .caller = {.grant = "grant-1", .principal = "p", .session = "s"},
             .at = base::default_start()};
  }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

  void parse() { GATECRASH_CHECK(!base::read_json(kArguments, {}, arguments_)); }
  void decide() {
    call_.at += kBetweenCalls;
    benchmark::DoNotOptimize(engine_->decide(call_));
  }
  void parse_and_decide() {
    parse();
    call_.arguments = arguments_.root();
    decide();
  }

 private:
  std::string tool_;
  std::unique_ptr<decision::CounterStore> counters_;
  std::unique_ptr<decision::Engine> engine_;
  base::Tree arguments_;
  decision::Call call_;
};

// ---- each alone --------------------------------------------------------------------------------

void decide(benchmark::State& state, const std::string& policy, const std::string& tool,
            const decision::Semantics& semantics = decision::hardened()) {
  Asked asked(policy, tool, semantics);
  for (auto _ : state) asked.decide();
}
BENCHMARK_CAPTURE(decide, hidden, policy_text(1000, ""), "cancel_task");
BENCHMARK_CAPTURE(decide, no_rule_10_tools, policy_text(10, ""), tool_name(5));
BENCHMARK_CAPTURE(decide, two_conditions_10_tools, policy_text(10, kTwoConditions), tool_name(5));
BENCHMARK_CAPTURE(decide, two_conditions_1000_tools, policy_text(1000, kTwoConditions),
                  tool_name(500));
BENCHMARK_CAPTURE(decide, hundred_rules_per_tool, policy_text(10, hundred_rules()), tool_name(5));
BENCHMARK_CAPTURE(decide, one_limit_10_tools, policy_text(10, kLimit), tool_name(5));
BENCHMARK_CAPTURE(decide, one_limit_released, policy_text(1000, kLimit), tool_name(500),
                  decision::intercept_1_1());
BENCHMARK_CAPTURE(decide, tool_and_wildcard_limit, tool_and_wildcard_limit(), tool_name(500));

void parse_and_decide(benchmark::State& state, const std::string& policy, const std::string& tool) {
  Asked asked(policy, tool);
  for (auto _ : state) asked.parse_and_decide();
}
BENCHMARK_CAPTURE(parse_and_decide, two_conditions_10_tools, policy_text(10, kTwoConditions),
                  tool_name(5));
BENCHMARK_CAPTURE(parse_and_decide, two_conditions_1000_tools, policy_text(1000, kTwoConditions),
                  tool_name(500));

// ---- beside their floors -----------------------------------------------------------------------

// The names of 1,000 tools and one window of a minute for each that is called.
class Floor {
 public:
  Floor() {
    for (int i = 0; i < 1000; ++i) names_.push_back(tool_name(i));
    for (const std::string& name : names_) windows_.emplace(name, Window{});
  }
  using Window = std::deque<base::Instant>;
  Window& look_up() {
    std::string_view name = names_[500];
    benchmark::DoNotOptimize(name);
    Window& window = windows_.find(name)->second;
    benchmark::DoNotOptimize(&window);
    return window;
  }
  void count() {
    Window& window = look_up();
    now_ += kBetweenCalls;
    while (!window.empty() && window.front() + std::chrono::minutes{1} <= now_) window.pop_front();
    if (window.size() < 1'000'000) window.push_back(now_);
  }
  void match() {
    look_up();
    benchmark::DoNotOptimize(RE2::PartialMatch("0123abcd-4567", pattern_));
  }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string_view, Window> windows_;
  base::Instant now_ = base::default_start();
  RE2 pattern_{kIdPattern};
};

void no_rule(paired::Pairs& pairs) {
  Asked asked(policy_text(1000, ""), tool_name(500));
  Floor floor;
  pairs.run([&] { asked.decide(); }, [&] { floor.look_up(); });
}

void one_limit(paired::Pairs& pairs) {
  Asked asked(policy_text(1000, kLimit), tool_name(500));
  Floor floor;
  pairs.run([&] { asked.decide(); }, [&] { floor.count(); });
}

void regex(paired::Pairs& pairs) {
  Asked asked(policy_text(1000, kRegex), tool_name(500));
  Floor floor;
  pairs.run([&] { asked.decide(); }, [&] { floor.match(); });
}

void with_parsing(paired::Pairs& pairs) {
  Asked asked(policy_text(1000, kTwoConditions + "," + kLimit), tool_name(500));
  pairs.run([&] { asked.parse_and_decide(); }, [&] { asked.parse(); });
}

void many_tools(paired::Pairs& pairs) {
  Asked many(policy_text(10'000, kLimit), tool_name(5000));
  Asked few(policy_text(10, kLimit), tool_name(5));
  pairs.run([&] { many.decide(); }, [&] { few.decide(); });
}

void load(paired::Pairs& pairs) {
  std::string text = "version: \"1\"\ntools:\n";
  for (int i = 0; i < 1000; ++i) {
    text += "  " + tool_name(i) +
            ":\n    rules:\n      - name: r\n        conditions:\n"
            "          - {path: args.a, op: lte, value: 5}\n";
  }
  pairs.run(
      [&] {
        const auto loaded =
            policy::load_text("p.yaml", text, {.dialect = policy::Dialect::Intercept});
        GATECRASH_CHECK(loaded.policy != nullptr);
      },
      [&] { benchmark::DoNotOptimize(YAML::Load(text).size()); });
}

const bool kRows = paired::add({
    {"decision/no_rule", "a call decided, 1,000 tools, no rule", "hash lookup", paired::Clock::Cpu,
     paired::seconds_at_most(100e-9), no_rule},
    {"decision/one_limit", "a call decided, one limit", "hash lookup and sliding window",
     paired::Clock::Cpu, paired::seconds_at_most(100e-9), one_limit},
    {"decision/regex", "a call decided, one regex", "hash lookup and RE2", paired::Clock::Cpu,
     paired::seconds_at_most(250e-9), regex},
    {"decision/with_parsing", "a call parsed and decided, two conditions and a limit",
     "parsed alone", paired::Clock::Cpu, paired::seconds_at_most(500e-9), with_parsing},
    {"decision/many_tools", "a call decided, 10,000 tools, one limit each", "10 tools",
     paired::Clock::Cpu, paired::ratio_at_most(1.2), many_tools},
    {"policy/load", "1,000 rules loaded with positions", "yaml-cpp alone", paired::Clock::Cpu,
     paired::seconds_at_most(25e-3), load},
});

}  // namespace
