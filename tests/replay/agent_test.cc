// What the agent asks of a lane, whatever is behind it.
#include "harness/replay/agent.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace gatecrash;

namespace {

// Writes down who comes and goes; answers nothing.
class SilentLane final : public replay::Lane {
 public:
  std::vector<std::string> doors;

  std::string_view name() const override { return "silent"; }
  bool begin(const scenario::Plan&, trace::Run&) override { return true; }
  void open(replay::Connection connection, const replay::Identity& identity) override {
    doors.push_back("open " + std::to_string(connection) + " " + std::string(identity.principal));
  }
  void close(replay::Connection connection) override {
    doors.push_back("close " + std::to_string(connection));
  }
  void fence(std::uint32_t) override {}
  bool exchange(replay::Frames& from_agent, replay::Frames&) override {
    from_agent.clear();
    return true;
  }
  bool reload(replay::Frames&) override { return true; }
  bool operate(std::string_view, replay::Frames&) override { return true; }
  bool advance(base::Duration, replay::Frames&) override { return true; }
  bool fault(std::string_view, replay::Frames&) override { return true; }
  bool wind_down(replay::Frames&) override { return true; }
  bool end() override { return true; }
  base::Instant now() const override { return base::default_start(); }
};

}  // namespace

TEST_CASE("A new session closes the old one of its principal, and no other") {
  scenario::Plan plan{.era = "2025-11-25"};
  const auto add = [&](scenario::StepKind kind, const std::string& as) {
    scenario::Step& step = plan.steps.emplace_back();
    step.kind = kind;
    step.as = as;
    step.tool = "t";
  };
  add(scenario::StepKind::Call, "ann");
  add(scenario::StepKind::NewSession, "ann");
  add(scenario::StepKind::NewSession, "");
  add(scenario::StepKind::NewSession, "bob");  // has none yet
  SilentLane lane;
  trace::Run run;
  replay::Agent().play(plan, lane, run);
  CHECK(run.complete);
  CHECK(lane.doors == std::vector<std::string>{"open 0 ", "open 1 ann", "close 1", "open 2 ann",
                                               "close 0", "open 3 ", "open 4 bob"});
}
