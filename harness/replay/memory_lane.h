// The default lane: one process, virtual time, no threads. Gateway and mock are the same state
// machines that the programs serve over stdio; the same bytes cross the same codec.
#pragma once

#include "harness/gateway/gateway.h"
#include "harness/replay/earlier_policy.h"
#include "harness/replay/lane.h"
#include "mock_servers/mock.h"

namespace gatecrash::replay {

class MemoryLane final : public Lane {
 public:
  // Without a gateway the agent talks to the mock directly: the teeth run. Both have to outlive the
  // lane.
  MemoryLane(gateway::Gateway* gateway, mock_servers::Mock& mock, const Policies& policies = {})
      : gateway_(gateway), mock_(mock), policies_(policies) {}

  std::string_view name() const override { return "memory"; }
  bool begin(const scenario::Plan& plan, trace::Run& run) override;
  void open(Connection connection, const Identity& identity) override;
  void close(Connection connection) override;
  void fence(std::uint32_t step) override;
  bool exchange(Frames& from_agent, Frames& to_agent) override;
  bool reload(Frames& to_agent) override;
  bool operate(std::string_view words, Frames& to_agent) override;
  bool advance(base::Duration by, Frames& to_agent) override;
  bool wind_down(Frames& to_agent) override { return advance(kSettle, to_agent); }
  bool fault(std::string_view words, Frames& to_agent) override;
  bool end() override;
  base::Instant now() const override { return clock_.now(); }

 private:
  bool start_under(const scenario::EarlierPolicy& earlier);
  void set_time();
  // Until nobody has anything to say, frames of the mock that wait for resume() included.
  bool settle(Frames& to_agent);
  bool pass_on(Frames& to_agent);

  gateway::Gateway* gateway_;
  mock_servers::Mock& mock_;
  Policies policies_;
  bool restarted_ = false;  // the gateway was given another policy than its own
  trace::Run* run_ = nullptr;
  base::VirtualClock clock_;
  Frames to_upstream_;
  Frames from_upstream_;
};

}  // namespace gatecrash::replay
