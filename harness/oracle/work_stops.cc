// `work_stops`: a cancel that was accepted ends the work. A cancelled task whose work still runs to
// its end was cancelled in name only.
#include <algorithm>
#include <map>

#include "harness/base/text.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using scenario::Effect;
using scenario::Invariant;

const Invariant* work_stops_claim(const Evidence& evidence) {
  const auto& always = evidence.plan().always;
  const auto found = std::ranges::find(always, Invariant::Kind::WorkStops, &Invariant::kind);
  return found == always.end() ? nullptr : &*found;
}

bool work_stops_applies(const Evidence& evidence) {
  return !evidence.is(scenario::RunKind::Benign) && work_stops_claim(evidence) != nullptr;
}

void judge_work_stops(const Evidence& evidence, std::vector<Finding>& findings) {
  std::map<std::string_view, const Change*> cancelled;
  std::vector<Change> went_on;
  const Change* first = nullptr;  // the cancel of the first task that went on
  for (const Change& each : evidence.changes()) {
    if (each.effect == Effect::TaskCancelled) cancelled.emplace(each.subject, &each);
    if (each.effect == Effect::WorkStopped) cancelled.erase(each.subject);
    if (each.effect != Effect::WorkCompleted) continue;
    const auto found = cancelled.find(each.subject);
    if (found == cancelled.end()) continue;
    if (first == nullptr) first = found->second;
    went_on.push_back(each);
  }
  if (first == nullptr) return;
  Finding made = finding(evidence, kWorkStops.name, FindingKind::Drift, Part::Security);
  made.claim = "cancelled work stops";
  made.observed = "the work of " + count(went_on.size(), "cancelled task") + " ran to its end";
  made.effect = Effect::WorkCompleted;
  made.effects = went_on.size();
  at_change(evidence, *first, made);
  made.upstream_saw = base::quoted(first->subject) + " cancelled at " + base::to_string(first->at) +
                      ", its work completed at " + base::to_string(went_on.front().at);
  made.why =
      "the cancel was accepted and counted as success, but the server only changes the label: "
      "no policy in front of it can tell from the reply";
  made.scenario_at = work_stops_claim(evidence)->at;
  seal(evidence, "work stops", made);
  findings.push_back(std::move(made));
}

}  // namespace

const OracleEntry kWorkStops{.name = "work_stops",
                             .claim = "a task that was cancelled does not run to its end",
                             .part = Part::Security,
                             .applies = work_stops_applies,
                             .judge = judge_work_stops};

}  // namespace gatecrash::oracle
