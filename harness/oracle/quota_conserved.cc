// A limit counts what really happened. By the least that a gateway could have charged, it lets no
// more through than it says: calls that the upstream carried out, which is that they changed
// something or were answered with a result (what ended in a JSON-RPC error and changed nothing may
// have been refunded). By the most, it refuses only when it is used up: calls that the gateway says
// it allowed and that left it. Windows may be calendar or sliding, and a list may weigh its length
// or one: only what no reading explains is a finding. Catches an off-by-one, a counter that is
// never given back or given back twice, one counted anew per session, a refund for what was done,
// and a charge for what never went upstream.
#include <algorithm>
#include <map>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/oracle/standing.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using policy::Limit;

// What one call weighs at most: the length of its longest list, one that stands in a text included.
std::uint64_t most_weight(std::string_view arguments, base::Tree& tree) {
  std::uint64_t weight = 1;
  if (arguments.empty() || base::read_json(arguments, {}, tree)) return weight;
  for (const base::Value each : tree.root()) {
    if (each.is_list()) weight = std::max<std::uint64_t>(weight, each.size());
    if (!each.is_string() || each.text().find('[') == std::string_view::npos) continue;
    base::Tree inner;
    const base::JsonRules rules{.bytes = each.text().size(),
                                .keep_duplicates = true,
                                .lone_surrogates = true,
                                .accept_nan = true};
    if (!base::read_json(each.text(), rules, inner) && inner.root().is_list()) {
      weight = std::max<std::uint64_t>(weight, inner.root().size());
    }
  }
  return weight;
}

struct Passed {
  base::Instant at;
  std::uint32_t call;
  std::uint32_t connection;
};

// By call: it changed nothing, and the upstream answered with a JSON-RPC error.
std::vector<bool> failed_calls(const Evidence& evidence) {
  std::vector<bool> failed(evidence.calls().size(), false);
  const trace::Trace& ledger = evidence.run().ledger;
  base::Tree tree;
  std::size_t understood = 0;
  bool in_call = false;
  for (const trace::Event& event : ledger.events()) {
    if (event.kind == trace::EventKind::Arrived) in_call = false;
    if (event.kind == trace::EventKind::Understood) {
      ++understood;
      in_call = true;
    }
    if (event.kind != trace::EventKind::Replied || !std::exchange(in_call, false)) continue;
    const std::size_t call = understood - 1;
    const std::string_view frame = ledger.view(event.text);
    if (evidence.calls()[call].effects != 0 || frame.find("\"error\"") == std::string_view::npos)
      continue;
    const rpc::Decoded reply = rpc::decode(frame, rpc::strict_reading(), tree);
    failed[call] = reply && mcp::reply_shape(reply.message) == mcp::ReplyShape::RpcError;
  }
  return failed;
}

// What one holder of a counter was let through, and sent upstream, within one period before now.
struct Recent {
  std::vector<std::pair<base::Instant, std::uint64_t>> passed;  // when, and what it weighs at most
  std::size_t first = 0;
  std::uint64_t sum = 0;
};

// Whose calls count together.
std::string_view holder(const Evidence& evidence, const Limit& limit, std::uint32_t connection) {
  return limit.scope == policy::Scope::Grant ? evidence.caller(connection).grant
                                             : std::string_view();
}

struct Limited {
  const Limit* limit;
  std::uint64_t max;
  std::string_view tool;
};

// Limits that can be judged from outside: whole numbers, one per call, of one tool, by grant or for
// all.
std::vector<Limited> judgeable(const policy::Policy& policy) {
  std::vector<Limited> out;
  const auto take = [&](const policy::ToolPolicy& entry, std::string_view tool) {
    for (const policy::Rule& rule : entry.rules) {
      if (!rule.limit || !rule.limit->has_max || !rule.limit->increment_from.empty() ||
          rule.limit->increment != "1" ||
          (rule.limit->scope != policy::Scope::Grant &&
           rule.limit->scope != policy::Scope::Global) ||
          rule.limit->shared || !rule.limit->per.empty() || rule.limit->period.count() <= 0) {
        continue;
      }
      if (const auto max = whole_max(*rule.limit)) out.push_back({&*rule.limit, *max, tool});
    }
  };
  for (const policy::ToolPolicy& each : policy.tools) take(each, each.name);
  return out;
}

bool quota_conserved_applies(const Evidence& evidence) {
  // Whoever operates on the gateway changes what its counters hold, and other principals have
  // counters of their own.
  return !evidence.is(scenario::RunKind::Teeth) && evidence.policy() != nullptr &&
         !operated(evidence.plan()) &&
         std::ranges::all_of(evidence.plan().steps,
                             [](const scenario::Step& each) { return each.as.empty(); }) &&
         !judgeable(*evidence.policy()).empty();
}

Finding begin(const Evidence& evidence, const Limited& limited, const Deed& deed) {
  Finding made = finding(evidence, kQuotaConserved.name, FindingKind::Drift, Part::Conformance);
  at_deed(evidence, deed, made);
  at_rule(evidence, limited.limit->anchor.path, limited.limit->anchor.at, made);
  return made;
}

void judge_overrun(const Evidence& evidence, const Limited& limited,
                   const std::vector<Passed>& passed, std::vector<Finding>& findings) {
  std::map<std::string_view, std::uint64_t> inside;
  std::int64_t window = -1;
  for (const Passed& each : passed) {
    const std::int64_t current = each.at.time_since_epoch() / limited.limit->period;
    if (current != window) inside.clear();
    window = current;
    const std::uint64_t number = ++inside[holder(evidence, *limited.limit, each.connection)];
    if (number <= limited.max) continue;
    Finding made = begin(evidence, limited, deed_of_call(evidence, each.call));
    made.claim = "at most " + thousands(limited.max) + " calls of " + base::quoted(limited.tool) +
                 " in any window of " + base::to_string(limited.limit->period);
    made.observed = "the " + thousands(number) + "th of one calendar window was carried out";
    seal(evidence, "overrun", made);
    return findings.push_back(std::move(made));
  }
}

// How many of a step's allowed calls left the gateway. Where the upstream has hung up, its ledger
// does not show what came after: then all of them.
class Delivered {
 public:
  explicit Delivered(const Evidence& evidence) {
    for (const StepSeen& each : evidence.steps()) left_.push_back(each.arrived);
    hung_up_ = std::ranges::any_of(evidence.run().ledger.events(), [](const trace::Event& each) {
      return each.kind == trace::EventKind::HungUp;
    });
  }
  bool take(std::uint32_t step) { return hung_up_ || (left_[step] != 0 && left_[step]-- != 0); }

 private:
  std::vector<std::uint32_t> left_;  // by step: frames that arrived
  bool hung_up_ = false;
};

void judge_early(const Evidence& evidence, const Limited& limited, std::vector<Finding>& findings) {
  Delivered delivered(evidence);
  const trace::Trace& log = evidence.run().gateway;
  base::Tree tree;
  std::map<std::string_view, Recent> by_holder;
  for (std::uint32_t i = 0; i < log.events().size(); ++i) {
    const trace::Event& event = log.events()[i];
    if (event.kind != trace::EventKind::Decided || event.step >= evidence.steps().size() ||
        log.view(event.text) != limited.tool) {
      continue;
    }
    const scenario::Step& step = evidence.plan().steps[event.step];
    if (step.kind != scenario::StepKind::Call)
      return;  // what a raw message weighs is not known here
    const std::uint64_t weight = most_weight(step.arguments, tree);
    Recent& recent = by_holder[holder(evidence, *limited.limit, event.connection)];
    while (recent.first < recent.passed.size() &&
           event.at - recent.passed[recent.first].first >= limited.limit->period) {
      recent.sum -= recent.passed[recent.first++].second;
    }
    if (static_cast<decision::Outcome>(event.detail) == decision::Outcome::Allow) {
      if (!delivered.take(event.step)) continue;
      recent.passed.emplace_back(event.at, weight);
      recent.sum += weight;
      continue;
    }
    if (log.view(event.more) != limited.limit->anchor.path || recent.sum + weight > limited.max)
      continue;
    Finding made = begin(evidence, limited, deed_of_decision(evidence, i));
    made.claim = "a limit of " + thousands(limited.max) + " refuses only when it is used up";
    made.observed = "refused although " + thousands(recent.sum) + " of " + thousands(limited.max) +
                    " were used";
    seal(evidence, "early", made);
    return findings.push_back(std::move(made));
  }
}

void judge_quota_conserved(const Evidence& evidence, std::vector<Finding>& findings) {
  const std::vector<Limited> limits = judgeable(*evidence.policy());
  std::map<std::string_view, std::vector<Passed>> by_tool;
  const std::vector<bool> failed = failed_calls(evidence);
  for (std::uint32_t i = 0; i < failed.size(); ++i) {
    const UpstreamCall& each = evidence.calls()[i];
    if (!failed[i]) by_tool[each.tool].push_back({each.at, i, each.connection});
  }
  for (const Limited& each : limits) {
    judge_overrun(evidence, each, by_tool[each.tool], findings);
    judge_early(evidence, each, findings);
  }
}

}  // namespace

const OracleEntry kQuotaConserved{
    .name = "quota_conserved",
    .claim = "a limit lets through what it says and refuses only when it is used up",
    .part = Part::Conformance,
    .applies = quota_conserved_applies,
    .judge = judge_quota_conserved};

}  // namespace gatecrash::oracle
