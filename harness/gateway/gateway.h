// A gateway as a state machine without I/O: frames in, frames out, the instant by argument. The
// memory lane pumps it directly; policy-gateway pumps the same object over stdio. Each client
// connection has one upstream connection of the same number.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/problem.h"
#include "harness/base/time.h"
#include "harness/decision/engine.h"
#include "harness/gateway/operator.h"
#include "harness/policy/policy.h"
#include "harness/trace/trace.h"
#include "harness/transport/frames.h"

namespace gatecrash::gateway {

using transport::Connection;
using transport::Frames;

struct Principal {
  std::string name;    // empty: anonymous
  std::string grant;   // empty: none
  std::string tenant;  // whom the grant belongs to; empty: nobody says
};

// Told of every decision as it falls, before its frame goes anywhere. What the trace is to a
// harness, this is to an operator.
class AuditSink {
 public:
  AuditSink() = default;
  AuditSink(const AuditSink&) = delete;
  AuditSink& operator=(const AuditSink&) = delete;
  virtual ~AuditSink() = default;
  virtual void decided(const decision::Call& call, const decision::Ruling& ruling) = 0;
  // A frame the wire rules did not let through, from either side.
  virtual void refused(const decision::Caller& caller, std::string_view reason,
                       base::Instant at) = 0;
  // A policy that does not load did not replace the one in force.
  virtual void kept(std::string_view why, base::Instant at) = 0;
};

// The policy file as it is handed to a gateway, and what the target knows about list arguments.
struct PolicyInput {
  std::string path;
  std::string text;
  policy::Dialect dialect = policy::Dialect::PolicyLayer;  // what the file is written in
  bool lenient_if_refused = false;
  std::string list_tool;      // the tool whose argument takes a list, if the target has one
  std::string list_argument;  // that argument
};

// What became of a policy that was put in the place of another.
struct Replaced {
  bool done = false;        // false: the one before stays in force
  base::Problems problems;  // what was refused, dropped or forgiven
  bool read_only = false;   // not done, and nothing but reading passes until a policy loads
};

class Gateway {
 public:
  Gateway() = default;
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;
  virtual ~Gateway() = default;

  virtual void open(Connection connection, const Principal& principal) = 0;
  virtual void close(Connection connection) = 0;
  // Writes what follows from one frame: to the upstream, back to the client, decisions to `log`.
  virtual void from_client(Connection connection, std::string_view frame, base::Instant now,
                           Frames& to_upstream, Frames& to_client, trace::Trace& log) = 0;
  virtual void from_upstream(Connection connection, std::string_view frame, base::Instant now,
                             Frames& to_upstream, Frames& to_client, trace::Trace& log) = 0;
  // As new: no connections, no counters.
  virtual void reset() = 0;
  // As new, under this policy from now on.
  virtual Replaced restart(const PolicyInput& policy) = 0;
  // The operator replaced the policy: sessions and counters stay, every later decision is the new
  // one's. What was held for approval is void; calls in flight keep their charge. Clients that were
  // promised word of changed lists get it. A policy that does not load is `Kept` in the log.
  virtual Replaced reload(const PolicyInput& policy, base::Instant now, Frames& to_client,
                          trace::Trace& log) = 0;
  // The same of a policy that cannot even be read.
  virtual Replaced not_reloaded(base::Problems why, base::Instant, trace::Trace&) {
    return {false, std::move(why)};
  }

  // The operator, or a fault of its surroundings, acts on it. A gateway that has no such thing
  // takes it and goes on as before.
  virtual void operate(const OperatorAction&, base::Instant, Frames& /*to_client*/) {}
  // What the operator was asked to decide, and what became of it.
  virtual std::vector<decision::Approval> approvals() const { return {}; }

  // For gateways served over a real transport.
  // A line over the transport's limit was dropped unread.
  virtual void oversize(Connection, base::Instant, Frames& /*to_client*/, trace::Trace&) {}
  // The upstream is gone: whoever waits for it is answered.
  virtual void upstream_lost(Connection, base::Instant, Frames& /*to_client*/, trace::Trace&) {}
  virtual void set_audit(AuditSink*) {}
};

struct Made {
  std::unique_ptr<Gateway>
      gateway;              // null: would refuse to start (not_applicable) or the file is bad
  base::Problems problems;  // what it refused, dropped or forgave
  bool refused = false;     // the gateway's own loader refuses this policy
};

// What a gateway can do, for scenarios that need it.
struct GatewayEntry {
  std::string_view name;
  std::string_view summary;
  bool control;  // a gateway that must always be wrong
  bool shows_decisions;
  Made (*make)(const PolicyInput& input);
};

// The visible table of built-in gateways: reference, intercept-1.1, null, deny_all.
std::vector<GatewayEntry> const& gateways();
const GatewayEntry* find_gateway(std::string_view name);

// What makes the gateway of a name: one of the table, `mutant:NAME` (mutants.h) or `without:NAME`
// (defences.h). Null: there is none.
using Maker = Made (*)(const PolicyInput& input);
Maker find_maker(std::string_view name);

}  // namespace gatecrash::gateway
