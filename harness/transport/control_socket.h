// The side channel between a harness and the processes it started: clock, fences, reset, evidence.
// It never runs through the gateway under test. One Unix stream socket per process; the process
// connects to the address it was given and says who it is. Every request is answered, in order. A
// process whose control socket closes exits, so that nothing outlives a killed harness.
//
// Message: u32 length of the rest (little-endian), u8 word, body. Bodies are packed numbers and
// texts.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/pack.h"
#include "harness/base/problem.h"
#include "harness/base/time.h"
#include "harness/transport/descriptor.h"

namespace gatecrash::transport {

enum class Word : std::uint8_t {
  Hello = 1,  // process → harness, first: text role, u64 pid
  Clock,  // i64 microseconds since 1970: what time it is from now on; a mock answers as to Resume
  Step,   // u32: what is recorded from now on belongs to this step
  Connection,  // u32 number, text principal, text grant, text tenant, u8 new: the frames that
               // follow are this connection's
  Close,       // u32 number
  Post,  // u8 Step or Connection, and its body: the same, but never answered. What is posted before
         // a frame is written is heard before the frame is read. Each makes a mark of Counts
  Marks,  // makes a mark too, and is answered with all since the last Reset, oldest first: u32 how
          // many, each of Counts and, of a mock, u8 whether it had something to resume
  Fence,  // u64 frames read from the client side, u64 from the upstream side: answered with Counts
          // once at least that many have been dealt with; a mock adds what it answers to Resume
  Reset,  // bytes only the process understands (a world, a plan): as new
  Restart,  // a gateway: as new under the policy in the body, packed as the gateway says
  Reload,   // a gateway: the operator replaced the policy by the one in the body
  Operate,  // a gateway: text: what its operator does, or what goes wrong around it
  Digest,   // answered with u64
  Take,     // answered with the packed trace recorded since the last Take or Reset
  Fault,    // text: a fault to act out from now on; answered as Resume
  Resume,   // to a mock that shares one chain: what it has to say next, beside answers to the frame
            // in hand, may go out; answered with u8 whether there is more, and u32 whose connection
            // it is for, which has to be set first
  Quit,     // answered, then the process exits
  Done,     // answer; body as above
  Failed,   // answer: text why
};

// Frames a process has dealt with. A gateway has two sides, a mock only a client side.
struct Counts {
  std::uint64_t from_client = 0;
  std::uint64_t to_client = 0;
  std::uint64_t from_upstream = 0;
  std::uint64_t to_upstream = 0;
  friend bool operator==(const Counts&, const Counts&) = default;
};

void pack(const Counts& value, base::Packer& out);
Counts unpack_counts(base::Unpacker& in);

struct ControlMessage {
  Word word = Word::Failed;
  std::string body;
};

class ControlSocket {
 public:
  // As a process: connects and introduces itself.
  static base::Result<ControlSocket> connect(const std::string& address, std::string_view role);
  explicit ControlSocket(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  int fd() const { return descriptor_.get(); }
  // Whole message or false: the other side is gone.
  bool send(Word word, std::string_view body = {});
  // The next message; nothing after `at_most`, or when the other side is gone (then closed() is
  // true).
  std::optional<ControlMessage> receive(base::Duration at_most);
  // Without waiting: what has arrived, one message at a time.
  std::optional<ControlMessage> poll();
  bool closed() const { return closed_; }

 private:
  std::optional<ControlMessage> parse();
  bool fill();

  Descriptor descriptor_;
  std::string received_;
  std::size_t parsed_ = 0;
  bool closed_ = false;
};

// The harness's end: an abstract address that only processes of the same user may use.
class ControlListener {
 public:
  static base::Result<ControlListener> listen();

  const std::string& address() const { return address_; }  // to be given to `--control`
  struct Arrival {
    ControlSocket socket;
    std::string role;
    pid_t pid;
  };
  std::optional<Arrival> accept(base::Duration at_most);

 private:
  ControlListener(Descriptor descriptor, std::string address)
      : descriptor_(std::move(descriptor)), address_(std::move(address)) {}
  Descriptor descriptor_;
  std::string address_;
};

}  // namespace gatecrash::transport
