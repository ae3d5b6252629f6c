// What the lists do not show cannot be called: hiding that only filters the list hides nothing.
// Judged where an attack happens to list, by the next calls of the same principal, and in the
// probed run, which lists all along and then calls what was left out (replay/probe.h); there only
// what the upstream listed and the gateway took out counts. Catches a gateway that filters
// tools/list and forwards the call. (That hidden tools are not shown is hidden_stays_hidden; that
// shown tools can be called is the promise's business, for a rule may deny what a list shows.)
#include <algorithm>
#include <map>
#include <set>

#include "harness/base/text.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

bool list_call_agree_applies(const Evidence& evidence) {
  // Without a gateway there is no list that anybody filtered.
  if (evidence.is(scenario::RunKind::Teeth)) return false;
  for (const StepSeen& each : evidence.steps()) {
    if (each.calls != 0) return true;
  }
  return false;
}

class Lists {
 public:
  explicit Lists(const Evidence& evidence)
      : evidence_(evidence), upstream_(upstream_lists(evidence)) {
    const auto& steps = evidence.plan().steps;
    for (std::uint32_t i = 0; i < steps.size(); ++i) {
      const bool asked = steps[i].kind == scenario::StepKind::List &&
                         evidence.steps()[i].reply == mcp::ReplyShape::Ok;
      if (asked || evidence.steps()[i].listed) lists_[steps[i].as][i];
      if (steps[i].kind == scenario::StepKind::Operator) operated_.insert(i);
    }
    const trace::Trace& agent = evidence.run().agent;
    for (const trace::Event& event : agent.events()) {
      if (event.kind != trace::EventKind::Listed || event.step >= steps.size()) continue;
      auto& own = lists_[steps[event.step].as];
      if (const auto list = own.find(event.step); list != own.end())
        list->second.insert(agent.view(event.text));
    }
  }

  // The principal's last list before this call, and what was known by it, did not have the tool.
  // What the operator does may change what there is: until the next list nothing is known.
  bool lacks(const UpstreamCall& call) const {
    if (call.step >= evidence_.plan().steps.size()) return false;
    const auto own = lists_.find(evidence_.plan().steps[call.step].as);
    if (own == lists_.end()) return false;
    const auto after = own->second.upper_bound(call.step);
    if (after == own->second.begin()) return false;
    const auto& [step, shown] = *std::prev(after);
    const auto since = operated_.lower_bound(step);
    if (since != operated_.end() && *since < call.step) return false;
    if (shown.contains(call.tool)) return false;
    // Of one page it is not known which tools are on the others.
    const scenario::Step& asked = evidence_.plan().steps[step];
    const bool all_pages = asked.kind == scenario::StepKind::List && asked.most == 0;
    if (all_pages && !evidence_.is(scenario::RunKind::Probe)) return true;
    const auto listed = upstream_.find(step);
    return listed != upstream_.end() &&
           std::ranges::find(listed->second, call.tool) != listed->second.end();
  }

 private:
  const Evidence& evidence_;
  const UpstreamLists upstream_;
  // By principal, then by the step that listed; a later list replaces an earlier one.
  std::map<std::string_view, std::map<std::uint32_t, std::set<std::string_view>>> lists_;
  std::set<std::uint32_t> operated_;
};

void judge_list_call_agree(const Evidence& evidence, std::vector<Finding>& findings) {
  const Lists lists(evidence);
  std::map<std::string_view, std::uint32_t> reported;  // the first call of each tool
  for (std::uint32_t i = 0; i < evidence.calls().size(); ++i) {
    const UpstreamCall& call = evidence.calls()[i];
    if (!reported.contains(call.tool) && lists.lacks(call)) reported.emplace(call.tool, i);
  }
  if (reported.empty()) return;
  const auto first =
      std::min_element(reported.begin(), reported.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  Finding made = finding(evidence, kListCallAgree.name, FindingKind::Bypass, Part::Security);
  made.claim = "a tool that no list shows cannot be called";
  made.observed = base::quoted(first->first) + " was not listed and was called";
  if (reported.size() > 1)
    made.observed += ", and so were " + count(reported.size() - 1, "more tool");
  const Deed deed = deed_of_call(evidence, first->second);
  at_deed(evidence, deed, made);
  at_what_let_through(evidence, deed, first->first, made);
  made.why = "the list is filtered, but the call is not checked against it";
  seal(evidence, "unlisted is callable", made);
  findings.push_back(std::move(made));
}

}  // namespace

const OracleEntry kListCallAgree{.name = "list_call_agree",
                                 .claim = "a tool that no list shows cannot be called",
                                 .part = Part::Security,
                                 .applies = list_call_agree_applies,
                                 .judge = judge_list_call_agree};

}  // namespace gatecrash::oracle
