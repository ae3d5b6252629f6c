// What the lists do not show cannot be called: hiding that only filters the list hides nothing. Catches a
// gateway that filters tools/list and forwards the call. (That hidden tools are not shown is
// hidden_stays_hidden; that shown tools can be called is the promise's business, for a rule may deny what
// a list shows.)
#include <algorithm>
#include <map>
#include <set>

#include "harness/base/text.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

bool applies(const Evidence& evidence) {
  // Without a gateway there is no list that anybody filtered.
  if (evidence.is(scenario::RunKind::Teeth)) return false;
  for (const StepSeen& each : evidence.steps()) {
    if (each.calls != 0) return true;
  }
  return false;
}

void judge(const Evidence& evidence, std::vector<Finding>& findings) {
  // Names by the step that listed them; a later list replaces an earlier one. What the operator does may
  // change what there is: until the next list nothing is known.
  const trace::Trace& agent = evidence.run().agent;
  std::map<std::uint32_t, std::set<std::string_view>> lists;
  std::set<std::uint32_t> operated;
  for (std::uint32_t i = 0; i < evidence.steps().size(); ++i) {
    const StepSeen& seen = evidence.steps()[i];
    if (evidence.plan().steps[i].kind == scenario::StepKind::List && seen.reply == mcp::ReplyShape::Ok) lists[i];
    if (evidence.plan().steps[i].kind == scenario::StepKind::Operator) operated.insert(i);
  }
  for (const trace::Event& event : agent.events()) {
    if (event.kind != trace::EventKind::Listed) continue;
    if (const auto list = lists.find(event.step); list != lists.end()) list->second.insert(agent.view(event.text));
  }
  std::map<std::string_view, std::uint32_t> reported;
  for (const UpstreamCall& call : evidence.calls()) {
    const auto after = lists.upper_bound(call.step);
    if (call.step == trace::kSetUp || after == lists.begin()) continue;
    const auto since = operated.lower_bound(std::prev(after)->first);
    if (since != operated.end() && *since < call.step) continue;
    const auto& shown = std::prev(after)->second;
    if (shown.contains(call.tool) || !reported.emplace(call.tool, call.step).second) continue;
  }
  if (reported.empty()) return;
  const auto first = std::min_element(reported.begin(), reported.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
  Finding made = finding(evidence, kListCallAgree.name, FindingKind::Bypass, Part::Security);
  made.claim = "a tool that no list shows cannot be called";
  made.observed = base::quoted(first->first) + " was not listed and was called";
  if (reported.size() > 1) made.observed += ", and so were " + count(reported.size() - 1, "more tool");
  at_step(evidence, first->second, made);
  at_what_let_through(evidence, first->second, first->first, made);
  made.upstream_saw = saw_step(evidence, first->second);
  made.why = "the list is filtered, but the call is not checked against it";
  seal(evidence, "unlisted is callable", made);
  findings.push_back(std::move(made));
}

}  // namespace

const OracleEntry kListCallAgree{.name = "list_call_agree",
                                 .claim = "a tool that no list shows cannot be called",
                                 .part = Part::Security,
                                 .applies = applies,
                                 .judge = judge};

}  // namespace gatecrash::oracle
