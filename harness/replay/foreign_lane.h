// The lane of a gateway that is not ours (`--gateway-cmd`). It has no control socket: it sees real
// time, and nothing says when it is done. Each connection is a process of its own, as stdio has it;
// all of them lead to one mock, whose control socket is there as ever.
//
// A step is over when the reply that is due has come. Where none is due, or it cannot be known, the
// step is over when nothing has moved for a while, or as soon as the message has demonstrably gone
// through: the mock has dealt with it and everything the mock answered is here. `timeless` says
// that time means nothing to the gateway: it never does anything later on its own, and nobody waits
// for it to.
#pragma once

#include <map>

#include "harness/replay/process_lane.h"

namespace gatecrash::replay {

class ForeignLane final : public ProcessLane {
 public:
  ForeignLane(ProcessPool& pool, const GatewayCommand& gateway, bool timeless)
      : ProcessLane(pool, gateway), timeless_(timeless) {}

  bool begin(const scenario::Plan& plan, trace::Run& run) override;
  void open(Connection connection, const Identity& identity) override;
  void close(Connection connection) override;
  bool exchange(Frames& from_agent, Frames& to_agent) override;
  bool advance(base::Duration by, Frames& to_agent) override;
  bool reload(Frames& to_agent) override;
  bool operate(std::string_view words, Frames& to_agent) override;
  bool fault(std::string_view words, Frames& to_agent) override;

 private:
  // What a frame may bring back: `sure` replies if it is well-formed, `perhaps` more if its reader
  // is lenient.
  struct Due {
    std::uint64_t sure = 0;
    std::uint64_t perhaps = 0;
  };
  static Due due_for(std::string_view frame);

  bool fail(std::string why) override;
  bool last_frames() override;
  // Waits for the replies to one frame that went out when the mock's counts were `before`.
  bool settle(Due due, std::uint64_t sent, const transport::Counts& before, Frames& to_agent);
  // Reads what is there from all clients; waits for the first byte until `end` at the most.
  bool read(SteadyClock::time_point end, Frames& to_agent);
  void take_frames(Connection connection, ProcessHead& head, Frames& to_agent);
  std::optional<transport::Counts> mock_counts();

  const bool timeless_;
  std::map<Connection, std::unique_ptr<ProcessHead>> heads_;
  std::uint64_t received_ = 0;  // frames from all clients
  std::uint64_t replies_ = 0;   // those of them that are replies, readable or not
  bool faulty_ = false;         // the mock has been told a fault
};

}  // namespace gatecrash::replay
