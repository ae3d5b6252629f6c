// A tool that is promised or configured to be hidden is shown on no page of no list.
#include <algorithm>
#include <map>

#include "harness/base/text.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

const policy::HideEntry* hidden_by_policy(const Evidence& evidence, std::string_view name) {
  if (evidence.policy() == nullptr) return nullptr;
  for (const policy::HideEntry& each : evidence.policy()->hide) {
    if (each.name == name || each.name == "*") return &each;
  }
  return nullptr;
}

bool promised_hidden(const Evidence& evidence, std::string_view name) {
  const auto& hidden = evidence.the_case().promise.hidden;
  return std::ranges::find(hidden, name) != hidden.end();
}

bool hidden_stays_hidden_applies(const Evidence& evidence) {
  const bool any = !evidence.the_case().promise.hidden.empty() ||
                   (evidence.policy() != nullptr && !evidence.policy()->hide.empty());
  return any && std::ranges::any_of(evidence.run().agent.events(), [](const trace::Event& event) {
           return event.kind == trace::EventKind::Listed;
         });
}

void judge_hidden_stays_hidden(const Evidence& evidence, std::vector<Finding>& findings) {
  const trace::Trace& agent = evidence.run().agent;
  struct Shown {
    std::uint32_t step = kNone;
    std::uint64_t times = 0;
  };
  std::map<std::string_view, Shown> shown;
  for (const trace::Event& event : agent.events()) {
    if (event.kind != trace::EventKind::Listed || !evidence.under_test(event.step)) continue;
    const std::string_view name = agent.view(event.text);
    if (!promised_hidden(evidence, name) && hidden_by_policy(evidence, name) == nullptr) continue;
    if (Shown& seen = shown[name]; seen.times++ == 0) seen.step = event.step;
  }
  for (const auto& [name, seen] : shown) {
    Finding made = finding(evidence, kHiddenStaysHidden.name, FindingKind::Leak, Part::Security);
    made.claim = base::quoted(name) + " is shown in no list";
    made.observed = seen.times == 1 ? "shown" : "shown " + count(seen.times, "time");
    at_step(evidence, seen.step, made);
    made.policy_said.clear();  // lists are filtered, not decided
    if (const policy::HideEntry* const entry = hidden_by_policy(evidence, name)) {
      at_rule(evidence, entry->anchor.path, entry->anchor.at, made);
      made.policy_said = "hidden by " + entry->anchor.path + " (" +
                         where(made.policy_file, entry->anchor.at) + ")";
    } else if (evidence.policy() != nullptr) {
      at_what_let_through(evidence, {}, name, made);
      made.policy_said = "no `hide` entry names it";
      made.why = "the promise says that the tool disappears, but the policy does not hide it";
      if (evidence.the_case().policy.stands_in) made.part = Part::Promise;
    }
    seal(evidence, "listed " + std::string(name), made);
    findings.push_back(std::move(made));
  }
}

}  // namespace

const OracleEntry kHiddenStaysHidden{.name = "hidden_stays_hidden",
                                     .claim = "a hidden tool is shown on no page of any list",
                                     .part = Part::Security,
                                     .applies = hidden_stays_hidden_applies,
                                     .judge = judge_hidden_stays_hidden};

}  // namespace gatecrash::oracle
