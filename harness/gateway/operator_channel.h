// The operator's way in to a gateway that is served alone: a Unix socket that only its own user can
// reach. Each line is one word of harness/gateway/operator.h, each gets one line of answer.
//
// Invariants
//  - Whatever comes in, nobody else waits for it: nothing blocks, and who does not take an answer
//  is not read from.
//  - An answer is one line, whatever it speaks of.
//  - The socket's file is there exactly while the channel is, and a channel takes none from another
//  one.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/problem.h"
#include "harness/transport/descriptor.h"
#include "harness/transport/line_stream.h"

namespace gatecrash::gateway {

class OperatorChannel {
 public:
  // What a channel that was killed has left at `path` is cleared away.
  static base::Result<std::unique_ptr<OperatorChannel>> open(const std::string& path);
  ~OperatorChannel();
  OperatorChannel(const OperatorChannel&) = delete;
  OperatorChannel& operator=(const OperatorChannel&) = delete;

  int descriptor() const { return ready_.get(); }  // readable when there is something to serve

  using Answer = std::function<std::string(std::string_view line)>;
  void serve(const Answer& answer);

 private:
  struct Peer {
    explicit Peer(transport::Descriptor socket);
    transport::Descriptor socket;
    transport::LineReader reader;
    transport::LineWriter writer;
    unsigned awaited = 0;  // epoll's events
  };

  OperatorChannel(std::string path, transport::Descriptor listener);
  void take_new();
  // False: it is done with.
  bool serve(Peer& peer, const Answer& answer);
  void await(Peer& peer, unsigned events);

  std::string path_;
  transport::Descriptor listener_;
  transport::Descriptor ready_;  // epoll over the listener and the peers
  std::list<Peer> peers_;
};

}  // namespace gatecrash::gateway
