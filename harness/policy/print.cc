#include "harness/policy/print.h"

#include <algorithm>
#include <array>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/base/text.h"

namespace gatecrash::policy {
namespace {

constexpr std::array<std::string_view, 2> kDefaults{"allow", "deny"};

std::string_view name_of(Window window) {
  GATECRASH_CHECK(window != Window::Custom);  // only prose has them
  return kWindowNames[static_cast<std::size_t>(window)];
}
std::string_view name_of(DefaultAction action) {
  return kDefaults[static_cast<std::size_t>(action)];
}

std::string quoted_json(std::string_view text) {
  std::string out;
  base::write_json_string(text, out);
  return out;
}

// Plain where YAML takes it for text and nothing else.
std::string yaml_text(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto inside = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  constexpr std::array<std::string_view, 9> kWords{"null", "true", "false", "yes", "no",
                                                   "on",   "off",  "y",     "n"};
  const auto means = [&](std::string_view word) {
    return std::ranges::equal(text, word, {}, [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
  };
  const bool plain = !text.empty() && text.size() <= 64 && letter(text.front()) &&
                     std::ranges::all_of(text, inside) && std::ranges::none_of(kWords, means);
  return plain ? std::string(text) : quoted_json(text);
}

class InterceptPrinter {
 public:
  std::string print(const Policy& policy) {
    out_ = "version: \"1\"\n";
    if (policy.default_written)
      out_ += "default: " + std::string(name_of(policy.default_action)) + "\n";
    if (!policy.hide.empty()) out_ += "hide:\n";
    for (const HideEntry& each : policy.hide) out_ += "  - " + yaml_text(each.name) + "\n";
    if (policy.tools.empty() && !policy.wildcard) {
      out_ += "tools: {}\n";
    } else {
      out_ += "tools:\n";
      for (const ToolPolicy& each : policy.tools) print(each);
      if (policy.wildcard) print(*policy.wildcard);
    }
    // A raw DEL is no YAML; it can stand in quoted text only.
    for (std::size_t at = out_.find('\x7f'); at != std::string::npos; at = out_.find('\x7f', at)) {
      out_.replace(at, 1, "\\u007f");
    }
    return std::move(out_);
  }

 private:
  void print(const ToolPolicy& tool) {
    out_ += "  " + yaml_text(tool.name) + ":";
    if (tool.rules.empty()) {
      out_ += " {rules: []}\n";
      return;
    }
    out_ += "\n    rules:\n";
    for (const Rule& each : tool.rules) print(each, tool.name);
  }

  void line(std::string_view key, std::string_view value) {
    out_.append("        ").append(key).append(": ").append(value).append("\n");
  }

  void print(const Rule& rule, const std::string& tool) {
    out_ += "      - name: " + yaml_text(rule.name.empty() ? rule.anchor.path : rule.name) + "\n";
    if (rule.kind == RuleKind::Deny) line("action", "deny");
    if (rule.kind == RuleKind::RequireApproval) line("action", "require_approval");
    const Limit* limit = rule.limit ? &*rule.limit : nullptr;
    const bool state = limit != nullptr && !limit->from_rate_limit;
    const bool bound = state && limit->has_max;
    if (!rule.conditions.empty() || bound) out_ += "        conditions:\n";
    if (bound) {  // first: the reader takes the first one on the rule's own counter
      print_condition("state." + (tool == "*" ? "_global" : tool) + "." + limit->counter,
                      limit->inclusive ? "lte" : "lt", limit->max);
    }
    for (const Condition& each : rule.conditions)
      print_condition(path_of(each), to_string(each.op), base::to_json(each.value));
    if (limit != nullptr && limit->from_rate_limit)
      line("rate_limit", limit->max + "/" + std::string(name_of(limit->window)));
    if (state) print_state(*limit);
    if (!rule.on_deny.empty()) line("on_deny", quoted_json(rule.on_deny));
    if (rule.approval_timeout) line("approval_timeout", base::to_string(*rule.approval_timeout));
  }

  // JSON but for the numbers that only a lenient reading has.
  static std::string yaml_value(const std::string& json) {
    if (json == "NaN") return ".nan";
    if (json == "Infinity") return ".inf";
    return json == "-Infinity" ? "-.inf" : json;
  }

  void print_condition(const std::string& path, std::string_view op, const std::string& value) {
    out_ += "          - {path: " + yaml_text(path) + ", op: " + std::string(op) +
            ", value: " + yaml_value(value) + "}\n";
  }

  void print_state(const Limit& limit) {
    std::string text =
        "{counter: " + yaml_text(limit.counter) + ", window: " + std::string(name_of(limit.window));
    if (limit.increment != "1") text += ", increment: " + limit.increment;
    if (!limit.increment_from.empty())
      text += ", increment_from: " + yaml_text("args." + base::join(limit.increment_from, "."));
    line("state", text + "}");
  }

  std::string out_;
};

// One entry per line under `"key": [` or `"key": {`, at the given depth.
std::string block(int depth, std::string_view key, const std::vector<std::string>& entries,
                  char open = '[', char close = ']') {
  const std::string space(static_cast<std::size_t>(depth) * 2, ' ');
  std::string out = space + quoted_json(key) + ": " + open;
  for (std::size_t i = 0; i < entries.size(); ++i) out += (i != 0 ? ",\n" : "\n") + entries[i];
  return out + (entries.empty() ? "" : "\n" + space) + close;
}

std::string json_predicate(const Rule& rule) {
  std::vector<std::string> conditions;
  for (const Condition& each : rule.conditions) {
    conditions.push_back("{\"path\": " + quoted_json(path_of(each)) +
                         ", \"op\": " + quoted_json(to_string(each.op)) +
                         ", \"value\": " + base::to_json(each.value) + "}");
  }
  std::string out = "        {\"conditions\": [" + base::join(conditions, ", ") + "]";
  if (!rule.on_deny.empty()) out += ", \"on_deny\": " + quoted_json(rule.on_deny);
  if (!rule.name.empty()) out += ", \"name\": " + quoted_json(rule.name);
  return out + "}";
}

std::string json_limit(const Limit& limit, const std::string& space) {
  std::string out = space + "{\"counter\": " + quoted_json(limit.counter) +
                    ", \"window\": " + quoted_json(name_of(limit.window)) +
                    ", \"max\": " + limit.max + ", \"scope\": \"grant\"";
  if (!limit.increment_from.empty())
    out += ", \"increment_from\": " + quoted_json("args." + base::join(limit.increment_from, "."));
  if (!limit.on_deny.empty()) out += ", \"on_deny\": " + quoted_json(limit.on_deny);
  return out + "}";
}

std::vector<std::string> json_limits(const ToolPolicy& tool, const std::string& space) {
  std::vector<std::string> limits;
  for (const Rule& each : tool.rules) {
    if (each.limit) limits.push_back(json_limit(*each.limit, space));
  }
  return limits;
}

std::string json_tool(const ToolPolicy& tool) {
  std::vector<std::string> parts;
  for (const auto& [kind, key] :
       {std::pair{RuleKind::Require, "require"}, std::pair{RuleKind::DenyIf, "deny_if"}}) {
    std::vector<std::string> predicates;
    for (const Rule& each : tool.rules) {
      if (each.kind == kind) predicates.push_back(json_predicate(each));
    }
    if (!predicates.empty()) parts.push_back(block(3, key, predicates));
  }
  const std::vector<std::string> limits = json_limits(tool, "        ");
  if (!limits.empty()) parts.push_back(block(3, "limits", limits));
  return block(2, tool.name, parts, '{', '}');
}

std::string print_policylayer(const Policy& policy) {
  std::vector<std::string> parts{"  \"version\": \"1\"",
                                 "  \"default\": " + quoted_json(name_of(policy.default_action))};
  std::vector<std::string> hidden, tools;
  for (const HideEntry& each : policy.hide) hidden.push_back("    " + quoted_json(each.name));
  if (!hidden.empty()) parts.push_back(block(1, "hide", hidden));
  if (policy.wildcard) {
    const std::vector<std::string> limits = json_limits(*policy.wildcard, "      ");
    std::vector<std::string> all;
    if (!limits.empty()) all.push_back(block(2, "limits", limits));
    parts.push_back(block(1, "all_tools", all, '{', '}'));
  }
  for (const ToolPolicy& each : policy.tools) tools.push_back(json_tool(each));
  if (!tools.empty()) parts.push_back(block(1, "tools", tools, '{', '}'));
  return "{\n" + base::join(parts, ",\n") + "\n}\n";
}

bool equal(const Condition& left, const Condition& right) {
  return left.steps == right.steps && left.on_state == right.on_state && left.op == right.op &&
         base::equal(left.value, right.value);
}

bool equal(const Limit& left, const Limit& right) {
  return left.counter == right.counter && left.window == right.window &&
         left.period == right.period && left.max == right.max &&
         left.inclusive == right.inclusive && left.has_max == right.has_max &&
         left.scope == right.scope && left.increment == right.increment &&
         left.increment_from == right.increment_from && left.on_deny == right.on_deny &&
         left.from_rate_limit == right.from_rate_limit && left.anchor.path == right.anchor.path;
}

bool equal(const Rule& left, const Rule& right) {
  const auto same = [](const auto& a, const auto& b) { return equal(a, b); };
  return left.kind == right.kind && left.name == right.name && left.on_deny == right.on_deny &&
         left.approval_timeout == right.approval_timeout && left.anchor.path == right.anchor.path &&
         left.limit.has_value() == right.limit.has_value() &&
         (!left.limit || equal(*left.limit, *right.limit)) &&
         std::ranges::equal(left.conditions, right.conditions, same);
}

bool equal(const ToolPolicy& left, const ToolPolicy& right) {
  return left.name == right.name &&
         std::ranges::equal(left.rules, right.rules,
                            [](const auto& a, const auto& b) { return equal(a, b); });
}

}  // namespace

std::string print(const Policy& policy) {
  GATECRASH_CHECK(policy.dialect == Dialect::Intercept || policy.dialect == Dialect::PolicyLayer);
  return policy.dialect == Dialect::Intercept ? InterceptPrinter().print(policy)
                                              : print_policylayer(policy);
}

bool equal(const Policy& left, const Policy& right) {
  return left.dialect == right.dialect && left.default_action == right.default_action &&
         left.default_written == right.default_written &&
         std::ranges::equal(left.hide, right.hide, {}, &HideEntry::name, &HideEntry::name) &&
         std::ranges::equal(left.tools, right.tools,
                            [](const auto& a, const auto& b) { return equal(a, b); }) &&
         left.wildcard.has_value() == right.wildcard.has_value() &&
         (!left.wildcard || equal(*left.wildcard, *right.wildcard));
}

}  // namespace gatecrash::policy
