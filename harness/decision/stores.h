// Counter stores that outlive a process and are shared by several gateways: one budget, however
// many doors. Same interface and same test suite as the store in memory (counters.h).
#pragma once

#include <memory>
#include <string>

#include "harness/base/problem.h"
#include "harness/decision/counters.h"

namespace gatecrash::decision {

// A SQLite file in WAL mode; made if missing. A lock held elsewhere for longer than two seconds, or
// any other trouble, answers with store_failed.
base::Result<std::unique_ptr<CounterStore>> make_sqlite_counters(const std::string& path);

// `redis://[:password@]host[:port][/database]` or `unix:/path/to/socket`. The password never occurs
// in a message. Connects on first use and again after a failure; amounts are exact up to 2^53.
base::Result<std::unique_ptr<CounterStore>> make_redis_counters(const std::string& url);

// What a user names: `memory`, `sqlite:PATH`, `redis:URL` (the URL as above, with or without a
// second `redis:`).
base::Result<std::unique_ptr<CounterStore>> make_counters(const std::string& name);

}  // namespace gatecrash::decision
