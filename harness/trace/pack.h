// A trace as bytes, for the control socket's `Take`: what one process recorded, event by event.
#pragma once

#include <string>
#include <string_view>

#include "harness/trace/trace.h"

namespace gatecrash::trace {

// With the end mark of what is there.
void pack(const Trace& trace, std::string& out);
// Appends the events to `trace`, and sets its end mark. False: not a packed trace; what was read
// before the fault stays.
bool unpack(std::string_view bytes, Trace& trace);

}  // namespace gatecrash::trace
