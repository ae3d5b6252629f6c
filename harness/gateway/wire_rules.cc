#include "harness/gateway/wire_rules.h"

namespace gatecrash::gateway {

using mcp::Method;

WireRules hardened_wire() {
  WireRules wire;
  wire.reading = rpc::strict_reading();
  // Tool results carry files and listings; their names are data, not members the protocol defines.
  wire.upstream_reading = rpc::strict_reading();
  wire.upstream_reading.json.bytes = 16u << 20;
  // Tools only: resources, prompts and completions reach server code no policy speaks about,
  // logging can silence evidence, tasks/* cancels without a tool name (protocol.md 3.4).
  wire.from_client = {Method::Initialize,
                      Method::Ping,
                      Method::ToolsList,
                      Method::ToolsCall,
                      Method::NotifyInitialized,
                      Method::NotifyCancelled,
                      Method::NotifyRootsListChanged};
  wire.from_upstream = {Method::Ping,
                        Method::RootsList,
                        Method::NotifyCancelled,
                        Method::NotifyProgress,
                        Method::NotifyMessage,
                        Method::NotifyToolsListChanged,
                        Method::NotifyResourcesListChanged,
                        Method::NotifyResourcesUpdated,
                        Method::NotifyPromptsListChanged};
  return wire;
}

WireRules intercept_1_1_wire() {
  WireRules wire;
  wire.reading = rpc::go_reading();
  wire.upstream_reading = rpc::go_reading();
  wire.unparsable = Unparsable::Forward;
  wire.forwarded = ForwardedBytes::Original;
  wire.other_methods = OtherMethods::Forward;
  wire.enforce_lifecycle = false;
  wire.one_reply_per_id = false;
  wire.reused_id = ReusedId::Overwrite;
  wire.capabilities = Capabilities::Relay;
  wire.tool_names = ToolNames::Any;
  wire.refuse_task_calls = false;
  wire.audit_first = false;
  wire.closed_reload = false;
  wire.max_in_flight = 0;
  wire.max_id = 0;
  return wire;
}

}  // namespace gatecrash::gateway
