#include "harness/mcp/messages.h"

#include "harness/base/json.h"
#include "harness/rpc/numbers.h"

namespace gatecrash::mcp {
namespace {

using base::Value;

// Go's map[string]any holds numbers as doubles; one that does not fit fails the whole decoding.
bool decodes_in_go(Value arguments) {
  const base::Node* const begin = arguments.node();
  for (const base::Node* node = begin; node != begin + begin->span; ++node) {
    if (node->kind != base::Kind::Number) continue;
    if (rpc::double_range(node->text) == rpc::DoubleRange::TooLarge) return false;
  }
  return true;
}

// Go reads a text member: null and absent leave it empty, any other kind in any duplicate is an
// error.
bool go_text(Value object, std::string_view name, const rpc::Reading& reading,
             std::string_view& text) {
  for (const Value each : object) {
    if (!rpc::same_name(each.key(), name, reading) || each.is_null()) continue;
    if (!each.is_string()) return false;
    text = each.text();
  }
  return true;
}

ToolCall read_as_go(const rpc::Message& message, const rpc::Reading& reading) {
  ToolCall call;
  const Value params = message.params;
  if (params.is_null()) {
    call.valid = true;
    return call;
  }
  if (!params.is_object()) return call;
  call.valid = go_text(params, "name", reading, call.tool);
  for (const Value each : params) {
    if (!rpc::same_name(each.key(), "arguments", reading)) continue;
    if (each.is_null()) {
      call.arguments = {};
    } else if (each.is_object() && decodes_in_go(each)) {
      call.arguments = each;
    } else {
      call.valid = false;
    }
  }
  return call;
}

}  // namespace

void write_initialize(std::uint64_t id, Era era, std::string_view client_name, std::string& out) {
  rpc::begin_request(id, "initialize", out);
  out += R"(,"params":{"protocolVersion":")";
  out += to_string(era);
  out += R"(","capabilities":{},"clientInfo":{"name":)";
  base::write_json_string(client_name, out);
  out += R"(,"version":"1"}}})";
}

void write_initialized(std::string& out) {
  rpc::begin_notification("notifications/initialized", out);
  out += '}';
}

void write_tools_list(std::uint64_t id, std::string_view cursor, std::string& out) {
  if (!cursor.empty()) return write_tools_list_page(id, cursor, out);
  rpc::begin_request(id, "tools/list", out);
  out += '}';
}

void write_tools_list_page(std::uint64_t id, std::string_view cursor, std::string& out) {
  rpc::begin_request(id, "tools/list", out);
  out += R"(,"params":{"cursor":)";
  base::write_json_string(cursor, out);
  out += "}}";
}

void write_tools_list_with(std::string_view id, std::string_view params, std::string& out) {
  out += R"({"jsonrpc":"2.0","id":)";
  out += id;
  out += R"(,"method":"tools/list")";
  if (!params.empty()) {
    out += R"(,"params":)";
    out += params;
  }
  out += '}';
}

void write_tools_call(std::uint64_t id, std::string_view tool, std::string_view arguments,
                      std::string& out) {
  rpc::begin_request(id, "tools/call", out);
  out += R"(,"params":{"name":)";
  base::write_json_string(tool, out);
  if (!arguments.empty()) {
    out += R"(,"arguments":)";
    out += arguments;
  }
  out += "}}";
}

void write_text_result(const rpc::Id& id, std::string_view text, bool is_error, std::string& out) {
  rpc::begin_result(id, out);
  out += R"({"content":[{"type":"text","text":)";
  base::write_json_string(text, out);
  out += is_error ? R"(}],"isError":true}})" : "}]}}";
}

ToolCall read_tools_call(const rpc::Message& message, const rpc::Reading& reading) {
  if (reading.loose_envelope) return read_as_go(message, reading);
  const Value name = rpc::member(message.params, "name", reading);
  const Value arguments = rpc::member(message.params, "arguments", reading);
  return {.tool = name.is_string() ? name.text() : std::string_view{},
          .arguments = arguments,
          .valid = name.is_string() && (!arguments || arguments.is_object())};
}

std::string_view to_string(ReplyShape shape) {
  switch (shape) {
    case ReplyShape::None: return "none";
    case ReplyShape::Ok: return "ok";
    case ReplyShape::ToolError: return "tool_error";
    case ReplyShape::RpcError: return "rpc_error";
    case ReplyShape::Malformed: return "malformed";
  }
  return "?";
}

ReplyShape reply_shape(const rpc::Message& reply) {
  if (reply.shape == rpc::Shape::Error) return ReplyShape::RpcError;
  if (reply.shape != rpc::Shape::Result) return ReplyShape::None;
  if (!reply.result.is_object()) return ReplyShape::Malformed;
  const Value is_error = reply.result.find("isError");
  if (is_error && !is_error.is_bool()) return ReplyShape::Malformed;
  return is_error.is_true() ? ReplyShape::ToolError : ReplyShape::Ok;
}

std::string_view reply_text(const rpc::Message& reply) {
  if (reply.shape == rpc::Shape::Error) return reply.error.find("message").text();
  for (const Value item : reply.result.find("content")) {
    const Value text = item.find("text");
    if (text.is_string() && item.find("type").text() == "text") return text.text();
  }
  return {};
}

}  // namespace gatecrash::mcp
