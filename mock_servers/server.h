// The protocol side that all mocks share: reading by personality, handshake, lists, dispatch, error
// wording by framework, and the ledger.
//
// Ledger order per frame: what was due by then, Arrived (the raw bytes), Understood or Misread,
// Effected in the order things happened, Replied. A call that has to wait is Resumed before its effects. Warm calls allocate nothing.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/mcp/lifecycle.h"
#include "harness/mcp/messages.h"
#include "mock_servers/behaviour.h"
#include "mock_servers/held.h"
#include "mock_servers/mock.h"
#include "mock_servers/personality.h"

namespace gatecrash::mock_servers {

// What leaky-errors lets slip.
inline constexpr std::string_view kCanary = "gatecrash-canary-5f1d7c";

class Server final : public Mock {
 public:
  Server(std::unique_ptr<Behaviour> behaviour, Personality personality,
         std::vector<scenario::ExtraTool> extra_tools);

  void reset(const scenario::WorldSpec& world, base::Instant now) override;
  void open(Connection connection) override;
  void close(Connection connection) override;
  void on_frame(Connection connection, std::string_view frame, base::Instant now, Frames& replies,
                trace::Trace& ledger) override;
  void advance(base::Instant now, Frames& replies, trace::Trace& ledger) override;
  void fault(const Fault& fault) override;
  std::optional<Connection> resumable() const override;
  void resume(base::Instant now, Frames& replies, trace::Trace& ledger) override;
  std::uint64_t digest() const override { return world_.digest(); }

  std::vector<ServedTool> served() const;
  const Surface& surface() const { return surface_; }

 private:
  struct Session {
    bool open = false;
    mcp::Lifecycle lifecycle;
    std::vector<std::string> subscriptions;
  };
  // A frame that came while a call held up the server, or that call itself (`begun`).
  struct Waiting {
    Connection connection;
    std::string frame;
    bool begun;
    std::uint64_t number;  // of its first Understood in the ledger
  };
  // A tool as the dispatcher sees it: one of the surface's, or an extra one.
  struct Entry {
    const Tool* tool = nullptr;
    const scenario::ExtraTool* extra = nullptr;
    std::size_t index = 0;
  };

  Session& session(Connection connection);
  void render_lists();
  void let_due(base::Instant now, Frames& replies, trace::Trace& ledger);
  void let_work_end(base::Instant now, trace::Trace& ledger);
  // Does the request in hand have to wait? Then it is kept, to be resumed.
  bool holds(bool tool_call);
  void withdraw(const rpc::Message& message, Context& context);
  void handle(Connection connection, std::string_view frame, base::Instant now, Frames& replies,
              trace::Trace& ledger);

  void send_reply(Connection connection, std::size_t start, Frames& replies, trace::Trace& ledger);

  // Each appends at most one message to `out`.
  void answer_line(std::string_view line, Session& session, Context& context, std::string& out);
  void answer_batch(std::string_view line, Session& session, Context& context, std::string& out);
  void answer_request(const rpc::Message& message, Session& session, Context& context,
                      std::string& out);
  void call_tool(const rpc::Message& message, Context& context, std::string& out);
  base::Duration holds_up(std::size_t tool, const Context& context);
  void call_extra(const scenario::ExtraTool& tool, Context& context, ToolResult& result);
  // Selectors that mean many tasks under a leniency: true if the call was one and has been served.
  bool call_many(const Entry& entry, base::Value arguments, Context& context, ToolResult& result);
  void initialize(const rpc::Message& message, std::string& out);
  void list_tools(const rpc::Message& message, std::string& out);
  bool coerce_call(const rpc::Message& message, std::string_view& name, base::Value& arguments);
  const Entry* find_tool(std::string_view name);
  void error(const rpc::Id& id, int code, std::string_view message, std::string& out) const;
  void notify_subscribers(std::size_t first_event, Frames& replies, trace::Trace& ledger);
  rpc::Id reply_id(const rpc::Id& id);

  std::unique_ptr<Behaviour> behaviour_;
  Surface surface_;
  Personality personality_;
  std::vector<scenario::ExtraTool> extra_tools_;
  World world_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
  std::vector<std::string> pages_;  // results of tools/list
  std::vector<Session> sessions_;
  bool subscribed_ = false;
  base::Instant busy_until_ = kNever;  // kNever: not busy
  std::deque<Waiting> waiting_;
  HeldCalls held_;
  std::uint64_t understood_ = 0;  // calls recorded so far
  std::optional<std::uint64_t> resuming_;  // number of the call that goes on now
  // Of the frame in hand:
  bool called_ = false;     // it was a tools/call
  bool held_back_ = false;  // it has to wait
  rpc::Id::Kind id_kind_ = rpc::Id::Kind::None;
  std::string id_;

  base::Tree tree_;
  base::Tree again_;  // arguments found in a string
  Arguments arguments_;
  std::string canonical_;
  std::string rewritten_id_;
  std::string names_;  // positional arguments, named
};

}  // namespace gatecrash::mock_servers
