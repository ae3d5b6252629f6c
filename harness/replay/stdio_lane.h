// The lane of real programs: agent, gateway and mock are three processes that speak MCP over pipes. Time
// stays virtual for our own programs: the control sockets set every clock and fence every step, so the
// same plan gives the same ledger as in memory, to the byte.
//
// A foreign gateway has no control socket. It sees real time, and a step is over when its replies are
// there (or nothing has moved for a while); `timeless` says that time means nothing to it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "harness/replay/lane.h"
#include "harness/replay/processes.h"

namespace gatecrash::replay {

class StdioLane final : public Lane {
 public:
  StdioLane(ProcessPool& pool, const GatewayCommand& gateway, bool timeless = false)
      : pool_(pool), gateway_(gateway), timeless_(timeless) {}
  ~StdioLane() override;

  std::string_view name() const override { return "stdio"; }
  bool begin(const scenario::Plan& plan, trace::Run& run) override;
  void open(Connection connection, const Identity& identity) override;
  void close(Connection connection) override;
  void fence(std::uint32_t step) override;
  bool exchange(Frames& from_agent, Frames& to_agent) override;
  bool advance(base::Duration by, Frames& to_agent) override;
  bool end() override;
  base::Instant now() const override { return clock_.now(); }

  ProcessSession* session() { return session_.get(); }  // null before begin() and after end()

 private:
  using SteadyClock = std::chrono::steady_clock;

  bool fail(std::string why);
  bool gone(std::string_view who);
  // Asks a process; a Failed answer, silence or an end fails the run.
  std::optional<std::string> ask(transport::ControlSocket& socket, std::string_view who, transport::Word word,
                                 std::string_view body = {});
  bool tell_clock();
  bool switch_to(Connection connection);
  bool write(Frames& from_agent);
  bool flush(SteadyClock::time_point end);
  // Waits until gateway and mock have dealt with everything and takes what they sent to the agent.
  bool settle(Frames& to_agent);
  bool settle_foreign(Frames& to_agent, std::uint64_t expected);
  bool read_until(std::uint64_t frames, Frames& to_agent);
  void take_frames(Frames& to_agent);

  ProcessPool& pool_;
  const GatewayCommand& gateway_;
  bool timeless_;
  std::unique_ptr<ProcessSession> session_;
  trace::Run* run_ = nullptr;
  base::VirtualClock clock_;
  std::uint32_t step_ = trace::kSetUp;
  std::uint64_t sent_ = 0;      // frames to the head
  std::uint64_t received_ = 0;  // frames from the head
  Connection current_ = 0;
  bool foreign_running_ = false;
};

}  // namespace gatecrash::replay
