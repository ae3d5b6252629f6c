// The two gateways that must always be wrong, each in one way only: `null` looks at no policy at
// all, `deny_all` lists what the policy lets be seen and refuses every call.
#include <set>

#include "harness/decision/counters.h"
#include "harness/decision/engine.h"
#include "harness/gateway/builtin.h"
#include "harness/gateway/rewrite.h"
#include "harness/mcp/call_digest.h"
#include "harness/mcp/messages.h"

namespace gatecrash::gateway {
namespace {

class NullGateway final : public Gateway {
 public:
  void open(Connection, const Principal&) override {}
  void close(Connection) override {}
  void from_client(Connection connection, std::string_view frame, base::Instant,
                   Frames& to_upstream, Frames&, trace::Trace&) override {
    to_upstream.push(connection, frame);
  }
  void from_upstream(Connection connection, std::string_view frame, base::Instant, Frames&,
                     Frames& to_client, trace::Trace&) override {
    to_client.push(connection, frame);
  }
  void reset() override {}
  Replaced restart(const PolicyInput&) override { return {true, {}}; }
  Replaced reload(const PolicyInput&, base::Instant, Frames&, trace::Trace&) override {
    return {true, {}};
  }
};

class DenyAllGateway final : public Gateway {
 public:
  explicit DenyAllGateway(const PolicyInput& input) { adopt(input); }

  void open(Connection, const Principal&) override {}
  void close(Connection connection) override { greeted_.erase(connection); }
  void from_client(Connection connection, std::string_view frame, base::Instant,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree_);
    if (!decoded) return refuse(connection, frame, decoded.id, log, to_client);
    const rpc::Message& message = decoded.message;
    const mcp::MethodInfo* info = mcp::find_method(message.method);
    const bool again = info != nullptr && info->method == mcp::Method::Initialize &&
                       !greeted_.insert(connection).second;
    if (info != nullptr && !again && kRelayed.has(info->method) &&
        info->notification == (message.shape == rpc::Shape::Notification)) {
      to_upstream.push(connection, frame);
    } else if (message.shape == rpc::Shape::Request && message.method == "tools/call") {
      const mcp::ToolCall call = mcp::read_tools_call(message, rpc::strict_reading());
      trace::Event& event = log.add(trace::EventKind::Decided, call.tool, {}, kDenial);
      event.detail = static_cast<std::uint8_t>(decision::Outcome::Deny);
      event.call = call_digest_.of(call.tool, call.arguments);
      mcp::write_text_result(message.id, kDenial, true, to_client.begin(connection));
      to_client.end();
    } else if (message.shape == rpc::Shape::Request) {
      refuse(connection, frame, message.id, log, to_client);
    } else {
      log.add(trace::EventKind::Refused, frame, "everything_is_denied");
    }
  }
  void from_upstream(Connection connection, std::string_view frame, base::Instant, Frames&,
                     Frames& to_client, trace::Trace&) override {
    std::string& out = to_client.begin(connection);
    const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree_);
    const bool lists =
        decoded && decoded.message.result.find("tools").is_list() && engine_.has_value();
    if (!lists || !write_visible_tools(
                      decoded.message.root, rpc::strict_reading(),
                      [&](std::string_view tool) { return engine_->visible(tool); }, false, out)) {
      out += frame;
    }
    to_client.end();
  }
  void reset() override { greeted_.clear(); }
  Replaced restart(const PolicyInput& input) override {
    reset();
    return adopt(input);
  }
  Replaced reload(const PolicyInput& input, base::Instant, Frames&, trace::Trace&) override {
    return adopt(input);
  }

 private:
  // Without a policy that loads, lists are relayed whole.
  Replaced adopt(const PolicyInput& input) {
    policy::Loaded loaded =
        policy::load_text(input.path, input.text, {.dialect = input.dialect, .lenient = true});
    engine_.reset();
    if (loaded.policy) engine_.emplace(std::move(loaded.policy), decision::hardened(), *counters_);
    return {true, {}};
  }

  static constexpr std::string_view kDenial = "[POLICY DENIED] everything is denied";
  static constexpr MethodSet kRelayed = {mcp::Method::Initialize, mcp::Method::Ping,
                                         mcp::Method::ToolsList, mcp::Method::NotifyInitialized};

  static void refuse(Connection connection, std::string_view frame, const rpc::Id& id,
                     trace::Trace& log, Frames& to_client) {
    log.add(trace::EventKind::Refused, frame, "everything_is_denied");
    rpc::write_error(id, rpc::kInvalidRequest, "everything is denied", to_client.begin(connection));
    to_client.end();
  }

  base::Tree tree_;
  mcp::CallDigest call_digest_;
  std::set<Connection> greeted_;  // those that have had their handshake
  std::unique_ptr<decision::CounterStore> counters_ = decision::make_memory_counters();
  std::optional<decision::Engine> engine_;
};

}  // namespace

Made make_null(const PolicyInput&) {
  Made made;
  made.gateway = std::make_unique<NullGateway>();
  return made;
}

Made make_deny_all(const PolicyInput& input) {
  Made made;
  made.gateway = std::make_unique<DenyAllGateway>(input);
  return made;
}

}  // namespace gatecrash::gateway
