#include "harness/decision/what_if.h"

#include <algorithm>
#include <map>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/decision/candidates.h"
#include "harness/decision/counters.h"

namespace gatecrash::decision {
namespace {

using policy::Policy;
using policy::Rule;
using policy::RuleKind;

constexpr int kRounds = 8;        // rules that are satisfied one after the other
constexpr int kMostCalls = 1000;  // that are repeated to see a limit fill
constexpr std::size_t kMostPerAllowed = 5;

// One use of an engine: the history first, then the question.
class Trial {
 public:
  explicit Trial(const Situation& situation)
      : situation_(situation), engine_(situation.policy, situation.semantics, *counters_) {
    for (const Situation::Used& each : situation.used) {
      engine_.count(each.limit, each.amount, caller(), each.at.value_or(situation.at));
    }
    if (!situation.arguments.empty()) base::read_json(situation.arguments, {}, arguments_);
    // Every rule that holds this call has been answered alike.
    while (situation.human != Situation::Human::Nobody && explain().outcome == Outcome::Hold) {
      const std::string id(decide().approval);
      const bool answered = situation.human == Situation::Human::Approved
                                ? engine_.approve(id, situation.at)
                                : engine_.deny(id, situation.at);
      if (!answered) break;
    }
  }

  Explanation explain() const { return engine_.explain(call()); }
  Ruling decide() { return engine_.decide(call()); }

 private:
  Caller caller() const {
    return {.grant = situation_.principal, .principal = situation_.principal, .session = {}};
  }
  Call call() const {
    return {.tool = situation_.tool,
            .arguments = arguments_.root(),
            .caller = caller(),
            .at = situation_.at};
  }

  const Situation& situation_;
  std::unique_ptr<CounterStore> counters_ = make_memory_counters();
  Engine engine_;
  base::Tree arguments_;
};

const Rule* find_rule(const Policy& policy, std::string_view path) {
  const auto in = [&](const policy::ToolPolicy& tool) -> const Rule* {
    for (const Rule& each : tool.rules) {
      if (each.anchor.path == path || (each.limit && each.limit->anchor.path == path)) return &each;
    }
    return nullptr;
  };
  for (const policy::ToolPolicy& each : policy.tools) {
    if (const Rule* found = in(each); found != nullptr) return found;
  }
  return policy.wildcard ? in(*policy.wildcard) : nullptr;
}

std::string arguments_with(const std::string& arguments, const std::vector<std::string>& steps,
                           const std::string& json) {
  base::Tree tree;
  if (!arguments.empty()) base::read_json(arguments, {}, tree);
  return with_member(tree.root(), steps, json);
}

std::string value_at(const std::string& arguments, const std::vector<std::string>& steps) {
  base::Tree tree;
  if (!arguments.empty()) base::read_json(arguments, {}, tree);
  std::string text;
  if (const base::Value value = resolve(tree.root(), steps); value) base::write_json(value, text);
  return text;
}

class Search {
 public:
  Search(const Situation& situation, const Explanation& now) : situation_(situation), now_(now) {}

  std::vector<Change> run() {
    if (now_.outcome == Outcome::Allow) {
      for_allowed();
      return std::move(found_);
    }
    const auto stop = std::ranges::find(now_.steps, true, &ExplainedStep::stops);
    if (stop == now_.steps.end()) return {};
    other_arguments();
    if (stop->kind == ExplainedStep::Kind::Default) other_name();
    later();
    if (now_.outcome == Outcome::Hold) answered();
    other_policy(*stop);
    return std::move(found_);
  }

 private:
  // Keeps the statement if it is true.
  bool add(Change::Kind kind, const Situation& situation, std::string text, std::string rule = {},
           base::SourcePos at = {}) {
    if (std::ranges::find(found_, text, &Change::text) != found_.end()) return true;
    const Explanation then = explain(situation);
    if (then.outcome == now_.outcome) return false;
    found_.push_back({kind, std::move(text), std::move(rule), at, then.outcome, then.rule});
    return true;
  }

  // ---- what the agent could do differently
  // -------------------------------------------------------

  // Satisfies the deciding rule, then the next, until the call passes or nothing helps.
  void other_arguments() {
    Situation changed = situation_;
    std::map<std::vector<std::string>, std::string> set;
    for (int round = 0; round < kRounds; ++round) {
      const Explanation then = explain(changed);
      const auto stop = std::ranges::find(then.steps, true, &ExplainedStep::stops);
      if (then.outcome == Outcome::Allow || stop == then.steps.end()) break;
      if (!(stop->kind == ExplainedStep::Kind::Limit ? weigh_less(*stop, changed, set)
                                                     : satisfy(*stop, changed, set)))
        return;
    }
    std::string text;
    for (const auto& [steps, json] : set) {
      const std::string before = value_at(situation_.arguments, steps);
      text += (text.empty() ? "`args." : " and `args.") + base::join(steps, ".") + "` " +
              (json.empty() ? "left out" : json) + (before.empty() ? "" : " instead of " + before);
    }
    if (!set.empty()) add(Change::Kind::Arguments, changed, text);
  }

  bool satisfy(const ExplainedStep& stop, Situation& changed,
               std::map<std::vector<std::string>, std::string>& set) const {
    const Rule* rule = find_rule(*situation_.policy, stop.rule);
    if (rule == nullptr || rule->conditions.empty()) return false;
    const bool must_fail =
        rule->kind == RuleKind::DenyIf || rule->kind == RuleKind::RequireApproval;
    std::vector<std::vector<std::string>> done;  // one value serves all conditions on an argument
    for (std::size_t i = 0; i < rule->conditions.size(); ++i) {
      const policy::Condition& each = rule->conditions[i];
      if (each.on_state) {
        if (!must_fail && stop.conditions[i].holds != Truth::Yes) return false;
        continue;
      }
      if (std::ranges::find(done, each.steps) != done.end()) continue;
      if (!must_fail && stop.conditions[i].holds == Truth::Yes) continue;
      const auto json =
          value_for(*rule, each.steps, value_at(changed.arguments, each.steps), must_fail);
      if (!json) {
        if (must_fail) continue;
        return false;
      }
      changed.arguments = arguments_with(changed.arguments, each.steps, *json);
      set[each.steps] = *json;
      done.push_back(each.steps);
      if (must_fail) break;  // one that fails is enough
    }
    return !done.empty();
  }

  // A value for this argument on which all conditions of the rule about it hold, or one fails for
  // sure.
  std::optional<std::string> value_for(const Rule& rule, const std::vector<std::string>& steps,
                                       const std::string& actual, bool must_fail) const {
    std::vector<std::string> candidates;
    for (const policy::Condition& each : rule.conditions) {
      if (!each.on_state && each.steps == steps) add_candidates(each, actual, candidates);
    }
    for (const std::string& json : candidates) {
      base::Tree tree;
      if (!json.empty() && base::read_json(json, {}, tree)) continue;
      bool all = true, fails = false;
      for (const policy::Condition& each : rule.conditions) {
        if (each.on_state || each.steps != steps) continue;
        const Truth holds =
            Operand(each.op, each.value).holds(tree.root(), situation_.semantics.type_mismatch);
        all = all && holds == Truth::Yes;
        fails = fails || holds == Truth::No;
      }
      if (must_fail ? fails : all) return json;
    }
    return std::nullopt;
  }

  // What is left of the limit, where the call says how much it takes.
  bool weigh_less(const ExplainedStep& stop, Situation& changed,
                  std::map<std::vector<std::string>, std::string>& set) const {
    const Rule* rule = find_rule(*situation_.policy, stop.rule);
    if (rule == nullptr || !rule->limit) return false;
    const std::vector<std::string>& from = rule->limit->increment_from;
    if (from.empty()) return shorten_lists(stop.left, changed, set);
    if (stop.left.starts_with('-') || stop.left == "0" ||
        stop.left == value_at(changed.arguments, from))
      return false;
    const std::string json = stop.left.empty() ? "1" : stop.left;
    changed.arguments = arguments_with(changed.arguments, from, json);
    set[from] = json;
    return true;
  }

  static bool shorten_lists(const std::string& left, Situation& changed,
                            std::map<std::vector<std::string>, std::string>& set) {
    base::Tree tree;
    if (changed.arguments.empty() || base::read_json(changed.arguments, {}, tree)) return false;
    const std::size_t most =
        left.empty() || left.starts_with('-') ? 0 : std::strtoul(left.c_str(), nullptr, 10);
    if (most == 0) return false;
    bool any = false;
    for (const base::Value each : tree.root()) {
      if (!each.is_list() || each.size() <= most) continue;
      std::string json;
      std::size_t kept = 0;
      for (const base::Value element : each) {
        if (kept++ == most) break;
        json += json.empty() ? "[" : ",";
        base::write_json(element, json);
      }
      const std::vector<std::string> steps{std::string(each.key())};
      changed.arguments = arguments_with(changed.arguments, steps, json + "]");
      set[steps] = json + "]";
      any = true;
    }
    return any;
  }

  void other_name() {
    std::vector<std::string_view> names;
    for (const policy::ToolPolicy& each : situation_.policy->tools) names.push_back(each.name);
    const std::string_view near = base::closest(situation_.tool, names);
    if (near.empty()) return;
    Situation changed = situation_;
    changed.tool = near;
    add(Change::Kind::Tool, changed,
        "tool " + base::quoted(near) + " instead of " + base::quoted(situation_.tool));
  }

  // ---- what time brings, what a person decides
  // ---------------------------------------------------

  // The first moment from which the call fares otherwise, if nothing else is called.
  void later() {
    base::Duration longest{};
    const auto measure = [&](const policy::ToolPolicy& tool) {
      for (const Rule& each : tool.rules) {
        if (each.limit) longest = std::max(longest, each.limit->period);
      }
    };
    std::ranges::for_each(situation_.policy->tools, measure);
    if (situation_.policy->wildcard) measure(*situation_.policy->wildcard);
    if (longest == base::Duration{} || outcome_after(longest) == now_.outcome) return;
    base::Duration too_early{}, enough = longest;
    while (enough - too_early > base::Duration{1}) {
      const base::Duration middle = too_early + (enough - too_early) / 2;
      (outcome_after(middle) == now_.outcome ? too_early : enough) = middle;
    }
    add(Change::Kind::Time, after(enough),
        "from " + base::to_string(situation_.at + enough) + " on (in " + base::to_string(enough) +
            ")");
  }
  Outcome outcome_after(base::Duration wait) const { return explain(after(wait)).outcome; }
  // What was used stays where it was in time.
  Situation after(base::Duration wait) const {
    Situation changed = situation_;
    for (Situation::Used& each : changed.used) each.at = each.at.value_or(situation_.at);
    changed.at += wait;
    return changed;
  }

  void answered() {
    Situation changed = situation_;
    changed.human = Situation::Human::Approved;
    add(Change::Kind::Approval, changed, "once a person approves it");
  }

  // ---- which line of the policy
  // ------------------------------------------------------------------

  void other_policy(const ExplainedStep& stop) {
    auto policy = std::make_shared<Policy>(*situation_.policy);
    Situation changed = situation_;
    changed.policy = policy;
    std::string text;
    switch (stop.kind) {
      case ExplainedStep::Kind::Grant:
      case ExplainedStep::Kind::Definitions:  // these two decide nothing
      case ExplainedStep::Kind::Redaction: return;
      case ExplainedStep::Kind::Hide:
        std::erase_if(policy->hide,
                      [&](const policy::HideEntry& each) { return each.anchor.path == stop.rule; });
        text = "without this entry";
        break;
      case ExplainedStep::Kind::Default:
        policy->tools.push_back({.name = situation_.tool});
        text = "with " + base::quoted(situation_.tool) + " among `tools`";
        break;
      case ExplainedStep::Kind::Limit:
        if (raise(stop, *policy)) {
          if (add(Change::Kind::Limit, changed,
                  "with a limit of " + stop.needs + " instead of " + stop.most, stop.rule, stop.at))
            return;
          *policy = *situation_.policy;
        }
        [[fallthrough]];
      case ExplainedStep::Kind::Rule:
        for (policy::ToolPolicy& each : policy->tools) erase(stop.rule, each);
        if (policy->wildcard) erase(stop.rule, *policy->wildcard);
        text = "without this rule";
        break;
    }
    add(Change::Kind::Policy, changed, text, stop.rule, stop.at);
  }

  static void erase(const std::string& path, policy::ToolPolicy& tool) {
    std::erase_if(tool.rules, [&](const Rule& each) {
      return each.anchor.path == path || (each.limit && each.limit->anchor.path == path);
    });
  }

  static bool raise(const ExplainedStep& stop, Policy& policy) {
    auto* rule =
        const_cast<Rule*>(find_rule(policy, stop.rule));  // NOLINT: `policy` is ours to change
    if (rule == nullptr || !rule->limit || stop.needs.empty()) return false;
    rule->limit->max = stop.needs;
    rule->limit->inclusive = true;
    return true;
  }

  // ---- an allowed call
  // ---------------------------------------------------------------------------

  void for_allowed() {
    for (const ExplainedStep& step : now_.steps) {
      const Rule* rule = find_rule(*situation_.policy, step.rule);
      if (rule == nullptr || step.kind != ExplainedStep::Kind::Rule) continue;
      for (const policy::Condition& each : rule->conditions) {
        if (!each.on_state && found_.size() < kMostPerAllowed) break_condition(each);
      }
    }
    more_calls();
  }

  void break_condition(const policy::Condition& condition) {
    const std::string actual = value_at(situation_.arguments, condition.steps);
    std::vector<std::string> candidates;
    add_candidates(condition, actual, candidates);
    for (const std::string& json : candidates) {
      if (json == actual) continue;
      Situation changed = situation_;
      changed.arguments = arguments_with(situation_.arguments, condition.steps, json);
      if (add(Change::Kind::Arguments, changed,
              "`args." + base::join(condition.steps, ".") + "` " +
                  (json.empty() ? "left out" : json) +
                  (actual.empty() ? "" : " instead of " + actual))) {
        return;
      }
    }
  }

  void more_calls() {
    if (std::ranges::none_of(now_.steps,
                             [](const ExplainedStep& each) { return !each.most.empty(); }))
      return;
    Trial trial(situation_);
    for (int calls = 1; calls <= kMostCalls; ++calls) {
      if (trial.decide().outcome != Outcome::Allow) return;
      const Explanation then = trial.explain();
      if (then.outcome == now_.outcome) continue;
      found_.push_back(
          {Change::Kind::Calls,
           "after " + std::to_string(calls) + (calls == 1 ? " such call" : " such calls"),
           {},
           {},
           then.outcome,
           then.rule});
      return;
    }
  }

  const Situation& situation_;
  const Explanation& now_;
  std::vector<Change> found_;
};

}  // namespace

Explanation explain(const Situation& situation) {
  return Trial(situation).explain();
}

const Situation::Used* unknown(const Situation& situation) {
  const auto counters = make_memory_counters();
  Engine engine(situation.policy, situation.semantics, *counters);
  const auto found = std::ranges::find_if(situation.used, [&](const Situation::Used& each) {
    return !engine.count(each.limit, each.amount, {}, situation.at);
  });
  return found == situation.used.end() ? nullptr : &*found;
}

std::vector<Change> changes(const Situation& situation, const Explanation& now) {
  return Search(situation, now).run();
}

std::string_view to_string(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::Arguments: return "arguments";
    case Change::Kind::Tool: return "tool";
    case Change::Kind::Time: return "time";
    case Change::Kind::Calls: return "calls";
    case Change::Kind::Approval: return "approval";
    case Change::Kind::Limit: return "limit";
    case Change::Kind::Policy: return "policy";
  }
  return "?";
}

}  // namespace gatecrash::decision
