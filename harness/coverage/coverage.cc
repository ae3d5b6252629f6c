#include "harness/coverage/coverage.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "harness/decision/engine.h"

namespace gatecrash::coverage {
namespace {

using decision::Outcome;
using policy::Element;
using policy::Policy;
using policy::Rule;
using policy::ToolPolicy;

std::string_view name_of(Element::Kind kind) {
  switch (kind) {
    case Element::Kind::Default: return "default";
    case Element::Kind::Hide: return "hide";
    case Element::Kind::Tool: return "tool";
    case Element::Kind::Rule: return "rule";
    case Element::Kind::Limit: return "limit";
    case Element::Kind::Definitions: return "definitions";
    case Element::Kind::Redaction: return "redaction";
  }
  return "?";
}

PolicyUse blank(std::string_view file, std::string_view gateway, const Policy& policy) {
  PolicyUse use{.policy = std::string(file), .gateway = std::string(gateway)};
  for (const Element& each : policy::elements(policy)) {
    use.elements.push_back(
        {.kind = std::string(name_of(each.kind)), .path = each.path, .at = each.at});
  }
  return use;
}

// Follows one decision through the policy in the documented order and marks what took part in it.
class Marker {
 public:
  Marker(const Policy& policy, PolicyUse& use) : policy_(policy) {
    for (ElementUse& each : use.elements) by_path_[{each.kind, each.path}] = &each;
    for (const ToolPolicy& each : policy.tools) tools_.emplace(each.name, &each);
  }

  void mark(std::string_view tool, Outcome outcome, std::string_view rule) {
    if (policy_.pinned) {
      const bool refused = outcome != Outcome::Allow && rule == policy_.pinned->path;
      took_part("definitions", policy_.pinned->path, refused);
      if (refused) return;
    }
    for (const policy::HideEntry& each : policy_.hide) {
      if (each.name == tool || each.name == "*")
        return took_part("hide", each.anchor.path, outcome != Outcome::Allow);
    }
    const auto found = tools_.find(tool);
    if (found == tools_.end()) {
      const bool denies = policy_.default_action == policy::DefaultAction::Deny;
      took_part("default", policy_.default_anchor.path, denies && outcome != Outcome::Allow);
      if (denies) return;
    } else if (took_part("tool", found->second->anchor.path, false),
               !walk(*found->second, outcome, rule)) {
      return;
    }
    if (policy_.wildcard) {
      took_part("tool", policy_.wildcard->anchor.path, false);
      if (!walk(*policy_.wildcard, outcome, rule)) return;
    }
    // Every rule let the call pass: now all limits are asked together, and one may refuse.
    if (found != tools_.end()) ask_limits(*found->second, outcome, rule);
    if (policy_.wildcard) ask_limits(*policy_.wildcard, outcome, rule);
  }

  void redacted(std::string_view path) { took_part("redaction", std::string(path), true); }

 private:
  static bool is_rule(const Rule& rule) {
    return !rule.limit || !rule.conditions.empty() || rule.kind != policy::RuleKind::Evaluate;
  }

  // False: a rule of this tool refused, the rest was not looked at. A rule and its limit may share
  // a path; then a refusal is the rule's if it has conditions to fail.
  bool walk(const ToolPolicy& tool, Outcome outcome, std::string_view refused_by) {
    for (const Rule& rule : tool.rules) {
      if (!is_rule(rule)) continue;
      const bool refused = outcome != Outcome::Allow && rule.anchor.path == refused_by;
      took_part("rule", rule.anchor.path, refused);
      if (refused) return false;
    }
    return true;
  }

  void ask_limits(const ToolPolicy& tool, Outcome outcome, std::string_view refused_by) {
    for (const Rule& rule : tool.rules) {
      if (!rule.limit) continue;
      took_part("limit", rule.limit->anchor.path,
                outcome != Outcome::Allow && rule.limit->anchor.path == refused_by);
    }
  }

  void took_part(std::string_view kind, const std::string& path, bool refused) {
    const auto found = by_path_.find({std::string(kind), path});
    if (found == by_path_.end()) return;
    ++found->second->decisions;
    if (refused) ++found->second->refusals;
  }

  const Policy& policy_;
  std::map<std::pair<std::string, std::string>, ElementUse*> by_path_;
  std::map<std::string_view, const ToolPolicy*> tools_;
};

}  // namespace

bool ElementUse::exercised() const {
  if (kind == "limit") return refusals > 0 && decisions > refusals;
  return decisions > 0;
}

void Collector::add_run(std::string_view policy_file, std::string_view gateway,
                        const policy::Policy& policy, const trace::Trace& decisions) {
  const std::pair key{std::string(policy_file), std::string(gateway)};
  auto [use, made] = policies_.try_emplace(key);
  if (made) use->second = blank(policy_file, gateway, policy);
  if (decisions.empty()) return;
  Marker marker(policy, use->second);
  for (const trace::Event& event : decisions.events()) {
    if (event.kind == trace::EventKind::Redacted) marker.redacted(decisions.view(event.text));
    if (event.kind != trace::EventKind::Decided) continue;
    marker.mark(decisions.view(event.text), static_cast<Outcome>(event.detail),
                decisions.view(event.more));
  }
}

void Collector::add_cell(Cell cell) {
  cells_.push_back(std::move(cell));
}

void Collector::merge(Collector other) {
  std::ranges::move(other.cells_, std::back_inserter(cells_));
  policies_.merge(other.policies_);
  // Those that both know are left.
  for (const auto& [key, theirs] : other.policies_) {
    std::vector<ElementUse>& elements = policies_.at(key).elements;
    for (std::size_t i = 0; i < elements.size() && i < theirs.elements.size(); ++i) {
      elements[i].decisions += theirs.elements[i].decisions;
      elements[i].refusals += theirs.elements[i].refusals;
    }
  }
}

Coverage Collector::take() {
  Coverage out{.cells = std::exchange(cells_, {}), .policies = {}};
  std::ranges::sort(out.cells, {}, [](const Cell& each) {
    return std::tie(each.attack, each.target, each.gateway, each.verdict);
  });
  out.policies.reserve(policies_.size());
  for (auto& [_, use] : std::exchange(policies_, {})) out.policies.push_back(std::move(use));
  return out;
}

}  // namespace gatecrash::coverage
