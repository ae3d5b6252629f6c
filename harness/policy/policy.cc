#include "harness/policy/policy.h"

#include <array>
#include <set>
#include <utility>

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/policy/reading.h"

namespace gatecrash::policy {
namespace {

// The dialects: a reader is one file and one line here.
struct DialectEntry {
  Dialect dialect;
  std::string_view name;
  void (*read)(Reading&, base::Value, Policy&);
};
constexpr std::array<DialectEntry, 4> kDialects{{
    {Dialect::Intercept, "intercept", read_intercept},
    {Dialect::PolicyLayer, "policylayer", read_policylayer},
    {Dialect::Prose, "prose", read_prose},
    {Dialect::Gatecrash, "gatecrash", read_gatecrash},
}};

// `.json` is JSON in every dialect. A text of the JSON dialect under another name (inline in a
// scenario, say) is JSON if it looks like it.
base::Syntax syntax_for(std::string_view path, std::string_view text, const LoadOptions& options) {
  const Dialect dialect = options.dialect;
  if (dialect == Dialect::Intercept && (options.lenient || options.released))
    return base::Syntax::GoYaml;
  const base::Syntax by_name = base::syntax_of(path);
  if (by_name == base::Syntax::Json || dialect != Dialect::PolicyLayer) return by_name;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' ? base::Syntax::Json : by_name;
}

// What stands once in the file and applies to several tools (a budget, a sequence) is one element.
class Elements {
 public:
  explicit Elements(std::vector<Element>& out) : out_(out) {}

  void add(Element::Kind kind, const Anchor& anchor) {
    if (seen_.emplace(kind, anchor.path).second) out_.push_back({kind, anchor.path, anchor.at});
  }
  void add(const ToolPolicy& tool) {
    add(Element::Kind::Tool, tool.anchor);
    for (const Rule& rule : tool.rules) {
      if (!rule.limit || !rule.conditions.empty() || rule.kind != RuleKind::Evaluate) {
        add(Element::Kind::Rule, rule.anchor);
      }
      // A counter that only feeds a sequence refuses nothing by itself.
      if (rule.limit && !(rule.limit->shared && !rule.limit->has_max))
        add(Element::Kind::Limit, rule.limit->anchor);
    }
  }

 private:
  std::vector<Element>& out_;
  std::set<std::pair<Element::Kind, std::string>> seen_;
};

}  // namespace

std::string_view to_string(Dialect dialect) {
  return kDialects[static_cast<std::size_t>(dialect)].name;
}

std::optional<Dialect> parse_dialect(std::string_view name) {
  for (const DialectEntry& each : kDialects) {
    if (each.name == name) return each.dialect;
  }
  return std::nullopt;
}

std::vector<std::string_view> dialect_names() {
  std::vector<std::string_view> names;
  for (const DialectEntry& each : kDialects) names.push_back(each.name);
  return names;
}

std::optional<Dialect> dialect_of(std::string_view path) {
  if (path.ends_with(".gatecrash.yaml")) return Dialect::Gatecrash;
  if (path.ends_with(".json")) return Dialect::PolicyLayer;
  if (path.ends_with(".yaml") || path.ends_with(".yml")) return Dialect::Intercept;
  return std::nullopt;
}

std::string path_of(const Condition& condition) {
  return (condition.on_state ? "state." : "args.") + base::join(condition.steps, ".");
}

base::Duration length(Window window) {
  switch (window) {
    case Window::Minute: return std::chrono::minutes{1};
    case Window::Hour: return std::chrono::hours{1};
    case Window::Day: return std::chrono::hours{24};
    case Window::Custom: return {};
  }
  return {};
}

Loaded load_text(std::string path, std::string text, const LoadOptions& options) {
  Loaded loaded;
  auto document = std::make_shared<base::Document>();
  const base::Syntax syntax = syntax_for(path, text, options);
  auto parsed = base::parse_document(std::move(path), std::move(text), syntax, *document);
  if (!parsed) {
    loaded.problems = parsed.error();
    return loaded;
  }
  auto policy = std::make_shared<Policy>();
  policy->dialect = options.dialect;
  Reading reading(*document, options, loaded.problems);
  policy->lenient = reading.lenient();
  kDialects[static_cast<std::size_t>(options.dialect)].read(reading, document->tree.root(),
                                                            *policy);
  policy->document = std::move(document);
  if (!base::has_error(loaded.problems)) loaded.policy = std::move(policy);
  return loaded;
}

Loaded load_file(const std::string& path, const LoadOptions& options) {
  auto text = base::read_file(path);
  if (!text) return {.policy = nullptr, .problems = text.error()};
  return load_text(path, std::move(*text), options);
}

std::vector<Element> elements(const Policy& policy) {
  std::vector<Element> out;
  Elements all(out);
  all.add(Element::Kind::Default, policy.default_anchor);
  for (const HideEntry& each : policy.hide) all.add(Element::Kind::Hide, each.anchor);
  for (const ToolPolicy& each : policy.tools) all.add(each);
  if (policy.wildcard) all.add(*policy.wildcard);
  if (policy.pinned) all.add(Element::Kind::Definitions, *policy.pinned);
  for (const Redaction& each : policy.redactions) all.add(Element::Kind::Redaction, each.anchor);
  return out;
}

}  // namespace gatecrash::policy
