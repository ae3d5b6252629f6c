// The two gateways that must always be wrong. They look at no policy.
#include "harness/gateway/builtin.h"
#include "harness/mcp/messages.h"

namespace gatecrash::gateway {
namespace {

class NullGateway final : public Gateway {
 public:
  void open(Connection, const Principal&) override {}
  void close(Connection) override {}
  void from_client(Connection connection, std::string_view frame, base::Instant, Frames& to_upstream,
                   Frames&, trace::Trace&) override {
    to_upstream.push(connection, frame);
  }
  void from_upstream(Connection connection, std::string_view frame, base::Instant, Frames&,
                     Frames& to_client, trace::Trace&) override {
    to_client.push(connection, frame);
  }
  void reset() override {}
};

class DenyAllGateway final : public Gateway {
 public:
  void open(Connection, const Principal&) override {}
  void close(Connection) override {}
  void from_client(Connection connection, std::string_view frame, base::Instant, Frames& to_upstream,
                   Frames& to_client, trace::Trace& log) override {
    const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree_);
    if (!decoded) return refuse(connection, frame, decoded.id, log, to_client);
    const rpc::Message& message = decoded.message;
    const mcp::MethodInfo* info = mcp::find_method(message.method);
    if (info != nullptr && kRelayed.has(info->method) &&
        info->notification == (message.shape == rpc::Shape::Notification)) {
      to_upstream.push(connection, frame);
    } else if (message.shape == rpc::Shape::Request && message.method == "tools/call") {
      const mcp::ToolCall call = mcp::read_tools_call(message, rpc::strict_reading());
      trace::Event& event = log.add(trace::EventKind::Decided, call.tool, {}, kDenial);
      event.detail = static_cast<std::uint8_t>(decision::Outcome::Deny);
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
    to_client.push(connection, frame);
  }
  void reset() override {}

 private:
  static constexpr std::string_view kDenial = "[POLICY DENIED] everything is denied";
  static constexpr MethodSet kRelayed = {mcp::Method::Initialize, mcp::Method::Ping,
                                         mcp::Method::ToolsList, mcp::Method::NotifyInitialized};

  static void refuse(Connection connection, std::string_view frame, const rpc::Id& id,
                     trace::Trace& log, Frames& to_client) {
    log.add(trace::EventKind::Refused, frame, "everything_is_denied");
    rpc::write_error(id, -32600, "everything is denied", to_client.begin(connection));
    to_client.end();
  }

  base::Tree tree_;
};

}  // namespace

Made make_null(const PolicyInput&) {
  Made made;
  made.gateway = std::make_unique<NullGateway>();
  return made;
}

Made make_deny_all(const PolicyInput&) {
  Made made;
  made.gateway = std::make_unique<DenyAllGateway>();
  return made;
}

}  // namespace gatecrash::gateway
