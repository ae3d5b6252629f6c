// MCP message texts: builders append one compact JSON line (no LF) to a string; readers take what
// the harness needs out of a result. No policy, no transport.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/tree.h"
#include "harness/mcp/era.h"
#include "harness/rpc/message.h"

namespace gatecrash::mcp {

void write_initialize(std::uint64_t id, Era era, std::string_view client_name, std::string& out);
void write_initialized(std::string& out);
void write_tools_list(std::uint64_t id, std::string_view cursor,
                      std::string& out);  // empty: no cursor
// With the cursor even if it is empty: an empty string is a valid cursor (protocol.md 2.2).
void write_tools_list_page(std::uint64_t id, std::string_view cursor, std::string& out);
// `id` and `params` are JSON text; empty params are left out.
void write_tools_list_with(std::string_view id, std::string_view params, std::string& out);
// `arguments` is JSON text of an object, or empty for none.
void write_tools_call(std::uint64_t id, std::string_view tool, std::string_view arguments,
                      std::string& out);

// `{"content":[{"type":"text","text":…}],"isError":…}` (isError left out when false) as a whole
// reply.
void write_text_result(const rpc::Id& id, std::string_view text, bool is_error, std::string& out);

// What a tools/call request asks for. `valid` is false if name is no string or arguments no object.
struct ToolCall {
  std::string_view tool;
  base::Value arguments;  // absent if not sent
  bool valid = false;
};
ToolCall read_tools_call(const rpc::Message& message, const rpc::Reading& reading);

// How a reply looks to a client.
enum class ReplyShape : std::uint8_t { None, Ok, ToolError, RpcError, Malformed };
inline bool is_error(ReplyShape shape) {
  return shape == ReplyShape::ToolError || shape == ReplyShape::RpcError;
}
std::string_view to_string(ReplyShape shape);
ReplyShape reply_shape(const rpc::Message& reply);
// First text item of a tool result, or the message of an error; empty if there is none.
std::string_view reply_text(const rpc::Message& reply);

}  // namespace gatecrash::mcp
