// A gateway may take out of a list what the policy hides, and nothing else; a client that does not
// see a tool does not use it. Nor may it show a tool more often than the upstream does: which of
// two equal names is called? Judged until the operator or a fault first acts, which can change what
// may be shown.
#include <algorithm>
#include <map>

#include "harness/base/text.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

bool list_whole_applies(const Evidence& evidence) {
  // Without a gateway the list is the upstream's own; the probed run repeats the attack's lists.
  return !evidence.is(scenario::RunKind::Teeth) && !evidence.is(scenario::RunKind::Probe) &&
         evidence.policy() != nullptr &&
         std::ranges::any_of(evidence.steps(), [](const StepSeen& step) { return step.listed; });
}

// A tool and the first step in which it is missing, or repeated.
using Found = std::map<std::string, std::uint32_t>;

void report_lists(const Evidence& evidence, const Found& found, bool lost,
                  std::vector<Finding>& findings) {
  if (found.empty()) return;
  const auto first = std::ranges::min_element(
      found, [](const auto& left, const auto& right) { return left.second < right.second; });
  Finding made = finding(evidence, kListWhole.name,
                         lost ? FindingKind::Overblock : FindingKind::Protocol, Part::Conformance);
  made.claim = lost ? "a list shows what the upstream lists and the policy does not hide"
                    : "a list shows no tool more often than the upstream does";
  made.observed = base::quoted(first->first) + (lost ? " is missing" : " is repeated");
  if (found.size() > 1) made.observed += ", and so is " + count(found.size() - 1, "more tool");
  at_step(evidence, first->second, made);
  at_what_let_through(evidence, {}, first->first, made);
  made.policy_said.clear();  // lists are filtered, not decided
  seal(evidence, lost ? "lost from a list" : "repeated in a list", made);
  findings.push_back(std::move(made));
}

void judge_list_whole(const Evidence& evidence, std::vector<Finding>& findings) {
  const trace::Trace& agent = evidence.run().agent;
  std::map<std::uint32_t, std::map<std::string_view, std::size_t>> shown;  // by step
  for (const trace::Event& event : agent.events()) {
    if (event.kind == trace::EventKind::Listed) ++shown[event.step][agent.view(event.text)];
  }
  const auto& hidden = evidence.the_case().promise.hidden;
  UpstreamLists lists = upstream_lists(evidence);
  Found lost, repeated;
  const auto& steps = evidence.plan().steps;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kind == scenario::StepKind::Operator ||
        steps[i].kind == scenario::StepKind::Fault) {
      break;
    }
    if (!evidence.steps()[i].listed || !evidence.under_test(i)) continue;
    std::map<std::string, std::size_t> upstream;
    for (std::string& name : lists[i]) ++upstream[std::move(name)];
    for (const auto& [name, times] : upstream) {
      const auto at = shown[i].find(name);
      const std::size_t seen = at == shown[i].end() ? 0 : at->second;
      if (seen > times) repeated.emplace(name, i);
      const bool may_hide =
          !evidence.shows(name) || std::ranges::find(hidden, name) != hidden.end();
      // Two tools of one name are ambiguous, and may both be withheld.
      if (seen == 0 && times == 1 && !may_hide) lost.emplace(name, i);
    }
  }
  report_lists(evidence, lost, true, findings);
  report_lists(evidence, repeated, false, findings);
}

}  // namespace

const OracleEntry kListWhole{.name = "list_whole",
                             .claim =
                                 "a list shows what the upstream lists and the policy does "
                                 "not hide, each tool once",
                             .part = Part::Conformance,
                             .applies = list_whole_applies,
                             .judge = judge_list_whole};

}  // namespace gatecrash::oracle
