// A counter store that can be made unreachable: what a gateway does then is part of what is tested.
#pragma once

#include <memory>
#include <utility>

#include "harness/decision/counters.h"

namespace gatecrash::gateway {

class SwitchableCounters final : public decision::CounterStore {
 public:
  explicit SwitchableCounters(std::unique_ptr<decision::CounterStore> inner)
      : inner_(std::move(inner)) {}

  void set_down(bool down) { down_ = down; }

  decision::CounterAnswer reserve(std::span<const decision::CounterRequest> requests,
                                  base::Instant now) override {
    if (down_) return {.store_failed = true};
    return inner_->reserve(requests, now);
  }
  void commit(std::uint64_t ticket) override { inner_->commit(ticket); }
  void rollback(std::uint64_t ticket, base::Instant now, bool current_window) override {
    inner_->rollback(ticket, now, current_window);
  }
  std::optional<decision::Micros> value(const decision::CounterRequest& request,
                                        base::Instant now) override {
    if (down_) return std::nullopt;
    return inner_->value(request, now);
  }
  void reset() override {
    down_ = false;
    inner_->reset();
  }

 private:
  std::unique_ptr<decision::CounterStore> inner_;
  bool down_ = false;
};

}  // namespace gatecrash::gateway
