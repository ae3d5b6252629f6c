// What the operator has said by the time of each call that reached the upstream: has it stopped
// whoever calls, and has it approved this very call? Read from the plan alone, so that no gateway
// is believed. Of a hasty approver (`decide`) it is not known what it decided: it counts as a yes.
// Approvals grow old as the policy says, unless the gateway's clock is made to go wrong.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/oracle/evidence.h"

namespace gatecrash::oracle {

class Standing {
 public:
  // Without a step of the operator in the plan this costs nothing.
  explicit Standing(const Evidence& evidence);

  // The words by which the operator had stopped the caller of this call; empty: it had not.
  std::string_view stopped(std::uint32_t call) const {
    return call < calls_.size() ? calls_[call].stopped : std::string_view();
  }
  // A call that the policy holds: it was asked before, approved since, and the approval was still
  // good.
  bool approved(std::uint32_t call) const { return call < calls_.size() && calls_[call].approved; }

 private:
  struct Call {
    std::string_view stopped;
    bool approved = false;
  };
  std::vector<Call> calls_;  // by index of the evidence's calls; empty: no operator
};

// Is this fault one of the gateway's surroundings (its store, audit or clock), not of the upstream?
bool is_gateway_fault(const scenario::Step& step);
// Does anything but the agent act on the gateway in this plan?
bool operated(const scenario::Plan& plan);

}  // namespace gatecrash::oracle
