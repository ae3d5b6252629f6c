// The client's side of one MCP connection, without I/O: requests are written into Frames, replies
// are handed in as bytes. It does the handshake, gives ids, pages through lists and says of every
// incoming frame what it is and which request it answers.
//
// It never corrects a peer: a reply with an unknown id, a second reply or an id of another type is
// reported as what it is. Nothing is allocated once warm; reset() makes it as new.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/tree.h"
#include "harness/mcp/era.h"
#include "harness/mcp/messages.h"
#include "harness/rpc/message.h"
#include "harness/transport/frames.h"

namespace gatecrash::session {

using transport::Connection;
using transport::Frames;

// What a request asked for. Raw ones were not written by the session; one that is a well-formed
// tools/list asks for a list all the same.
enum class Asked : std::uint8_t { Nothing, Initialize, ListTools, CallTool, Raw };

// How a reply's id relates to what was sent.
enum class Match : std::uint8_t {
  NotAReply,  // a request or notification of the server, or unreadable
  Answer,     // the first reply to a request in flight
  Duplicate,  // that request is already answered
  OtherType,  // a request in flight has this id as text, but of another JSON type (1 and "1")
  Unknown,    // no request has this id
  NoId,       // an error without an id: the peer could not read something
};
std::string_view to_string(Match match);

// One incoming frame. Views live until the next on_frame() or reset(), and as long as the frame.
struct Received {
  mcp::ReplyShape shape = mcp::ReplyShape::None;  // None: not a reply
  Match match = Match::NotAReply;
  Asked asked = Asked::Nothing;  // by the request it belongs to (Answer, Duplicate, OtherType)
  std::uint64_t request = 0;     // number of that request
  std::uint32_t tag = 0;         // it was sent with
  rpc::Fault fault = rpc::Fault::None;  // why it cannot be read; then shape is Malformed
  rpc::Message message;                 // if there is no fault
  base::Value tools;        // of a well-formed tools/list result: a list of objects with a `name`
  base::Value next_cursor;  // … and the cursor of the next page, absent on the last
  // Whatever was asked: the `tools` of every result that shows such a list. A batch can have some.
  std::span<const base::Value> pages;
};

class ClientSession {
 public:
  explicit ClientSession(Connection connection = 0, mcp::Era era = mcp::kDefaultEra)
      : connection_(connection), era_(era) {}
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  void reset(Connection connection, mcp::Era era);

  // The handshake: writes `initialize`; on_frame() writes `notifications/initialized` when the
  // reply is acceptable. failed(): the server refused, or answered with a revision that is not
  // spoken here.
  void start(Frames& out);
  bool ready() const { return phase_ == Phase::Ready; }
  bool failed() const { return phase_ == Phase::Failed; }
  mcp::Era era() const { return era_; }  // the negotiated one once ready

  // What requests from now on are marked with; comes back with their replies.
  void set_tag(std::uint32_t tag) { tag_ = tag; }

  // Each answers with the number of the request, which is also its id. 0 is `initialize`.
  std::uint64_t list(Frames& out);                                // first page
  std::uint64_t list_page(std::string_view cursor, Frames& out);  // an empty cursor is a cursor
  // As JSON text: the id (empty: the request's number) and the params (empty: none sent).
  std::uint64_t list_with(std::string_view id, std::string_view params, Frames& out);
  // `arguments` is JSON text of an object; empty: none sent.
  std::uint64_t call(std::string_view tool, std::string_view arguments, Frames& out);

  // Writes a line that somebody else made, as it is, and expects replies to the ids in it (of a
  // batch: to all of them). Only a well-formed request is owed a reply. Answers with the number of
  // its first request, or 0 if it has none that can be read. No later request of the session uses
  // its ids.
  std::uint64_t send_raw(std::string_view line, Frames& out);

  // Reads one frame. Answers the server's own requests into `out` (ping: `{}`, else -32601).
  Received on_frame(std::string_view frame, Frames& out);

  bool answered(std::uint64_t request) const;
  // Requests that are owed a reply and have none, and the first of them (if there is one).
  std::size_t unanswered() const { return owed_; }
  std::uint64_t first_unanswered() const;

 private:
  enum class Phase : std::uint8_t { Fresh, Started, Ready, Failed };
  struct Request {
    Asked asked = Asked::Nothing;
    bool answered = false;
    bool owed = false;
    std::uint32_t tag = 0;
    rpc::Id::Kind kind = rpc::Id::Kind::None;  // of a raw request's id; None: the number is the id
    std::uint32_t id_offset = 0;               // in raw_ids_
    std::uint32_t id_size = 0;
  };

  void pass_reserved_numbers();
  std::uint64_t next_number(Asked asked, bool owed);
  std::uint64_t add_request(Asked asked, bool owed);
  std::uint64_t note_raw(const rpc::Id& id, Asked asked, bool owed);
  std::string_view raw_id(const Request& request) const {
    return std::string_view(raw_ids_).substr(request.id_offset, request.id_size);
  }
  void match_reply(const rpc::Id& id, Received& received);
  void settle(std::uint64_t number, Match match, Received& received);
  void check_shape(Received& received);
  void add_page(base::Value result);
  void finish_handshake(const Received& received, Frames& out);
  void answer_server(const rpc::Message& message, Frames& out);

  Connection connection_;
  mcp::Era era_;
  Phase phase_ = Phase::Fresh;
  std::vector<Request> requests_;        // by number
  std::vector<std::uint64_t> raw_;       // numbers of the raw ones
  std::vector<std::uint64_t> reserved_;  // ids of raw requests that lie ahead of the numbers
  std::string raw_ids_;
  std::size_t owed_ = 0;
  std::uint32_t tag_ = 0;
  base::Tree tree_;                 // of the last frame received
  base::Tree raw_tree_;             // of the last raw line
  std::vector<base::Value> pages_;  // of the last frame received
};

}  // namespace gatecrash::session
