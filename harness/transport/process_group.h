// Whether the processes of a group have anything to do, as the kernel sees it (/proc). On a loaded
// machine a process that has not answered may only be waiting for a processor.
#pragma once

#include <sys/types.h>

namespace gatecrash::transport {

// True if a thread of a process in the group runs, could run, or waits for a disk. False: all of
// them sleep until something comes or time passes, or there are none.
bool wants_to_run(pid_t group);

}  // namespace gatecrash::transport
