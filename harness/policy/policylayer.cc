// PolicyLayer gateway JSON: policy-semantics.md section 2.
#include <array>
#include <set>
#include <span>

#include "harness/base/scope.h"
#include "harness/base/text.h"
#include "harness/policy/reading.h"

namespace gatecrash::policy {
namespace {

using base::Kind;
using base::Value;

constexpr std::span kOnlyScope = std::span(base::kScopeNames).first<1>();  // grant

class PolicyLayerReader {
 public:
  PolicyLayerReader(Reading& reading, Policy& policy) : reading_(reading), policy_(policy) {}

  void read(Value root) {
    if (!reading_.is(root, Kind::Object, "a policy")) return;
    reading_.known_keys(root, "a policy", {"version", "default", "hide", "all_tools", "tools"});
    read_version(root);
    if (!read_default(reading_, root, policy_)) {
      reading_.forgivable(reading_.place(root), "`default` is missing",
                          "write `\"default\": \"deny\"`");
    }
    policy_.hide = read_hide(reading_, root.find("hide"));
    read_all_tools(root.find("all_tools"));
    read_tools(root.find("tools"));
  }

 private:
  void read_version(Value root) {
    const Value version = root.find("version");
    if (!version) {
      reading_.forgivable(reading_.place(root), "`version` is missing",
                          "write `\"version\": \"1\"`");
    } else if (!version.is_string() || version.text() != "1") {
      reading_.error(reading_.place(version), "`version` has to be the text `1`",
                     "write `\"version\": \"1\"`");
    }
  }

  void read_all_tools(Value value) {
    if (!value) return;
    ToolPolicy all{.name = "*", .anchor = reading_.key_anchor("/all_tools", value)};
    if (reading_.is(value, Kind::Object, "all_tools")) {
      reading_.known_keys(value, "`all_tools`", {"limits"});
      read_limits(value.find("limits"), "/all_tools", all.rules);
    }
    policy_.wildcard = std::move(all);
  }

  void read_tools(Value tools) {
    if (!tools) return;
    policy_.tools_anchor = reading_.key_anchor("/tools", tools);
    if (!reading_.is(tools, Kind::Object, "tools")) return;
    for (const Value each : tools) {
      if (each.key().find_first_not_of(" \t\r\n") == std::string_view::npos) {
        reading_.error(reading_.key_place(each), "blank tool name");
      } else if (each.key() == "*") {
        reading_.error(reading_.key_place(each), "`*` is not a tool name in this dialect",
                       "limits for every tool stand under `all_tools`");
      } else {
        policy_.tools.push_back(read_tool(each));
      }
    }
  }

  ToolPolicy read_tool(Value value) {
    const std::string path = "/tools/" + pointer_segment(value.key());
    ToolPolicy tool{.name = std::string(value.key()), .anchor = reading_.key_anchor(path, value)};
    if (!reading_.is(value, Kind::Object, "a tool")) return tool;
    reading_.known_keys(value, "a tool", {"require", "deny_if", "limits"});
    read_predicates(value.find("require"), "require", path, RuleKind::Require, tool.rules);
    read_predicates(value.find("deny_if"), "deny_if", path, RuleKind::DenyIf, tool.rules);
    read_limits(value.find("limits"), path, tool.rules);
    return tool;
  }

 public:
  void read_predicates(Value list, std::string_view key, const std::string& tool, RuleKind kind,
                       std::vector<Rule>& rules) {
    if (!list || !reading_.is(list, Kind::List, key)) return;
    std::size_t index = 0;
    for (const Value each : list) {
      const std::string path = tool + "/" + std::string(key) + "/" + std::to_string(index++);
      if (!reading_.is(each, Kind::Object, "a predicate")) continue;
      reading_.known_keys(each, "a predicate", {"conditions", "on_deny", "name"});
      Rule rule{.kind = kind,
                .name = reading_.text(each, "name", "").value_or(""),
                .conditions = read_conditions(reading_, each.find("conditions"), path, false),
                .on_deny = reading_.text(each, "on_deny", "").value_or(""),
                .anchor = reading_.anchor(path, each)};
      const Value conditions = each.find("conditions");
      if (!conditions || (conditions.is_list() && conditions.size() == 0)) {
        reading_.error(rule.anchor.at, "a predicate needs at least one condition");
      }
      rules.push_back(std::move(rule));
    }
  }

 private:
  void read_limits(Value list, const std::string& tool, std::vector<Rule>& rules) {
    if (!list || !reading_.is(list, Kind::List, "limits")) return;
    std::set<std::string> counters;
    for (const Value each : list) {
      if (!reading_.is(each, Kind::Object, "a limit")) continue;
      Rule rule = read_limit(each, tool);
      if (!rule.limit->counter.empty() && !counters.insert(rule.limit->counter).second) {
        reading_.error(reading_.place(each.find("counter")),
                       "counter " + base::quoted(rule.limit->counter) + " is defined twice here",
                       "limits are named by their counter");
      }
      rules.push_back(std::move(rule));
    }
  }

  Rule read_limit(Value value, const std::string& tool) {
    reading_.known_keys(value, "a limit",
                        {"counter", "window", "max", "scope", "on_deny", "increment_from"});
    for (const std::string_view key : {"counter", "window", "max"}) {
      if (!value.find(key)) {
        reading_.error(reading_.place(value), "a limit lacks " + base::quoted(key));
      }
    }
    if (!value.find("scope")) {
      reading_.forgivable(reading_.place(value), "a limit lacks `scope`",
                          "write `\"scope\": \"grant\"`");
    }
    Limit limit{.scope = Scope::Grant};
    limit.counter = reading_.text(value, "counter", "").value_or("");
    if (value.find("counter").is_string() && limit.counter.empty()) {
      reading_.error(reading_.place(value.find("counter")), "`counter` is empty");
    }
    if (const auto window = reading_.one_of(value, "window", kWindowNames); window) {
      limit.window = static_cast<Window>(*window);
    }
    limit.period = length(limit.window);
    if (const Value max = value.find("max"); max) {
      limit.max = reading_.decimal(max, "max", false).value_or("0");
    }
    reading_.one_of(value, "scope", kOnlyScope);
    limit.on_deny = reading_.text(value, "on_deny", "").value_or("");
    if (const Value from = value.find("increment_from"); from) {
      limit.increment_from = reading_.argument_path(from, "increment_from");
    }
    limit.anchor = reading_.anchor(tool + "/limits/" + pointer_segment(limit.counter), value);
    return {.kind = RuleKind::Evaluate,
            .limit = limit,
            .on_deny = limit.on_deny,
            .anchor = limit.anchor};
  }

  Reading& reading_;
  Policy& policy_;
};

}  // namespace

void read_policylayer(Reading& reading, Value root, Policy& policy) {
  PolicyLayerReader(reading, policy).read(root);
}

void read_predicates(Reading& reading, Value list, std::string_view key, RuleKind kind,
                     ToolPolicy& tool) {
  Policy alone;
  PolicyLayerReader(reading, alone).read_predicates(list, key, tool.anchor.path, kind, tool.rules);
}

}  // namespace gatecrash::policy
