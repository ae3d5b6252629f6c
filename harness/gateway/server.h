// The loop behind serve(), in three halves: clients and upstream (serve.cc), the harness's control
// socket (serve_control.cc), the operator's channel (serve_operator.cc).
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <poll.h>

#include "harness/gateway/serve.h"
#include "harness/gateway/while_serving.h"
#include "harness/trace/trace.h"
#include "harness/transport/child_process.h"
#include "harness/transport/control_socket.h"
#include "harness/transport/line_stream.h"

namespace gatecrash::gateway {

class Server {
 public:
  Server(Gateway& gateway, const ServeOptions& options, const base::Clock& clock,
         JsonLinesAudit* audit, transport::ChildProcess child,
         std::optional<transport::ControlSocket> control);

  ServeResult run();

 private:
  using SteadyClock = std::chrono::steady_clock;
  enum Input : std::size_t {
    kClientIn,
    kClientOut,
    kUpstreamIn,
    kUpstreamOut,
    kRare,
    kControl,
    kInputs
  };

  base::Instant now() const { return control_ ? virtual_clock_.now() : clock_.now(); }
  // serve.cc
  bool wait();
  void take_signals();
  Replaced reload();
  void read_client();
  bool read_upstream();
  void upstream_gone();
  void deliver();
  void hang_up();
  void begin_shutdown();
  void finish(Served how, std::string detail = {});
  // serve_control.cc
  void answer_control();
  void answer(const transport::ControlMessage& message);
  void answer_fence();
  void set_step(std::uint32_t step);
  void set_connection(base::Unpacker& body);
  void forget();
  // serve_operator.cc
  std::string obey(std::string_view line);
  std::size_t waiting_calls() const;

  Gateway& gateway_;
  const ServeOptions& options_;
  const base::Clock& clock_;
  JsonLinesAudit* audit_;
  Signals signals_;  // before anything can be signalled
  transport::ChildProcess child_;
  std::optional<transport::ControlSocket> control_;
  NonBlocking client_flag_in_;
  NonBlocking client_flag_out_;
  transport::LineReader client_in_;
  transport::LineWriter client_out_;
  transport::LineReader upstream_in_;
  transport::LineWriter upstream_out_;
  std::array<pollfd, kInputs> polled_{};
  // The upstream's death, signals and the operator's channel: looked at in one go, since every
  // descriptor that is polled costs every message.
  transport::Descriptor rare_;

  Frames to_upstream_;
  Frames to_client_;
  trace::Trace log_;
  base::VirtualClock virtual_clock_;
  Connection connection_ = 0;
  std::uint32_t step_ = trace::kSetUp;
  transport::Counts counts_;
  std::vector<transport::Counts> marks_;
  struct Fence {
    std::uint64_t from_client = 0;
    std::uint64_t from_upstream = 0;
  };
  std::optional<Fence> fence_;

  bool hung_up_ = false;      // its end of our input is closed, whatever is still unread
  bool client_left_ = false;  // and all it sent was read
  std::optional<SteadyClock::time_point> grace_ends_;
  bool terminated_ = false;  // TERM was sent
  std::optional<ServeResult> result_;
};

}  // namespace gatecrash::gateway
