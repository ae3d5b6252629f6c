// Several mocks shown as one server, as MCP aggregators do: one handshake, one list, calls by name.
// By default each tool is shown as `<upstream>__<tool>`. With bare names two servers can offer the
// same one: the list shows both, and the server that came last gets the calls, as in the
// aggregators that attacks.md names (MGA-META-04).
//
// All servers write into one ledger. What is asked of all of them (handshake, list) stands there
// once, with the answer that they give together.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "mock_servers/server.h"

namespace gatecrash::mock_servers {

class Hub final : public Mock {
 public:
  struct Upstream {
    std::string name;
    std::unique_ptr<Server> server;
  };
  // At least one upstream. The hub itself reads as leniently as `personality` says.
  Hub(std::vector<Upstream> upstreams, const Personality& personality);

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
  std::uint64_t digest() const override;

 private:
  using Request = std::tuple<Connection, rpc::Id::Kind, std::string>;  // one client's, by its id
  // An answer that all servers give together.
  struct Gathering {
    Connection connection = 0;
    rpc::Id::Kind kind = rpc::Id::Kind::None;
    std::string lexeme;
    std::string id;                  // as JSON text
    bool lists = false;              // tools/list; else the handshake
    std::vector<std::string> parts;  // by upstream; empty: not there yet
    std::vector<std::string> tools;  // by upstream: those of its pages so far
    bool whole() const;
  };

  std::size_t server_of(std::string_view tool);
  void to_one(std::size_t server, Connection connection, std::string_view frame, base::Instant now,
              Frames& replies, trace::Trace& ledger);
  void gather(const rpc::Message& message, Connection connection, std::string_view frame,
              base::Instant now, Frames& replies, trace::Trace& ledger);
  // Puts the question to one server, and whatever further pages its answers ask for.
  void ask(Gathering& gathering, std::size_t server, std::string question, base::Instant now,
           Frames& replies);
  // What a server answered. The next question to it; empty: its part is whole.
  std::string take_part(Gathering& gathering, std::size_t server, std::string_view frame);
  void answer(const Gathering& gathering, Frames& replies, trace::Trace& ledger);
  void write_handshake(const Gathering& gathering, std::string& out);
  // Passes on what a server said, but for its part of an answer that is still gathered.
  void pass_on(std::size_t server, base::Instant now, Frames& replies, trace::Trace& ledger);
  bool is_part(const Gathering& gathering, std::size_t server, const Frames::Frame& frame);

  std::vector<Upstream> upstreams_;
  const Personality personality_;
  std::uint64_t calls_ = 0;                // by all servers, in the ledger's order
  std::map<Request, std::size_t> called_;  // who got a call, for those who cancel it
  std::vector<Gathering> gatherings_;
  Frames said_;
  trace::Trace aside_;  // what the ledger need not hold once for every server
  base::Tree tree_;
  base::Tree part_;
};

// Of the upstreams in `options.hub`, each with `options.personalities` too. Fails on what it does
// not know.
base::Result<std::unique_ptr<Mock>> make_hub(const MockOptions& options);

}  // namespace gatecrash::mock_servers
