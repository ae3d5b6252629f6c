// Calls of two clients are in flight at the mock at the same time, and go on in another order than they
// came: every lane sees the same, through every gateway and without one.
#include <map>

#include "harness/oracle/evidence.h"
#include "harness/replay/memory_lane.h"
#include "tests/replay/bench.h"

using namespace gatecrash;
using namespace gatecrash::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kFour = R"(replay: 1
id: test/in-flight
title: Two principals cancel, and nobody answers for a while
attack: {id: MGA-TEST-02, status: variant, severity: low}
policy: {dialect: policylayer, inline: '{"version":"1","default":"deny","tools":{"cancel_task":{},"list_tasks":{}}}'}
upstreams: {tasks: {mock: generic, world: {tasks: 12}}}
promise: {cancel: {max: 9, per: 60s}, callable: rest}
traits: {cancel: {tool: cancel_task, id: task_id}}
steps:
  - {as: ann, list: tools}
  - {as: bob, list: tools}
  - {as: ann, call: {tool: cancel_task, args: {task_id: "${task[0]}"}}}
  - {as: bob, call: {tool: cancel_task, args: {task_id: "${task[1]}"}}}
  - {as: ann, call: {tool: cancel_task, args: {task_id: "${task[2]}"}}}
  - {as: bob, call: {tool: cancel_task, args: {task_id: "${task[3]}"}}}
  - {as: ann, list: tools}
always: [{promise: cancel}]
benign:
  - {call: {tool: cancel_task, args: {task_id: "${task[0]}"}}, expect: allow}
)";

constexpr std::uint32_t kHold = 2, kRelease = 6;

// A lane on which a fault begins with a step.
class FaultyLane final : public replay::Lane {
 public:
  FaultyLane(replay::Lane& lane, std::map<std::uint32_t, std::string> faults)
      : lane_(lane), faults_(std::move(faults)) {}

  std::string_view name() const override { return lane_.name(); }
  bool begin(const scenario::Plan& plan, trace::Run& run) override { return lane_.begin(plan, run); }
  void open(replay::Connection connection, const replay::Identity& identity) override { lane_.open(connection, identity); }
  void close(replay::Connection connection) override { lane_.close(connection); }
  void fence(std::uint32_t step) override {
    lane_.fence(step);
    step_ = step;
  }
  bool exchange(replay::Frames& from_agent, replay::Frames& to_agent) override {
    const auto found = faults_.find(step_);
    if (found != faults_.end()) {
      const std::string words = found->second;
      faults_.erase(found);
      if (!lane_.fault(words, to_agent)) return false;
    }
    return lane_.exchange(from_agent, to_agent);
  }
  bool advance(base::Duration by, replay::Frames& to_agent) override { return lane_.advance(by, to_agent); }
  bool fault(std::string_view words, replay::Frames& to_agent) override { return lane_.fault(words, to_agent); }
  bool end() override { return lane_.end(); }
  base::Instant now() const override { return lane_.now(); }

 private:
  replay::Lane& lane_;
  std::map<std::uint32_t, std::string> faults_;
  std::uint32_t step_ = trace::kSetUp;
};

std::unique_ptr<trace::Run> play(const Chosen& chosen, const replay::Subject* subject, replay::Lane& lane,
                                 const std::string& release) {
  auto run = std::make_unique<trace::Run>();
  FaultyLane faulty(lane, {{kHold, "hold"}, {kRelease, release}});
  replay::Agent().play(only(chosen)->attacks.front(), faulty, *run);
  INFO((subject == nullptr ? "no gateway" : subject->name) << " on " << lane.name() << ": " << run->problem);
  CHECK(run->complete);
  return run;
}

std::vector<std::string> cancelled(const trace::Trace& ledger) {
  std::vector<std::string> tasks;
  for (const trace::Event& each : ledger.events()) {
    if (each.kind == trace::EventKind::Effected && each.detail == static_cast<std::uint8_t>(scenario::Effect::TaskCancelled)) {
      tasks.emplace_back(ledger.view(each.text));
    }
  }
  return tasks;
}

std::unique_ptr<Chosen> four_in_flight() {
  const std::string path = scratch_path("replay/in-flight.yaml");
  REQUIRE(base::write_file(path, kFour).has_value());
  return choose("", {"reference", "intercept-1.1", "null"}, {path});
}

}  // namespace

TEST_CASE("Calls that are held and released give the same ledger in memory and as processes") {
  const auto chosen = four_in_flight();
  const scenario::Plan& plan = only(*chosen)->attacks.front();
  std::vector<const replay::Subject*> subjects{nullptr};
  for (const replay::Subject& each : chosen->subjects.of(*only(*chosen)->target)) subjects.push_back(&each);
  REQUIRE(subjects.size() == 4);
  const auto mock = mock_servers::find_mock(plan.mock)->make({});
  REQUIRE(mock.has_value());
  replay::ProcessPool pool(5s);
  const replay::GatewayCommand nothing;
  for (const replay::Subject* subject : subjects) {
    for (const char* release : {"release", "release reverse", "release seed 5"}) {
      INFO((subject == nullptr ? "no gateway" : subject->name) << ", " << release);
      const gateway::Made made = subject == nullptr ? gateway::Made{} : subject->make(subject->input);
      replay::MemoryLane memory(made.gateway.get(), **mock);
      const auto here = play(*chosen, subject, memory, release);
      replay::StdioLane stdio(pool, subject == nullptr ? nothing : subject->command);
      const auto there = play(*chosen, subject, stdio, release);
      CHECK(trace::same(here->ledger, there->ledger));
      CHECK(trace::same(here->agent, there->agent));
      CHECK(trace::same(here->gateway, there->gateway));

      std::vector<std::string> expected;
      for (int i = 0; i < 4; ++i) expected.push_back(plan.world.tasks[static_cast<std::size_t>(i)].id);
      if (std::string_view(release) == "release reverse") std::ranges::reverse(expected);
      const auto got = cancelled(here->ledger);
      if (std::string_view(release) == "release seed 5") {
        CHECK(got != expected);
        CHECK(std::ranges::is_permutation(got, expected));
      } else {
        CHECK(got == expected);
      }
      // They were in flight together: all four understood before the first was carried out.
      int understood = 0;
      for (const trace::Event& each : here->ledger.events()) {
        if (each.kind == trace::EventKind::Resumed) break;
        understood += each.kind == trace::EventKind::Understood ? 1 : 0;
      }
      CHECK(understood == 4);
    }
  }
}

TEST_CASE("A fault that no mock knows breaks the run off on both lanes, with the same words") {
  const auto chosen = four_in_flight();
  const auto mock = mock_servers::find_mock("generic")->make({});
  replay::ProcessPool pool(5s);
  const replay::GatewayCommand nothing;
  replay::MemoryLane memory(nullptr, **mock);
  replay::StdioLane stdio(pool, nothing);
  std::string said;
  for (replay::Lane* lane : std::initializer_list<replay::Lane*>{&memory, &stdio}) {
    trace::Run run;
    FaultyLane faulty(*lane, {{kHold, "hodl"}});
    replay::Agent().play(only(*chosen)->attacks.front(), faulty, run);
    CHECK_FALSE(run.complete);
    CHECK(run.problem.find("unknown fault `hodl`") != std::string::npos);
    CHECK((said.empty() || said == run.problem));
    said = run.problem;
  }
}

TEST_CASE("Effects of a released call belong to the call, for those who judge") {
  const auto chosen = four_in_flight();
  const auto mock = mock_servers::find_mock("generic")->make({});
  replay::MemoryLane memory(nullptr, **mock);
  const auto run = play(*chosen, nullptr, memory, "release reverse");
  trace::Case the_case;
  run->plan = std::shared_ptr<const scenario::Plan>(only(*chosen), &only(*chosen)->attacks.front());
  const oracle::Meaning meaning(the_case);
  const oracle::Evidence evidence(the_case, *run, meaning);
  REQUIRE(evidence.calls().size() == 4);
  for (const oracle::UpstreamCall& each : evidence.calls()) CHECK(each.effects > 0);
}
