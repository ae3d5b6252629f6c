// What a mock is told to do wrong from a moment on, in words, so that a scenario, a control socket,
// the command line and a test say it alike. kFaultWords (fault.cc) is the closed set:
//
//   hold             tool calls are recorded as they arrive, then wait: no effect, no answer
//   hold answers     tool calls take effect as ever, their answers wait
//   hold all         every request waits, lists and handshakes too
//   release          what waits goes on in the order of arrival; `release reverse`: the last first;
//                    `release seed N`: in an order drawn from the seed N
//   slow 5s          a call takes effect and is answered that much later
//   slow answers 5s  a call takes effect at once and is answered that much later
//   disconnect       at its next call a client finds the server gone, and nothing has changed
//   disconnect after effect   gone too, but the call has taken effect
//   rug-pull         the tools' definitions change, and clients are told; `silently`: they are not;
//                    `after N lists`, `after N calls`: only then, counted from when the world began
//   poison TEXT      every tool's result carries TEXT as a further text item
//   leak TEXT        every error carries TEXT in its message
//   KNOB             any fault among the personalities (personality.h), `error-after-effect` for
//   one end X            the end of `slow`, `disconnect`, `rug-pull`, `poison`, `leak` or a KNOB at
//   NAME: WORDS   any of these, at the one upstream of that name behind a hub; else at all
//
// TEXT runs to the end of the words; `\n` in it is a line feed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/base/time.h"
#include "mock_servers/personality.h"

namespace gatecrash::mock_servers {

struct Fault {
  enum class Kind : std::uint8_t {
    Hold,
    HoldAnswers,
    HoldAll,
    Release,
    Slow,
    SlowAnswers,
    Disconnect,
    DisconnectAfterEffect,
    RugPull,
    Poison,
    Leak,
    Knob
  };
  enum class Order : std::uint8_t { Arrival, Reverse, Seeded };
  enum class After : std::uint8_t { Now, Lists, Calls };

  Kind kind = Kind::Hold;
  bool end = false;              // it is over; Slow and Disconnect stand for both of their kinds
  Order order = Order::Arrival;  // Release
  std::uint64_t number = 0;      // Release: the seed; RugPull: how many lists or calls
  base::Duration by{};           // Slow, SlowAnswers
  After after = After::Now;      // RugPull
  bool silent = false;           // RugPull
  std::string text;              // Poison, Leak
  mock_servers::Knob knob = mock_servers::Knob::Count;
  std::string upstream;  // behind a hub; empty: every one
  friend bool operator==(const Fault&, const Fault&) = default;
};

base::Result<Fault> parse_fault(std::string_view words);

// Every form of words with what it does, for help texts and `replay list`.
struct FaultEntry {
  std::string_view words;
  std::string_view summary;
};
const std::vector<FaultEntry>& faults();

}  // namespace gatecrash::mock_servers
