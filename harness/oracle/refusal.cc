#include "harness/oracle/refusal.h"

#include "harness/oracle/history.h"
#include "harness/oracle/standing.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {

Part part_of_refusal(const Evidence& evidence, std::uint32_t step) {
  if (evidence.policy() == nullptr) return Part::Promise;
  const scenario::Step& planned = evidence.plan().steps[step];
  const History::Answer* const known = evidence.history().of_step(step);
  const decision::Outcome outcome = known != nullptr
                                        ? known->strictest().outcome
                                        : evidence.ruling(planned.tool, planned.arguments).outcome;
  return outcome == decision::Outcome::Allow ? Part::Conformance : Part::Promise;
}

decision::Ruling documented(const Evidence& evidence, const Deed& deed) {
  const scenario::Step& planned = evidence.plan().steps[deed.step];
  const UpstreamCall* const call = deed.call == kNone ? nullptr : &evidence.calls()[deed.call];
  // The upstream may have read another call than was sent: that one has no history.
  const bool as_sent =
      planned.kind == scenario::StepKind::Call && (call == nullptr || call->tool == planned.tool);
  const History::Answer* const known = as_sent ? evidence.history().of_step(deed.step)
                                       : call == nullptr && deed.sent != kNone
                                           ? evidence.history().of_message(deed.sent)
                                           : nullptr;
  if (known != nullptr) return known->strictest();
  return call != nullptr ? evidence.ruling(*call)
                         : evidence.ruling(planned.tool, planned.arguments);
}

void blame_refusal(const Evidence& evidence, const Deed& deed, Finding& finding) {
  const policy::Policy* const policy = evidence.policy();
  if (policy == nullptr) {
    finding.why = "the policy does not load";
    return;
  }
  const decision::Ruling ruling = documented(evidence, deed);
  if (ruling.outcome != decision::Outcome::Allow) {
    at_rule(evidence, ruling.rule, ruling.at, finding);
    finding.why = policy->tools.empty() && policy->default_action == policy::DefaultAction::Deny
                      ? "the policy denies by default and lists no tool, so it refuses every "
                        "call, whatever it hides"
                      : "the policy itself refuses it: " + ruling_words(evidence, ruling);
    return;
  }
  const trace::Trace& log = evidence.run().gateway;
  const trace::Event* const decided =
      deed.decision == kNone ? nullptr : &log.events()[deed.decision];
  const bool by_rule = decided != nullptr && decided->place.line != 0 &&
                       static_cast<decision::Outcome>(decided->detail) != decision::Outcome::Allow;
  if (by_rule) {
    at_rule(evidence, log.view(decided->more), decided->place, finding);
    finding.why = operated(evidence.plan())
                      ? "the gateway refuses it by this rule, after what the operator or a fault "
                        "did to it"
                      : "the gateway refuses it by this rule, which as documented does not apply "
                        "after these calls";
    return;
  }
  at_what_let_through(evidence, {}, evidence.plan().steps[deed.step].tool, finding);
  finding.why = "the policy as documented does not refuse this call";
}

}  // namespace gatecrash::oracle
