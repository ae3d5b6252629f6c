#include "harness/session/client_session.h"

#include <algorithm>
#include <charconv>

#include "harness/base/check.h"
#include "harness/mcp/methods.h"

namespace gatecrash::session {
namespace {

using base::Value;
using rpc::Id;

constexpr std::string_view kClientName = "gatecrash-agent";

// The number an id spells, if it spells one the way the session writes it.
bool spells_number(std::string_view lexeme, std::uint64_t& number) {
  if (lexeme.empty() || (lexeme.size() > 1 && lexeme.front() == '0')) return false;
  const char* const end = lexeme.data() + lexeme.size();
  const auto [at, error] = std::from_chars(lexeme.data(), end, number);
  return error == std::errc{} && at == end;
}

bool is_tools_page(Value result, Value& tools, Value& next_cursor) {
  tools = result.find("tools");
  next_cursor = result.find("nextCursor");
  if (!tools.is_list() || (next_cursor && !next_cursor.is_string())) return false;
  for (const Value tool : tools) {
    if (!tool.find("name").is_string()) return false;
  }
  return true;
}

}  // namespace

std::string_view to_string(Match match) {
  switch (match) {
    case Match::NotAReply: return "not_a_reply";
    case Match::Answer: return "answer";
    case Match::Duplicate: return "duplicate";
    case Match::OtherType: return "other_type";
    case Match::Unknown: return "unknown";
    case Match::NoId: return "no_id";
  }
  return "?";
}

void ClientSession::reset(Connection connection, mcp::Era era) {
  connection_ = connection;
  era_ = era;
  phase_ = Phase::Fresh;
  requests_.clear();
  raw_.clear();
  reserved_.clear();
  raw_ids_.clear();
  owed_ = 0;
}

// Numbers whose id a raw line has used are no request's.
void ClientSession::pass_reserved_numbers() {
  while (!reserved_.empty()) {
    const auto used = std::ranges::find(reserved_, requests_.size());
    if (used == reserved_.end()) return;
    reserved_.erase(used);
    requests_.push_back({.answered = true});
  }
}

std::uint64_t ClientSession::next_number(Asked asked, bool owed) {
  pass_reserved_numbers();
  return add_request(asked, owed);
}

std::uint64_t ClientSession::add_request(Asked asked, bool owed) {
  requests_.push_back({.asked = asked, .owed = owed, .tag = tag_});
  if (owed) ++owed_;
  return requests_.size() - 1;
}

void ClientSession::start(Frames& out) {
  GATECRASH_CHECK(requests_.empty());
  const std::uint64_t number = next_number(Asked::Initialize, true);
  mcp::write_initialize(number, era_, kClientName, out.begin(connection_));
  out.end();
  phase_ = Phase::Started;
}

std::uint64_t ClientSession::list(Frames& out) {
  const std::uint64_t number = next_number(Asked::ListTools, true);
  mcp::write_tools_list(number, {}, out.begin(connection_));
  out.end();
  return number;
}

std::uint64_t ClientSession::list_page(std::string_view cursor, Frames& out) {
  const std::uint64_t number = next_number(Asked::ListTools, true);
  mcp::write_tools_list_page(number, cursor, out.begin(connection_));
  out.end();
  return number;
}

std::uint64_t ClientSession::list_with(std::string_view id, std::string_view params, Frames& out) {
  std::string line;
  if (!id.empty()) {
    mcp::write_tools_list_with(id, params, line);
    return send_raw(line, out);
  }
  const std::uint64_t number = next_number(Asked::ListTools, true);
  mcp::write_tools_list_with(std::to_string(number), params, line);
  out.push(connection_, line);
  return number;
}

std::uint64_t ClientSession::call(std::string_view tool, std::string_view arguments, Frames& out) {
  const std::uint64_t number = next_number(Asked::CallTool, true);
  mcp::write_tools_call(number, tool, arguments, out.begin(connection_));
  out.end();
  return number;
}

std::uint64_t ClientSession::note_raw(const Id& id, Asked asked, bool owed) {
  const std::uint64_t number = add_request(asked, owed);
  Request& request = requests_.back();
  request.kind = id.kind;
  request.id_offset = static_cast<std::uint32_t>(raw_ids_.size());
  request.id_size = static_cast<std::uint32_t>(id.lexeme.size());
  raw_ids_ += id.lexeme;
  raw_.push_back(number);
  std::uint64_t spelt = 0;
  if (spells_number(id.lexeme, spelt) && spelt >= requests_.size()) reserved_.push_back(spelt);
  return number;
}

std::uint64_t ClientSession::send_raw(std::string_view line, Frames& out) {
  out.push(connection_, line);
  const rpc::Reading strict = rpc::strict_reading();
  const rpc::Decoded decoded = rpc::decode(line, strict, raw_tree_);
  if (decoded.id.kind != Id::Kind::None && decoded.message.shape != rpc::Shape::Result &&
      decoded.message.shape != rpc::Shape::Error) {
    const bool lists = decoded && decoded.message.method == mcp::info(mcp::Method::ToolsList).name;
    return note_raw(decoded.id, lists ? Asked::ListTools : Asked::Raw,
                    decoded && decoded.message.shape == rpc::Shape::Request);
  }
  if (decoded.fault != rpc::Fault::Batch || base::read_json(line, strict.json, raw_tree_)) return 0;
  std::uint64_t first = 0;
  for (const Value element : raw_tree_.root()) {
    const rpc::Decoded each = rpc::classify(element, strict, raw_tree_);
    if (each.id.kind == Id::Kind::None) continue;
    const std::uint64_t number = note_raw(each.id, Asked::Raw, false);
    if (first == 0) first = number;
  }
  return first;
}

Received ClientSession::on_frame(std::string_view frame, Frames& out) {
  Received received;
  const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree_);
  if (!decoded) {
    received.shape = mcp::ReplyShape::Malformed;
    received.fault = decoded.fault;
    pages_.clear();
    if (decoded.fault == rpc::Fault::Batch && !base::read_json(frame, {}, tree_)) {
      for (const Value reply : tree_.root()) add_page(reply.find("result"));
    }
    received.pages = pages_;
    return received;
  }
  received.message = decoded.message;
  received.shape = mcp::reply_shape(decoded.message);
  if (received.shape == mcp::ReplyShape::None) {
    if (decoded.message.shape == rpc::Shape::Request) answer_server(decoded.message, out);
    return received;
  }
  match_reply(decoded.id, received);
  check_shape(received);
  pages_.clear();
  add_page(received.message.result);
  received.pages = pages_;
  if (received.asked == Asked::Initialize && received.match == Match::Answer) {
    finish_handshake(received, out);
  }
  return received;
}

void ClientSession::settle(std::uint64_t number, Match match, Received& received) {
  Request& request = requests_[number];
  received.request = number;
  received.asked = request.asked;
  received.tag = request.tag;
  received.match = match;
  if (match != Match::Answer) return;
  request.answered = true;
  if (request.owed) --owed_;
}

void ClientSession::match_reply(const Id& id, Received& received) {
  received.match = Match::Unknown;
  if (id.kind == Id::Kind::None) {
    received.match = Match::NoId;
    return;
  }
  // Raw requests first, newest first: their ids may repeat, and the first without an answer gets
  // it.
  constexpr std::uint64_t kNone = ~std::uint64_t{0};
  std::uint64_t answered = kNone;
  std::uint64_t other_type = kNone;
  for (auto number = raw_.rbegin(); number != raw_.rend(); ++number) {
    const Request& request = requests_[*number];
    if (raw_id(request) != id.lexeme) continue;
    if (request.kind != id.kind) {
      other_type = *number;
    } else if (request.answered) {
      answered = *number;
    } else {
      return settle(*number, Match::Answer, received);
    }
  }
  std::uint64_t own = 0;
  if (spells_number(id.lexeme, own) && own < requests_.size() &&
      requests_[own].asked != Asked::Nothing && requests_[own].kind == Id::Kind::None) {
    if (id.kind != Id::Kind::Integer) {
      other_type = own;
    } else if (requests_[own].answered) {
      answered = own;
    } else {
      return settle(own, Match::Answer, received);
    }
  }
  if (answered != kNone) return settle(answered, Match::Duplicate, received);
  if (other_type != kNone) settle(other_type, Match::OtherType, received);
}

void ClientSession::add_page(Value result) {
  Value tools, next_cursor;
  if (is_tools_page(result, tools, next_cursor)) pages_.push_back(tools);
}

// The result has the form that was asked for; an error has been looked at by the reading.
void ClientSession::check_shape(Received& received) {
  if (received.shape == mcp::ReplyShape::RpcError || received.shape == mcp::ReplyShape::Malformed)
    return;
  const Value result = received.message.result;
  bool good = true;
  switch (received.asked) {
    case Asked::Nothing:
    case Asked::Raw: break;
    case Asked::Initialize: good = result.find("protocolVersion").is_string(); break;
    case Asked::ListTools:
      good = is_tools_page(result, received.tools, received.next_cursor);
      if (!good) received.tools = received.next_cursor = Value{};
      break;
    case Asked::CallTool: {
      const Value content = result.find("content");
      good = !content || content.is_list();
      break;
    }
  }
  if (!good) received.shape = mcp::ReplyShape::Malformed;
}

void ClientSession::finish_handshake(const Received& received, Frames& out) {
  phase_ = Phase::Failed;
  if (received.shape != mcp::ReplyShape::Ok) return;
  const auto offered = mcp::parse_era(received.message.result.find("protocolVersion").text());
  if (!offered) return;
  era_ = *offered;
  phase_ = Phase::Ready;
  mcp::write_initialized(out.begin(connection_));
  out.end();
}

void ClientSession::answer_server(const rpc::Message& message, Frames& out) {
  std::string& bytes = out.begin(connection_);
  if (message.method == mcp::info(mcp::Method::Ping).name) {
    rpc::begin_result(message.id, bytes);
    bytes += "{}}";
  } else {
    rpc::write_error(message.id, rpc::kMethodNotFound, "method not found", bytes);
  }
  out.end();
}

bool ClientSession::answered(std::uint64_t request) const {
  return request < requests_.size() && requests_[request].answered;
}

std::uint64_t ClientSession::first_unanswered() const {
  std::uint64_t number = 0;
  for (const Request& request : requests_) {
    if (request.owed && !request.answered) break;
    ++number;
  }
  return number;
}

}  // namespace gatecrash::session
