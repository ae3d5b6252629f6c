// What an operator, or a fault of its surroundings, may do to a gateway, in words, so that a
// scenario, a control socket and a test say it alike. kOperatorWords (operator.cc) is the closed
// set:
//
//   approve, approve TEXT    calls that wait for approval are approved: all, or the one whose id is
//                            TEXT, or those whose tool or arguments hold TEXT
//   deny, deny TEXT          … are denied
//   decide P seed N          a hasty approver: each is approved with P percent chance, else denied
//   expire                   every approval, given or asked for, is void
//   revoke GRANT             nothing of that grant passes any more; `restore GRANT`
//   freeze, unfreeze         the policy's freeze switch
//   kill, revive             nothing passes at all
//   accept definitions       the tools' definitions as last seen are the true ones
//   reload                   the policy under test replaces the one before: the lane's business
//   store down, store up     the store of the counters cannot be reached
//   audit down, audit up     the audit cannot be written
//   clock -90s, clock 5m     the gateway's clock goes wrong by that much more
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/base/time.h"

namespace gatecrash::gateway {

struct OperatorAction {
  enum class Kind : std::uint8_t {
    Approve,
    Deny,
    Decide,
    Expire,
    Revoke,
    Restore,
    Freeze,
    Unfreeze,
    Kill,
    Revive,
    AcceptDefinitions,
    Reload,
    StoreDown,
    StoreUp,
    AuditDown,
    AuditUp,
    Clock
  };
  Kind kind = Kind::Approve;
  std::string text;           // Approve, Deny: what is looked for; Revoke, Restore: the grant
  std::uint32_t percent = 0;  // Decide
  std::uint64_t seed = 0;     // Decide
  base::Duration by{};        // Clock; may be negative
  friend bool operator==(const OperatorAction&, const OperatorAction&) = default;
};

base::Result<OperatorAction> parse_operator(std::string_view words);

// Is it a fault of the gateway's surroundings (store, audit, clock), which a scenario says as
// `fault`?
bool is_gateway_fault(std::string_view words);

// Every form of words with what it does, for help texts and `replay list`.
struct OperatorEntry {
  std::string_view words;
  std::string_view summary;
  bool fault;
};
const std::vector<OperatorEntry>& operator_words();

}  // namespace gatecrash::gateway
