// Intercept YAML: policy-semantics.md section 1.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
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
    const Value version = root.find("version");
    if (!version) {
      reading_.forgivable(reading_.place(root), "`version` is missing", "write `version: \"1\"`");
    } else if (!(version.is_string() || version.is_number()) || version.text() != "1") {
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
        reading_.forgivable(reading_.place(root), message, hint);
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
      auto rule = read_rule(each, path + "/rules/" + std::to_string(index++), tool.name);
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
    } else if (name && name->empty()) {
      reading_.forgivable(reading_.place(value.find("name")), "`name` is empty",
                          "every rule needs a name");
    }
    rule.name = name.value_or("");
    if (const auto action = reading_.one_of(value, "action", kInterceptActions); action) {
      constexpr std::array kinds{RuleKind::Evaluate, RuleKind::Deny, RuleKind::RequireApproval};
      rule.kind = kinds[*action];
    }
    rule.on_deny = reading_.text(value, "on_deny", "").value_or("");
    rule.conditions = read_conditions(reading_, value.find("conditions"), path, true);
    if (const Value timeout = value.find("approval_timeout"); timeout) read_timeout(timeout, rule);
    if (const Value sugar = value.find("rate_limit"); sugar)
      read_rate_limit(sugar, rule);
    else if (const Value state = value.find("state"); state)
      read_state(state, rule, tool);
    check_combination(value, rule);
    return rule;
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
    const std::string_view count = text.substr(0, slash);
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
      if (!value.find(key)) {
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
    if (const Value increment = value.find("increment"); increment) {
      limit.increment = reading_.decimal(increment, "increment", true).value_or("1");
    }
    if (const Value from = value.find("increment_from"); from) {
      limit.increment_from = reading_.argument_path(from, "increment_from");
    }
    take_own_limit(rule, limit, tool);
    if (!limit.counter.empty()) rule.limit = std::move(limit);
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
      rule.conditions.erase(each);
      return;
    }
    limit.has_max = false;
  }

  void check_combination(Value value, const Rule& rule) {
    const auto clash = [&](std::string_view left, std::string_view right) {
      if (value.find(left) && value.find(right)) {
        reading_.error(reading_.key_place(value.find(left)),
                       base::quoted(left) + " cannot stand beside " + base::quoted(right),
                       "write two rules");
      }
    };
    clash("rate_limit", "conditions");
    clash("rate_limit", "state");
    if (rule.kind == RuleKind::Deny) {
      for (const std::string_view key : {"conditions", "rate_limit", "state"}) {
        if (const Value member = value.find(key); member) {
          reading_.error(reading_.key_place(member), "`action: deny` takes no " + base::quoted(key),
                         "it denies always; leave " + base::quoted(key) + " or `action` out");
        }
      }
    }
    if (rule.kind == RuleKind::Evaluate && !value.find("rate_limit") &&
        (!value.find("conditions") ||
         (value.find("conditions").is_list() && value.find("conditions").size() == 0))) {
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
      for (Rule& rule : tool.rules) {
        for (Condition& condition : rule.conditions) {
          if (condition.on_state) resolve_state(condition, defined, known);
        }
      }
    };
    for (ToolPolicy& tool : policy_.tools) resolve(tool);
    if (policy_.wildcard) resolve(*policy_.wildcard);
  }

 private:
  void resolve_state(Condition& condition,
                     const std::set<std::pair<std::string, std::string>>& defined,
                     const std::vector<std::string_view>& known) {
    const std::string whole = condition.steps.front();
    for (std::size_t dot = whole.find('.'); dot != std::string::npos;
         dot = whole.find('.', dot + 1)) {
      if (!defined.contains({whole.substr(0, dot), whole.substr(dot + 1)})) continue;
      condition.steps = {whole.substr(0, dot), whole.substr(dot + 1)};
      return;
    }
    const std::string_view near = base::closest(whole, known);
    reading_.error(condition.anchor.at,
                   "`state." + whole + "` names a counter that no rule of that tool defines",
                   near.empty() ? "a rule under that tool needs `state: {counter: …}`"
                                : "did you mean `state." + std::string(near) + "`?");
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
