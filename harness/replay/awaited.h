// Which replies the frame that went out last may bring, and what an incoming frame is to them.
// Replies are matched by connection and id, to the byte and the JSON type, as the session does it.
//
// A reply whose id nothing has asked for (or that has none, or that cannot be read) may be the
// answer to a frame that the other side could not read either. It answers such a frame. Of a
// well-formed request it only says that the right reply is not to be relied on any more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "harness/base/tree.h"
#include "harness/rpc/message.h"
#include "harness/transport/frames.h"

namespace gatecrash::replay {

// The most telling last.
enum class Heard : std::uint8_t {
  Message,   // a request or notification of the server's own
  Stray,     // a second reply, or one with an id that nothing asked for
  Late,      // a reply to an earlier frame, after something happened that may have set it free
  Answer,    // a reply that is awaited
  Surprise,  // a reply to an earlier frame that was given up while the reply was under way
};

class Awaited {
 public:
  using Connection = transport::Connection;

  void clear();
  // A frame of the agent goes out. Nothing else is awaited from now on.
  void sent(Connection connection, std::string_view frame);
  // The frame that went out last, if any, is dealt with: what has not come of it is given up.
  void give_up();
  // Something happened to the upstream that can set free what it held back.
  void set_free();
  Heard heard(Connection connection, std::string_view frame);

  // The frame that went out last has an id, which a reply may carry.
  bool expected() const { return expected_; }
  // Every reply it may bring is here. Never so of one that brings none.
  bool complete() const { return may_bring_ && awaited_ == 0; }
  // It is a well-formed request without a reply.
  bool missing() const { return well_formed_ && awaited_ != 0; }
  // … and nothing has come that might be meant as one.
  bool due() const { return missing() && !doubtful_; }
  // The request that misses its reply, in words: "`tools/call` with id `7`".
  std::string request() const;

 private:
  enum class State : std::uint8_t { Awaited, GivenUp, SetFree };
  struct Asked {
    std::string key;  // connection, type and id; empty: no id can be read
    Connection connection = 0;
    bool well_formed = false;
    State state = State::Awaited;
  };

  void ask(Connection connection, const rpc::Id& id);
  Heard reply(Connection connection, const std::string& key);
  Heard batch(Connection connection);
  Heard settle(std::vector<Asked>::iterator asked);

  std::vector<Asked> asked_;  // without those that are answered
  std::unordered_set<std::string> answered_;
  std::size_t awaited_ = 0;  // of asked_
  bool may_bring_ = false;
  bool expected_ = false;
  bool well_formed_ = false;
  bool doubtful_ = false;
  std::string method_;
  std::string id_;
  base::Tree tree_;
};

}  // namespace gatecrash::replay
