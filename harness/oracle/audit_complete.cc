// The gateway's record and the ledger agree: every call that the upstream understood has an `allow` on
// record in its step, every call the agent sent has some record, and nothing that was recorded as denied
// arrived; a reload that it refused has the policy on record that stays in force. Catches a gateway that drops
// records, or writes down another decision, or another policy, than it carried out.
#include "harness/base/digest.h"
#include "harness/base/text.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using trace::Event;
using trace::EventKind;

struct Records {
  std::uint32_t allowed = 0;
  std::uint32_t denied = 0;
  std::uint32_t refused = 0;
};

struct Wrong {
  std::uint64_t times = 0;
  std::uint32_t step = kNone;
  void add(std::uint32_t at) {
    if (times++ == 0) step = at;
  }
};

bool applies(const Evidence& evidence) { return evidence.gateway_tells(); }

// Of the policy that stays in force where the one under test is refused.
std::string in_force(const Evidence& evidence) {
  const auto& earlier = evidence.plan().reloaded_from;
  return earlier != nullptr ? base::sha256_hex(earlier->text) : evidence.the_case().policy.content_hash;
}

constexpr std::string_view kEveryCall = "every call has a record that says what became of it";

void report(const Evidence& evidence, const Wrong& wrong, std::string_view shape, std::string observed,
            std::vector<Finding>& findings, std::string_view claim = kEveryCall) {
  if (wrong.times == 0) return;
  Finding made = finding(evidence, kAuditComplete.name, FindingKind::Drift, Part::Conformance);
  made.claim = claim;
  made.observed = std::move(observed);
  if (wrong.times > 1) made.observed += " (" + count(wrong.times, "time") + ")";
  at_step(evidence, wrong.step, made);
  made.upstream_saw = saw_step(evidence, wrong.step);
  seal(evidence, shape, made);
  findings.push_back(std::move(made));
}

void judge(const Evidence& evidence, std::vector<Finding>& findings) {
  std::vector<Records> records(evidence.steps().size());
  Wrong misnamed;
  for (const Event& event : evidence.run().gateway.events()) {
    if (event.kind == EventKind::Kept && evidence.run().gateway.view(event.more) != in_force(evidence)) {
      misnamed.add(event.step);
    }
    if (event.step >= records.size()) continue;
    Records& step = records[event.step];
    if (event.kind == EventKind::Refused) ++step.refused;
    if (event.kind != EventKind::Decided) continue;
    ++(static_cast<decision::Outcome>(event.detail) == decision::Outcome::Allow ? step.allowed : step.denied);
  }
  Wrong unrecorded;
  Wrong contrary;
  Wrong silent;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    const StepSeen& seen = evidence.steps()[i];
    const Records& on_record = records[i];
    if (seen.calls > on_record.allowed) {
      (on_record.denied != 0 ? contrary : unrecorded).add(i);
    } else if (evidence.plan().steps[i].kind == scenario::StepKind::Call && seen.sent &&
               on_record.allowed + on_record.denied + on_record.refused == 0) {
      silent.add(i);
    }
  }
  report(evidence, unrecorded, "unrecorded", "a call reached the upstream without a decision on record", findings);
  report(evidence, contrary, "contrary", "a call that is on record as denied reached the upstream", findings);
  report(evidence, misnamed, "misnamed", "the record of the refused one names another policy", findings,
         "after a reload that is refused the policy before is in force, and on record");
  report(evidence, silent, "silent", "a call of the agent left no record at all", findings);
}

}  // namespace

const OracleEntry kAuditComplete{.name = "audit_complete",
                                 .claim = "the gateway's record has every call, with what became of it",
                                 .part = Part::Conformance,
                                 .applies = applies,
                                 .judge = judge};

}  // namespace gatecrash::oracle
