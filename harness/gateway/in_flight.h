// Requests that wait for their reply, by exact id: `1`, `1.0` and `"1"` are three ids, and a reply
// belongs to a request only if kind and lexeme are the same. Nothing is allocated once warm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/rpc/message.h"

namespace gatecrash::gateway {

// What a reply is to be treated as. A lax gateway may wait for two things under one id.
struct Awaited {
  bool list = false;        // tools/list: filter the reply
  bool call = false;        // tools/call: settle `ticket`
  bool initialize = false;  // strip the reply's capabilities
  std::uint64_t ticket = 0;
  std::uint32_t chain = 0;  // of a list: the listing it is a page of (definitions.h)
  std::string learn_from;   // the tool, if its reply hands out ids that belong to the caller
};

class InFlight {
 public:
  const Awaited* find(const rpc::Id& id) const;
  // The entry of `id`, made if there is none.
  Awaited& at(const rpc::Id& id);
  std::optional<Awaited> take(const rpc::Id& id);

  std::size_t size() const { return size_; }
  // Calls `visit(const rpc::Id&, Awaited&)` for each, in no particular order.
  template <typename Visit>
  void each(Visit visit) {
    for (Slot& slot : slots_) {
      if (slot.used) visit(rpc::Id{slot.kind, slot.lexeme, {}}, slot.awaited);
    }
  }
  void clear();

 private:
  // Linear probing; removal shifts the following entries back, so that there are no tombstones.
  struct Slot {
    bool used = false;
    rpc::Id::Kind kind = rpc::Id::Kind::None;
    std::size_t hash = 0;
    std::string lexeme;
    Awaited awaited;
  };
  std::size_t locate(const rpc::Id& id,
                     std::size_t hash) const;  // its slot, or the free one for it
  void grow();

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace gatecrash::gateway
