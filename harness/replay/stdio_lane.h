// The lane of real programs of ours: agent, gateway and mock are three processes that speak MCP
// over pipes. Time stays virtual: the control sockets set every clock and fence every step, so the
// same plan gives the same ledger as in memory, to the byte. All connections share the one chain;
// the control sockets say whose the next frames are.
//
// Fences cost more than the messages they guard. An eager lane goes on as soon as the reply is
// there that is due, and only has the processes note how far they are at each step. If everything
// sent had been dealt with at every one of these marks, the fences would have changed nothing:
// was_quiet(). If not, the plan has to be played again with fences.
#pragma once

#include "harness/replay/process_lane.h"

namespace gatecrash::replay {

enum class Pace : std::uint8_t { Fenced, Eager };

class StdioLane final : public ProcessLane {
 public:
  StdioLane(ProcessPool& pool, const GatewayCommand& gateway, const Policies& policies = {},
            Pace pace = Pace::Fenced)
      : ProcessLane(pool, gateway, policies), eager_(pace == Pace::Eager) {}

  // After end(): the run is as if every step had been fenced. Always so unless the lane is eager.
  bool was_quiet() const { return quiet_; }

  bool begin(const scenario::Plan& plan, trace::Run& run) override;
  void open(Connection connection, const Identity& identity) override;
  void close(Connection connection) override;
  bool exchange(Frames& from_agent, Frames& to_agent) override;
  bool advance(base::Duration by, Frames& to_agent) override;
  bool wind_down(Frames& to_agent) override;
  bool reload(Frames& to_agent) override;
  bool operate(std::string_view words, Frames& to_agent) override;
  bool fault(std::string_view words, Frames& to_agent) override;

 private:
  bool say_last() override;
  bool hear_last() override;
  bool leave_nothing() override;
  bool tell_step(std::uint32_t step) override;
  bool tell_connection(Connection connection, const Identity& identity, bool fresh);
  // Says it without waiting, and notes how far everybody should be.
  bool post(transport::Word word, std::string_view body);
  bool switch_to(Connection connection);
  // Until one more frame is here, or none comes for a while.
  bool read_reply(Frames& to_agent);
  // Until nobody has anything to say, frames of the mock that wait for Resume included.
  bool settle(Frames& to_agent);
  // Waits until gateway and mock have dealt with everything and takes what they sent to the agent.
  // The mock's last answer to a fence; nothing: as settle().
  std::optional<std::string> pass_on(Frames& to_agent);
  bool read_until(std::uint64_t frames, Frames& to_agent);
  void take_frames(Frames& to_agent);

  const bool eager_;
  bool quiet_ = true;
  struct Mark {
    std::uint64_t sent, received;
  };
  std::vector<Mark> marks_;
  std::uint64_t mock_said_ = 0;  // frames of the mock at the last fence
  std::uint64_t sent_ = 0;       // frames to the head
  std::uint64_t received_ = 0;   // frames from the head
  Connection current_ = 0;
};

}  // namespace gatecrash::replay
