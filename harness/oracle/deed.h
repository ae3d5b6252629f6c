// One act of the agent with what became of it, so that everything a finding says is about the same
// call: the message that the agent sent, the gateway's decision about it, the call that the
// upstream understood. A step can hold several (a batch, several lines, an agent that obeys, a
// probe); they are joined by the digest of tool and arguments, in order. What has another digest
// (the upstream read something else than the gateway) belongs together if nothing else is left.
#pragma once

#include <cstdint>
#include <string>

#include "harness/oracle/evidence.h"

namespace gatecrash::oracle {

// kNone: there is none, or which one cannot be told.
struct Deed {
  std::uint32_t step = kNone;
  std::uint32_t sent = kNone;      // the agent's Sent event
  std::uint32_t decision = kNone;  // the gateway's Decided event
  std::uint32_t call = kNone;      // of Evidence::calls()
};

// Cost: linear in the events of the run. For findings, not for every call.
Deed deed_of_call(const Evidence& evidence, std::uint32_t call);
Deed deed_of_message(const Evidence& evidence, std::uint32_t sent);
Deed deed_of_decision(const Evidence& evidence, std::uint32_t decision);
// Of a frame at the upstream (the ledger's Arrived event) that was no call.
Deed deed_of_frame(const Evidence& evidence, std::uint32_t arrived);
// Of what the agent received: the message it answers, by its id.
Deed deed_of_reply(const Evidence& evidence, std::uint32_t received);
// Returns the step's last decision and its only call, if it made one call.
Deed deed_of_step(const Evidence& evidence, std::uint32_t step);

}  // namespace gatecrash::oracle
