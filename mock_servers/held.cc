#include "mock_servers/held.h"

#include <algorithm>
#include <utility>

#include "harness/base/seed.h"

namespace gatecrash::mock_servers {

void HeldCalls::clear() {
  how_.reset();
  calls_.clear();
}

void HeldCalls::release(const Fault& fault) {
  how_.reset();
  if (fault.order == Fault::Order::Reverse) std::ranges::reverse(calls_);
  if (fault.order != Fault::Order::Seeded) return;
  base::Seed seed = base::Seed(fault.number).fork("release");
  for (std::size_t left = calls_.size(); left > 1; --left) {
    std::swap(calls_[left - 1], calls_[seed.below(left)]);
  }
}

void HeldCalls::add_due(HeldCall call) {
  const auto later = std::ranges::upper_bound(calls_, call.due, {}, &HeldCall::due);
  calls_.insert(later, std::move(call));
}

std::optional<HeldCall> HeldCalls::withdraw(transport::Connection connection, base::Value id) {
  const auto kind = id.is_string()                    ? rpc::Id::Kind::String
                    : id.kind() == base::Kind::Number ? rpc::Id::Kind::Integer
                                                      : rpc::Id::Kind::None;
  if (kind == rpc::Id::Kind::None) return std::nullopt;
  const auto found = std::ranges::find_if(calls_, [&](const HeldCall& each) {
    return each.connection == connection && each.id_kind == kind && each.id == id.text();
  });
  if (found == calls_.end()) return std::nullopt;
  HeldCall call = std::move(*found);
  calls_.erase(found);
  return call;
}

void HeldCalls::forget(transport::Connection connection) {
  std::erase_if(calls_, [&](const HeldCall& each) { return each.connection == connection; });
}

HeldCall HeldCalls::take() {
  HeldCall call = std::move(calls_.front());
  calls_.pop_front();
  return call;
}

}  // namespace gatecrash::mock_servers
