// A server that takes JSON lines and, as language servers do, frames of headers and a body of
// Content-Length bytes, and answers each client as its last message was framed (Allcanuse,
// mock-servers.md). Two readers of one stream who disagree about where a message begins are an
// attack.
//
// A frame is a line here as everywhere, so header lines come one by one, and so do the lines of a
// body; they are recorded as they arrive, and the body again as the message it is. On the way out
// the headers, an empty line and the body are a frame each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mock_servers/mock.h"

namespace gatecrash::mock_servers {

class HeaderFrames final : public Mock {
 public:
  explicit HeaderFrames(std::unique_ptr<Mock> inner) : inner_(std::move(inner)) {}

  void reset(const scenario::WorldSpec& world, base::Instant now) override;
  void open(Connection connection) override;
  void close(Connection connection) override { inner_->close(connection); }
  void on_frame(Connection connection, std::string_view frame, base::Instant now, Frames& replies,
                trace::Trace& ledger) override;
  void advance(base::Instant now, trace::Trace& ledger) override { inner_->advance(now, ledger); }
  void fault(const Fault& fault, trace::Trace& ledger) override { inner_->fault(fault, ledger); }
  std::optional<Connection> resumable() const override { return inner_->resumable(); }
  void resume(base::Instant now, Frames& replies, trace::Trace& ledger) override;
  base::Instant next_due() const override { return inner_->next_due(); }
  bool connected(Connection connection) const override { return inner_->connected(connection); }
  std::size_t bytes_wanted(Connection connection) const override;
  bool sends_headers(Connection connection) const override;
  std::uint64_t digest() const override { return inner_->digest(); }

 private:
  struct Client {
    bool in_headers = false;
    std::size_t length = 0;   // of the body that comes, or comes next
    std::string body;         // what has come of it
    bool framed = false;      // its last message had headers
    bool after_body = false;  // the rest of the body's line may follow, empty
  };

  Client& client(Connection connection);
  // A line of headers, or of a body: true if it was one.
  bool take(Client& client, Connection connection, std::string_view line, base::Instant now,
            Frames& replies, trace::Trace& ledger);
  void pass(Connection connection, std::string_view frame, base::Instant now, Frames& replies,
            trace::Trace& ledger);
  void send(Frames& replies);

  std::unique_ptr<Mock> inner_;
  std::vector<Client> clients_;
  Frames unframed_;
  bool any_framed_ = false;  // since the reset
};

}  // namespace gatecrash::mock_servers
