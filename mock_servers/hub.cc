#include "mock_servers/hub.h"

#include <algorithm>
#include <utility>

#include "harness/base/json.h"
#include "harness/mcp/methods.h"

namespace gatecrash::mock_servers {
namespace {

using base::Value;
using mcp::Method;
using rpc::Message;
using rpc::Shape;
using trace::EventKind;

constexpr std::string_view kBetween = "__";  // a prefix and the tool's own name

bool is_reply(Value root) {
  return root.find("result") || root.find("error");
}

std::string first_page(std::string_view id) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":"tools/list"})";
}

std::string next_page(std::string_view id, Value cursor) {
  std::string question = R"({"jsonrpc":"2.0","id":)" + std::string(id) +
                         R"(,"method":"tools/list","params":{"cursor":)";
  base::write_json(cursor, question);
  return question + "}}";
}

}  // namespace

bool Hub::Gathering::whole() const {
  return std::ranges::none_of(parts, [](const std::string& part) { return part.empty(); });
}

Hub::Hub(std::vector<Upstream> upstreams, const Personality& personality)
    : upstreams_(std::move(upstreams)), personality_(personality) {
  for (const Upstream& each : upstreams_) each.server->number_calls_by(calls_);
}

void Hub::reset(const scenario::WorldSpec& world, base::Instant now) {
  for (std::size_t i = 0; i < upstreams_.size(); ++i) {
    scenario::WorldSpec own;
    for (const scenario::TaskSpec& each : world.tasks) {
      if (each.upstream == upstreams_[i].name || (i == 0 && each.upstream.empty()))
        own.tasks.push_back(each);
    }
    upstreams_[i].server->reset(own, now);
  }
  called_.clear();
  gatherings_.clear();
  said_.clear();
}

void Hub::open(Connection connection) {
  for (const Upstream& each : upstreams_) each.server->open(connection);
}

void Hub::close(Connection connection) {
  for (const Upstream& each : upstreams_) each.server->close(connection);
  std::erase_if(called_,
                [&](const auto& each) { return std::get<Connection>(each.first) == connection; });
  std::erase_if(gatherings_, [&](const Gathering& each) { return each.connection == connection; });
}

// Nobody has it: the first one says so.
std::size_t Hub::server_of(std::string_view tool) {
  for (std::size_t i = upstreams_.size(); i-- > 0;) {
    if (upstreams_[i].server->offers(tool)) return i;
  }
  return 0;
}

void Hub::on_frame(Connection connection, std::string_view frame, base::Instant now,
                   Frames& replies, trace::Trace& ledger) {
  const rpc::Decoded decoded = rpc::decode(frame, personality_.reading(), tree_);
  const Message& message = decoded.message;
  const mcp::MethodInfo* const info =
      decoded && (message.shape == Shape::Request || message.shape == Shape::Notification)
          ? mcp::find_method(message.method)
          : nullptr;
  if (info == nullptr) return to_one(0, connection, frame, now, replies, ledger);
  const bool request = message.shape == Shape::Request;
  switch (info->method) {
    case Method::Initialize:
    case Method::ToolsList:
      if (request) return gather(message, connection, frame, now, replies, ledger);
      break;
    case Method::ToolsCall: {
      const Value name = rpc::member(message.params, "name", personality_.reading());
      const std::size_t server = server_of(name.is_string() ? name.text() : std::string_view{});
      if (request) called_[{connection, message.id.kind, std::string(message.id.lexeme)}] = server;
      return to_one(server, connection, frame, now, replies, ledger);
    }
    case Method::NotifyCancelled: {
      const Value id = rpc::member(message.params, "requestId", personality_.reading());
      const rpc::Id::Kind kind = id.is_string() ? rpc::Id::Kind::String : rpc::Id::Kind::Integer;
      const auto called = called_.find({connection, kind, std::string(id.text())});
      return to_one(called == called_.end() ? 0 : called->second, connection, frame, now, replies,
                    ledger);
    }
    case Method::NotifyInitialized:
      for (std::size_t i = 1; i < upstreams_.size(); ++i) {
        upstreams_[i].server->on_frame(connection, frame, now, said_, aside_);
        pass_on(i, now, replies, ledger);
      }
      aside_.clear();
      break;
    default: break;
  }
  to_one(0, connection, frame, now, replies, ledger);
}

void Hub::to_one(std::size_t server, Connection connection, std::string_view frame,
                 base::Instant now, Frames& replies, trace::Trace& ledger) {
  upstreams_[server].server->on_frame(connection, frame, now, said_, ledger);
  pass_on(server, now, replies, ledger);
}

void Hub::gather(const Message& message, Connection connection, std::string_view frame,
                 base::Instant now, Frames& replies, trace::Trace& ledger) {
  // What is due happens on the record.
  for (const Upstream& each : upstreams_) each.server->advance(now, ledger);
  Gathering gathering{.connection = connection,
                      .kind = message.id.kind,
                      .lexeme = std::string(message.id.lexeme),
                      .lists = mcp::find_method(message.method)->method == Method::ToolsList};
  rpc::write_id(message.id, gathering.id);
  gathering.parts.resize(upstreams_.size());
  gathering.tools.resize(upstreams_.size());
  // It shows all on one page, so that a cursor means nothing to it, nor to them.
  const std::string question = gathering.lists ? first_page(gathering.id) : std::string(frame);
  for (std::size_t i = 0; i < upstreams_.size(); ++i) ask(gathering, i, question, now, replies);
  ledger.set_connection(connection);
  ledger.add(EventKind::Arrived, frame);
  for (const trace::Event& event : aside_.events()) {
    if (event.kind != EventKind::Misread) continue;
    ledger.add(event.kind, aside_.view(event.text));
    break;  // all of them did
  }
  aside_.clear();
  if (gathering.whole()) return answer(gathering, replies, ledger);
  gatherings_.push_back(std::move(gathering));
}

void Hub::ask(Gathering& gathering, std::size_t server, std::string question, base::Instant now,
              Frames& replies) {
  Frames said;
  while (!question.empty()) {
    upstreams_[server].server->on_frame(gathering.connection, question, now, said, aside_);
    question.clear();
    while (const auto frame = said.pop()) {
      if (!base::read_json(frame->bytes, {}, part_) && is_reply(part_.root())) {
        question = take_part(gathering, server, frame->bytes);
      } else {
        replies.push(frame->connection, frame->bytes);
      }
    }
  }
}

std::string Hub::take_part(Gathering& gathering, std::size_t server, std::string_view frame) {
  const Value result = part_.root().find("result");
  std::string& tools = gathering.tools[server];
  if (gathering.lists && result) {
    for (const Value each : result.find("tools")) {
      if (!tools.empty()) tools += ',';
      base::write_json(each, tools);
    }
    if (const Value cursor = result.find("nextCursor")) return next_page(gathering.id, cursor);
  }
  gathering.parts[server] = frame;
  return {};
}

void Hub::answer(const Gathering& gathering, Frames& replies, trace::Trace& ledger) {
  std::string& out = replies.begin(gathering.connection);
  const std::size_t start = out.size();
  const auto failed = std::ranges::find_if(gathering.parts, [&](const std::string& part) {
    return base::read_json(part, {}, part_).has_value() || part_.root().find("error");
  });
  if (failed != gathering.parts.end()) {
    out += *failed;
  } else if (gathering.lists) {
    out += R"({"jsonrpc":"2.0","id":)" + gathering.id + R"(,"result":{"tools":[)";
    bool first = true;
    for (const std::string& tools : gathering.tools) {
      if (tools.empty()) continue;
      if (!std::exchange(first, false)) out += ',';
      out += tools;
    }
    out += "]}}";
  } else {
    write_handshake(gathering, out);
  }
  ledger.set_connection(gathering.connection);
  ledger.add(EventKind::Replied, std::string_view(out).substr(start));
  replies.end();
}

// The first one's word on the revision; the lists change if anybody's do.
void Hub::write_handshake(const Gathering& gathering, std::string& out) {
  bool changes = false;
  for (std::size_t i = gathering.parts.size(); i-- > 0;) {
    if (base::read_json(gathering.parts[i], {}, part_)) return;
    const Value tools = part_.root().find("result").find("capabilities").find("tools");
    changes = changes || tools.find("listChanged").is_true();
  }
  out += R"({"jsonrpc":"2.0","id":)" + gathering.id + R"(,"result":{"protocolVersion":)";
  base::write_json(part_.root().find("result").find("protocolVersion"), out);
  out += R"(,"capabilities":{"tools":{"listChanged":)";
  out += changes ? "true" : "false";
  out += R"(}},"serverInfo":{"name":"hub","version":"1"}}})";
}

bool Hub::is_part(const Gathering& gathering, std::size_t server, const Frames::Frame& frame) {
  if (gathering.connection != frame.connection || !gathering.parts[server].empty()) return false;
  if (base::read_json(frame.bytes, {}, part_) || !is_reply(part_.root())) return false;
  const Value id = part_.root().find("id");
  return id.text() == gathering.lexeme &&
         id.is_string() == (gathering.kind == rpc::Id::Kind::String);
}

void Hub::pass_on(std::size_t server, base::Instant now, Frames& replies, trace::Trace& ledger) {
  while (const auto frame = said_.pop()) {
    const auto part = std::ranges::find_if(
        gatherings_, [&](const Gathering& each) { return is_part(each, server, *frame); });
    if (part == gatherings_.end()) {
      replies.push(frame->connection, frame->bytes);
      continue;
    }
    if (std::string question = take_part(*part, server, frame->bytes); !question.empty()) {
      ask(*part, server, std::move(question), now, replies);
    }
    if (!part->whole()) continue;
    answer(*part, replies, ledger);
    gatherings_.erase(part);
  }
}

void Hub::advance(base::Instant now, trace::Trace& ledger) {
  for (const Upstream& each : upstreams_) each.server->advance(now, ledger);
}

void Hub::fault(const Fault& fault, trace::Trace& ledger) {
  for (const Upstream& each : upstreams_) {
    if (fault.upstream.empty() || fault.upstream == each.name) each.server->fault(fault, ledger);
  }
}

std::optional<Connection> Hub::resumable() const {
  for (const Upstream& each : upstreams_) {
    if (const auto next = each.server->resumable()) return next;
  }
  return std::nullopt;
}

void Hub::resume(base::Instant now, Frames& replies, trace::Trace& ledger) {
  for (std::size_t i = 0; i < upstreams_.size(); ++i) {
    if (!upstreams_[i].server->resumable()) continue;
    upstreams_[i].server->resume(now, said_, ledger);
    return pass_on(i, now, replies, ledger);
  }
}

base::Instant Hub::next_due() const {
  base::Instant first = base::Instant::max();
  for (const Upstream& each : upstreams_) first = std::min(first, each.server->next_due());
  return first;
}

// One that hangs up takes the hub's client with it.
bool Hub::connected(Connection connection) const {
  return std::ranges::all_of(
      upstreams_, [&](const Upstream& each) { return each.server->connected(connection); });
}

std::uint64_t Hub::digest() const {
  constexpr std::uint64_t kPrime = 0x100000001b3;  // FNV-1a's
  std::uint64_t digest = 0;
  for (const Upstream& each : upstreams_) digest = (digest ^ each.server->digest()) * kPrime;
  return digest;
}

base::Result<std::unique_ptr<Mock>> make_hub(const MockOptions& options) {
  base::Problems problems;
  base::Result<Personality> personality = Personality::make(options.personalities);
  if (!personality) return personality.error();
  std::vector<Hub::Upstream> upstreams;
  for (const scenario::UpstreamSpec& each : options.hub.upstreams) {
    MockOptions own{.profile = each.mock_profile,
                    .personalities = options.personalities,
                    .extra_tools = each.extra_tools};
    own.personalities.insert(own.personalities.end(), each.personalities.begin(),
                             each.personalities.end());
    const std::string prefix =
        options.hub.bare_names ? std::string() : each.name + std::string(kBetween);
    auto server = make_server(each.mock, own, prefix);
    if (server) {
      upstreams.push_back({each.name, std::move(*server)});
    } else {
      base::append(problems, server.error());
    }
  }
  if (upstreams.empty() && problems.empty())
    problems.push_back(base::problem({}, {}, "a hub needs upstreams"));
  if (!problems.empty()) return problems;
  return std::make_unique<Hub>(std::move(upstreams), *personality);
}

}  // namespace gatecrash::mock_servers
