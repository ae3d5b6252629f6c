// How agent, gateway and mock are joined for one run. A lane moves bytes and time and records what
// each party saw; it judges nothing. The same plan on every lane gives the same ledger, to the
// byte.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/time.h"
#include "harness/scenario/plan.h"
#include "harness/trace/case.h"
#include "harness/transport/frames.h"

namespace gatecrash::replay {

using transport::Connection;
using transport::Frames;

// Who opens a connection, as the gateway is told (memory lane) or as it is started (process lanes).
struct Identity {
  std::string_view principal;  // empty: anonymous
  std::string_view grant;
  std::string_view tenant;
};

inline constexpr base::Duration kSettle = std::chrono::seconds(2);

// A connection that the other side has ended, and how, in words.
struct HangUp {
  Connection connection = 0;
  std::string how;
};

class Lane {
 public:
  Lane() = default;
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  virtual ~Lane() = default;

  virtual std::string_view name() const = 0;

  // A fresh world, gateway and clock for this plan; traces go to `run`, which has to outlive the
  // run. False: the run cannot start; `run.problem` says why.
  virtual bool begin(const scenario::Plan& plan, trace::Run& run) = 0;
  virtual void open(Connection connection, const Identity& identity) = 0;
  virtual void close(Connection connection) = 0;
  // Marks everything recorded from now on as belonging to this step.
  virtual void fence(std::uint32_t step) = 0;
  // Delivers the agent's frames, waits until every party is quiet, and hands over what the agent
  // got. What the mock says unasked, or late, comes one frame at a time, every party being quiet
  // before the next. False: a party is gone or silent beyond the time limit; `run.problem` says
  // which.
  virtual bool exchange(Frames& from_agent, Frames& to_agent) = 0;
  // The operator puts the policy under test in the place of the plan's `reloaded_from`. A gateway
  // that refuses it is no failure of the run.
  virtual bool reload(Frames& to_agent) = 0;
  // The operator, or a fault of its surroundings, acts on the gateway (harness/gateway/operator.h);
  // without one nothing happens. False as above, or if there are no such words.
  virtual bool operate(std::string_view words, Frames& to_agent) = 0;
  virtual bool advance(base::Duration by, Frames& to_agent) = 0;
  // Tells the mock to act out a fault (mock_servers/fault.h). False as above, or if there is no
  // such fault.
  virtual bool fault(std::string_view words, Frames& to_agent) = 0;
  // Waits for what is still under way after the last step, lets kSettle of virtual time pass, and
  // hands over what the agent got: what happens late is part of the run. False as above.
  virtual bool wind_down(Frames& to_agent) = 0;
  // Takes the last evidence (digest, liveness). False as above.
  virtual bool end() = 0;

  // Returns the connections that the other side has ended since the last call. What is sent on them
  // goes nowhere.
  virtual std::vector<HangUp> take_hang_ups() { return {}; }

  virtual base::Instant now() const = 0;
};

}  // namespace gatecrash::replay
