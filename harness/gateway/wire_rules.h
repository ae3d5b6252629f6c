// The choices in how a gateway treats messages, as opposed to what a policy means (decision/semantics).
// The hardened gateway and the released proxy are values of this struct. Source: policy-semantics.md
// section 4, attacks.md section 4.
#pragma once

#include <cstdint>
#include <string>

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

struct WireRules {
  rpc::Reading reading;                 // duplicate keys, case variants, ids …
  Unparsable unparsable = Unparsable::Refuse;
  ForwardedBytes forwarded = ForwardedBytes::Canonical;
  OtherMethods other_methods = OtherMethods::AllowList;
  bool enforce_lifecycle = true;        // nothing but initialize and ping before initialize
  bool one_reply_per_id = true;         // upstream replies only to ids in flight, once
  DenyStyle deny_style = DenyStyle::Dialect;
};

WireRules hardened_wire();
WireRules intercept_1_1_wire();

}  // namespace gatecrash::gateway
