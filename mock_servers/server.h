// The protocol side that all mocks share: reading by personality, handshake, lists, dispatch, error
// wording by framework, and the ledger.
//
// Ledger order per frame: what was due by then, Arrived (the raw bytes), Understood or Misread,
// Effected in the order things happened, Replied. A call that has to wait is Resumed before its
// effects. Warm calls allocate nothing.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/mcp/lifecycle.h"
#include "harness/mcp/messages.h"
#include "mock_servers/behaviour.h"
#include "mock_servers/catalogue.h"
#include "mock_servers/held.h"
#include "mock_servers/mock.h"
#include "mock_servers/personality.h"

namespace gatecrash::mock_servers {

// What leaky-errors lets slip.
inline constexpr std::string_view kCanary = "gatecrash-canary-5f1d7c";

class Server final : public Mock {
 public:
  // `prefix` stands before the name of every tool, the extra ones included.
  Server(std::unique_ptr<Behaviour> behaviour, Personality personality,
         std::vector<scenario::ExtraTool> extra_tools, std::string_view prefix = {});

  void reset(const scenario::WorldSpec& world, base::Instant now) override;
  void open(Connection connection) override;
  void close(Connection connection) override;
  void on_frame(Connection connection, std::string_view frame, base::Instant now, Frames& replies,
                trace::Trace& ledger) override;
  void advance(base::Instant now, trace::Trace& ledger) override;
  void fault(const Fault& fault, trace::Trace& ledger) override;
  std::optional<Connection> resumable() const override;
  void resume(base::Instant now, Frames& replies, trace::Trace& ledger) override;
  base::Instant next_due() const override;
  bool connected(Connection connection) const override;
  std::uint64_t digest() const override { return world_.digest(); }

  // Would it take a call by this name for one of a tool of its own?
  bool offers(std::string_view tool) { return find_tool(tool) != nullptr; }
  // Calls are numbered over all servers that write into one ledger.
  void number_calls_by(std::uint64_t& count) { understood_ = &count; }

  std::vector<ServedTool> served() const { return catalogues_[0].served(surface_); }
  const Surface& surface() const { return surface_; }

 private:
  using Entry = Catalogue::Entry;
  struct Session {
    bool open = false;
    bool hung_up = false;  // by us
    mcp::Lifecycle lifecycle;
    std::vector<std::string> subscriptions;
  };
  struct Outgoing {
    Connection connection;
    std::string frame;  // recorded already
  };
  // Why the request in hand is not carried out now.
  enum class Wait : std::uint8_t { No, Held, Slow, Blocks };
  // When the definitions of the tools will change.
  struct Pull {
    Fault::After after = Fault::After::Now;  // Now: not planned
    std::uint64_t number = 0;
    bool silent = false;
  };

  Session& session(Connection connection);
  const Catalogue& catalogue() const { return catalogues_[pulled_ ? 1 : 0]; }
  // Everything that is due by `now`, in order; what it makes the mock say goes out by resume().
  void let_due(base::Instant now, trace::Trace& ledger);
  void let_work_end(base::Instant now, trace::Trace& ledger);
  // A call that had to wait.
  void go_on(const HeldCall& call, base::Instant now, Frames& replies, trace::Trace& ledger);
  void handle(Connection connection, std::string_view frame, base::Instant now, Frames& replies,
              trace::Trace& ledger);
  // Ends the frame under construction: sends it, keeps it or drops it.
  void finish(Connection connection, std::string_view frame, std::size_t start,
              std::uint64_t number, base::Instant now, Frames& replies, trace::Trace& ledger);
  void send_reply(Connection connection, std::size_t start, Frames& replies, trace::Trace& ledger);

  // Has the request in hand to wait? Asked for calls once they are recorded, for others at once.
  bool waits(bool tool_call, base::Instant now);
  void withdraw(const rpc::Message& message, Context& context);
  void hang_up(Connection connection, trace::Trace& ledger);
  void pull_rug(bool pulled, bool silent, trace::Trace& ledger);
  void pull_if_planned(trace::Trace& ledger);

  // Each appends at most one message to `out`.
  void answer_line(std::string_view line, Session& session, Context& context, std::string& out);
  void answer_batch(std::string_view line, Session& session, Context& context, std::string& out);
  void answer_request(const rpc::Message& message, Session& session, Context& context,
                      std::string& out);
  void call_tool(const rpc::Message& message, Context& context, std::string& out);
  // A tool that waits, under a personality that lets it.
  bool must_wait(const Entry& entry, base::Value arguments, const Context& context);
  void call_extra(const scenario::ExtraTool& tool, base::Value arguments, Context& context,
                  ToolResult& result);
  // Selectors that mean many tasks under a leniency: true if the call was one and has been served.
  bool call_many(const Entry& entry, base::Value arguments, Context& context, ToolResult& result);
  // tasks/list, get and cancel; false: another method, or a server that has none.
  // tools/call with `task`: its result is kept for tasks/result, and the reply, which begins at
  // `start`, names the task. `body`: where the result stands in it.
  void answer_later(const rpc::Message& message, std::size_t start, std::size_t body,
                    std::string& out);
  bool answer_task_method(const rpc::Message& message, mcp::Method method, Context& context,
                          std::string& out);
  void initialize(const rpc::Message& message, std::string& out);
  void list_tools(const rpc::Message& message, std::string& out);
  bool coerce_call(const rpc::Message& message, std::string_view& name, base::Value& arguments);
  const Entry* find_tool(std::string_view name);
  void error(const rpc::Id& id, int code, std::string_view message, std::string& out) const;
  // Those of `current` are written to `replies`, the others wait for resume().
  void notify_subscribers(std::size_t first_event, std::optional<Connection> current,
                          Frames& replies, trace::Trace& ledger);
  rpc::Id reply_id(const rpc::Id& id);

  std::unique_ptr<Behaviour> behaviour_;
  Surface surface_;
  const Personality born_;
  Personality personality_;  // faults that came since included
  std::vector<scenario::ExtraTool> extra_tools_;
  World world_;
  std::array<Catalogue, 2> catalogues_;  // before and after the rug is pulled
  std::vector<Session> sessions_;
  bool subscribed_ = false;
  base::Instant busy_until_ = kNever;  // kNever: not busy
  std::deque<HeldCall> waiting_;       // behind, or as, the call that holds everything up
  std::deque<Outgoing> outgoing_;
  Frames late_;

  HeldCalls held_;
  HeldCalls slow_;
  base::Duration slowness_{};
  bool slow_answers_ = false;
  std::optional<Fault::Kind> disconnect_;
  std::vector<std::string> kept_results_;  // of calls that were sent as tasks
  std::string poison_;                     // empty: none
  std::string leak_;
  bool pulled_ = false;
  Pull pull_;
  std::uint64_t lists_ = 0;  // so far
  std::uint64_t own_count_ = 0;
  std::uint64_t* understood_ = &own_count_;  // calls so far
  std::optional<std::uint64_t> resuming_;    // number of the call that goes on now

  // Of the frame in hand:
  bool called_ = false;  // it was a tools/call
  bool hang_up_ = false;
  Wait wait_ = Wait::No;
  base::Instant due_{};    // when it goes on, if it has to wait
  base::Instant since_{};  // when it arrived
  rpc::Id::Kind id_kind_ = rpc::Id::Kind::None;
  std::string id_;

  base::Tree tree_;
  base::Tree again_;  // arguments found in a string
  Arguments arguments_;
  std::string canonical_;
  std::string rewritten_id_;
  std::string names_;  // positional arguments, named
};

// Fails on an unknown mock, profile or personality.
base::Result<std::unique_ptr<Server>> make_server(std::string_view mock, const MockOptions& options,
                                                  std::string_view prefix = {});

}  // namespace gatecrash::mock_servers
