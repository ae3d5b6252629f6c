#include "mock_servers/server.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/mcp/era.h"
#include "harness/mcp/methods.h"
#include "mock_servers/lines.h"

namespace gatecrash::mock_servers {
namespace {

using base::Value;
using mcp::Method;
using rpc::Message;
using rpc::Shape;
using trace::EventKind;

// Revisions these servers accept beyond those the harness speaks (mock-servers.md, shared wire
// rules).
constexpr std::string_view kOlderRevisions[] = {"2024-11-05", "2025-03-26"};

std::size_t per_page(const Surface& surface, const Personality& personality) {
  return personality.has(Knob::SmallPages) ? 2 : surface.page_size;
}

std::string letters_of(std::string_view text) {
  std::string letters;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c >= 'a' && c <= 'z') letters += c;
  }
  return letters;
}

std::string_view meant_method(std::string_view method) {
  if (mcp::find_method(method) != nullptr) return method;
  const std::string letters = letters_of(method);
  for (const mcp::MethodInfo& each : mcp::methods()) {
    if (letters.ends_with(letters_of(each.name))) return each.name;
  }
  return method;
}

std::vector<scenario::ExtraTool> named(std::vector<scenario::ExtraTool> tools,
                                       std::string_view prefix) {
  for (scenario::ExtraTool& each : tools) each.name.insert(0, prefix);
  return tools;
}

}  // namespace

Server::Server(std::unique_ptr<Behaviour> behaviour, Personality personality,
               std::vector<scenario::ExtraTool> extra_tools, std::string_view prefix)
    : behaviour_(std::move(behaviour)),
      surface_(behaviour_->surface()),
      born_(personality),
      personality_(personality),
      extra_tools_(named(std::move(extra_tools), prefix)),
      world_(surface_.states),
      catalogues_{
          Catalogue(surface_, extra_tools_, prefix, per_page(surface_, personality), false),
          Catalogue(surface_, extra_tools_, prefix, per_page(surface_, personality), true)} {
  if (personality_.has(Knob::RecyclesIds)) world_.recycle_ids();
}

void Server::reset(const scenario::WorldSpec& spec, base::Instant now) {
  for (Session& each : sessions_) {
    each.open = each.hung_up = false;
    each.lifecycle.reset();
    each.subscriptions.clear();
  }
  subscribed_ = false;
  busy_until_ = kNever;
  waiting_.clear();
  outgoing_.clear();
  held_.clear();
  slow_.clear();
  slowness_ = {};
  disconnect_.reset();
  kept_results_.clear();
  poison_.clear();
  leak_.clear();
  pulled_ = false;
  pull_ = {};
  lists_ = *understood_ = 0;
  personality_ = born_;
  behaviour_->reset();
  if (!world_.reset(spec, now)) return;
  for (TaskIndex i = 0; i < world_.size(); ++i) behaviour_->arm(world_, i, now);
  behaviour_->armed(world_, now);
  world_.seal();
}

Server::Session& Server::session(Connection connection) {
  GATECRASH_CHECK(connection < (1U << 20));
  if (connection >= sessions_.size()) sessions_.resize(connection + 1);
  return sessions_[connection];
}

void Server::open(Connection connection) {
  Session& opened = session(connection);
  opened.open = true;
  opened.hung_up = false;
  opened.lifecycle.reset();
  opened.subscriptions.clear();
}

void Server::close(Connection connection) {
  session(connection).open = false;
  if (!personality_.has(Knob::DisconnectCancels)) return;
  held_.forget(connection);
  slow_.forget(connection);
}

void Server::on_frame(Connection connection, std::string_view frame, base::Instant now,
                      Frames& replies, trace::Trace& ledger) {
  if (session(connection).hung_up) return;
  const std::size_t first_event = ledger.events().size();
  let_due(now, ledger);
  ledger.set_connection(connection);
  ledger.add(EventKind::Arrived, frame);
  const HeldCall::Stage unread = HeldCall::Stage::Unread;
  since_ = now;
  if (busy_until_ != kNever) {
    waiting_.push_back({.connection = connection,
                        .stage = unread,
                        .bytes = std::string(frame),
                        .step = ledger.step()});
  } else if (!held_.empty() && personality_.has(Knob::BlocksWhileWaiting)) {
    held_.add({.connection = connection,
               .stage = unread,
               .bytes = std::string(frame),
               .step = ledger.step()});
  } else if (personality_.splits_lines()) {
    for (const std::string& each : messages_in(frame, personality_))
      handle(connection, each, now, replies, ledger);
  } else {
    handle(connection, frame, now, replies, ledger);
  }
  if (subscribed_) notify_subscribers(first_event, connection, replies, ledger);
}

void Server::handle(Connection connection, std::string_view frame, base::Instant now,
                    Frames& replies, trace::Trace& ledger) {
  ledger.set_connection(connection);
  Context context{.world = world_, .ledger = ledger, .now = now, .connection = connection};
  context.cosmetic_cancel = personality_.has(Knob::CancelIsCosmetic);
  context.global_tasks = personality_.has(Knob::GlobalTaskTable);
  std::string& out = replies.begin(connection);
  const std::size_t start = out.size();
  context.waited = now - since_;
  called_ = hang_up_ = false;
  wait_ = Wait::No;
  id_kind_ = rpc::Id::Kind::None;
  const std::uint64_t number = resuming_.value_or(*understood_);
  answer_line(frame, session(connection), context, out);
  finish(connection, frame, start, number, now, replies, ledger);
  if (pull_.after != Fault::After::Now) pull_if_planned(ledger);
}

void Server::finish(Connection connection, std::string_view frame, std::size_t start,
                    std::uint64_t number, base::Instant now, Frames& replies,
                    trace::Trace& ledger) {
  std::string& out = replies.begin(connection);
  const auto kept = [&](HeldCall::Stage stage, std::string_view bytes) {
    return HeldCall{.connection = connection,
                    .stage = stage,
                    .bytes = std::string(bytes),
                    .number = number,
                    .step = ledger.step(),
                    .id_kind = id_kind_,
                    .id = id_,
                    .due = due_,
                    .since = since_};
  };
  switch (wait_) {
    case Wait::No: break;
    case Wait::Held: held_.add(kept(HeldCall::Stage::Read, frame)); return replies.abandon();
    case Wait::Slow: slow_.add_due(kept(HeldCall::Stage::Read, frame)); return replies.abandon();
    case Wait::Blocks:
      waiting_.push_front(kept(HeldCall::Stage::Read, frame));
      return replies.abandon();
  }
  if (hang_up_ || (called_ && disconnect_ == Fault::Kind::DisconnectAfterEffect)) {
    replies.abandon();
    return hang_up(connection, ledger);
  }
  // Nothing to say, or nobody there any more.
  if (out.size() == start || !session(connection).open) return replies.abandon();
  const auto answer = std::string_view(out).substr(start);
  if (called_ && !resuming_ && held_.how() == Fault::Kind::HoldAnswers) {
    held_.add(kept(HeldCall::Stage::Answered, answer));
    return replies.abandon();
  }
  if (called_ && !resuming_ && slow_answers_ && slowness_.count() > 0) {
    due_ = now + slowness_;
    slow_.add_due(kept(HeldCall::Stage::Answered, answer));
    return replies.abandon();
  }
  send_reply(connection, start, replies, ledger);
}

// In the way the faults among the personalities want it.
void Server::send_reply(Connection connection, std::size_t start, Frames& replies,
                        trace::Trace& ledger) {
  std::string& out = replies.begin(connection);
  if (called_ && personality_.has(Knob::NeverReplies)) return replies.abandon();
  if (called_ && personality_.has(Knob::MalformedReplies)) {
    out.resize(start + (out.size() - start) / 2);
  }
  ledger.add(EventKind::Replied, std::string_view(out).substr(start));
  replies.end();
  if (called_ && personality_.has(Knob::DuplicateReplies)) {
    const std::size_t size = out.size() - start;
    replies.begin(connection).append(out, start, size);
    ledger.add(EventKind::Replied, std::string_view(out).substr(start, size));
    replies.end();
  }
}

void Server::answer_line(std::string_view line, Session& session, Context& context,
                         std::string& out) {
  const rpc::Decoded decoded = rpc::decode(line, personality_.reading(), tree_);
  if (!decoded) {
    if (decoded.fault == rpc::Fault::Batch && personality_.has(Knob::AcceptsBatch)) {
      return answer_batch(line, session, context, out);
    }
    context.ledger.add(EventKind::Misread, rpc::to_string(decoded.fault));
    return error(decoded.id, rpc::rpc_error_code(decoded.fault), "Invalid Request", out);
  }
  Message message = decoded.message;
  if (personality_.has(Knob::LenientMethods)) message.method = meant_method(message.method);
  switch (message.shape) {
    case Shape::Request: return answer_request(message, session, context, out);
    case Shape::Notification: break;
    default: return;  // answers to requests this server never sends
  }
  const mcp::MethodInfo* const info = mcp::find_method(message.method);
  if (info == nullptr) return;
  if (info->method == Method::ToolsCall && personality_.has(Knob::ExecutesNotifications)) {
    const std::size_t start = out.size();
    call_tool(message, context, out);
    out.resize(start);
    return;
  }
  if (info->method == Method::NotifyCancelled) withdraw(message, context);
  if (info->notification && session.lifecycle.may_receive(info->method)) {
    session.lifecycle.received(info->method);
  }
}

void Server::answer_batch(std::string_view line, Session& session, Context& context,
                          std::string& out) {
  base::Tree list;
  if (base::read_json(line, personality_.reading().json, list) || list.root().size() == 0) {
    context.ledger.add(EventKind::Misread, rpc::to_string(rpc::Fault::Batch));
    return error({}, -32600, "Invalid Request", out);
  }
  const std::size_t start = out.size();
  out += '[';
  for (const Value each : list.root()) {
    std::string member;
    base::write_json(each, member);
    if (each.is_list()) {
      context.ledger.add(EventKind::Misread, rpc::to_string(rpc::Fault::Batch));
      continue;
    }
    if (out.back() != '[') out += ',';
    const std::size_t before = out.size();
    answer_line(member, session, context, out);
    if (out.size() == before && out.back() == ',') out.pop_back();
  }
  out += ']';
  if (out.size() == start + 2) out.resize(start);  // notifications only
}

void Server::error(const rpc::Id& id, int code, std::string_view message, std::string& out) const {
  const bool leaky = personality_.has(Knob::LeakyErrors);
  if (!leaky && leak_.empty()) return rpc::write_error(id, code, message, out);
  std::string text(message);
  if (leaky) text += " (at /srv/mock/app.env: API_KEY=" + std::string(kCanary) + ")";
  if (!leak_.empty()) text += ": " + leak_;
  rpc::write_error(id, code, text, out);
}

rpc::Id Server::reply_id(const rpc::Id& id) {
  if (!personality_.has(Knob::IdRewriter)) return id;
  double number = 0;
  const std::string_view text = id.lexeme;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size()) return id;
  rewritten_id_.assign(32, '\0');
  const auto written = std::to_chars(rewritten_id_.data(), rewritten_id_.data() + 32, number);
  rewritten_id_.resize(static_cast<std::size_t>(written.ptr - rewritten_id_.data()));
  return {.kind = rpc::Id::Kind::Integer, .lexeme = rewritten_id_, .value = {}};
}

void Server::answer_request(const Message& message, Session& session, Context& context,
                            std::string& out) {
  Message request = message;
  request.id = reply_id(message.id);
  const mcp::MethodInfo* const info = mcp::find_method(message.method);
  const Framework& framework = *surface_.framework;
  if (info == nullptr || info->notification) {
    return error(request.id, framework.unknown_method_code, framework.unknown_method, out);
  }
  id_kind_ = message.id.kind;
  id_ = message.id.lexeme;
  if (info->method != Method::ToolsCall && waits(false, context.now)) return;
  if (!session.lifecycle.may_receive(info->method)) {
    const bool lenient = personality_.has(Knob::PreInitLenient);
    if (!lenient) {
      context.ledger.add(EventKind::Misread, "out_of_order");
      return error(request.id, -32600, "Received request out of order", out);
    }
  } else {
    session.lifecycle.received(info->method);
  }
  const auto result = [&](auto write) {
    const std::size_t start = out.size();
    rpc::begin_result(request.id, out);
    if (write(out)) {
      out += '}';
      return true;
    }
    out.resize(start);
    return false;
  };
  const auto empty = [](std::string& text) { return text += "{}", true; };
  const std::string_view uri = rpc::member(request.params, "uri", personality_.reading()).text();
  switch (info->method) {
    case Method::Initialize: return initialize(request, out);
    case Method::Ping: result(empty); return;
    case Method::ToolsList: return list_tools(request, out);
    case Method::ToolsCall: return call_tool(request, context, out);
    case Method::ResourcesList:
      if (result([&](std::string& text) { return behaviour_->list_resources(context, text); }))
        return;
      break;
    case Method::ResourcesTemplatesList:
      if (result([&](std::string& text) {
            return behaviour_->list_resource_templates(context, text);
          }))
        return;
      break;
    case Method::ResourcesRead:
      if (!surface_.resources) break;
      if (result([&](std::string& text) { return behaviour_->read_resource(uri, context, text); }))
        return;
      return error(request.id, -32002, "Resource not found", out);
    case Method::ResourcesSubscribe:
      if (!surface_.subscriptions) break;
      session.subscriptions.emplace_back(uri);
      subscribed_ = true;
      result(empty);
      return;
    case Method::ResourcesUnsubscribe:
      if (!surface_.subscriptions) break;
      std::erase(session.subscriptions, uri);
      result(empty);
      return;
    case Method::PromptsList:
      if (result([&](std::string& text) { return behaviour_->list_prompts(context, text); }))
        return;
      break;
    case Method::PromptsGet: {
      if (!surface_.prompts) break;
      const std::string_view name =
          rpc::member(request.params, "name", personality_.reading()).text();
      const Value given = rpc::member(request.params, "arguments", personality_.reading());
      if (result([&](std::string& text) {
            return behaviour_->get_prompt(name, given, context, text);
          }))
        return;
      return error(request.id, -32602, "Unknown prompt", out);
    }
    default:
      if (answer_task_method(request, info->method, context, out)) return;
      break;
  }
  error(request.id, framework.unknown_method_code, framework.unknown_method, out);
}

void Server::initialize(const Message& message, std::string& out) {
  const std::string_view asked =
      rpc::member(message.params, "protocolVersion", personality_.reading()).text();
  const bool spoken = mcp::parse_era(asked) || std::ranges::count(kOlderRevisions, asked) != 0;
  rpc::begin_result(message.id, out);
  out += R"({"protocolVersion":")";
  out += spoken ? asked : mcp::to_string(mcp::kDefaultEra);
  out += R"(","capabilities":{"tools":{"listChanged":)";
  // Said by a server whose tools the scenario changes later; none of the real ones says it.
  out +=
      std::ranges::any_of(extra_tools_, &scenario::ExtraTool::after_rug_pull) ? "true}" : "false}";
  if (surface_.resources) {
    out += surface_.subscriptions ? R"(,"resources":{"subscribe":true,"listChanged":false})"
                                  : R"(,"resources":{"subscribe":false,"listChanged":false})";
  }
  if (surface_.prompts) out += R"(,"prompts":{"listChanged":false})";
  if (personality_.has(Knob::TasksCapable)) out += R"(,"tasks":{"list":{},"cancel":{}})";
  out += R"(},"serverInfo":{"name":")";
  out += surface_.server_name;
  out += R"(","version":")";
  out += surface_.server_version;
  out += "\"}}}";
}

void Server::list_tools(const Message& message, std::string& out) {
  std::size_t page = 0;
  const std::vector<std::string>& pages = catalogue().pages();
  // Servers with one page ignore the cursor, as the Python SDKs do.
  if (pages.size() > 1) {
    if (const Value cursor = rpc::member(message.params, "cursor", personality_.reading())) {
      page = pages.size();
      for (std::size_t i = 1; i < pages.size(); ++i) {
        if (cursor.text() == "page-" + std::to_string(i)) page = i;
      }
    }
    if (page == pages.size()) return error(message.id, -32602, "Invalid cursor", out);
  }
  rpc::begin_result(message.id, out);
  out += pages[page];
  if (page == 0) ++lists_;
  out += '}';
}

}  // namespace gatecrash::mock_servers
