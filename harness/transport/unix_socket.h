// Unix stream sockets by address: `@name` is abstract (no file), anything else a path, for its
// user alone. Close-on-exec.
#pragma once

#include <string>

#include "harness/base/problem.h"
#include "harness/transport/descriptor.h"

namespace gatecrash::transport {

base::Result<Descriptor> connect_unix(const std::string& address);
base::Result<Descriptor> listen_unix(const std::string& address);
// The next connection of a process of the same user; empty if none is waiting (or it was a
// stranger's). `pid` (may be null) is the peer's, as the kernel says.
Descriptor accept_unix(const Descriptor& listener, int* pid = nullptr);
// An abstract address that nobody can guess.
base::Result<std::string> fresh_address();

}  // namespace gatecrash::transport
