#include "harness/gateway/policy_gateway.h"

#include <algorithm>

#include "harness/base/digest.h"
#include "harness/base/json.h"
#include "harness/base/seed.h"
#include "harness/gateway/rewrite.h"
#include "harness/gateway/words.h"
#include "harness/mcp/messages.h"

namespace gatecrash::gateway {
namespace {

using base::Value;
using mcp::Method;
using rpc::Id;
using rpc::Message;
using rpc::Shape;

constexpr int kApprovalRequired = -32003;  // policy-semantics.md 1.5
constexpr int kDenied = 403;               // outside the range JSON-RPC reserves
constexpr std::string_view kRelatedTask = "io.modelcontextprotocol/related-task";

std::string_view denial_prefix(policy::Dialect dialect) {
  return dialect == policy::Dialect::Intercept ? "[INTERCEPT POLICY DENIED] " : "[POLICY DENIED] ";
}

// Go writes a missing id as null.
Id answer_id(const Id& id) {
  return id.kind == Id::Kind::None ? Id{Id::Kind::Other, "null", {}} : id;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void fold(std::string_view name, std::string& out) {
  out.clear();
  for (const char c : name) out += lower(c);
}

bool in_charset(std::string_view name) {
  if (name.empty() || name.size() > 128) return false;
  for (const char c : name) {
    const char l = lower(c);
    const bool ok =
        (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (!ok) return false;
  }
  return true;
}

bool has_task(Value params) {
  return params.find("task") || params.find("_meta").find(kRelatedTask);
}

}  // namespace

PolicyGateway::PolicyGateway(std::shared_ptr<const policy::Policy> policy,
                             const Character& character, const PolicyInput& input,
                             PolicyLoader load, std::unique_ptr<decision::CounterStore> counters)
    : character_(character),
      wire_(character_.wire),
      calls_(wire_),
      load_(std::move(load)),
      counters_(std::move(counters)) {
  adopt(std::move(policy), input);
}

void PolicyGateway::adopt(std::shared_ptr<const policy::Policy> policy, const PolicyInput& input) {
  std::vector<decision::Engine::ListArgument> lists;
  if (!input.list_tool.empty() && !input.list_argument.empty()) {
    lists.push_back({input.list_tool, input.list_argument});
  }
  engine_ = std::make_unique<decision::Engine>(std::move(policy), character_.semantics, counters_,
                                               std::move(lists));
  const policy::Policy& rules = engine_->policy();
  prefix_ = denial_prefix(rules.dialect);
  in_force_ = base::sha256_hex(input.text);
  redactor_ = Redactor(rules.redactions);
  exact_names_.clear();
  folded_names_.clear();
  const auto add = [&](const std::string& name) {
    exact_names_.insert(name);
    std::string folded;
    fold(name, folded);
    folded_names_.insert(std::move(folded));
  };
  for (const policy::ToolPolicy& tool : rules.tools) add(tool.name);
  for (const policy::HideEntry& hidden : rules.hide) add(hidden.name);
}

Replaced PolicyGateway::restart(const PolicyInput& input) {
  LoadedPolicy loaded = load_(input);
  if (!loaded.policy) return {false, std::move(loaded.problems)};
  reset();
  adopt(std::move(loaded.policy), input);
  return {true, std::move(loaded.problems)};
}

Replaced PolicyGateway::reload(const PolicyInput& input, base::Instant now, Frames& to_client,
                               trace::Trace& log) {
  LoadedPolicy loaded = load_(input);
  if (!loaded.policy) return not_reloaded(std::move(loaded.problems), now, log);
  // Tickets belong to the engine that gave them.
  for (Connection connection = 0; connection < sessions_.size(); ++connection) {
    Session* const session = find(connection);
    if (session == nullptr) continue;
    session->requests.each([&](const Id&, Awaited& awaited) {
      if (awaited.ticket != 0) engine_->settle(awaited.ticket, decision::CallResult::Ok, now);
      awaited.ticket = 0;
    });
    if (!session->told_of_lists) continue;
    to_client.push(connection, R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  }
  const std::unique_ptr<decision::Engine> before = std::move(engine_);
  adopt(std::move(loaded.policy), input);
  engine_->inherit(*before);
  reload_refused_ = false;
  return {true, std::move(loaded.problems)};
}

// What the operator now takes to be denied may be what the policy before allows: reading does no
// harm.
Replaced PolicyGateway::not_reloaded(base::Problems why, base::Instant now, trace::Trace& log) {
  reload_refused_ = true;
  const std::string text = words(why);
  log.add(trace::EventKind::Kept, text, in_force_).connection = 0;  // nobody's
  if (audit_ != nullptr) audit_->kept(text, now + clock_error_);
  return {false, std::move(why), wire_.closed_reload};
}

void PolicyGateway::operate(const OperatorAction& action, base::Instant now, Frames&) {
  using Kind = OperatorAction::Kind;
  decision::Switches& switches = engine_->switches();
  switch (action.kind) {
    case Kind::Approve:
    case Kind::Deny:
    case Kind::Decide: return decide_approvals(action, now + clock_error_);
    case Kind::Expire:
      for (const decision::Approval& each : engine_->approvals()) engine_->expire(each.id);
      return;
    case Kind::Revoke: switches.revoked.insert(action.text); return;
    case Kind::Restore: switches.revoked.erase(action.text); return;
    case Kind::Freeze: switches.frozen = true; return;
    case Kind::Unfreeze: switches.frozen = false; return;
    case Kind::Kill: switches.killed = true; return;
    case Kind::Revive: switches.killed = false; return;
    case Kind::StoreDown:
    case Kind::StoreUp: counters_.set_down(action.kind == Kind::StoreDown); return;
    case Kind::AuditDown:
    case Kind::AuditUp: audit_down_ = action.kind == Kind::AuditDown; return;
    case Kind::Clock: clock_error_ += action.by; return;
    case Kind::AcceptDefinitions: definitions_.accept(); return;
    case Kind::Reload: return;
  }
}

void PolicyGateway::decide_approvals(const OperatorAction& action, base::Instant now) {
  base::Seed seed(action.seed);
  const std::vector<decision::Approval> all = engine_->approvals();
  const bool by_id = std::ranges::find(all, action.text, &decision::Approval::id) != all.end();
  for (const decision::Approval& each : all) {
    if (each.state != decision::ApprovalState::Pending) continue;
    if (by_id ? each.id != action.text
              : each.tool.find(action.text) == std::string::npos &&
                    each.arguments.find(action.text) == std::string::npos) {
      continue;
    }
    const bool yes =
        action.kind == OperatorAction::Kind::Approve ||
        (action.kind == OperatorAction::Kind::Decide && seed.below(100) < action.percent);
    if (yes)
      engine_->approve(each.id, now);
    else
      engine_->deny(each.id, now);
  }
}

PolicyGateway::Session* PolicyGateway::find(Connection connection) {
  if (connection >= sessions_.size()) return nullptr;
  Session* session = sessions_[connection].get();
  return session != nullptr && session->open ? session : nullptr;
}

void PolicyGateway::open(Connection connection, const Principal& principal) {
  close(connection);
  if (connection >= sessions_.size()) sessions_.resize(connection + 1);
  if (!sessions_[connection]) sessions_[connection] = std::make_unique<Session>();
  Session& session = *sessions_[connection];
  session.open = true;
  session.grant = principal.grant;
  session.principal = principal.name;
  session.tenant = principal.tenant;
  session.name = "s" + std::to_string(++sessions_opened_);
  session.lifecycle.reset();
  session.listing = {};
}

void PolicyGateway::close(Connection connection) {
  Session* session = find(connection);
  if (session == nullptr) return;
  // How those calls went will never be known: the charge stays.
  session->requests.each([&](const Id&, const Awaited& awaited) {
    if (awaited.ticket != 0) engine_->settle(awaited.ticket, decision::CallResult::Ok, last_);
  });
  session->requests.clear();
  session->upstream_requests.clear();
  session->told_of_lists = false;
  session->open = false;
}

void PolicyGateway::reset() {
  for (const auto& session : sessions_) {
    if (!session || !session->open) continue;
    session->requests.clear();
    session->upstream_requests.clear();
    session->told_of_lists = false;
    session->open = false;
  }
  definitions_.reset();
  sessions_opened_ = 0;
  clock_error_ = {};
  audit_down_ = false;
  reload_refused_ = false;
  engine_->reset();
}

std::size_t PolicyGateway::in_flight(Connection connection) const {
  if (connection >= sessions_.size() || !sessions_[connection]) return 0;
  return sessions_[connection]->requests.size();
}

// ---- from the client (from the upstream: policy_gateway_upstream.cc)
// -------------------------------

void PolicyGateway::from_client(Connection connection, std::string_view frame, base::Instant now,
                                Frames& to_upstream, Frames& to_client, trace::Trace& log) {
  Session* session = find(connection);
  if (session == nullptr) return;
  // What a transport would not have read.
  if (frame.size() > wire_.reading.json.bytes) return oversize(connection, now, to_client, log);
  last_ = now + clock_error_;
  Turn turn{connection, *session, frame, last_, to_upstream, to_client, log};
  const rpc::Decoded decoded = rpc::decode(frame, wire_.reading, tree_);
  if (!decoded) return unreadable(turn, decoded);
  switch (decoded.message.shape) {
    case Shape::Request: return request(turn, decoded.message);
    case Shape::Notification: return notification(turn, decoded.message);
    case Shape::Result:
    case Shape::Error: return reply_of_client(turn, decoded.message);
  }
}

void PolicyGateway::unreadable(Turn& turn, const rpc::Decoded& decoded) {
  if (wire_.unparsable == Unparsable::Forward) {
    turn.to_upstream.push(turn.connection, turn.frame);
    return;
  }
  // A reply is never answered, however it is broken.
  const Value root = tree_.root();
  if (root.is_object() && !root.find("method") && (root.find("result") || root.find("error"))) {
    return refuse(turn, rpc::to_string(decoded.fault));
  }
  refuse(turn, rpc::to_string(decoded.fault), decoded.id, rpc::rpc_error_code(decoded.fault),
         rpc::to_string(decoded.fault));
}

// The wire rules' word on a request that could be read.
bool PolicyGateway::admit(Turn& turn, const Message& message, const mcp::MethodInfo* info) {
  const Id& id = message.id;
  if (wire_.max_id != 0 && id.lexeme.size() > wire_.max_id) {
    refuse(turn, "bad_id", {}, rpc::kInvalidRequest, "the id is too long");
    return false;
  }
  if (wire_.reused_id == ReusedId::Refuse && turn.session.requests.find(id) != nullptr) {
    refuse(turn, "id_in_flight", id, rpc::kInvalidRequest, "a request with this id is in flight");
    return false;
  }
  if (wire_.other_methods == OtherMethods::AllowList) {
    if (info == nullptr || info->notification || !wire_.from_client.has(info->method)) {
      refuse(turn, "method_not_allowed", id, rpc::kMethodNotFound, "method not found");
      return false;
    }
  }
  if (wire_.enforce_lifecycle && info != nullptr &&
      !turn.session.lifecycle.may_receive(info->method)) {
    refuse(turn, info->method == Method::Initialize ? "already_initialized" : "not_initialized", id,
           rpc::kInvalidRequest,
           info->method == Method::Initialize ? "already initialized" : "not initialized");
    return false;
  }
  // A tool call is decided, and its arguments with it; everything else is not the policy's to speak
  // of.
  const bool call = info != nullptr && info->method == Method::ToolsCall;
  if (!call && is_stopped(turn) && info != nullptr && info->method != Method::Ping &&
      info->method != Method::Initialize) {
    refuse(turn, "stopped", id, rpc::kInvalidRequest, "stopped by the operator");
    return false;
  }
  if (keeps_back(message, call)) {
    refuse(turn, "secret_in_message", id, rpc::kInvalidParams,
           "the message holds what must not leave");
    return false;
  }
  if (wire_.max_in_flight != 0 && turn.session.requests.size() >= wire_.max_in_flight) {
    refuse(turn, "too_many_in_flight", id, rpc::kInternalError, "too many requests in flight");
    return false;
  }
  return true;
}

bool PolicyGateway::is_stopped(const Turn& turn) const {
  const decision::Switches& switches = engine_->switches();
  return switches.killed || switches.revoked.contains(turn.session.grant);
}

bool PolicyGateway::keeps_back(const Message& message, bool call) const {
  if (!call) return engine_->keeps_back(message.root);
  for (const Value each : message.params) {
    if (each.key() != "name" && each.key() != "arguments" && engine_->keeps_back(each)) return true;
  }
  return engine_->keeps_back(message.id.value);
}

void PolicyGateway::request(Turn& turn, const Message& message) {
  const mcp::MethodInfo* info = mcp::find_method(message.method);
  if (!admit(turn, message, info)) return;
  const Method method = info != nullptr ? info->method : Method::Ping;
  if (method == Method::ToolsCall) return tools_call(turn, message);
  if (method == Method::ToolsList && wire_.list_filter == ListFilter::Visible) {
    const Value cursor = message.params.find("cursor");
    await(turn, message.id,
          {.list = true, .chain = definitions_.asked(cursor, turn.session.listing)});
  } else if (method == Method::Initialize && wire_.capabilities == Capabilities::Strip) {
    await(turn, message.id, {.initialize = true});
    turn.session.lifecycle.received(method);
    std::string& out = turn.to_upstream.begin(turn.connection);
    write_initialize_request(message.root, wire_, out);
    turn.to_upstream.end();
    return;
  } else if (wire_.one_reply_per_id) {
    await(turn, message.id, {});
  }
  if (info != nullptr) turn.session.lifecycle.received(method);
  forward(turn, message.root);
}

void PolicyGateway::notification(Turn& turn, const Message& message) {
  const mcp::MethodInfo* info = mcp::find_method(message.method);
  if (wire_.other_methods == OtherMethods::Forward) {
    if (calls_.is_call(message)) return tools_call(turn, message);
    if (info != nullptr && info->notification) turn.session.lifecycle.received(info->method);
    return forward(turn, message.root);
  }
  if (info == nullptr || !wire_.from_client.has(info->method))
    return refuse(turn, "method_not_allowed");
  if (!info->notification) return refuse(turn, "request_without_id");
  if (wire_.enforce_lifecycle && !turn.session.lifecycle.may_receive(info->method)) {
    return refuse(turn, "not_initialized");
  }
  if (info->method == Method::NotifyCancelled) {
    // Only the sender's own requests, never the handshake, and by exact id.
    const Value target = message.params.find("requestId");
    const Id id{target.is_string() ? Id::Kind::String : Id::Kind::Integer, target.text(), target};
    const Awaited* awaited =
        target.is_string() || target.is_number() ? turn.session.requests.find(id) : nullptr;
    if (awaited == nullptr || awaited->initialize) return refuse(turn, "nothing_to_cancel");
  }
  if (is_stopped(turn) && info->method != Method::NotifyInitialized) return refuse(turn, "stopped");
  if (engine_->keeps_back(message.root)) return refuse(turn, "secret_in_message");
  turn.session.lifecycle.received(info->method);
  forward(turn, message.root);
}

void PolicyGateway::reply_of_client(Turn& turn, const Message& message) {
  if (wire_.one_reply_per_id && !turn.session.upstream_requests.take(message.id)) {
    return refuse(turn, "unexpected_reply");
  }
  if (is_stopped(turn)) return refuse(turn, "stopped");
  if (engine_->keeps_back(message.root)) return refuse(turn, "secret_in_message");
  forward(turn, message.root);
}

void PolicyGateway::tools_call(Turn& turn, const Message& message) {
  const JudgedCalls::Read call = calls_.read(message);
  if (call.fate == JudgedCalls::Fate::Forward) {
    turn.to_upstream.push(turn.connection, turn.frame);
    return;
  }
  if (call.fate == JudgedCalls::Fate::Refuse)
    return refuse(turn, "bad_params", message.id, rpc::kInvalidParams, "invalid params");
  if (wire_.refuse_task_calls && has_task(message.params)) {
    return refuse(turn, "task_not_offered", message.id, rpc::kInvalidParams,
                  "tasks are not offered");
  }
  if (is_guarded_name(call.tool)) {
    return refuse(turn, "doubtful_tool_name", message.id, rpc::kInvalidParams, "unknown tool");
  }
  const decision::Call asked{.tool = call.tool,
                             .arguments = call.arguments,
                             .caller = turn.session.caller(),
                             .at = turn.now};
  const decision::Ruling ruling = rule(asked);
  trace::Event& event =
      turn.log.add(trace::EventKind::Decided, call.tool, ruling.rule, ruling.message);
  event.detail = static_cast<std::uint8_t>(ruling.outcome);
  event.place = ruling.at;
  event.call = call_digest_.of(asked.tool, asked.arguments);
  if (audit_ != nullptr) audit_->decided(asked, ruling);
  switch (ruling.outcome) {
    case decision::Outcome::Allow: break;
    case decision::Outcome::Hold: return hold(turn, message.id, ruling);
    case decision::Outcome::Deny:
    case decision::Outcome::Refuse: return deny(turn, message.id, ruling);
  }
  if (wire_.one_reply_per_id || ruling.ticket != 0) {
    await(turn, message.id,
          {.call = true,
           .ticket = ruling.ticket,
           .learn_from = engine_->hands_out(call.tool) ? std::string(call.tool) : std::string()});
  }
  forward(turn, message.root);
}

// The policy's word, unless the gateway may not ask it: a tool that is not what it was is not
// called, and nothing that could do harm happens unrecorded, or under a policy that its operator
// has given up.
decision::Ruling PolicyGateway::rule(const decision::Call& call) {
  const policy::Policy& policy = engine_->policy();
  if (policy.pinned && !definitions_.trusted(call.tool)) {
    return {
        .rule = policy.pinned->path,
        .at = policy.pinned->at,
        .message =
            "The definition of this tool is not the one that was looked at; list the tools again"};
  }
  const bool reads = engine_->tool_class(call.tool) == policy::ToolClass::Read;
  if (audit_down_ && wire_.audit_first && !reads) {
    return {.rule = "(audit)", .message = "The audit cannot be written. Try again later."};
  }
  if (reload_refused_ && wire_.closed_reload && !reads) {
    return {.rule = "(reload)", .message = "The new policy does not load. Try again later."};
  }
  return engine_->decide(call);
}

bool PolicyGateway::is_guarded_name(std::string_view tool) {
  if (wire_.tool_names == ToolNames::Any) return false;
  // Under default deny only exact names pass anyway, and the denial names the clause.
  if (engine_->policy().default_action == policy::DefaultAction::Deny) return false;
  text_.assign(tool);
  if (exact_names_.contains(text_)) return false;
  if (!in_charset(tool)) return true;
  fold(tool, text_);
  return folded_names_.contains(text_);
}

void PolicyGateway::deny(Turn& turn, const Id& id, const decision::Ruling& ruling) {
  std::string& out = turn.to_client.begin(turn.connection);
  if (wire_.deny_style == DenyStyle::RpcError) {
    rpc::write_error(id, kDenied, "denied by policy", out);
  } else {
    text_.assign(prefix_);
    text_ += wire_.deny_style == DenyStyle::Dialect ? ruling.message : "Denied by policy";
    mcp::write_text_result(answer_id(id), text_, true, out);
  }
  turn.to_client.end();
}

void PolicyGateway::hold(Turn& turn, const Id& id, const decision::Ruling& ruling) {
  text_ = engine_->policy().dialect == policy::Dialect::Intercept ? "[INTERCEPT APPROVAL REQUIRED] "
                                                                  : "[APPROVAL REQUIRED] ";
  text_ += ruling.message;
  std::string& out = turn.to_client.begin(turn.connection);
  out += R"({"jsonrpc":"2.0","id":)";
  rpc::write_id(answer_id(id), out);
  out += R"(,"error":{"code":)";
  out += std::to_string(kApprovalRequired);
  out += R"(,"message":)";
  base::write_json_string(text_, out);
  out += R"(,"data":{"approval_id":)";
  base::write_json_string(ruling.approval, out);
  out += "}}}";
  turn.to_client.end();
}

void PolicyGateway::forward(Turn& turn, Value root) {
  std::string& out = turn.to_upstream.begin(turn.connection);
  if (wire_.forwarded == ForwardedBytes::Canonical) {
    rpc::encode(root, wire_.reading, out);
  } else {
    out += turn.frame;
  }
  turn.to_upstream.end();
}

void PolicyGateway::refuse(Turn& turn, std::string_view reason) {
  turn.log.add(trace::EventKind::Refused, turn.frame, reason);
  if (audit_ != nullptr) audit_->refused(turn.session.caller(), reason, turn.now);
}

void PolicyGateway::refuse(Turn& turn, std::string_view reason, const Id& id, int code,
                           std::string_view message) {
  refuse(turn, reason);
  // An id that JSON-RPC does not know cannot be echoed.
  const bool echo = id.kind == Id::Kind::Integer || id.kind == Id::Kind::String;
  const bool fits = wire_.max_id == 0 || id.lexeme.size() <= wire_.max_id;
  rpc::write_error(echo && fits ? id : Id{}, code, message, turn.to_client.begin(turn.connection));
  turn.to_client.end();
}

void PolicyGateway::await(Turn& turn, const Id& id, const Awaited& awaited) {
  if (id.kind == Id::Kind::None) return;
  Awaited& entry = turn.session.requests.at(id);
  if (awaited.ticket != 0 && entry.ticket != 0) {
    engine_->settle(entry.ticket, decision::CallResult::Ok,
                    turn.now);  // its reply is now the other's
  }
  entry.list = entry.list || awaited.list;
  entry.call = entry.call || awaited.call;
  entry.initialize = entry.initialize || awaited.initialize;
  if (awaited.chain != 0) entry.chain = awaited.chain;
  if (awaited.ticket != 0) entry.ticket = awaited.ticket;
  if (!awaited.learn_from.empty()) entry.learn_from = awaited.learn_from;
}

void PolicyGateway::oversize(Connection connection, base::Instant now, Frames& to_client,
                             trace::Trace& log) {
  Session* session = find(connection);
  if (session == nullptr) return;
  const rpc::Fault fault = rpc::Fault::TooLarge;
  log.add(trace::EventKind::Refused, {}, rpc::to_string(fault));
  if (audit_ != nullptr) audit_->refused(session->caller(), rpc::to_string(fault), now);
  rpc::write_error({}, rpc::rpc_error_code(fault), rpc::to_string(fault),
                   to_client.begin(connection));
  to_client.end();
}

}  // namespace gatecrash::gateway
