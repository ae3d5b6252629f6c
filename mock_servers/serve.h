// A mock as a process: pure I/O around the state machine. Clients talk to it over stdin and stdout,
// or over a Unix socket, where every connection is one client of the same world. Under a harness
// the control socket says what time it is, which world to begin anew with and what was recorded.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/base/time.h"
#include "harness/trace/trace.h"
#include "mock_servers/mock.h"
#include "mock_servers/order.h"

namespace gatecrash::mock_servers {

struct ServeOptions {
  Order order;          // what to begin with; under a harness the first Reset says
  std::string control;  // address of a harness's control socket; empty: real time, no harness
  std::string listen;   // serve the clients of this socket address instead of stdin and stdout
  std::size_t max_line = 16u << 20;
  std::vector<Fault> faults;  // acted out from the start, if there is no harness
  // Called with what was recorded since the last call, if there is no harness to take it.
  std::function<void(const trace::Trace& ledger)> on_ledger;
};

// Serves until the client is gone, or the harness says Quit or is gone. Answers with a problem if
// the mock cannot be made or a socket cannot be opened.
base::Result<void> serve(const ServeOptions& options, const base::Clock& clock);

// Joins stdin and stdout to a mock that serves the socket `address`: what a foreign gateway starts
// as its upstream. Ends when either side does; false if there is nobody at the address.
bool attach(const std::string& address);

}  // namespace gatecrash::mock_servers
