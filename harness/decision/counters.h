// Counters behind one interface: reserve, commit, rollback. A reservation over several counters is
// all-or-nothing, and counts from the moment it is made: a crash before commit leaves the counter
// higher than the truth, never lower.
//
// Amounts are whole numbers whose scale the engine chooses: exact decimals times 10^6 (micro-units,
// 1 call = 1'000'000), or whole units in the reading of the released proxy.
//
// A sliding window is half open: what was counted at `t` weighs until `t + window`, exclusively. A
// calendar window is the UTC multiple of its length that `now` falls into.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "harness/base/time.h"
#include "harness/decision/semantics.h"

namespace gatecrash::decision {

using Micros = std::int64_t;

// Clamped to what Micros holds.
inline Micros saturated(__int128 value) {
  return static_cast<Micros>(std::clamp<__int128>(value, std::numeric_limits<Micros>::min(),
                                                  std::numeric_limits<Micros>::max()));
}

inline constexpr Micros kOne = 1'000'000;

struct CounterRequest {
  std::string_view key;    // tool, counter and window: what the limit is called, whoever calls
  std::string_view scope;  // whose budget: grant, principal, session; empty for everybody's
  std::uint64_t hash = 0;  // base::hash_text(key), if known; 0 lets the store compute it
  base::Duration window{};
  WindowKind kind = WindowKind::Sliding;
  Micros amount = kOne;
  Micros limit = 0;          // sum within the window may not exceed it
  bool counts_only = false;  // never refuses
  bool for_good = false;     // is never taken back: if that holds of all, no ticket is made
};

struct CounterAnswer {
  bool granted = false;
  std::uint32_t refused_by = 0;  // index of the request that did not fit
  bool store_failed = false;
  std::uint64_t ticket = 0;  // 0 if nothing is to settle
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
  // Sum in the window that `now` falls into; absent if the store cannot be asked.
  virtual std::optional<Micros> value(const CounterRequest& request, base::Instant now) = 0;
  virtual void reset() = 0;
};

// In this process, for one thread. Sliding windows keep one entry per instant at which calls were
// granted; counters whose window has passed make room for new ones.
std::unique_ptr<CounterStore> make_memory_counters();

}  // namespace gatecrash::decision
