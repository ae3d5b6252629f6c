// What the vendor's pages describe in words and no product reads: policy-semantics.md section 3.
//
//   tools.<name>: {action: allow|deny|require_approval, reason?, rate_limit?: {max, window,
//   scope?}}
//
// or a list of such blocks under `rules:`. Windows are seconds; limits belong to the agent session
// unless a scope says otherwise. The frame around `tools` is Intercept's.
#include <array>
#include <span>

#include "harness/base/scope.h"
#include "harness/base/text.h"
#include "harness/policy/reading.h"

namespace gatecrash::policy {
namespace {

using base::Kind;
using base::Value;

constexpr std::array<std::string_view, 3> kProseActions{"allow", "deny", "require_approval"};
constexpr std::span kProseScopes = std::span(base::kScopeNames).first<3>();  // no tenants

class ProseReader {
 public:
  ProseReader(Reading& reading, Policy& policy) : reading_(reading), policy_(policy) {}

  void read(Value root) {
    if (!reading_.is(root, Kind::Object, "a policy")) return;
    reading_.known_keys(root, "a policy", {"version", "description", "default", "hide", "tools"});
    if (const Value version = root.find("version"); version && version.text() != "1") {
      reading_.error(reading_.place(version), "`version` has to be the text `1`");
    }
    read_default(reading_, root, policy_);
    policy_.hide = read_hide(reading_, root.find("hide"));
    const Value tools = root.find("tools");
    if (!tools) return;
    policy_.tools_anchor = reading_.key_anchor("/tools", tools);
    if (!reading_.is(tools, Kind::Object, "tools")) return;
    for (const Value each : tools) {
      ToolPolicy tool = read_tool(each);
      if (tool.name == "*")
        policy_.wildcard = std::move(tool);
      else
        policy_.tools.push_back(std::move(tool));
    }
  }

 private:
  ToolPolicy read_tool(Value value) {
    const std::string path = "/tools/" + pointer_segment(value.key());
    ToolPolicy tool{.name = std::string(value.key()), .anchor = reading_.key_anchor(path, value)};
    if (value.is_null() || !reading_.is(value, Kind::Object, "a tool")) return tool;
    const Value rules = value.find("rules");
    if (!rules) {
      read_block(value, "a tool", path, tool.rules);
      return tool;
    }
    reading_.known_keys(value, "a tool", {"rules"});
    if (!reading_.is(rules, Kind::List, "rules")) return tool;
    std::size_t index = 0;
    for (const Value each : rules) {
      const std::string rule_path = path + "/rules/" + std::to_string(index++);
      if (reading_.is(each, Kind::Object, "a rule")) {
        read_block(each, "a rule", rule_path, tool.rules);
      }
    }
    return tool;
  }

  // One block is up to two rules: what `action` says, and the limit.
  void read_block(Value value, std::string_view what, const std::string& path,
                  std::vector<Rule>& rules) {
    reading_.known_keys(value, what,
                        {"name", "action", "reason", "rate_limit", "approval_timeout"});
    const std::string name = reading_.text(value, "name", "").value_or("");
    const std::string reason = reading_.text(value, "reason", "").value_or("");
    const auto action = reading_.one_of(value, "action", kProseActions);
    if (!value.find("action") && !value.find("rate_limit")) {
      reading_.error(reading_.place(value), std::string(what) + " lacks `action`",
                     "one of `allow`, `deny`, `require_approval`");
    }
    if (action && *action != 0) {
      Rule rule{.kind = *action == 1 ? RuleKind::Deny : RuleKind::RequireApproval,
                .name = name,
                .on_deny = reason,
                .anchor = reading_.anchor(path, value)};
      if (const Value timeout = value.find("approval_timeout"); timeout) {
        rule.approval_timeout =
            base::parse_duration(reading_.text_of(timeout, "approval_timeout").value_or(""));
        if (!rule.approval_timeout) {
          reading_.error(reading_.place(timeout), "`approval_timeout` is not a duration",
                         "write `30m` or `24h`");
        }
      }
      rules.push_back(std::move(rule));
    }
    if (const Value limit = value.find("rate_limit"); limit) {
      read_limit(limit, path, name, reason, rules);
    }
  }

  void read_limit(Value value, const std::string& path, const std::string& name,
                  const std::string& reason, std::vector<Rule>& rules) {
    if (!reading_.is(value, Kind::Object, "rate_limit")) return;
    reading_.known_keys(value, "`rate_limit`", {"max", "window", "scope"});
    for (const std::string_view key : {"max", "window"}) {
      if (!value.find(key)) {
        reading_.error(reading_.place(value), "`rate_limit` lacks " + base::quoted(key));
      }
    }
    Limit limit{.window = Window::Custom, .scope = Scope::Session, .on_deny = reason};
    // Two blocks of one tool are two budgets, so the counter carries the block's place.
    limit.counter =
        "rate_limit" +
        (path.find("/rules/") == std::string::npos ? std::string() : path.substr(path.rfind('/')));
    limit.anchor = reading_.key_anchor(path + "/rate_limit", value);
    if (const Value max = value.find("max"); max) {
      limit.max = reading_.decimal(max, "max", false).value_or("0");
    }
    if (const Value window = value.find("window"); window) limit.period = read_seconds(window);
    if (const auto scope = reading_.one_of(value, "scope", kProseScopes); scope) {
      limit.scope = static_cast<Scope>(*scope);
    }
    rules.push_back({.kind = RuleKind::Evaluate,
                     .name = name,
                     .limit = limit,
                     .on_deny = reason,
                     .anchor = limit.anchor});
  }

  base::Duration read_seconds(Value value) {
    const auto text = reading_.decimal(value, "window", true);
    if (!text) return length(Window::Minute);
    constexpr std::int64_t kMost = kLongestWindow / std::chrono::seconds{1};
    std::int64_t seconds = 0;
    for (const char c : *text) {
      if (c < '0' || c > '9' || seconds > kMost) {
        seconds = 0;
        break;
      }
      seconds = seconds * 10 + (c - '0');
    }
    if (seconds == 0 || seconds > kMost) {
      reading_.error(reading_.place(value), "`window` has to be whole seconds, at most a year",
                     "write `60` for a minute");
      return length(Window::Minute);
    }
    return std::chrono::seconds{seconds};
  }

  Reading& reading_;
  Policy& policy_;
};

}  // namespace

void read_prose(Reading& reading, Value root, Policy& policy) {
  ProseReader(reading, policy).read(root);
}

}  // namespace gatecrash::policy
