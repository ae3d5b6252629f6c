// A mock MCP server: a pure state machine that acts out one server's documented behaviour on a
// modelled world and keeps a ledger outside the gateway. Nothing is ever executed, opened or sent.
//
// Frames and time go in; frames come out, and the ledger records raw bytes, how they were read,
// effects and replies. The protocol side (handshake, lists, personalities) is shared by all mocks;
// what a server's tools do is a Behaviour (behaviour.h), one file per server.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/base/time.h"
#include "harness/scenario/target.h"
#include "harness/trace/trace.h"
#include "harness/transport/frames.h"
#include "mock_servers/fault.h"

namespace gatecrash::mock_servers {

using transport::Connection;
using transport::Frames;

class Mock {
 public:
  Mock() = default;
  Mock(const Mock&) = delete;
  Mock& operator=(const Mock&) = delete;
  virtual ~Mock() = default;

  // As new, with this world. Cheap enough to be called before every run.
  virtual void reset(const scenario::WorldSpec& world, base::Instant now) = 0;
  virtual void open(Connection connection) = 0;
  virtual void close(Connection connection) = 0;
  virtual void on_frame(Connection connection, std::string_view frame, base::Instant now,
                        Frames& replies, trace::Trace& ledger) = 0;
  // Lets work that is due finish.
  virtual void advance(base::Instant now, trace::Trace& ledger) = 0;
  // Acts out the fault from now on.
  virtual void fault(const Fault& fault, trace::Trace& ledger) = 0;

  // What is not the answer to the frame in hand (calls that were held or slow, notifications to
  // others) waits for resume(), one for each, so that everybody has dealt with one before the next.
  // Whose is next; nothing: none is left.
  virtual std::optional<Connection> resumable() const = 0;
  virtual void resume(base::Instant now, Frames& replies, trace::Trace& ledger) = 0;
  // When advance() will have something to do, at the earliest; the end of time: not by itself.
  virtual base::Instant next_due() const = 0;
  // False: the mock has hung up on this client. Nothing it sends is read.
  virtual bool connected(Connection connection) const = 0;
  // How this client's bytes are framed, where the mock takes more than lines (header_frames.h).
  // So many bytes are the next frame, line ends or not; 0: the next line is.
  virtual std::size_t bytes_wanted(Connection /*connection*/) const { return 0; }
  // True: what is sent to it is framed by headers; they are frames of their own, an empty one the
  // last.
  virtual bool sends_headers(Connection /*connection*/) const { return false; }

  // Of the task table: ids, states, owners. Equal worlds have equal digests.
  virtual std::uint64_t digest() const = 0;
};

struct MockOptions {
  std::string profile;  // empty: default
  std::vector<std::string> personalities;
  std::vector<scenario::ExtraTool> extra_tools;
  scenario::HubSpec hub =
      {};  // for the mock scenario::kHubName, which has nothing else but personalities
};

struct MockEntry {
  std::string_view name;
  std::string_view system;
  std::string_view summary;
  std::vector<std::string_view> profiles;
  // Fails on an unknown profile or personality.
  base::Result<std::unique_ptr<Mock>> (*make)(const MockOptions& options);
};

// The visible table: openaaas, codex_worker, taobao, allcanuse, binassist, generic.
const std::vector<MockEntry>& mocks();
const MockEntry* find_mock(std::string_view name);

// The mock of that name, or several behind a hub (hub.h). Fails on an unknown name too.
base::Result<std::unique_ptr<Mock>> make_mock(std::string_view name, const MockOptions& options);

// Single leniencies by name, with what they do, for `replay list`.
struct PersonalityEntry {
  std::string_view name;
  std::string_view summary;
};
std::span<const PersonalityEntry> personalities();

// The tools a mock serves under these options, for lints and `callable: rest`.
struct ServedTool {
  std::string name;
  std::string description;
  std::string input_schema;  // JSON text
  bool synthetic = false;    // a stand-in where the facts are unknown
  std::string category;     // "Read", "Write", "Execute", "Destructive", "Other"; empty: extra tool
  bool catalogued = false;  // the category is the catalogue's own, not derived
};
base::Result<std::vector<ServedTool>> served_tools(std::string_view mock,
                                                   const MockOptions& options);

// The words a world may use for its tasks' states; reset() ends the program on any other. Empty:
// unknown mock.
std::vector<std::string_view> task_states(std::string_view mock);

}  // namespace gatecrash::mock_servers
