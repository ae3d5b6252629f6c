// The gateway's record and the ledger agree, call by call: what the upstream understood, and every
// effect it had, is joined with an `allow` on record in the same step and connection by the digest
// of tool and arguments, one record for one call; nothing that is on record as denied arrived; and
// every call the agent sent has a record of its own; a reload that it refused has the policy on
// record that stays in force; where the scenario claims `audit: distinct`, two different messages
// leave different records. Catches a gateway that drops records, or writes down another
// decision, another call or another policy than it carried out.
#include <algorithm>
#include <map>

#include "harness/base/digest.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/mcp/call_digest.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using trace::Event;
using trace::EventKind;

struct Record {
  const Event* event;
  bool joined = false;
  bool allows() const {
    return static_cast<decision::Outcome>(event->detail) == decision::Outcome::Allow;
  }
};

// What the gateway wrote down in one step.
struct Page {
  std::vector<Record> decided;
  std::uint32_t refused = 0;
};

struct Unrecorded {
  std::uint64_t times = 0;
  std::uint64_t effects = 0;
  std::uint32_t step = kNone;  // of the first
  std::uint32_t call = kNone;  // the first that reached the upstream
  void add(std::uint32_t at) {
    if (times++ == 0) step = at;
  }
};

// Of the policy that stays in force where the one under test is refused.
std::string in_force(const Evidence& evidence) {
  const auto& earlier = evidence.plan().reloaded_from;
  return earlier != nullptr ? base::sha256_hex(earlier->text)
                            : evidence.the_case().policy.content_hash;
}

constexpr std::string_view kEveryCall = "every call has a record that says what became of it";

// A message as it was sent, but for its number. What is no plain object stays as it is.
std::string without_id(std::string_view frame) {
  base::Tree tree;
  if (base::read_json(frame, {}, tree) || !tree.root().is_object()) return std::string(frame);
  std::string out;
  for (const base::Value member : tree.root()) {
    if (member.key() == "id") continue;
    base::write_json_string(member.key(), out);
    base::write_json(member, out);
  }
  return out;
}

class Audit {
 public:
  explicit Audit(const Evidence& evidence) : evidence_(evidence), pages_(evidence.steps().size()) {
    const trace::Trace& log = evidence.run().gateway;
    for (const Event& event : log.events()) {
      if (event.kind == EventKind::Kept && log.view(event.more) != in_force(evidence))
        misnamed_.add(event.step);
      if (event.step >= pages_.size()) continue;
      if (event.kind == EventKind::Refused) ++pages_[event.step].refused;
      if (event.kind == EventKind::Decided) pages_[event.step].decided.push_back({&event});
    }
  }

  void judge(std::vector<Finding>& findings) {
    for (std::uint32_t i = 0; i < evidence_.calls().size(); ++i) {
      if (evidence_.calls()[i].step < pages_.size()) join(i);
    }
    for (std::uint32_t i = 0; i < pages_.size(); ++i) {
      const scenario::Step& step = evidence_.plan().steps[i];
      if (step.kind != scenario::StepKind::Call || !evidence_.steps()[i].sent ||
          evidence_.steps()[i].calls != 0) {
        continue;
      }
      if (pages_[i].refused == 0 && !on_record(i, step.tool, step.arguments)) silent_.add(i);
    }
    report(unrecorded_, "unrecorded", "a call reached the upstream without a decision on record",
           findings);
    report(another_, "another",
           "a call reached the upstream with the decision about another call on record", findings);
    report(contrary_, "contrary", "a call that is on record as denied reached the upstream",
           findings);
    report(misnamed_, "misnamed", "the record of the refused one names another policy", findings,
           "after a reload that is refused the policy before is in force, and on record");
    report(silent_, "silent", "a call of the agent left no record of its own", findings);
  }

 private:
  // Of a record without a digest only the tool is known.
  bool is_about(const Event& event, std::string_view tool, std::uint64_t digest) const {
    return event.call != 0 ? event.call == digest
                           : evidence_.run().gateway.view(event.text) == tool;
  }

  void join(std::uint32_t index) {
    const UpstreamCall& call = evidence_.calls()[index];
    const std::uint64_t digest = digest_.of(call.tool, call.arguments);
    bool denied = false, others = false;
    for (Record& each : pages_[call.step].decided) {
      if (each.joined || each.event->connection != call.connection) continue;
      if (!is_about(*each.event, call.tool, digest)) {
        others = true;
      } else if (each.allows()) {
        each.joined = true;
        return;
      } else {
        denied = true;
      }
    }
    Unrecorded& wrong = denied ? contrary_ : others ? another_ : unrecorded_;
    if (wrong.times == 0) wrong.call = index;
    wrong.add(call.step);
    wrong.effects += call.effects;
  }

  bool on_record(std::uint32_t step, std::string_view tool, std::string_view arguments) {
    if (pages_[step].decided.empty()) return false;
    const std::uint64_t digest = digest_.of(tool, arguments);
    return std::ranges::any_of(pages_[step].decided, [&](const Record& each) {
      return is_about(*each.event, tool, digest);
    });
  }

  void report(const Unrecorded& wrong, std::string_view shape, std::string observed,
              std::vector<Finding>& findings, std::string_view claim = kEveryCall) {
    if (wrong.times == 0) return;
    Finding made = finding(evidence_, kAuditComplete.name, FindingKind::Drift, Part::Conformance);
    made.claim = claim;
    made.observed = std::move(observed);
    if (wrong.times > 1) made.observed += " (" + count(wrong.times, "time") + ")";
    if (wrong.effects != 0) made.observed += ", with " + count(wrong.effects, "effect");
    at_deed(evidence_,
            wrong.call == kNone ? deed_of_step(evidence_, wrong.step)
                                : deed_of_call(evidence_, wrong.call),
            made);
    seal(evidence_, shape, made);
    findings.push_back(std::move(made));
  }

  const Evidence& evidence_;
  std::vector<Page> pages_;  // by step
  mcp::CallDigest digest_;
  Unrecorded unrecorded_, another_, contrary_, silent_, misnamed_;
};

// What an auditor reads of what became of a message: not the frame itself, which no record holds.
std::string record_of(const trace::Trace& log, const Event& event) {
  std::string record = std::to_string(static_cast<int>(event.kind)) + ' ' +
                       std::to_string(event.detail) + ' ' + std::to_string(event.call) + ' ';
  if (event.kind == EventKind::Decided) record.append(log.view(event.text)) += ' ';
  return record.append(log.view(event.more));
}

void judge_distinct(const Evidence& evidence, const scenario::Invariant& claim,
                    std::vector<Finding>& findings) {
  std::map<std::uint32_t, std::string> messages, records;  // by step
  const trace::Trace& agent = evidence.run().agent;
  for (const Event& event : agent.events()) {
    if (event.kind == EventKind::Sent && event.step < evidence.steps().size())
      messages[event.step].append(without_id(agent.view(event.text))) += '\n';
  }
  const trace::Trace& log = evidence.run().gateway;
  for (const Event& event : log.events()) {
    if (event.kind == EventKind::Decided || event.kind == EventKind::Refused)
      records[event.step].append(record_of(log, event)) += '\n';
  }
  std::map<std::string_view, std::uint32_t> first;  // step, by record
  std::uint64_t times = 0;
  std::pair<std::uint32_t, std::uint32_t> alike{kNone, kNone};
  for (const auto& [step, message] : messages) {
    const auto record = records.find(step);
    if (record == records.end()) continue;
    const auto [found, is_new] = first.try_emplace(record->second, step);
    if (is_new || messages[found->second] == message) continue;
    if (times++ == 0) alike = {found->second, step};
  }
  if (times == 0) return;
  Finding made = finding(evidence, kAuditComplete.name, FindingKind::Drift, Part::Conformance);
  made.claim = "two different messages leave different records";
  made.observed = "steps " + std::to_string(alike.first + 1) + " and " +
                  std::to_string(alike.second + 1) + " left equal ones";
  if (times > 1) made.observed += ", and so did " + count(times - 1, "more step");
  at_step(evidence, alike.second, made);
  made.scenario_at = claim.at;
  seal(evidence, "alike", made);
  findings.push_back(std::move(made));
}

bool audit_complete_applies(const Evidence& evidence) {
  return evidence.gateway_tells();
}

void judge_audit_complete(const Evidence& evidence, std::vector<Finding>& findings) {
  Audit(evidence).judge(findings);
  const auto& always = evidence.plan().always;
  const auto distinct =
      std::ranges::find(always, scenario::Invariant::Kind::Audit, &scenario::Invariant::kind);
  if (distinct != always.end()) judge_distinct(evidence, *distinct, findings);
}

}  // namespace

const OracleEntry kAuditComplete{
    .name = "audit_complete",
    .claim = "the gateway's record has every call, with what became of it",
    .part = Part::Conformance,
    .applies = audit_complete_applies,
    .judge = judge_audit_complete};

}  // namespace gatecrash::oracle
