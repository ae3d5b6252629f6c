// The choices in how a gateway treats messages, as opposed to what a policy means
// (decision/semantics). The hardened gateway and the released proxy are values of this struct.
// Source: policy-semantics.md section 4, attacks.md section 4, protocol.md section 3.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "harness/mcp/methods.h"
#include "harness/rpc/message.h"

namespace gatecrash::gateway {

enum class Unparsable : std::uint8_t { Refuse, Forward };
enum class ForwardedBytes : std::uint8_t { Canonical, Original };
enum class OtherMethods : std::uint8_t { AllowList, Forward };
enum class DenyStyle : std::uint8_t {
  Dialect,   // the documented form: a tool result with isError and the dialect's prefix
  Constant,  // the same form, constant text
  RpcError,  // a JSON-RPC error, code 403, constant text
};
// A request whose id is still in flight: refused, or it takes the place of the first one.
enum class ReusedId : std::uint8_t { Refuse, Overwrite };
// The handshake as it is relayed: only what the allowed methods need, or everything.
enum class Capabilities : std::uint8_t { Strip, Relay };
// Tool names under a policy that allows by default. Guarded: a name outside [A-Za-z0-9_.-]{1,128},
// or equal but for case to a name the policy knows, is refused unless the policy knows it exactly;
// a lenient upstream might take it for the other one.
enum class ToolNames : std::uint8_t { Guarded, Any };
enum class ListFilter : std::uint8_t { Visible, None };

// A set of methods of the closed table.
class MethodSet {
 public:
  constexpr MethodSet() = default;
  constexpr MethodSet(std::initializer_list<mcp::Method> methods) {
    for (const mcp::Method each : methods) add(each);
  }
  constexpr void add(mcp::Method method) { bits_ |= bit(method); }
  constexpr bool has(mcp::Method method) const { return (bits_ & bit(method)) != 0; }
  friend bool operator==(const MethodSet&, const MethodSet&) = default;

 private:
  static constexpr std::uint64_t bit(mcp::Method method) {
    return std::uint64_t{1} << static_cast<unsigned>(method);
  }
  std::uint64_t bits_ = 0;
};

struct WireRules {
  rpc::Reading reading;           // of the client's frames: duplicate keys, case variants, ids …
  rpc::Reading upstream_reading;  // of the upstream's frames; larger than a client's may be
  Unparsable unparsable = Unparsable::Refuse;
  ForwardedBytes forwarded = ForwardedBytes::Canonical;
  OtherMethods other_methods = OtherMethods::AllowList;
  MethodSet from_client;  // allowed under AllowList; requests and notifications
  MethodSet from_upstream;
  bool enforce_lifecycle = true;  // nothing but initialize and ping before initialize
  bool one_reply_per_id = true;   // replies only to ids in flight, once, in both directions
  ReusedId reused_id = ReusedId::Refuse;
  Capabilities capabilities = Capabilities::Strip;
  ToolNames tool_names = ToolNames::Guarded;
  ListFilter list_filter = ListFilter::Visible;
  bool refuse_task_calls = true;  // `params.task` and related-task: an effect without an answer
  bool audit_first = true;    // while the audit cannot be written, only reading tools are called
  bool closed_reload = true;  // nor are others after a reload that was refused, until one is not
  std::uint32_t max_in_flight = 1024;  // per connection and direction; 0: no limit
  std::uint32_t max_id = 256;          // bytes of an id; 0: no limit
  DenyStyle deny_style = DenyStyle::Dialect;
};

WireRules hardened_wire();
WireRules intercept_1_1_wire();

}  // namespace gatecrash::gateway
