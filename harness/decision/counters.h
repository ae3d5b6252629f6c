// Counters behind one interface: reserve, commit, rollback. A reservation over several counters is
// all-or-nothing. Amounts are exact decimals scaled by 10^6 (micro-units): 1 call = 1'000'000.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "harness/base/time.h"
#include "harness/decision/semantics.h"

namespace gatecrash::decision {

using Micros = std::int64_t;  // 10^-6 units of weight
inline constexpr Micros kOne = 1'000'000;

struct CounterRequest {
  std::string_view key;  // full key: tool, counter, scope value
  base::Duration window{};
  WindowKind kind = WindowKind::Sliding;
  Micros amount = kOne;
  Micros limit = 0;       // sum within the window may not exceed it
  bool counts_only = false;  // never refuses
};

struct CounterAnswer {
  bool granted = false;
  std::uint32_t refused_by = 0;  // index of the request that did not fit
  bool store_failed = false;
  std::uint64_t ticket = 0;      // 0 if nothing is to settle
};

class CounterStore {
 public:
  CounterStore() = default;
  CounterStore(const CounterStore&) = delete;
  CounterStore& operator=(const CounterStore&) = delete;
  virtual ~CounterStore() = default;

  virtual CounterAnswer reserve(std::span<const CounterRequest> requests, base::Instant now) = 0;
  virtual void commit(std::uint64_t ticket) = 0;
  // `current_window`: subtract from the window of `now` (the released proxy), else from the one
  // reserved in.
  virtual void rollback(std::uint64_t ticket, base::Instant now, bool current_window) = 0;
  // Sum in the window that `now` falls into.
  virtual Micros value(const CounterRequest& request, base::Instant now) = 0;
  virtual void reset() = 0;
};

// In this process; sliding windows keep one entry per granted call inside the window.
std::unique_ptr<CounterStore> make_memory_counters();

}  // namespace gatecrash::decision
