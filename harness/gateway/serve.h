// A gateway in front of a real stdio server: pure I/O around the state machine. The client is on
// two descriptors of ours, the upstream is a child process.
//
// Invariants
//  - Buffers are bounded: whoever does not read is not read from (backpressure), nothing is
//  dropped.
//  - A decision's audit record is written before the frame it speaks of leaves.
//  - The upstream never outlives the gateway: client gone → upstream stdin closed → wait → TERM →
//  KILL.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "harness/base/pack.h"
#include "harness/base/time.h"
#include "harness/gateway/audit.h"
#include "harness/gateway/gateway.h"

namespace gatecrash::gateway {

class OperatorChannel;

struct ServeOptions {
  std::vector<std::string> upstream;  // command and arguments
  Principal principal;                // the client's
  std::size_t max_line = 1u << 20;    // bytes of one line of the client
  std::size_t max_upstream_line = 16u << 20;
  std::size_t buffer = 4u << 20;  // waiting bytes per direction before reading stops
  base::Duration grace = std::chrono::seconds(2);  // per stage of the shutdown
  std::string control;  // address of a harness's control socket; empty: none
  // The policy as it stands now, for HUP; not there: HUP ends the gateway.
  std::function<base::Result<PolicyInput>()> read_policy;
  std::function<void(const Replaced&)> replaced;  // tells the operator; may be empty
  OperatorChannel* operators = nullptr;           // answered beside the client
  int client_in = 0;
  int client_out = 1;
};

enum class Served {
  ClientLeft,      // an orderly end
  UpstreamFailed,  // it could not be started, or ended before the client did
  AuditFailed,     // a record could not be written: nothing more is let through
  ControlLost,     // the harness is gone or said Quit
  Signalled,       // TERM or INT; HUP where nothing is reloaded
};

struct ServeResult {
  Served how = Served::ClientLeft;
  std::string detail;  // for the operator; empty if there is nothing to say
};

// The body of the control words Restart and Reload.
void pack(const PolicyInput& policy, base::Packer& out);

// Serves until one side ends. `audit` may be null; it is also set on the gateway. Without a control
// socket time is `clock`'s; with one it is what the harness says.
ServeResult serve(Gateway& gateway, const ServeOptions& options, const base::Clock& clock,
                  JsonLinesAudit* audit);

}  // namespace gatecrash::gateway
