// Our own dialect: YAML, a superset of the two published ones in what it can say.
//
// A tool takes Intercept's `rules` and PolicyLayer's `require`, `deny_if` and `limits`, and
// besides:
//   arguments     a JSON Schema of the arguments; what it does not name is refused
//   destinations  {args.url: [hosts]}: where the argument may point
//   class         read, write, execute or destructive
// For several tools at once there are `budgets` (one counter), `sequences` (no B after A), `freeze`
// (the operator's switch), `ownership` (what one has made, others do not touch), `definitions`
// (pinning), `requests` (what no argument may mention), `responses` (redaction) and `approvals`
// (how many may wait).
//
// Most of it is said in the words of the common model, so that decision, explanation and coverage
// need to know nothing of it: a destination is a condition with a regex, a sequence is a counter of
// the first tools and a condition on it at the later ones. `default` has to be written.
#include "harness/policy/gatecrash.h"

#include <array>
#include <map>
#include <set>

#include <re2/re2.h>

#include "harness/base/check.h"
#include "harness/base/scope.h"
#include "harness/base/text.h"
#include "harness/policy/reading.h"

namespace gatecrash::policy {
namespace {

using base::Kind;
using base::Value;

constexpr std::array<std::string_view, 5> kClasses{"unknown", "read", "write", "execute",
                                                   "destructive"};
constexpr std::array<std::string_view, 1> kPins{"first_seen"};

enum Shape : std::size_t {
  kPolicy,
  kTool,
  kAllTools,
  kLimit,
  kBudget,
  kSequence,
  kFreeze,
  kOwnership,
  kDefinitions,
  kRequests,
  kResponses,
  kRedaction,
  kApprovals
};

class GatecrashReader {
 public:
  GatecrashReader(Reading& reading, Policy& policy) : reading_(reading), policy_(policy) {}

  void read(Value root) {
    if (!open(root, kPolicy)) return;
    read_version(root);
    reading_.text(root, "description", "");
    if (!read_default(reading_, root, policy_)) {
      reading_.error(reading_.place(root), "`default` is missing", "write `default: deny`");
    }
    policy_.hide = read_hide(reading_, root.find("hide"));
    if (const Value tools = root.find("tools")) {
      read_tool_map(reading_, tools, policy_, [&](Value each) { return read_tool(each); });
    }
    read_all_tools(root.find("all_tools"));
    for_each_of(root.find("budgets"), "budgets", [&](Value each) { read_budget(each); });
    for_each_of(root.find("sequences"), "sequences", [&](Value each) { read_sequence(each); });
    for_each_of(root.find("ownership"), "ownership", [&](Value each) { read_ownership(each); });
    read_freeze(root.find("freeze"));
    read_definitions(root.find("definitions"));
    read_requests(root.find("requests"));
    read_responses(root.find("responses"));
    read_approvals(root.find("approvals"));
    resolve_states(reading_, policy_);
  }

 private:
  // A mapping with known keys only.
  bool open(Value value, Shape shape) {
    const GatecrashShape& known = gatecrash_shapes()[shape];
    if (!reading_.is(value, Kind::Object, known.what)) return false;
    reading_.known_keys(value, known.what, known.keys);
    return true;
  }

  template <typename Use>
  void for_each_of(Value list, std::string_view what, const Use& use) {
    if (!list || !reading_.is(list, Kind::List, what)) return;
    if (list.size() == 0)
      reading_.error(reading_.place(list), base::quoted(what) + " names nothing");
    for (const Value each : list) use(each);
  }

  // `use(tool)` for each tool of the list, once.
  template <typename Use>
  void for_each_tool(Value list, std::string_view what, const Use& use) {
    std::set<std::string_view> seen;
    for_each_of(list, what, [&](Value each) {
      if (!seen.insert(each.text()).second) {
        reading_.error(reading_.place(each),
                       base::quoted(each.text()) + " stands twice in " + base::quoted(what));
        return;
      }
      if (ToolPolicy* tool = tool_of(each)) use(*tool);
    });
  }

  bool need(Value mapping, std::string_view key, std::string_view what) {
    if (mapping.find(key)) return true;
    reading_.error(reading_.place(mapping), std::string(what) + " lacks " + base::quoted(key));
    return false;
  }

  void read_version(Value root) {
    const Value version = root.find("version");
    if (!version) {
      reading_.error(reading_.place(root), "`version` is missing", "write `version: \"1\"`");
    } else if (!(version.is_string() || version.is_number()) || version.text() != "1") {
      reading_.error(reading_.place(version), "`version` has to be the text `1`",
                     "write `version: \"1\"`");
    }
  }

  // ---- one tool --------------------------------------------------------------------------------

  ToolPolicy read_tool(Value value) {
    ToolPolicy tool{.name = std::string(value.key()),
                    .anchor = reading_.key_anchor("/tools/" + pointer_segment(value.key()), value)};
    if (value.is_null() || !open(value, kTool)) return tool;
    if (value.find("class")) {
      const auto choice = reading_.one_of(value, "class", std::span(kClasses).subspan(1));
      if (choice) tool.tool_class = static_cast<ToolClass>(*choice + 1);
    }
    read_arguments(value.find("arguments"), tool);
    read_destinations(value.find("destinations"), tool);
    read_rules(reading_, value.find("rules"), tool);
    read_predicates(reading_, value.find("require"), "require", RuleKind::Require, tool);
    read_predicates(reading_, value.find("deny_if"), "deny_if", RuleKind::DenyIf, tool);
    read_limits(value.find("limits"), tool);
    return tool;
  }

  void read_arguments(Value schema, ToolPolicy& tool) {
    if (!schema) return;
    check_schema(reading_, schema);
    const Anchor anchor = reading_.key_anchor(tool.anchor.path + "/arguments", schema);
    Rule rule{.kind = RuleKind::Require,
              .on_deny = "The arguments are not what the policy allows",
              .anchor = anchor};
    rule.conditions.push_back({.op = Operator::Matches, .value = schema, .anchor = anchor});
    tool.rules.push_back(std::move(rule));
  }

  void read_destinations(Value map, ToolPolicy& tool) {
    if (!map || !reading_.is(map, Kind::Object, "destinations")) return;
    for (const Value each : map) {
      const std::string path = tool.anchor.path + "/destinations/" + pointer_segment(each.key());
      Rule rule{.kind = RuleKind::Require,
                .on_deny = "This destination is not allowed",
                .anchor = reading_.key_anchor(path, each)};
      Condition condition{.op = Operator::Regex, .anchor = rule.anchor};
      if (!each.key().starts_with("args.") || each.key().size() == 5) {
        reading_.error(reading_.key_place(each),
                       base::quoted(each.key()) + " does not begin with `args.`");
      } else {
        for (const std::string_view step : base::split(each.key().substr(5), '.'))
          condition.steps.emplace_back(step);
      }
      condition.value = make(base::Kind::String, hosts_regex(each));
      rule.conditions.push_back(std::move(condition));
      tool.rules.push_back(std::move(rule));
    }
  }

  // http or https, exactly one of the hosts (`*.x` also stands for what is below x), nothing that
  // could make a client read another host out of it.
  std::string hosts_regex(Value list) {
    std::string hosts;
    if (!reading_.is(list, Kind::List, "destinations of an argument")) return "a^";
    for (const Value each : list) {
      const auto host = reading_.text_of(each, "a host");
      if (!host) continue;
      const bool below = host->starts_with("*.");
      const std::string_view name = std::string_view(*host).substr(below ? 2 : 0);
      const bool good =
          !name.empty() && name.find_first_not_of(kHostCharacters) == std::string_view::npos;
      if (!good) {
        reading_.error(
            reading_.place(each), base::quoted(*host) + " is not a host",
            "a name such as `api.example.com`, or `*.example.com`, without scheme, port or path");
        continue;
      }
      if (!hosts.empty()) hosts += '|';
      if (below) hosts += "(?:[a-z0-9-]+\\.)+";
      hosts += RE2::QuoteMeta(re2::StringPiece(name.data(), name.size()));
    }
    if (list.size() == 0) return "a^";  // nowhere
    return "(?i)^(https?://(?:" + hosts + ")(?::[0-9]{1,5})?(?:[/?#][!-~]*)?)$";
  }

  // ---- limits ----------------------------------------------------------------------------------

  void read_all_tools(Value value) {
    if (!value || !open(value, kAllTools)) return;
    if (!policy_.wildcard) {
      policy_.wildcard =
          ToolPolicy{.name = "*", .anchor = reading_.key_anchor("/all_tools", value)};
    }
    ToolPolicy all{.name = "*", .anchor = reading_.key_anchor("/all_tools", value)};
    read_limits(value.find("limits"), all);
    std::ranges::move(all.rules, std::back_inserter(policy_.wildcard->rules));
  }

  void read_limits(Value list, ToolPolicy& tool) {
    std::set<std::string> counters;
    if (list.is_list() && list.size() == 0) return;  // as in the published dialects
    for_each_of(list, "limits", [&](Value each) {
      if (!open(each, kLimit)) return;
      if (!need(each, "counter", "a limit")) return;
      Limit limit = read_limit(each, "counter", tool.anchor.path + "/limits/");
      if (const Value from = each.find("increment_from")) {
        limit.increment_from = reading_.argument_path(from, "increment_from");
      }
      if (const Value weight = each.find("weight")) {
        const auto path = reading_.argument_path(weight, "weight");
        if (path.size() > 1)
          reading_.error(reading_.place(weight), "`weight` names an argument, not a part of one");
        if (path.size() == 1) limit.list_argument = path.front();
      }
      if (!counters.insert(limit.counter).second) {
        reading_.error(reading_.place(each.find("counter")),
                       "counter " + base::quoted(limit.counter) + " is defined twice here",
                       "limits are named by their counter");
      }
      tool.rules.push_back(limit_rule(std::move(limit)));
    });
  }

  static Rule limit_rule(Limit limit) {
    Rule rule{.kind = RuleKind::Evaluate, .on_deny = limit.on_deny, .anchor = limit.anchor};
    rule.limit = std::move(limit);
    return rule;
  }

  // What limits and budgets have in common. `name` is the key that names it.
  Limit read_limit(Value value, std::string_view name, const std::string& path) {
    Limit limit{.scope = Scope::Grant};
    limit.counter = reading_.text(value, name, "").value_or("");
    if (value.find(name) && limit.counter.empty()) {
      reading_.error(reading_.place(value.find(name)), base::quoted(name) + " is empty");
    }
    limit.anchor = reading_.anchor(path + pointer_segment(limit.counter), value);
    if (need(value, "window", "a limit")) read_window(value.find("window"), limit);
    if (need(value, "max", "a limit"))
      limit.max = reading_.decimal(value.find("max"), "max", false).value_or("0");
    if (const auto scope = reading_.one_of(value, "scope", base::kScopeNames))
      limit.scope = static_cast<Scope>(*scope);
    limit.on_deny = reading_.text(value, "on_deny", "").value_or("");
    for_each_of(value.find("per"), "per", [&](Value each) {
      // All arguments together are a path too.
      if (each.is_string() && each.text() == "args")
        limit.per.emplace_back();
      else if (auto steps = reading_.argument_path(each, "per"); !steps.empty())
        limit.per.push_back(std::move(steps));
    });
    return limit;
  }

  void read_window(Value value, Limit& limit) {
    const auto text = reading_.text_of(value, "window");
    if (!text) return;
    const auto named = std::ranges::find(kWindowNames, *text);
    if (named != kWindowNames.end()) {
      limit.window = static_cast<Window>(named - kWindowNames.begin());
      limit.period = length(limit.window);
      return;
    }
    limit.window = Window::Custom;
    limit.period = read_span(value, "window");
  }

  base::Duration read_span(Value value, std::string_view what) {
    const auto text = reading_.text_of(value, what);
    const auto span = text ? base::parse_duration(*text) : std::nullopt;
    if (span && span->count() > 0 && *span <= kLongestWindow) return *span;
    reading_.error(reading_.place(value),
                   base::quoted(what) + " " + base::quoted(value.text()) +
                       " is not a time of more than zero and at most a year",
                   what == "window" ? "`minute`, `hour`, `day` or a duration such as `90s`"
                                    : "write `30m` or `24h`");
    return std::chrono::minutes{1};
  }

  void read_budget(Value value) {
    if (!open(value, kBudget) || !need(value, "name", "a budget") ||
        !need(value, "tools", "a budget"))
      return;
    Limit limit = read_limit(value, "name", "/budgets/");
    limit.shared = true;
    if (!names_.emplace("budget " + limit.counter).second) {
      reading_.error(reading_.place(value.find("name")),
                     "there is a budget " + base::quoted(limit.counter) + " already");
    }
    for_each_tool(value.find("tools"), "tools",
                  [&](ToolPolicy& tool) { tool.rules.push_back(limit_rule(limit)); });
  }

  // ---- several tools ---------------------------------------------------------------------------

  // The entry of a tool that is named outside `tools`. What is not listed cannot be called under
  // default deny, and must not become listed by being named elsewhere.
  ToolPolicy* tool_of(Value name) {
    const auto text = reading_.text_of(name, "a tool");
    if (!text) return nullptr;
    if (*text == "*") {
      reading_.error(reading_.place(name), "`*` is no tool here",
                     "name the tools; limits for all of them stand under `all_tools`");
      return nullptr;
    }
    for (ToolPolicy& each : policy_.tools) {
      if (each.name == *text) return &each;
    }
    if (policy_.default_action == DefaultAction::Allow) {
      policy_.tools.push_back(
          {.name = *text, .anchor = reading_.anchor("/tools/" + pointer_segment(*text), name)});
      return &policy_.tools.back();
    }
    std::vector<std::string_view> known;
    for (const ToolPolicy& each : policy_.tools) known.push_back(each.name);
    reading_.error(reading_.place(name),
                   base::quoted(*text) + " is not listed under `tools`, so nothing can call it",
                   base::did_you_mean(*text, known));
    return nullptr;
  }

  void read_sequence(Value value) {
    if (!open(value, kSequence)) return;
    for (const std::string_view key : {"name", "after", "within", "deny"}) {
      if (!need(value, key, "a sequence")) return;
    }
    const std::string name = reading_.text(value, "name", "").value_or("");
    if (!names_.emplace("sequence " + name).second) {
      reading_.error(reading_.place(value.find("name")),
                     "there is a sequence " + base::quoted(name) + " already");
    }
    const std::string path = "/sequences/" + pointer_segment(name);
    Limit counter{.counter = "sequence " + name,
                  .window = Window::Custom,
                  .max = "0",
                  .has_max = false,
                  .scope = Scope::Session};
    counter.period = read_span(value.find("within"), "within");
    if (const auto scope = reading_.one_of(value, "scope", base::kScopeNames))
      counter.scope = static_cast<Scope>(*scope);
    counter.anchor = reading_.anchor(path, value);
    counter.shared = true;
    std::string times = "1";
    if (const Value most = value.find("times"))
      times = reading_.decimal(most, "times", true).value_or("1");
    const std::string on_deny = reading_.text(value, "on_deny", "").value_or("");
    std::string first;
    for_each_tool(value.find("after"), "after", [&](ToolPolicy& tool) {
      if (first.empty()) first = tool.name;
      tool.rules.push_back(limit_rule(counter));
    });
    if (first.empty()) return;
    for_each_tool(value.find("deny"), "deny", [&](ToolPolicy& tool) {
      Rule rule{
          .kind = RuleKind::DenyIf,
          .name = name,
          .on_deny = on_deny.empty() ? "Not after what was called before (" + name + ")" : on_deny,
          .anchor = counter.anchor};
      Condition condition{.on_state = true, .op = Operator::Gte, .anchor = counter.anchor};
      condition.steps = {first + "." + counter.counter};  // resolve_states splits it
      condition.value = make(base::Kind::Number, times);
      rule.conditions.push_back(std::move(condition));
      // Before anything of its own: a tool that is both counts itself only once it has passed.
      tool.rules.insert(tool.rules.begin(), std::move(rule));
    });
  }

  void read_ownership(Value value) {
    if (!open(value, kOwnership)) return;
    for (const std::string_view key : {"name", "id", "created_by", "used_by"}) {
      if (!need(value, key, "an ownership")) return;
    }
    Ownership made{.name = reading_.text(value, "name", "").value_or(""),
                   .id = reading_.text(value, "id", "").value_or("")};
    made.anchor = reading_.anchor("/ownership/" + pointer_segment(made.name), value);
    if (!names_.emplace("ownership " + made.name).second) {
      reading_.error(reading_.place(value.find("name")),
                     "there is an ownership " + base::quoted(made.name) + " already");
    }
    check_regex(value.find("id"), made.id);
    if (const auto scope = reading_.one_of(value, "scope", base::kScopeNames))
      made.scope = static_cast<Scope>(*scope);
    for_each_tool(value.find("created_by"), "created_by",
                  [&](const ToolPolicy& tool) { made.created_by.push_back(tool.name); });
    const Value used = value.find("used_by");
    if (!reading_.is(used, Kind::Object, "used_by")) return;
    if (used.size() == 0) reading_.error(reading_.place(used), "`used_by` names nothing");
    for (const Value each : used) {
      ToolPolicy* tool = nullptr;
      for (ToolPolicy& known : policy_.tools) {
        if (known.name == each.key()) tool = &known;
      }
      if (tool == nullptr) {
        reading_.error(reading_.key_place(each),
                       base::quoted(each.key()) + " is not listed under `tools`");
        continue;
      }
      Rule rule{.kind = RuleKind::Owned,
                .name = made.name,
                .on_deny = "This belongs to somebody else",
                .ownership = static_cast<std::uint32_t>(policy_.ownerships.size()),
                .owned = reading_.argument_path(each, "used_by"),
                .anchor = made.anchor};
      tool->rules.push_back(std::move(rule));
    }
    policy_.ownerships.push_back(std::move(made));
  }

  // Reports one that does not compile, or takes the empty text for a match.
  void check_regex(Value at, const std::string& text) {
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 regex(text, options);
    if (!regex.ok()) {
      reading_.error(reading_.place(at),
                     "regex " + base::quoted(text) + " does not compile: " + regex.error(),
                     "the syntax is that of RE2: no look-around, no back-references");
    } else if (RE2::FullMatch("", regex)) {
      reading_.error(reading_.place(at), "regex " + base::quoted(text) + " matches the empty text");
    }
  }

  void read_freeze(Value value) {
    if (!value || !open(value, kFreeze)) return;
    const Value on = value.find("on");
    if (on && reading_.is(on, Kind::Bool, "on")) policy_.starts_frozen = on.is_true();
    Rule rule{.kind = RuleKind::Freeze,
              .on_deny = "Changes are frozen by the operator. Do not try again.",
              .anchor = reading_.key_anchor("/freeze", value)};
    std::set<std::string> frozen;
    for_each_tool(value.find("tools"), "tools",
                  [&](const ToolPolicy& tool) { frozen.insert(tool.name); });
    for_each_of(value.find("classes"), "classes", [&](Value each) {
      const auto at = std::ranges::find(kClasses, each.text());
      if (at == kClasses.end() || at == kClasses.begin()) {
        reading_.error(reading_.place(each), "unknown class " + base::quoted(each.text()),
                       base::did_you_mean(each.text(), std::span(kClasses).subspan(1)));
        return;
      }
      const auto wanted = static_cast<ToolClass>(at - kClasses.begin());
      for (const ToolPolicy& tool : policy_.tools) {
        if (tool.tool_class == wanted) frozen.insert(tool.name);
      }
      if (policy_.wildcard && policy_.wildcard->tool_class == wanted) frozen.insert("*");
    });
    if (!value.find("tools") && !value.find("classes")) {
      reading_.error(reading_.place(value), "`freeze` says neither `tools` nor `classes`");
    }
    for (ToolPolicy& tool : policy_.tools) {
      if (frozen.contains(tool.name)) tool.rules.insert(tool.rules.begin(), rule);
    }
    if (frozen.contains("*")) policy_.wildcard->rules.insert(policy_.wildcard->rules.begin(), rule);
  }

  void read_definitions(Value value) {
    if (!value || !open(value, kDefinitions)) return;
    if (need(value, "pin", "`definitions`") && reading_.one_of(value, "pin", kPins)) {
      policy_.pinned = reading_.key_anchor("/definitions", value);
    }
  }

  // A rule for every tool: no text among the arguments, nor what it decodes to, holds one of these.
  void read_requests(Value value) {
    if (!value || !open(value, kRequests)) return;
    std::size_t index = 0;
    for_each_of(value.find("refuse"), "refuse", [&](Value each) {
      const std::string path = "/requests/refuse/" + std::to_string(index++);
      if (!open(each, kRedaction) || !need(each, "name", "an entry of `refuse`") ||
          !need(each, "regex", "an entry of `refuse`")) {
        return;
      }
      const std::string name = reading_.text(each, "name", "").value_or("");
      check_regex(each.find("regex"), reading_.text(each, "regex", "").value_or(""));
      Rule rule{.kind = RuleKind::DenyIf,
                .name = name,
                .on_deny = "The arguments hold a " + name + ", which must not leave",
                .anchor = reading_.anchor(path, each)};
      rule.conditions.push_back(
          {.op = Operator::Mentions, .value = each.find("regex"), .anchor = rule.anchor});
      if (!policy_.wildcard)
        policy_.wildcard =
            ToolPolicy{.name = "*", .anchor = reading_.key_anchor("/requests", value)};
      policy_.wildcard->rules.push_back(std::move(rule));
    });
  }

  void read_responses(Value value) {
    if (!value || !open(value, kResponses)) return;
    std::size_t index = 0;
    for_each_of(value.find("redact"), "redact", [&](Value each) {
      const std::string path = "/responses/redact/" + std::to_string(index++);
      if (!open(each, kRedaction) || !need(each, "name", "a redaction") ||
          !need(each, "regex", "a redaction"))
        return;
      Redaction made{.name = reading_.text(each, "name", "").value_or(""),
                     .regex = reading_.text(each, "regex", "").value_or(""),
                     .anchor = reading_.anchor(path, each)};
      check_regex(each.find("regex"), made.regex);
      policy_.redactions.push_back(std::move(made));
    });
  }

  void read_approvals(Value value) {
    if (!value || !open(value, kApprovals)) return;
    if (const Value most = value.find("max_pending")) {
      const auto text = reading_.decimal(most, "max_pending", true);
      if (text &&
          (text->size() > 6 || text->find_first_not_of("0123456789") != std::string::npos)) {
        reading_.error(reading_.place(most),
                       "`max_pending` has to be a whole number below a million");
      } else if (text) {
        policy_.max_pending = static_cast<std::uint32_t>(std::stoul(*text));
      }
    }
    const Value timeout = value.find("timeout");
    if (!timeout) return;
    const base::Duration span = read_span(timeout, "timeout");
    const auto apply = [&](ToolPolicy& tool) {
      for (Rule& rule : tool.rules) {
        if (rule.kind == RuleKind::RequireApproval && !rule.approval_timeout)
          rule.approval_timeout = span;
      }
    };
    for (ToolPolicy& each : policy_.tools) apply(each);
    if (policy_.wildcard) apply(*policy_.wildcard);
  }

  // A value that no file says; the policy keeps it.
  Value make(base::Kind kind, const std::string& text) {
    auto document = std::make_shared<base::Document>();
    document->source = text;
    base::Node node;
    node.kind = kind;
    node.text = document->source;
    document->tree.nodes().push_back(node);
    policy_.made.push_back(document);
    return document->tree.root();
  }

  static constexpr std::string_view kHostCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

  Reading& reading_;
  Policy& policy_;
  std::set<std::string> names_;  // of budgets and sequences
};

}  // namespace

const std::vector<GatecrashShape>& gatecrash_shapes() {
  static const std::vector<GatecrashShape> kShapes = {
      {"policy",
       "a policy",
       {"version", "description", "default", "hide", "tools", "all_tools", "budgets", "sequences",
        "freeze", "ownership", "definitions", "requests", "responses", "approvals"}},
      {"tool",
       "a tool",
       {"class", "arguments", "destinations", "rules", "require", "deny_if", "limits"}},
      {"all_tools", "`all_tools`", {"limits"}},
      {"limit",
       "a limit",
       {"counter", "window", "max", "scope", "on_deny", "increment_from", "weight", "per"}},
      {"budget", "a budget", {"name", "tools", "window", "max", "scope", "on_deny", "per"}},
      {"sequence", "a sequence", {"name", "after", "within", "scope", "times", "deny", "on_deny"}},
      {"freeze", "`freeze`", {"tools", "classes", "on"}},
      {"ownership", "an ownership", {"name", "id", "created_by", "used_by", "scope"}},
      {"definitions", "`definitions`", {"pin"}},
      {"requests", "`requests`", {"refuse"}},
      {"responses", "`responses`", {"redact"}},
      {"redaction", "a redaction", {"name", "regex"}},
      {"approvals", "`approvals`", {"max_pending", "timeout"}},
  };
  return kShapes;
}

void read_gatecrash(Reading& reading, Value root, Policy& policy) {
  GatecrashReader(reading, policy).read(root);
}

}  // namespace gatecrash::policy
