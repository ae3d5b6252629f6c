// What the lanes of real programs share: a session of processes from the pool, virtual time and
// step marks for those that have a control socket, and the evidence at the end. A party that is
// gone or silent fails the run with its name, and its session is thrown away.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/gateway/gateway.h"
#include "harness/replay/earlier_policy.h"
#include "harness/replay/lane.h"
#include "harness/replay/processes.h"

namespace gatecrash::replay {

class ProcessLane : public Lane {
 public:
  std::string_view name() const override { return "stdio"; }
  bool begin(const scenario::Plan& plan, trace::Run& run) override;
  void fence(std::uint32_t step) override;
  bool end() override;
  base::Instant now() const override { return clock_.now(); }

  ProcessSession* session() {
    return session_.get();
  }  // null before begin(), after end() and a failure

 protected:
  using SteadyClock = std::chrono::steady_clock;
  static constexpr std::string_view kGateway = "the gateway", kMock = "the mock";

  ProcessLane(ProcessPool& pool, const GatewayCommand& gateway, const Policies& policies = {})
      : pool_(pool), limits_(pool.limits()), gateway_(gateway), policies_(policies) {}

  // Waits for what is still under way when the last step is done.
  virtual bool last_frames() { return true; }
  // Asked before the evidence, and heard before it.
  virtual bool say_last() { return true; }
  virtual bool hear_last() { return true; }
  // Nothing of this run may be left for the next one of the session.
  virtual bool leave_nothing() { return true; }
  // What is recorded from now on belongs to this step.
  virtual bool tell_step(std::uint32_t step);

  virtual bool fail(std::string why);
  bool gone(std::string_view who, ProcessHead* head);
  // Fails the run because a party did not do something in time.
  bool silent(std::string why);
  // A party was gone or silent.
  bool lost() const { return lost_; }
  // Who stands next to the agent.
  std::string_view next_party() const { return gateway_.words.empty() ? kMock : kGateway; }
  // Asks a process; a Failed answer, silence or an end fails the run.
  std::optional<std::string> ask(transport::ControlSocket& socket, std::string_view who,
                                 transport::Word word, std::string_view body = {});
  // The two halves of it: several questions can be under way, and are answered in order.
  bool say(transport::ControlSocket& socket, std::string_view who, transport::Word word,
           std::string_view body = {});
  std::optional<std::string> hear(transport::ControlSocket& socket, std::string_view who);
  std::optional<std::string> ask_mock(transport::Word word, std::string_view body = {}) {
    return ask(session_->mock(), kMock, word, body);
  }
  // The gateway, if it has a control socket, then the mock.
  bool tell_all(transport::Word word, std::string_view body);
  bool tell_clock();
  bool tell_fault(std::string_view words);
  bool tell_policy(transport::Word word, const gateway::PolicyInput& policy);
  bool flush(ProcessHead& head);

  ProcessPool& pool_;
  Limits limits_;
  const GatewayCommand& gateway_;
  Policies policies_;
  bool restarted_ = false;  // the gateway was given another policy than its own
  bool lost_ = false;
  std::unique_ptr<ProcessSession> session_;
  trace::Run* run_ = nullptr;
  base::VirtualClock clock_;
};

// Sleeps until the descriptor can be read (or written), at the latest until `end`. False: it
// cannot, yet.
bool await(int descriptor, short events, std::chrono::steady_clock::time_point end);

}  // namespace gatecrash::replay
