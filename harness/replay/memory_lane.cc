#include "harness/replay/memory_lane.h"

#include "harness/base/check.h"

namespace gatecrash::replay {
namespace {

// One step can make gateway and mock talk back and forth; more rounds than this is a loop of
// theirs.
constexpr int kMaxDeliveries = 10'000;

}  // namespace

bool MemoryLane::begin(const scenario::Plan& plan, trace::Run& run) {
  run_ = &run;
  clock_.set(plan.start);
  to_upstream_.clear();
  from_upstream_.clear();
  restarted_ = gateway_ != nullptr && plan.reloaded_from != nullptr;
  if (restarted_) {
    if (!start_under(*plan.reloaded_from)) return false;
  } else if (gateway_ != nullptr) {
    gateway_->reset();
  }
  mock_.reset(plan.world, plan.start);
  run.digest_before = mock_.digest();
  fence(trace::kSetUp);
  set_time();
  return true;
}

void MemoryLane::open(Connection connection, const Identity& identity) {
  if (gateway_ != nullptr) {
    gateway_->open(connection, gateway::Principal{.name = std::string(identity.principal),
                                                  .grant = std::string(identity.grant),
                                                  .tenant = std::string(identity.tenant)});
  }
  mock_.open(connection);
}

void MemoryLane::close(Connection connection) {
  if (gateway_ != nullptr) gateway_->close(connection);
  mock_.close(connection);
}

void MemoryLane::fence(std::uint32_t step) {
  run_->agent.set_step(step);
  run_->gateway.set_step(step);
  run_->ledger.set_step(step);
}

void MemoryLane::set_time() {
  const base::Instant now = clock_.now();
  run_->agent.set_time(now);
  run_->gateway.set_time(now);
  run_->ledger.set_time(now);
}

bool MemoryLane::exchange(Frames& from_agent, Frames& to_agent) {
  const base::Instant now = clock_.now();
  while (const auto frame = from_agent.pop()) {
    if (gateway_ == nullptr) {
      run_->ledger.set_connection(frame->connection);
      mock_.on_frame(frame->connection, frame->bytes, now, to_agent, run_->ledger);
      if (!settle(to_agent)) return false;
    } else {
      run_->gateway.set_connection(frame->connection);
      gateway_->from_client(frame->connection, frame->bytes, now, to_upstream_, to_agent,
                            run_->gateway);
      if (!settle(to_agent)) return false;
    }
  }
  return true;
}

bool MemoryLane::settle(Frames& to_agent) {
  while (gateway_ == nullptr || pass_on(to_agent)) {
    if (!mock_.resumable()) return true;
    mock_.resume(clock_.now(), gateway_ == nullptr ? to_agent : from_upstream_, run_->ledger);
  }
  return false;
}

bool MemoryLane::pass_on(Frames& to_agent) {
  const base::Instant now = clock_.now();
  for (int round = 0; round < kMaxDeliveries; ++round) {
    if (to_upstream_.empty() && from_upstream_.empty()) return true;
    while (const auto frame = to_upstream_.pop()) {
      run_->ledger.set_connection(frame->connection);
      mock_.on_frame(frame->connection, frame->bytes, now, from_upstream_, run_->ledger);
    }
    while (const auto frame = from_upstream_.pop()) {
      run_->gateway.set_connection(frame->connection);
      gateway_->from_upstream(frame->connection, frame->bytes, now, to_upstream_, to_agent,
                              run_->gateway);
    }
  }
  run_->problem = "gateway and mock keep sending each other messages";
  return false;
}

bool MemoryLane::advance(base::Duration by, Frames& to_agent) {
  clock_.advance(by);
  set_time();
  mock_.advance(clock_.now(), run_->ledger);
  return settle(to_agent);
}

bool MemoryLane::fault(std::string_view words, Frames& to_agent) {
  const auto fault = mock_servers::parse_fault(words);
  if (!fault) {
    run_->problem = "the mock: " + fault.error().front().message;
    return false;
  }
  mock_.fault(*fault, run_->ledger);
  return settle(to_agent);
}

bool MemoryLane::start_under(const scenario::EarlierPolicy& earlier) {
  GATECRASH_CHECK(policies_.tested != nullptr);
  const gateway::Replaced replaced = gateway_->restart(earlier_input(earlier, *policies_.tested));
  if (!replaced.done)
    run_->problem = "the gateway does not start under the policy of `reloaded_from`";
  return replaced.done;
}

bool MemoryLane::reload(Frames& to_agent) {
  if (gateway_ == nullptr) return true;
  GATECRASH_CHECK(policies_.tested != nullptr);
  gateway_->reload(*policies_.tested, clock_.now(), to_agent, run_->gateway);
  return settle(to_agent);
}

bool MemoryLane::operate(std::string_view words, Frames& to_agent) {
  if (gateway_ == nullptr) return true;
  const auto action = gateway::parse_operator(words);
  if (!action) {
    run_->problem = "the gateway: " + action.error().front().message;
    return false;
  }
  gateway_->operate(*action, clock_.now(), to_agent);
  return settle(to_agent);
}

bool MemoryLane::end() {
  run_->digest_after = mock_.digest();
  run_->gateway.mark_end();
  run_->ledger.mark_end();
  return !restarted_ || gateway_->restart(*policies_.started).done;
}

}  // namespace gatecrash::replay
