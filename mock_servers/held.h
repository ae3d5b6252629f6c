// Calls that are in flight because of a fault (fault.h). Under `hold` they stand in the order of
// arrival, until `release` says in which order they go on; under `slow` they go on when they are
// due.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "harness/base/time.h"
#include "harness/rpc/message.h"
#include "harness/transport/frames.h"
#include "mock_servers/fault.h"
#include "mock_servers/world.h"

namespace gatecrash::mock_servers {

struct HeldCall {
  enum class Stage : std::uint8_t {
    Unread,    // waits behind another call in a server that does one thing at a time
    Read,      // recorded, not carried out
    Answered,  // carried out; `bytes` is the reply
  };
  transport::Connection connection = 0;
  Stage stage = Stage::Read;
  std::string bytes;
  std::uint64_t number = 0;  // of its first Understood in the ledger
  std::uint32_t step = 0;    // in which it arrived: what comes of it belongs there
  rpc::Id::Kind id_kind = rpc::Id::Kind::None;
  std::string id;
  base::Instant due{};    // under `slow`, or when it looks again whether its wait is over
  base::Instant since{};  // when it arrived
};

class HeldCalls {
 public:
  // Hold, HoldAnswers or HoldAll while something is being held; nothing otherwise.
  std::optional<Fault::Kind> how() const { return how_; }
  bool empty() const { return calls_.empty(); }

  void clear();
  void hold(Fault::Kind how) { how_ = how; }
  void add(HeldCall call) { calls_.push_back(std::move(call)); }
  void release(const Fault& fault);
  // Instead of add(): in the order in which they are due.
  void add_due(HeldCall call);
  // When the first of them is due; kNever: there is none.
  base::Instant next_due() const { return calls_.empty() ? kNever : calls_.front().due; }
  // The client no longer wants the answer to the request `id`: nothing if no such call is held.
  std::optional<HeldCall> withdraw(transport::Connection connection, base::Value id);
  // The call that goes on next; null while calls are being held, and when none is left.
  const HeldCall* next() const { return how_ || calls_.empty() ? nullptr : &calls_.front(); }
  HeldCall take();
  // Its client is gone: none of its calls goes on.
  void forget(transport::Connection connection);

 private:
  std::optional<Fault::Kind> how_;
  std::deque<HeldCall> calls_;
};

}  // namespace gatecrash::mock_servers
