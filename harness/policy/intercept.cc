// Intercept YAML: policy-semantics.md section 1.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <set>

#include "harness/base/text.h"
#include "harness/policy/reading.h"

namespace gatecrash::policy {
namespace {

using base::Kind;
using base::Value;

constexpr std::array<std::string_view, 3> kInterceptActions{"evaluate", "deny", "require_approval"};
constexpr std::string_view kGlobal = "_global";  // what state paths call `*`

class InterceptReader {
 public:
  InterceptReader(Reading& reading, Policy& policy) : reading_(reading), policy_(policy) {}

  void read(Value root) {
    if (!reading_.is(root, Kind::Object, "a policy")) return;
    reading_.known_keys(root, "a policy", {"version", "description", "default", "hide", "tools"});
    read_version(root);
    reading_.text(root, "description", "");
    read_default(reading_, root, policy_);
    policy_.hide = read_hide(reading_, root.find("hide"));
    read_tools(root);
    resolve_states();
  }

 private:
  void read_version(Value root) {
    const Value version = reading_.unless_null(root.find("version"), "version");
    if (!version) {
      reading_.forgivable(reading_.place(root), "`version` is missing", "write `version: \"1\"`");
    } else if (!(version.is_string() || version.is_number()) || reading_.spelling(version) != "1") {
      reading_.error(reading_.place(version), "`version` has to be the text `1`",
                     "write `version: \"1\"`");
    }
  }

  void read_tools(Value root) {
    const Value tools = root.find("tools");
    if (!tools || tools.is_null()) {
      const bool other_purpose = root.find("hide") || policy_.default_action == DefaultAction::Deny;
      const std::string message = "`tools` is missing";
      const std::string hint = "write `tools: {}` if that is meant";
      if (other_purpose)
        reading_.warning(reading_.place(root), message, hint);
      else
        reading_.tolerated(reading_.place(root), message, hint);
      return;
    }
    read_tool_map(reading_, tools, policy_, [&](Value each) { return read_tool(each); });
  }

  ToolPolicy read_tool(Value value) {
    const std::string path = "/tools/" + pointer_segment(value.key());
    ToolPolicy tool{.name = std::string(value.key()), .anchor = reading_.key_anchor(path, value)};
    if (value.is_null()) return tool;
    if (!reading_.is(value, Kind::Object, "a tool")) return tool;
    reading_.known_keys(value, "a tool", {"rules"});
    read_rules(value.find("rules"), path, tool);
    return tool;
  }

 public:
  void read_rules(Value rules, const std::string& path, ToolPolicy& tool) {
    if (!rules || rules.is_null() || !reading_.is(rules, Kind::List, "rules")) return;
    std::set<std::string> counters;
    std::size_t index = 0;
    for (const Value each : rules) {
      const std::string rule_path = path + "/rules/" + std::to_string(index++);
      if (!reading_.unless_null(each, "a rule")) continue;
      auto rule = read_rule(each, rule_path, tool.name);
      if (!rule) continue;
      if (rule->limit && !counters.insert(rule->limit->counter).second) {
        reading_.error(
            rule->limit->anchor.at,
            "counter " + base::quoted(rule->limit->counter) + " is defined twice for this tool",
            "counter names are unique within a tool");
      }
      tool.rules.push_back(std::move(*rule));
    }
  }

 private:
  std::optional<Rule> read_rule(Value value, const std::string& path, const std::string& tool) {
    if (!reading_.is(value, Kind::Object, "a rule")) return std::nullopt;
    reading_.known_keys(
        value, "a rule",
        {"name", "action", "conditions", "rate_limit", "on_deny", "state", "approval_timeout"});
    Rule rule{.anchor = reading_.anchor(path, value)};
    const auto name = reading_.text(value, "name", "");
    if (!value.find("name")) {
      reading_.forgivable(rule.anchor.at, "a rule lacks `name`", "every rule needs a name");
    } else if (!name || name->empty()) {
      reading_.forgivable(reading_.place(value.find("name")), "`name` is empty",
                          "every rule needs a name");
    }
    rule.name = name.value_or("");
    const Parts parts = parts_of(value);
    read_action(value, parts, rule);
    rule.on_deny = reading_.text(value, "on_deny", "").value_or("");
    rule.conditions = read_conditions(reading_, parts.conditions, path, true);
    if (const Value timeout = value.find("approval_timeout"); timeout && !reading_.released())
      read_timeout(timeout, rule);
    if (parts.rate_limit)
      read_rate_limit(parts.rate_limit, rule);
    else if (parts.state)
      read_state(parts.state, rule, tool);
    check_combination(parts, rule);
    return rule;
  }

  // The members that make the rule, absent where they are empty and the reading tolerates that.
  struct Parts {
    Value conditions, rate_limit, state;
  };
  Parts parts_of(Value value) {
    Parts parts{.conditions = reading_.unless_null(value.find("conditions"), "conditions"),
                .rate_limit = reading_.unless_null(value.find("rate_limit"), "rate_limit"),
                .state = reading_.unless_null(value.find("state"), "state")};
    const auto leave_out = [&](Value& member, bool empty) {
      if (!member || !empty || !reading_.tolerates()) return;
      reading_.tolerated(reading_.place(member), base::quoted(member.key()) + " is empty");
      member = {};
    };
    bool no_condition = parts.conditions.is_list();
    for (const Value condition : parts.conditions)
      no_condition = no_condition && condition.is_null();
    leave_out(parts.conditions, no_condition);
    leave_out(parts.rate_limit, parts.rate_limit.is_string() && parts.rate_limit.text().empty());
    return parts;
  }

  void read_action(Value value, const Parts& parts, Rule& rule) {
    constexpr std::array kinds{RuleKind::Evaluate, RuleKind::Deny, RuleKind::RequireApproval};
    const Value action = reading_.unless_null(value.find("action"), "action");
    if (!action) return;
    const std::string_view text = action.is_scalar() ? reading_.spelling(action) : "";
    const bool known = std::ranges::find(kInterceptActions, text) != kInterceptActions.end();
    if (reading_.tolerates() && action.is_string() && text.empty()) {
      return reading_.tolerated(reading_.place(action), "`action` is empty, which means evaluate");
    }
    // The released loader writes a rate limit out as a rule that evaluates.
    const bool overwritten = parts.rate_limit && !parts.conditions && !parts.state &&
                             action.is_scalar() && text != "deny";
    if (overwritten && (reading_.released() || (reading_.tolerates() && !known))) {
      return reading_.tolerated(reading_.place(action),
                                "`action` " + base::quoted(text) + " beside `rate_limit`");
    }
    const auto choice = reading_.one_of(value, "action", kInterceptActions);
    if (!choice) return;
    rule.kind = kinds[*choice];
    if (rule.kind == RuleKind::RequireApproval) {
      reading_.refused_by_release(
          reading_.place(action),
          "`action` cannot be `require_approval` (`action must be \"evaluate\" or \"deny\"`)",
          "v1.1.0 knows no approvals; newer releases do");
    }
  }

  void read_timeout(Value value, Rule& rule) {
    const auto text = reading_.text_of(value, "approval_timeout");
    if (!text) return;
    rule.approval_timeout = base::parse_duration(*text);
    if (!rule.approval_timeout || rule.approval_timeout->count() <= 0) {
      reading_.error(reading_.place(value),
                     "`approval_timeout` " + base::quoted(*text) + " is not a duration above zero",
                     "write `30m` or `24h`");
    }
    if (rule.kind != RuleKind::RequireApproval) {
      reading_.error(reading_.key_place(value),
                     "`approval_timeout` needs `action: require_approval`");
    }
  }

  // `N/window`: counter `_rate_<window>`, one per call, at most N.
  void read_rate_limit(Value value, Rule& rule) {
    const auto refuse = [&] {
      reading_.error(
          reading_.place(value), "`rate_limit` has to be `N/minute`, `N/hour` or `N/day`",
          value.is_object() ? "the prose form with `max` and `window` is `dialect: prose`"
                            : "for example `10/minute`");
    };
    const std::string_view text = value.text();
    const std::size_t slash = text.find('/');
    if (!value.is_string() || slash == std::string_view::npos) return refuse();
    std::string_view count = text.substr(0, slash);
    if (reading_.tolerates() && count.starts_with('+') && !count.starts_with("+-")) {
      reading_.tolerated(reading_.place(value), "`rate_limit` has a sign");
      count.remove_prefix(1);
    }
    std::int64_t max = 0;
    const auto [end, code] = std::from_chars(count.data(), count.data() + count.size(), max);
    const auto window = std::ranges::find(kWindowNames, text.substr(slash + 1));
    if (code != std::errc{} || end != count.data() + count.size() || max <= 0 ||
        window == kWindowNames.end()) {
      return refuse();
    }
    Limit limit{.counter = "_rate_" + std::string(*window),
                .window = static_cast<Window>(window - kWindowNames.begin()),
                .max = std::to_string(max),  // `07/hour` is 7 per hour
                .scope = Scope::Grant,
                .on_deny = rule.on_deny,
                .from_rate_limit = true,
                .anchor = {rule.anchor.path, reading_.place(value)}};
    limit.period = length(limit.window);
    rule.limit = std::move(limit);
  }

  void read_state(Value value, Rule& rule, const std::string& tool) {
    if (!reading_.is(value, Kind::Object, "state")) return;
    reading_.known_keys(value, "`state`", {"counter", "window", "increment", "increment_from"});
    Limit limit{.scope = Scope::Grant,
                .on_deny = rule.on_deny,
                .anchor = {rule.anchor.path, reading_.key_place(value)}};
    for (const std::string_view key : {"counter", "window"}) {
      if (!reading_.unless_null(value.find(key), key)) {
        reading_.error(reading_.place(value), "`state` lacks " + base::quoted(key));
      }
    }
    limit.counter = reading_.text(value, "counter", "").value_or("");
    if (const Value counter = value.find("counter"); counter.is_string() && limit.counter.empty()) {
      reading_.error(reading_.place(counter), "`counter` is empty");
    }
    if (const auto window = reading_.one_of(value, "window", kWindowNames); window) {
      limit.window = static_cast<Window>(*window);
    }
    limit.period = length(limit.window);
    if (const Value increment = reading_.unless_null(value.find("increment"), "increment");
        increment) {
      read_increment(increment, limit);
    }
    const Value from = reading_.unless_null(value.find("increment_from"), "increment_from");
    if (from.is_string() && from.text().empty() && reading_.tolerates())
      reading_.tolerated(reading_.place(from), "`increment_from` is empty");
    else if (from)
      limit.increment_from = reading_.argument_path(from, "increment_from");
    take_own_limit(rule, limit, tool);
    if (!limit.counter.empty()) rule.limit = std::move(limit);
  }

  // The released loader takes whole numbers, cuts off fractions, and takes 0 for 1.
  void read_increment(Value value, Limit& limit) {
    if (!reading_.tolerates() || !value.is_number()) {
      limit.increment = reading_.decimal(value, "increment", true).value_or("1");
      return;
    }
    const auto whole = whole_number(value.text());
    if (!whole) {
      return reading_.error(reading_.place(value), "`increment` " + base::quoted(value.text()) +
                                                       " is not a number that can be counted");
    }
    limit.increment = value.text();
    if (*whole > 0) return;
    reading_.tolerated(reading_.place(value),
                       "`increment` has to be above zero, not " + base::quoted(value.text()));
    limit.increment = std::to_string(*whole == 0 ? 1 : *whole);
  }

  // The whole part of a number, if an int64 holds it.
  static std::optional<std::int64_t> whole_number(std::string_view lexeme) {
    std::int64_t whole = 0;
    const char* const end = lexeme.data() + lexeme.size();
    const auto [rest, code] = std::from_chars(lexeme.data(), end, whole);
    if (code == std::errc{} && rest == end) return whole;
    constexpr double kEdge = 9223372036854775808.0;
    const bool unsigned_whole = lexeme.find_first_of(".eE") == std::string_view::npos;
    const double number = std::strtod(std::string(lexeme).c_str(), nullptr);
    if (!(number <= kEdge) || (unsigned_whole && number == kEdge)) return std::nullopt;
    if (number == kEdge || number < -kEdge) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(number);
  }

  // The first `lt` or `lte` of the rule on its own counter is the limit of the reservation; as a
  // condition it would say the same about the calls before this one, so it is not kept as one.
  static void take_own_limit(Rule& rule, Limit& limit, const std::string& tool) {
    const std::string own = (tool == "*" ? std::string(kGlobal) : tool) + "." + limit.counter;
    for (auto each = rule.conditions.begin(); each != rule.conditions.end(); ++each) {
      const bool bound = each->op == Operator::Lt || each->op == Operator::Lte;
      if (!each->on_state || !bound || each->steps.front() != own || !each->value.is_number())
        continue;
      limit.max = std::string(each->value.text());
      limit.inclusive = each->op == Operator::Lte;
      limit.own = *each;
      rule.conditions.erase(each);
      return;
    }
    limit.has_max = false;
  }

  void check_combination(const Parts& parts, const Rule& rule) {
    const auto clash = [&](Value left, Value right) {
      if (left && right) {
        reading_.error(
            reading_.key_place(left),
            base::quoted(left.key()) + " cannot stand beside " + base::quoted(right.key()),
            "write two rules");
      }
    };
    clash(parts.rate_limit, parts.conditions);
    clash(parts.rate_limit, parts.state);
    if (rule.kind == RuleKind::Deny) {
      for (const Value member : {parts.conditions, parts.rate_limit, parts.state}) {
        if (!member) continue;
        const std::string name = base::quoted(member.key());
        const std::string message = "`action: deny` takes no " + name;
        const std::string hint = "it denies always; leave " + name + " or `action` out";
        if (member.key() == "state")
          reading_.tolerated(reading_.key_place(member), message, hint);
        else
          reading_.error(reading_.key_place(member), message, hint);
      }
    }
    if (rule.kind == RuleKind::Evaluate && !parts.rate_limit &&
        (!parts.conditions || (parts.conditions.is_list() && parts.conditions.size() == 0))) {
      reading_.error(rule.anchor.at, "a rule that evaluates needs at least one condition",
                     "add `conditions`, `rate_limit` or `action: deny`");
    }
  }

 public:
  // `state.<tool>.<counter>` names a counter that some rule of that tool defines. Names may contain
  // dots, so the split is wherever a definition says it is.
  void resolve_states() {
    std::set<std::pair<std::string, std::string>> defined;
    std::vector<std::string> full;
    const auto collect = [&](const ToolPolicy& tool) {
      const std::string name = tool.name == "*" ? std::string(kGlobal) : tool.name;
      for (const Rule& rule : tool.rules) {
        if (!rule.limit) continue;
        defined.emplace(name, rule.limit->counter);
        full.push_back(name + "." + rule.limit->counter);
      }
    };
    for (const ToolPolicy& tool : policy_.tools) collect(tool);
    if (policy_.wildcard) collect(*policy_.wildcard);
    const std::vector<std::string_view> known(full.begin(), full.end());
    const auto resolve = [&](ToolPolicy& tool) {
      const std::string name = tool.name == "*" ? std::string(kGlobal) : tool.name;
      for (Rule& rule : tool.rules) {
        for (Condition& condition : rule.conditions) {
          if (condition.on_state) resolve_state(condition, defined, known);
        }
        if (!rule.limit) continue;
        if (rule.limit->own) resolve_state(*rule.limit->own, defined, known);
        if (rule.limit->from_rate_limit) check_written_out(rule, name, defined);
      }
    };
    for (ToolPolicy& tool : policy_.tools) resolve(tool);
    if (policy_.wildcard) resolve(*policy_.wildcard);
  }

 private:
  using Counters = std::set<std::pair<std::string, std::string>>;

  void resolve_state(Condition& condition, const Counters& defined,
                     const std::vector<std::string_view>& known) {
    const std::string whole = condition.steps.front();
    const bool found = split_state(condition, defined);
    if (reading_.released() && !found_by_release(whole, defined)) {
      return reading_.error(condition.anchor.at, "`state." + whole + "`: no matching state block",
                            "v1.1.0 ends the tool's name at the first dot");
    }
    if (found) return;
    if (reading_.tolerates() && found_by_release(whole, defined)) {
      return reading_.tolerated(condition.anchor.at, "`state." + whole + "` is always 0");
    }
    const std::string_view near = base::closest(whole, known);
    reading_.error(condition.anchor.at,
                   "`state." + whole + "` names a counter that no rule of that tool defines",
                   near.empty() ? "a rule under that tool needs `state: {counter: …}`"
                                : "did you mean `state." + std::string(near) + "`?");
  }

  static bool split_state(Condition& condition, const Counters& defined) {
    const std::string whole = condition.steps.front();
    for (std::size_t dot = whole.find('.'); dot != std::string::npos;
         dot = whole.find('.', dot + 1)) {
      if (!defined.contains({whole.substr(0, dot), whole.substr(dot + 1)})) continue;
      condition.steps = {whole.substr(0, dot), whole.substr(dot + 1)};
      return true;
    }
    return false;
  }

  // The released validator ends the tool's name at the first dot, takes a path without one for
  // none of its business, and knows the wildcard by both of its names.
  bool found_by_release(std::string_view whole, const Counters& defined) const {
    const std::size_t dot = whole.find('.');
    if (dot == std::string_view::npos) return true;
    const std::string tool(whole.substr(0, dot)), counter(whole.substr(dot + 1));
    const bool own_global =
        std::ranges::find(policy_.tools, kGlobal, &ToolPolicy::name) != policy_.tools.end();
    if (tool == kGlobal && own_global)
      return is_defined(*std::ranges::find(policy_.tools, kGlobal, &ToolPolicy::name), counter);
    return defined.contains({tool == "*" ? std::string(kGlobal) : tool, counter});
  }

  static bool is_defined(const ToolPolicy& tool, std::string_view counter) {
    return std::ranges::any_of(
        tool.rules, [&](const Rule& rule) { return rule.limit && rule.limit->counter == counter; });
  }

  // The released loader writes a rate limit out as a condition on `state.<tool>.<counter>`, and
  // its validator then looks for that counter.
  void check_written_out(const Rule& rule, const std::string& tool, const Counters& defined) {
    if (found_by_release(tool + "." + rule.limit->counter, defined)) return;
    reading_.refused_by_release(rule.limit->anchor.at,
                                "`rate_limit` of a tool with a dot in its name",
                                "v1.1.0 ends the tool's name at the first dot");
  }

  Reading& reading_;
  Policy& policy_;
};

}  // namespace

void read_intercept(Reading& reading, Value root, Policy& policy) {
  InterceptReader(reading, policy).read(root);
}

void read_rules(Reading& reading, Value rules, ToolPolicy& tool) {
  Policy alone;
  InterceptReader(reading, alone).read_rules(rules, tool.anchor.path, tool);
}

void resolve_states(Reading& reading, Policy& policy) {
  InterceptReader(reading, policy).resolve_states();
}

}  // namespace gatecrash::policy
