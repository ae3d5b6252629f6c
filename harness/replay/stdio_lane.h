// The lane of real programs of ours: agent, gateway and mock are three processes that speak MCP over
// pipes. Time stays virtual: the control sockets set every clock and fence every step, so the same plan
// gives the same ledger as in memory, to the byte. All connections share the one chain; the control
// sockets say whose the next frames are.
#pragma once

#include "harness/replay/process_lane.h"

namespace gatecrash::replay {

class StdioLane final : public ProcessLane {
 public:
  StdioLane(ProcessPool& pool, const GatewayCommand& gateway, const gateway::PolicyInput* policy = nullptr)
      : ProcessLane(pool, gateway, policy) {}

  bool begin(const scenario::Plan& plan, trace::Run& run) override;
  void open(Connection connection, const Identity& identity) override;
  void close(Connection connection) override;
  bool exchange(Frames& from_agent, Frames& to_agent) override;
  bool advance(base::Duration by, Frames& to_agent) override;
  bool fault(std::string_view words, Frames& to_agent) override;

 private:
  bool switch_to(Connection connection);
  // Until nobody has anything to say, frames of the mock that wait for Resume included.
  bool settle(Frames& to_agent) override;
  // Waits until gateway and mock have dealt with everything and takes what they sent to the agent. The
  // mock's last answer to a fence; nothing: as settle().
  std::optional<std::string> pass_on(Frames& to_agent);
  bool read_until(std::uint64_t frames, Frames& to_agent);
  void take_frames(Frames& to_agent);

  std::uint64_t sent_ = 0;      // frames to the head
  std::uint64_t received_ = 0;  // frames from the head
  Connection current_ = 0;
};

}  // namespace gatecrash::replay
