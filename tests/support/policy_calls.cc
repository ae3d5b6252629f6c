#include "tests/support/policy_calls.h"

#include <algorithm>
#include <map>
#include <memory>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"
#include "harness/decision/operators.h"

namespace gatecrash::test {
namespace {

using Texts = std::vector<std::string>;

const Texts kAmounts{"1", "2.5", "40", "300", "-1", "1e30"};

// What an argument that this condition looks at could be.
void add_values(const policy::Condition& condition, Texts& values) {
  const base::Value wanted = condition.value;
  values.push_back(base::to_json(wanted));
  if (wanted.is_list()) {
    for (const base::Value each : wanted) values.push_back(base::to_json(each));
  } else if (wanted.is_number()) {
    const std::string text(wanted.text());
    const bool whole = text.find_first_of(".eE") == std::string::npos && text.size() < 60;
    values.push_back(whole ? text + ".5" : text);
    if (whole && text != "0" && text != "-0") values.push_back(text + "0");
    values.push_back(text.starts_with('-') ? text.substr(1) : "-" + text);
    values.push_back(base::to_json(text));
  } else if (wanted.is_string()) {
    std::string plain;  // a text that a simple pattern finds
    for (const char c : wanted.text()) {
      if (c == '[' || c == '(' || c == '*') break;
      if (c != '^' && c != '$' && c != '\\') plain += c;
    }
    values.push_back(base::to_json(plain));
    values.push_back(base::to_json(plain + "x"));
    values.push_back("[" + base::to_json(plain) + "]");
  }
}

class Caller {
 public:
  Caller(const policy::Policy& policy, base::Seed seed, const Texts& words)
      : seed_(seed),
        values_{"null", "true", "\"\"", "\"a\"", "0", "1", "[]", "{\"a\":1}", "[1,2,3]"} {
    values_.insert(values_.end(), words.begin(), words.end());
    for (const policy::ToolPolicy& each : policy.tools) note(each);
    if (policy.wildcard) note(*policy.wildcard);
    for (const policy::HideEntry& each : policy.hide) tools_.push_back(each.name);
    // Not `*`: to the released proxy it is a listed key of one dialect and nothing in the other.
    tools_.insert(tools_.end(), {"no_such_tool", "all_tools", ""});
    for (auto& [tool, all] : arguments_)
      std::ranges::for_each(all, [this](Argument& each) { find_good(each); });
  }

  std::vector<PolicyCall> calls(std::size_t count) {
    std::vector<PolicyCall> out;
    base::Instant now = base::default_start();
    while (out.size() < count) {
      // Mostly close together, or no counter would ever fill; now and then a window passes.
      constexpr std::int64_t kSeconds[] = {0, 0, 0,  0,  0,  1,  1,    1,
                                           2, 5, 20, 20, 61, 61, 1800, 90'000};
      now += std::chrono::seconds{kSeconds[seed_.below(std::size(kSeconds))]};
      const std::string tool = of(tools_);
      for (std::size_t i = 0, burst = 1 + seed_.below(8); i < burst && out.size() < count; ++i) {
        out.push_back({.tool = tool,
                       .arguments = arguments(tool),
                       .grant = of({"g", "g", "h"}),
                       .at = now,
                       .rpc_error = seed_.below(4) == 0});
      }
    }
    return out;
  }

 private:
  struct Argument {
    std::vector<std::string> steps;
    Texts values = {};
    Texts good = {};      // those that satisfy everything the policy asks of this argument alone
    bool amount = false;  // a limit counts it
    struct Asked {
      const policy::Condition* condition;
      bool holds;
    };
    std::vector<Asked> asked = {};
  };

  const std::string& of(const Texts& texts) { return texts[seed_.below(texts.size())]; }

  void note(const policy::ToolPolicy& tool) {
    const bool every = tool.name == "*";
    if (!every) tools_.push_back(tool.name);
    for (const policy::Rule& rule : tool.rules) {
      for (const policy::Condition& each : rule.conditions) {
        if (each.on_state) continue;
        Argument& about = argument(tool.name, each.steps);
        add_values(each, about.values);
        about.asked.push_back({&each, rule.kind != policy::RuleKind::DenyIf});
      }
      if (rule.limit && !rule.limit->increment_from.empty())
        argument(tool.name, rule.limit->increment_from).amount = true;
    }
  }

  void find_good(Argument& about) const {
    Texts candidates = values_;
    candidates.insert(candidates.end(), about.values.begin(), about.values.end());
    if (about.amount) candidates = kAmounts;
    base::Tree tree;
    for (const std::string& each : candidates) {
      if (base::read_json(each, {}, tree)) continue;
      const bool good = std::ranges::all_of(about.asked, [&](const Argument::Asked& asked) {
        const decision::Operand operand(asked.condition->op, asked.condition->value);
        return (operand.holds(tree.root(), decision::TypeMismatch::Deny) == decision::Truth::Yes) ==
               asked.holds;
      });
      if (good) about.good.push_back(each);
    }
  }

  Argument& argument(const std::string& tool, const std::vector<std::string>& steps) {
    std::vector<Argument>& all = arguments_[tool];
    const auto found = std::ranges::find(all, steps, &Argument::steps);
    return found != all.end() ? *found : all.emplace_back(Argument{.steps = steps});
  }

  std::string arguments(const std::string& tool) {
    if (seed_.below(40) == 0) return of({"null", "[]", "7"});
    Member root;
    // All as the policy asks, all but one, or anything.
    const std::size_t way = seed_.below(3);
    std::size_t left = 1 + seed_.below(arguments_[tool].size() + arguments_["*"].size() + 1);
    for (const std::string& owner : {tool, std::string("*")}) {
      for (const Argument& each : arguments_[owner]) {
        if (way == 0 || (way == 1 && --left != 0)) {
          if (!each.good.empty()) place(root, each.steps, of(each.good));
          continue;
        }
        if (seed_.below(10) == 0) continue;
        const bool own = !each.values.empty() && seed_.below(6) != 0;
        place(root, each.steps,
              each.amount && seed_.below(3) != 0 ? of(kAmounts)
              : own                              ? of(each.values)
                                                 : of(values_));
      }
    }
    if (seed_.below(4) == 0) place(root, {"more"}, of(values_));
    return root.members.empty() ? "{}" : written(root);
  }

  struct Member {
    std::string json;
    std::map<std::string, Member> members;
  };
  static void place(Member& at, const std::vector<std::string>& steps, const std::string& json) {
    Member* here = &at;
    for (const std::string& each : steps) here = &here->members[each];
    here->json = json;
  }
  static std::string written(const Member& member) {
    if (member.members.empty()) return member.json;
    std::string out;
    for (const auto& [name, each] : member.members)
      out += (out.empty() ? "" : ",") + base::to_json(name) + ":" + written(each);
    return "{" + out + "}";
  }

  base::Seed seed_;
  Texts values_, tools_;
  std::map<std::string, std::vector<Argument>> arguments_;
};

struct Side {
  Side(const policy::Policy& policy, const decision::Semantics& semantics)
      : engine(std::make_shared<policy::Policy>(policy), semantics, *counters) {}
  std::unique_ptr<decision::CounterStore> counters = decision::make_memory_counters();
  decision::Engine engine;

  // In words; settled at once.
  std::string decide(const PolicyCall& call, base::Value arguments, Outcomes* outcomes) {
    const decision::Ruling ruling = engine.decide({.tool = call.tool,
                                                   .arguments = arguments,
                                                   .caller = {.grant = call.grant},
                                                   .at = call.at});
    if (ruling.ticket != 0) {
      engine.settle(ruling.ticket,
                    call.rpc_error ? decision::CallResult::RpcError : decision::CallResult::Ok,
                    call.at);
    }
    outcome = ruling.outcome;
    if (outcomes != nullptr) {
      const bool limit = ruling.rule.find("/limits/") != std::string_view::npos ||
                         ruling.message.starts_with("Rate limit");
      ++(ruling.outcome == decision::Outcome::Allow ? outcomes->allowed
         : ruling.rule.starts_with('(')             ? outcomes->by_name
         : limit                                    ? outcomes->by_limit
                                                    : outcomes->by_rule);
    }
    return std::string(to_string(ruling.outcome)) + " " + std::string(ruling.rule) + " " +
           base::quoted(ruling.message);
  }
  decision::Outcome outcome{};
};

}  // namespace

std::vector<PolicyCall> calls_for(const policy::Policy& policy, base::Seed seed, std::size_t count,
                                  const std::vector<std::string>& words) {
  return Caller(policy, seed, words).calls(count);
}

std::optional<std::string> disagreement(const policy::Policy& left, const policy::Policy& right,
                                        const decision::Semantics& semantics,
                                        const std::vector<PolicyCall>& calls, Outcomes& outcomes) {
  Side one(left, semantics), other(right, semantics);
  base::Tree arguments;
  std::string story;
  for (const PolicyCall& call : calls) {
    if (base::read_json(call.arguments, {}, arguments))
      continue;  // a name of the policy that is no JSON text
    const std::string first = one.decide(call, arguments.root(), &outcomes);
    const std::string second = other.decide(call, arguments.root(), nullptr);
    const bool visible = one.engine.visible(call.tool), shown = other.engine.visible(call.tool);
    story += base::to_string(call.at) + " " + call.grant + " " + base::to_json(call.tool) + " " +
             call.arguments + (call.rpc_error ? " (fails)" : "") + "\n  " + first + "\n  " +
             second + "\n";
    if (visible != shown)
      return story + "tools/list shows it in " + (visible ? "the first" : "the second") + " only\n";
    if (one.outcome != other.outcome) return story;
  }
  return std::nullopt;
}

}  // namespace gatecrash::test
