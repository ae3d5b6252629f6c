// The half of the policy gateway that deals with what the upstream says.
#include "harness/base/json.h"
#include "harness/gateway/policy_gateway.h"
#include "harness/gateway/rewrite.h"
#include "harness/mcp/messages.h"

namespace gatecrash::gateway {
namespace {

using base::Value;
using rpc::Id;
using rpc::Message;
using rpc::Shape;

}  // namespace

void PolicyGateway::from_upstream(Connection connection, std::string_view frame, base::Instant now,
                                  Frames& to_upstream, Frames& to_client, trace::Trace& log) {
  Session* session = find(connection);
  if (session == nullptr) return;
  last_ = now + clock_error_;
  Turn turn{connection, *session, frame, last_, to_upstream, to_client, log};
  const rpc::Decoded decoded = rpc::decode(frame, wire_.upstream_reading, tree_);
  if (!decoded) return unreadable_upstream(turn, decoded);
  const Message& message = decoded.message;
  switch (message.shape) {
    case Shape::Result:
    case Shape::Error: return upstream_reply(turn, message);
    case Shape::Request: return upstream_request(turn, message);
    case Shape::Notification: {
      const mcp::MethodInfo* info = mcp::find_method(message.method);
      if (message.method == "notifications/tools/list_changed") definitions_.doubt();
      const bool allowed =
          wire_.other_methods == OtherMethods::Forward ||
          (info != nullptr && info->notification && wire_.from_upstream.has(info->method));
      return allowed ? relay(turn, message.root) : refuse(turn, "method_not_allowed");
    }
  }
}

void PolicyGateway::unreadable_upstream(Turn& turn, const rpc::Decoded& decoded) {
  if (wire_.unparsable == Unparsable::Forward) {
    turn.to_client.push(turn.connection, turn.frame);
    return;
  }
  refuse(turn, rpc::to_string(decoded.fault));
  // The client waits for an answer; it gets one that says nothing of what the upstream wrote. A
  // broken message without a readable id is the answer to what waits alone; other noise (a server
  // that prints to its standard output, say) is nobody's answer.
  Id id = decoded.id;
  const bool broken = decoded.fault == rpc::Fault::NotJson && turn.frame.starts_with('{') &&
                      turn.frame.find("\"jsonrpc\"") != std::string_view::npos;
  if (broken && id.kind == Id::Kind::None && turn.session.requests.size() == 1) {
    turn.session.requests.each([&](const Id& only, const Awaited&) {
      text_.assign(only.lexeme);
      id = {only.kind, text_, {}};
    });
  }
  const auto awaited = turn.session.requests.take(id);
  if (!awaited) return;
  if (awaited->ticket != 0) engine_->settle(awaited->ticket, decision::CallResult::Ok, turn.now);
  if (awaited->initialize) turn.session.lifecycle.reset();
  rpc::write_error(id, rpc::kInternalError, "the upstream's reply was not readable",
                   turn.to_client.begin(turn.connection));
  turn.to_client.end();
}

void PolicyGateway::upstream_reply(Turn& turn, const Message& message) {
  const auto awaited = turn.session.requests.take(message.id);
  if (!awaited) {
    if (wire_.one_reply_per_id) return refuse(turn, "unexpected_reply");
    return relay(turn, message.root);
  }
  const bool is_error = message.shape == Shape::Error;
  if (awaited->ticket != 0) {
    const bool tool_error = !is_error && message.result.find("isError").is_true();
    engine_->settle(awaited->ticket,
                    is_error     ? decision::CallResult::RpcError
                    : tool_error ? decision::CallResult::ToolError
                                 : decision::CallResult::Ok,
                    turn.now);
  }
  if (!awaited->learn_from.empty() && !is_error) {
    engine_->learn(awaited->learn_from, turn.session.caller(), message.result);
  }
  if (awaited->initialize) {
    if (is_error) {
      turn.session.lifecycle.reset();  // the client may offer another version
    } else {
      const Value tools = message.result.find("capabilities").find("tools");
      turn.session.told_of_lists = tools.find("listChanged").is_true();
      text_.clear();
      write_initialize_reply(message.root, wire_, text_);
      return tell(turn, text_);
    }
  }
  if (awaited->list && !is_error) {
    const bool keep_unreadable = wire_.unparsable == Unparsable::Forward;
    const bool pinned = engine_->policy().pinned.has_value();
    if (pinned) {
      definitions_.see(message.result.find("tools"), message.result.find("nextCursor"),
                       awaited->chain, turn.session.listing);
    }
    const auto shows = [&](std::string_view tool) {
      return engine_->visible(tool) && (!pinned || definitions_.shown(tool));
    };
    text_.clear();
    if (write_visible_tools(message.root, wire_.upstream_reading, shows, keep_unreadable, text_)) {
      return tell(turn, text_);
    }
  }
  relay(turn, message.root);
}

void PolicyGateway::upstream_request(Turn& turn, const Message& message) {
  if (wire_.other_methods == OtherMethods::Forward) return relay(turn, message.root);
  const auto answer = [&](std::string_view reason, int code, std::string_view text) {
    refuse(turn, reason);
    rpc::write_error(message.id, code, text, turn.to_upstream.begin(turn.connection));
    turn.to_upstream.end();
  };
  const mcp::MethodInfo* info = mcp::find_method(message.method);
  if (info == nullptr || info->notification || !wire_.from_upstream.has(info->method)) {
    return answer("method_not_allowed", rpc::kMethodNotFound, "method not found");
  }
  InFlight& pending = turn.session.upstream_requests;
  if (pending.find(message.id) != nullptr) {
    return answer("id_in_flight", rpc::kInvalidRequest, "a request with this id is in flight");
  }
  if (wire_.max_in_flight != 0 && pending.size() >= wire_.max_in_flight) {
    return answer("too_many_in_flight", rpc::kInternalError, "too many requests in flight");
  }
  pending.at(message.id);
  relay(turn, message.root);
}

// What was changed on its way: without what the policy does not want seen.
void PolicyGateway::tell(Turn& turn, const std::string& frame) {
  std::string& out = turn.to_client.begin(turn.connection);
  base::Tree tree;
  if (redactor_.empty() || base::read_json(frame, wire_.upstream_reading.json, tree) ||
      !redact(turn, tree.root(), out)) {
    out += frame;
  }
  turn.to_client.end();
}

bool PolicyGateway::redact(Turn& turn, Value root, std::string& out) {
  if (!redactor_.write(root, out)) return false;
  redactor_.each_taken(
      [&](std::string_view path) { turn.log.add(trace::EventKind::Redacted, path); });
  return true;
}

void PolicyGateway::relay(Turn& turn, Value root) {
  std::string& out = turn.to_client.begin(turn.connection);
  if (redact(turn, root, out)) return turn.to_client.end();
  if (wire_.forwarded == ForwardedBytes::Canonical) {
    rpc::encode(root, wire_.upstream_reading, out);
  } else {
    out += turn.frame;
  }
  turn.to_client.end();
}

void PolicyGateway::upstream_lost(Connection connection, base::Instant now, Frames& to_client,
                                  trace::Trace&) {
  Session* session = find(connection);
  if (session == nullptr) return;
  session->requests.each([&](const Id& id, const Awaited& awaited) {
    if (awaited.ticket != 0) engine_->settle(awaited.ticket, decision::CallResult::Ok, now);
    rpc::write_error(id, rpc::kInternalError, "the upstream is gone; the outcome is unknown",
                     to_client.begin(connection));
    to_client.end();
  });
  session->requests.clear();
}

}  // namespace gatecrash::gateway
