// Runs scenarios: for each one the teeth, attack and benign runs, as a case for judgement. A
// workbench keeps mocks, gateways and traces warm between runs; every run starts from a reset
// world. One per thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/base/problem.h"
#include "harness/gateway/gateway.h"
#include "harness/replay/agent.h"
#include "harness/replay/earlier_policy.h"
#include "harness/replay/foreign_lane.h"
#include "harness/replay/processes.h"
#include "harness/replay/run_folder.h"
#include "harness/replay/tempo.h"
#include "harness/replay/turns.h"
#include "harness/scenario/scenario.h"
#include "harness/trace/case.h"
#include "mock_servers/mock.h"

namespace gatecrash::replay {

// How much was run, for rates.
struct Effort {
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;
  std::uint64_t played_again = 0;  // on the stdio lane, with fences: an eager run was not quiet
  std::uint64_t played_alone = 0;  // on a foreign gateway's lane: a run was in doubt
  std::uint64_t in_vain = 0;       // waits there for a reply that was due and did not come
  std::uint64_t silences = 0;      // waits there that ended because nothing moved for a while

  Effort& operator+=(const Effort& other);
};

// A gateway to test with one policy. `use` goes into the case as it is.
struct Subject {
  std::string name;  // for reports; no oracle sees it
  gateway::Made (*make)(const gateway::PolicyInput& input) =
      nullptr;  // null: only there as a command
  gateway::PolicyInput input;
  // What it starts under where it may refuse `input`, which the operator has it load later; the
  // command says so too.
  std::optional<gateway::PolicyInput> start;
  const gateway::PolicyInput& started() const { return start ? *start : input; }
  trace::PolicyUse use;
  GatewayCommand command;  // for the stdio lane
  bool timeless = false;   // a foreign gateway to which time means nothing
};

enum class LaneKind : std::uint8_t { Memory, Stdio };

// What the workbenches of several threads have in common.
struct Shared {
  // `at_once`: so many runs with processes side by side; those in which only time passes not
  // counted. `keep`: the folders of foreign gateways stay.
  explicit Shared(unsigned at_once = std::numeric_limits<unsigned>::max(), bool keep = false)
      : turns(at_once), folders(keep) {}
  Turns turns;
  Tempo tempo;
  RunFolders folders;
};

struct BenchOptions {
  LaneKind lane = LaneKind::Memory;
  Limits limits;
  base::Duration quiet{};   // a foreign gateway's silence that counts as no reply; zero: adaptive
  base::Duration settle{};  // how long a foreign gateway may do something late after the last step
  std::shared_ptr<Shared> shared = {};     // null: this workbench is the only one
  const std::atomic<int>* stop = nullptr;  // as soon as it is not 0, runs end at their next step
};

class Workbench {
 public:
  explicit Workbench(const BenchOptions& options)
      : options_(options),
        shared_(options.shared != nullptr ? options.shared : std::make_shared<Shared>()),
        pool_(options.limits),
        agent_(options.stop) {}

  // Runs the scenario against each subject, in order, and hands over one case each; the case is
  // only lent. The teeth runs do not depend on the subject and are made once. A gateway that would
  // not start with its policy gives a case without runs (but for the teeth, where that contains the
  // attack): `policy.gateway_problems` says why. So does one that cannot do what the scenario
  // needs: `lacks` says what. Of a scenario that was stopped no case is handed over.
  using Receive = std::function<void(std::size_t subject, trace::Case& the_case)>;
  void run(const std::shared_ptr<const scenario::Scenario>& scenario,
           std::span<const Subject> subjects, const Receive& receive);

  // Plays one plan of the scenario without a gateway, as a case with this one run.
  void run_teeth(const std::shared_ptr<const scenario::Scenario>& scenario, const Subject& subject,
                 const std::shared_ptr<const scenario::Plan>& plan, trace::Case& the_case);

  const Effort& effort() const { return effort_; }

 private:
  mock_servers::Mock* mock(const scenario::Plan& plan, std::string& problem);
  using Gateways = std::map<std::string, gateway::Made, std::less<>>;
  static const gateway::Made& made(Gateways& kept, const Subject& subject);
  // What the upstream of this plan may have at some time.
  const std::vector<std::string>& tools_of(const scenario::Plan& plan);
  void play_on_stdio(const scenario::Plan& plan, const GatewayCommand& command,
                     const Policies& policies, trace::Run& run);
  // A run in doubt is played a second time, with nothing beside it. It is evidence if both agree.
  void play_on_foreign(const scenario::Plan& plan, const Subject& subject, trace::Run& run);
  struct ForeignPlay {
    bool in_doubt = false;
    bool broke_off = false;
    bool refused = false;
  };
  ForeignPlay play_once_on_foreign(const scenario::Plan& plan, const Subject& subject,
                                   Patience patience, Turns::Turn turn, trace::Run& run);
  // Returns whether the gateway refused its policy, as it seems.
  bool play_again_alone(const scenario::Plan& plan, const Subject& subject, bool broke_off,
                        trace::Run& run);
  // Has the gateway refused its policy in each of so many runs, and at least twice? If only in some
  // of them, these are played again, and are evidence like others.
  bool refused_in_all(std::size_t runs, const Subject& subject);
  static void begin(trace::Run& run);
  bool stopped() const { return options_.stop != nullptr && *options_.stop != 0; }
  // `owner` keeps the plan.
  void play(const std::shared_ptr<const void>& owner, const scenario::Plan& plan,
            scenario::RunKind kind, gateway::Gateway* gateway, const Subject* subject,
            trace::Run& run);

  BenchOptions options_;
  std::shared_ptr<Shared> shared_;
  ProcessPool pool_;
  std::map<std::string, std::unique_ptr<mock_servers::Mock>, std::less<>> mocks_;
  std::map<std::string, std::vector<std::string>, std::less<>> tools_;  // by the mocks' keys
  Gateways gateways_;
  // Runs of the subject in hand in which it ended before it had done anything.
  std::vector<trace::Run*> refused_;
  Agent agent_;
  Effort effort_;
};

}  // namespace gatecrash::replay
