// From one dialect's model to the other's: print.h says what has an equivalent.
#include <algorithm>
#include <charconv>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/policy/print.h"

namespace gatecrash::policy {
namespace {

base::Value constant(bool holds) {
  static const base::Node kTrue{.text = "true", .kind = base::Kind::Bool};
  static const base::Node kFalse{.text = "false", .kind = base::Kind::Bool};
  return base::Value{holds ? &kTrue : &kFalse};
}

// Keeps every anchor, so that problems and rulings point at the original.
class Converter {
 public:
  Converter(const Policy& from, Dialect to) : from_(from), to_(from) {
    to_.dialect = to;
    to_.lenient = false;
    to_.default_written = true;
  }

  base::Result<Policy> convert() {
    const bool intercept = to_.dialect == Dialect::Intercept;
    for (ToolPolicy& each : to_.tools)
      each.rules = intercept ? to_intercept(each) : to_policylayer(each);
    if (to_.wildcard)
      intercept ? void(to_.wildcard->rules = to_intercept(*to_.wildcard))
                : wildcard_to_policylayer();
    if (!problems_.empty()) return std::move(problems_);
    return std::move(to_);
  }

 private:
  void refuse(const Anchor& anchor, std::string_view what) {
    problems_.push_back(base::problem(from_.document->path, anchor.at,
                                      std::string(what) + " has no equivalent in dialect " +
                                          base::quoted(to_string(to_.dialect))));
  }

  // ---- intercept (or prose) to policylayer
  // -------------------------------------------------------

  std::vector<Rule> to_policylayer(const ToolPolicy& tool) {
    std::vector<Rule> predicates, limits;
    for (const Rule& rule : tool.rules) {
      if (rule.kind == RuleKind::RequireApproval) {
        refuse(rule.anchor, "an approval");
        continue;
      }
      Rule predicate = rule;
      predicate.kind = RuleKind::Require;
      predicate.limit.reset();
      if (rule.kind == RuleKind::Deny) predicate.conditions = never();
      check_values(predicate);
      if (!predicate.conditions.empty()) predicates.push_back(std::move(predicate));
      if (rule.limit) limits.push_back(plain_limit(rule));
    }
    std::ranges::move(limits, std::back_inserter(predicates));
    return predicates;
  }

  // An argument is there and is not there.
  static std::vector<Condition> never() {
    Condition there{.steps = {"_"}, .op = Operator::Exists, .value = constant(true)};
    Condition missing{.steps = {"_"}, .op = Operator::Exists, .value = constant(false)};
    return {there, missing};
  }

  void check_values(const Rule& rule) {
    for (const Condition& each : rule.conditions) {
      if (each.on_state) refuse(each.anchor, "a condition on a counter");
      // YAML takes longer numbers than JSON is allowed to hold here.
      std::string text;
      base::Tree tree;
      if (each.value) base::write_json(each.value, text);
      if (each.value && base::read_json(text, {}, tree))
        refuse(each.anchor, "a value this long or deep");
    }
  }

  Rule plain_limit(const Rule& rule) {
    Rule out = rule;
    out.kind = RuleKind::Evaluate;
    out.conditions.clear();
    Limit& limit = *out.limit;
    if (!limit.has_max) refuse(limit.anchor, "a counter without a limit");
    if (limit.increment != "1" && limit.increment_from.empty())
      refuse(limit.anchor, "an increment but 1");
    limit.increment = "1";
    limit.from_rate_limit = false;
    name_window(limit);
    if (limit.has_max &&
        (limit.max.starts_with('-') || limit.max.size() > base::JsonRules{}.number_length)) {
      refuse(limit.anchor, "a limit of " + limit.max);
    } else if (limit.has_max && !limit.inclusive) {
      make_inclusive(limit);
    }
    return out;
  }

  // Calls weigh whole numbers: fewer than N is at most N - 1.
  void make_inclusive(Limit& limit) {
    std::int64_t max = 0;
    const auto [end, code] =
        std::from_chars(limit.max.data(), limit.max.data() + limit.max.size(), max);
    const bool whole = code == std::errc{} && end == limit.max.data() + limit.max.size();
    if (!whole || max == 0 || !limit.increment_from.empty())
      return refuse(limit.anchor, "this `lt` limit");
    limit.max = std::to_string(max - 1);
    limit.inclusive = true;
  }

  void wildcard_to_policylayer() {
    std::vector<Rule> all = to_policylayer(*to_.wildcard);
    to_.wildcard->rules.clear();
    for (Rule& each : all) {
      if (each.limit) {
        to_.wildcard->rules.push_back(std::move(each));
      } else if (from_.default_action == DefaultAction::Allow) {
        refuse(each.anchor, "a rule for every tool that is no limit");
      } else {
        for (ToolPolicy& tool : to_.tools) tool.rules.insert(tool.rules.begin(), each);
      }
    }
  }

  // ---- policylayer (or prose) to intercept
  // -------------------------------------------------------

  std::vector<Rule> to_intercept(const ToolPolicy& tool) {
    std::vector<Rule> rules;
    for (Rule rule : tool.rules) {
      if (rule.name.empty()) rule.name = rule.anchor.path;
      if (rule.limit) {
        name_window(*rule.limit);
        if (rule.limit->scope != Scope::Grant) refuse(rule.anchor, "a limit that is not by grant");
      } else if (rule.kind == RuleKind::Require) {
        rule.kind = RuleKind::Evaluate;
      } else if (rule.kind == RuleKind::DenyIf) {
        turn_round(rule, tool);
      }
      rules.push_back(std::move(rule));
    }
    return rules;
  }

  void turn_round(Rule& rule, const ToolPolicy& tool) {
    rule.kind = RuleKind::Evaluate;
    if (rule.conditions.size() != 1)
      return refuse(rule.anchor, "a `deny_if` of several conditions");
    Condition& condition = rule.conditions.front();
    if (condition.op == Operator::Exists) {
      condition.value = constant(!condition.value.is_true());
      return;
    }
    const std::optional<Operator> opposite = opposite_of(condition.op);
    if (!opposite)
      return refuse(rule.anchor, "a `deny_if` with " + base::quoted(to_string(condition.op)));
    if (!is_guarded(condition, tool)) {
      return refuse(rule.anchor, "a `deny_if` that passes a call without " +
                                     base::quoted("args." + base::join(condition.steps, ".")));
    }
    condition.op = *opposite;
  }

  static std::optional<Operator> opposite_of(Operator op) {
    switch (op) {
      case Operator::Eq: return Operator::Neq;
      case Operator::Neq: return Operator::Eq;
      case Operator::In: return Operator::NotIn;
      case Operator::NotIn: return Operator::In;
      case Operator::Lt: return Operator::Gte;
      case Operator::Gte: return Operator::Lt;
      case Operator::Gt: return Operator::Lte;
      case Operator::Lte: return Operator::Gt;
      case Operator::Regex:
      case Operator::Contains:
      case Operator::Exists:
      case Operator::Matches:
      case Operator::Mentions: break;
    }
    return std::nullopt;
  }

  static bool orders(Operator op) {
    return op == Operator::Lt || op == Operator::Lte || op == Operator::Gt || op == Operator::Gte;
  }

  // A missing argument fails a condition and its opposite alike, and so does what is no number if
  // they order. Does the tool require something of the argument that refuses those calls anyhow?
  static bool is_guarded(const Condition& condition, const ToolPolicy& tool) {
    for (const Rule& rule : tool.rules) {
      if (rule.kind != RuleKind::Require) continue;
      for (const Condition& each : rule.conditions) {
        const bool present = each.op != Operator::Exists || each.value.is_true();
        if (each.steps == condition.steps && present && (orders(each.op) || !orders(condition.op)))
          return true;
      }
    }
    return false;
  }

  // A window in seconds that has a name gets it.
  void name_window(Limit& limit) {
    if (limit.window != Window::Custom) return;
    for (const Window each : {Window::Minute, Window::Hour, Window::Day}) {
      if (length(each) == limit.period) limit.window = each;
    }
    if (limit.window == Window::Custom)
      refuse(limit.anchor, "a window of " + base::to_string(limit.period));
  }

  const Policy& from_;
  Policy to_;
  base::Problems problems_;
};

}  // namespace

base::Result<Policy> convert(const Policy& policy, Dialect dialect) {
  if (policy.dialect == dialect) return policy;
  if (dialect == Dialect::Prose) {
    return base::problem(policy.document->path, {}, "nothing is converted to `prose`",
                         "one of `intercept`, `policylayer`");
  }
  if (policy.dialect == Dialect::Prose && dialect == Dialect::PolicyLayer) {
    base::Result<Policy> between = convert(policy, Dialect::Intercept);
    return between ? convert(*between, dialect) : between;
  }
  return Converter(policy, dialect).convert();
}

}  // namespace gatecrash::policy
