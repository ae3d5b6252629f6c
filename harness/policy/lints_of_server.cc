#include <algorithm>
#include <cctype>

#include "harness/base/text.h"
#include "harness/policy/lints.h"

namespace gatecrash::policy {
namespace {

const ServerTool* offered(const Server& server, std::string_view name) {
  const auto found = std::ranges::find(server.tools, name, &ServerTool::name);
  return found == server.tools.end() ? nullptr : &*found;
}

bool looks_like_cancel(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.find("cancel") != std::string::npos;
}

}  // namespace

void lint_unknown_tool(const LintSubject& subject, LintReport& report) {
  std::vector<std::string_view> names;
  for (const ServerTool& each : subject.server->tools) names.push_back(each.name);
  const auto look = [&](std::string_view name, base::SourcePos at) {
    if (name == "*" || offered(*subject.server, name) != nullptr) return;
    report.add(at, "the server offers no tool " + base::quoted(name) + ", so this protects nothing",
               base::did_you_mean(name, names));
  };
  for (const HideEntry& each : subject.policy.hide) look(each.name, each.anchor.at);
  for (const ToolPolicy& each : subject.policy.tools) look(each.name, each.anchor.at);
}

void lint_unguarded_tool(const LintSubject& subject, LintReport& report) {
  const Policy& policy = subject.policy;
  for (const ServerTool& each : subject.server->tools) {
    if (!each.harms || always_refused(policy, each.name)) continue;
    const ToolPolicy* entry = entry_of(policy, each.name);
    if ((entry != nullptr && !entry->rules.empty()) ||
        (policy.wildcard && !policy.wildcard->rules.empty()))
      continue;
    report.add(entry != nullptr ? entry->anchor.at : policy.default_anchor.at,
               base::quoted(each.name) + " does harm and is allowed without any rule",
               "hide it, deny it or limit it");
  }
}

void lint_side_door(const LintSubject& subject, LintReport& report) {
  const Policy& policy = subject.policy;
  const ServerTool* closed = nullptr;
  for (const ServerTool& each : subject.server->tools) {
    if (each.stops_work && always_refused(policy, each.name) && closed == nullptr) closed = &each;
  }
  if (closed == nullptr) return;
  for (const ServerTool& each : subject.server->tools) {
    if (!each.stops_work || always_refused(policy, each.name)) continue;
    const ToolPolicy* entry = entry_of(policy, each.name);
    report.add(entry != nullptr ? entry->anchor.at : policy.default_anchor.at,
               base::quoted(closed->name) + " is closed and " + base::quoted(each.name) +
                   ", which can end the same work, is open",
               "close " + base::quoted(each.name) + " too");
  }
}

void lint_list_argument(const LintSubject& subject, LintReport& report) {
  if (subject.policy.dialect == Dialect::Gatecrash) return;  // where a list weighs its length
  const auto look = [&](const ToolPolicy& tool, const ServerTool& offer) {
    for (const Rule& rule : tool.rules) {
      if (!rule.limit || !rule.limit->increment_from.empty()) continue;
      report.add(rule.limit->anchor.at,
                 "this counts calls, and one call of " + base::quoted(offer.name) +
                     " takes a list in " + base::quoted("args." + offer.list_arguments.front()),
                 "require a single value (`{path: args." + offer.list_arguments.front() +
                     ", op: regex, value: \"^[^,]+$\"}`), or use a gateway that weighs lists");
    }
  };
  for (const ServerTool& each : subject.server->tools) {
    if (each.list_arguments.empty()) continue;
    if (const ToolPolicy* entry = entry_of(subject.policy, each.name); entry != nullptr)
      look(*entry, each);
  }
}

namespace {

void look(const ToolPolicy& tool, const Condition& condition,
          const std::vector<std::string_view>& known, std::string_view argument,
          LintReport& report) {
  if (std::ranges::find(known, argument) != known.end()) return;
  report.add(condition.anchor.at,
             base::quoted(tool.name) + " has no argument " + base::quoted(argument) +
                 ", so no honest call can fill it",
             base::did_you_mean(argument, known));
}

}  // namespace

void lint_unfillable_path(const LintSubject& subject, LintReport& report) {
  for (const ToolPolicy& tool : subject.policy.tools) {
    const ServerTool* offer = offered(*subject.server, tool.name);
    if (offer == nullptr || !offer->arguments) continue;
    const std::vector<std::string_view> known(offer->arguments->begin(), offer->arguments->end());
    for (const Rule& rule : tool.rules) {
      for (const Condition& each : rule.conditions) {
        if (each.op == Operator::Matches) {
          for (const base::Value property : each.value.find("properties"))
            look(tool, each, known, property.key(), report);
        }
        if (each.on_state || each.steps.empty()) continue;  // a whole that is judged
        look(tool, each, known, each.steps.front(), report);
      }
    }
  }
}

void lint_protocol_cancel(const LintSubject& subject, LintReport& report) {
  const Policy& policy = subject.policy;
  if (policy.dialect == Dialect::Gatecrash)
    return;  // its gateway judges methods, and relays none of these
  const auto add = [&](std::string_view name, base::SourcePos at) {
    report.add(at,
               base::quoted(name) +
                   " is closed, and `tasks/cancel`, `notifications/cancelled`, closing the stream "
                   "and deleting "
                   "the session are not: no policy of this dialect speaks of them",
               "use a gateway that judges them against the call they would end");
  };
  for (const HideEntry& each : policy.hide) {
    if (looks_like_cancel(each.name)) return add(each.name, each.anchor.at);
  }
  for (const ToolPolicy& each : policy.tools) {
    if (looks_like_cancel(each.name) && always_refused(policy, each.name))
      return add(each.name, each.anchor.at);
  }
}

}  // namespace gatecrash::policy
