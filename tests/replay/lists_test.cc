// Lists by any road: by `list`, with a cursor, an id and params of its own, raw and in a batch.
#include "harness/base/text.h"
#include "tests/replay/bench.h"

using namespace gatecrash;
using namespace gatecrash::test;
using oracle::Verdict;
using replay::LaneKind;
using replay::Workbench;
using trace::EventKind;

namespace {

constexpr std::string_view kListsBefore = R"(replay: 1
id: test/lists
title: A hidden tool is listed
attack: {id: MGA-TEST-06, status: variant, severity: low}
policy: {dialect: policylayer, inline: '{"version":"1","default":"allow","hide":["cancel_task"]}'}
upstreams: {tasks: {mock: generic, personalities: [accepts-batch], world: {tasks: 2}}}
promise: {cancel: {max: 0}, hidden: [cancel_task]}
benign: [{call: {tool: list_tasks}, expect: allow}]
always: [{promise: cancel}]
steps:
)";

std::vector<trace::Case> play_lists(const std::string& steps,
                                    const std::vector<std::string>& gateways,
                                    LaneKind lane = LaneKind::Memory, bool pages = false) {
  const std::string path = scratch_path("replay/lists.yaml");
  std::string text = std::string(kListsBefore) + steps;
  if (pages) text.replace(text.find("accepts-batch"), 13, "accepts-batch, small-pages");
  REQUIRE(base::write_file(path, text).has_value());
  const auto chosen = choose("", gateways, {path});
  Workbench bench({.lane = lane, .limits = kNoHurry});
  return run_all(bench, only(*chosen), *chosen);
}

// What the agent sent in a step, and the tools that it was shown there.
std::vector<std::string> seen_in(const trace::Run& run, std::uint32_t step, EventKind kind) {
  std::vector<std::string> texts;
  for (const trace::Event& each : run.agent.events()) {
    if (each.kind == kind && each.step == step) texts.emplace_back(run.agent.view(each.text));
  }
  return texts;
}

bool shows(const trace::Run& run, std::uint32_t step, const std::string& tool) {
  const std::vector<std::string> shown = seen_in(run, step, EventKind::Listed);
  return std::ranges::find(shown, tool) != shown.end();
}

std::vector<std::string> oracles_of(const oracle::Judged& judged) {
  std::vector<std::string> names;
  for (const oracle::Finding& each : judged.findings) names.push_back(each.oracle);
  return names;
}

}  // namespace

TEST_CASE("A list step sends its own id, params and cursor, and follows cursors if it says so") {
  const std::string steps =
      "  - {list: {id: mine, params: {_meta: {x: 1}}, pages: all}}\n"
      "  - {list: {params: {_meta: {x: 1}}}}\n"
      "  - {list: {cursor: page-1}}\n";
  for (const LaneKind lane : {LaneKind::Memory, LaneKind::Stdio}) {
    const trace::Run run = play_lists(steps, {"reference"}, lane, true)[0].attack[0];
    const auto all = seen_in(run, 0, EventKind::Sent);
    REQUIRE(all.size() == 2);  // two pages
    CHECK(all[0] ==
          R"({"jsonrpc":"2.0","id":"mine","method":"tools/list","params":{"_meta":{"x":1}}})");
    CHECK(all[1].find(R"("params":{"_meta":{"x":1},"cursor":"page-1"})") != std::string::npos);
    CHECK(seen_in(run, 1, EventKind::Sent).size() == 1);
    CHECK(seen_in(run, 1, EventKind::Listed).size() <= 2);
    const auto page = seen_in(run, 2, EventKind::Sent);
    REQUIRE(page.size() == 1);
    CHECK(page[0].find(R"("method":"tools/list","params":{"cursor":"page-1"})") !=
          std::string::npos);
  }
}

TEST_CASE("A hidden tool in the reply to a raw list, or in a batch of replies, is shown") {
  const std::string raw =
      "  - raw: '{\"jsonrpc\":\"2.0\",\"id\":\"r\",\"method\":\"tools/list\"}'\n"
      "  - raw: '[{\"jsonrpc\":\"2.0\",\"id\":\"b\",\"method\":\"tools/list\"}]'\n";
  const auto cases = play_lists(raw, {"null", "reference"});
  for (std::uint32_t step : {0U, 1U}) {
    INFO("step " << step);
    CHECK(shows(cases[0].attack[0], step, "list_tasks"));
    CHECK_FALSE(shows(cases[1].attack[0], step, "cancel_task"));
  }
  std::size_t leaks = 0;
  for (const auto& each : cases[0].attack[0].agent.events()) {
    leaks +=
        each.kind == EventKind::Listed && cases[0].attack[0].agent.view(each.text) == "cancel_task"
            ? 1
            : 0;
  }
  CHECK(leaks == 2);
}

TEST_CASE("An attack that lists raw and does nothing else has teeth in the list") {
  const std::string raw =
      "  - raw: '{\"jsonrpc\":\"2.0\",\"id\":\"r\",\"method\":\"tools/list\"}'\n"
      "    expect: {absent: [cancel_task]}\n";
  const auto cases = play_lists(raw, {"null", "reference"});
  const oracle::Judged open = oracle::judge(cases[0]);
  INFO(base::join(open.reasons, "; "));
  // Shown, but not carried out.
  CHECK(open.verdict == Verdict::Drift);
  CHECK(oracle::judge(cases[1]).verdict == Verdict::Pass);
}

TEST_CASE("A gateway that leaves lists with an empty cursor alone is noticed raw and by a cursor") {
  for (const std::string run :
       {"^hid/other-pages@taobao_hardened$", "^hid/hidden-among-allowed$"}) {
    INFO(run);
    const auto chosen = choose(run, {"mutant:leaves_empty_cursors", "reference"});
    Workbench bench({});
    const auto cases = run_all(bench, only(*chosen), *chosen);
    const auto noticed = oracles_of(oracle::judge(cases[0]));
    CHECK(std::ranges::find(noticed, "hidden_stays_hidden") != noticed.end());
    const oracle::Judged sound = oracle::judge(cases[1]);
    CHECK(sound.verdict == Verdict::Pass);
  }
}
