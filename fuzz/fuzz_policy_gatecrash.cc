// Property: whatever the text, reading it as dialect gatecrash ends in a policy or in problems with
// their place, strictly or leniently. Of a policy: every decision is the one that was explained
// before, however often it was explained; it is the same in a second engine over the text read
// again; what is refused whatever was called before is never let through, nor what is hidden or not
// listed; and what decided is an element of the policy, at its place.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "fuzz/target.h"
#include "harness/base/digest.h"
#include "harness/base/json.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"
#include "harness/policy/lint.h"
#include "tests/support/policy_calls.h"

namespace {

using namespace gatecrash;
using decision::Outcome;
using fuzz::check;

enum Point {
  Refused,
  Forgiven,
  Loaded,
  Allowed,
  ByName,
  ByRule,
  BySchema,
  ByLimit,
  Held,
  Approved,
  PointCount
};
std::array<fuzz::ReachPoint, PointCount> points = {{{"refused"},
                                                    {"forgiven"},
                                                    {"loaded"},
                                                    {"allowed"},
                                                    {"by_name"},
                                                    {"by_rule"},
                                                    {"by_schema"},
                                                    {"by_limit"},
                                                    {"held"},
                                                    {"approved"}}};

constexpr std::size_t kCalls = 40;

policy::Loaded load(std::string_view text, bool lenient = false) {
  return policy::load_text("p.gatecrash.yaml", std::string(text),
                           {.dialect = policy::Dialect::Gatecrash, .lenient = lenient});
}

void check_problems(std::string_view text, const policy::Loaded& loaded) {
  const std::string all = base::to_string(loaded.problems);
  check((loaded.policy == nullptr) == base::has_error(loaded.problems),
        "a policy or an error, never both or neither", text, all);
  for (const base::Problem& each : loaded.problems) {
    check(!each.message.empty() && each.file.starts_with("p."), "every problem says where and what",
          text, all);
  }
}

// Some value that a schema of arguments takes, as JSON; or near it: patterns are tried with a few
// texts only.
class Fitting {
 public:
  explicit Fitting(base::Seed& seed) : seed_(seed) {}

  std::string value(base::Value schema, int depth = 0) {
    if (const base::Value choice = schema.find("enum"); choice.is_list() && choice.size() != 0) {
      std::size_t at = seed_.below(choice.size());
      for (const base::Value each : choice) {
        if (at-- == 0) return base::to_json(each);
      }
    }
    const base::Value types = schema.find("type");
    std::string_view type =
        types.is_list() && types.size() != 0 ? (*types.begin()).text() : types.text();
    if (type.empty()) type = schema.find("properties") ? "object" : "string";
    if (type == "null") return "null";
    if (type == "boolean") return seed_.below(2) == 0 ? "true" : "false";
    if (type == "integer" || type == "number")
      return schema.find("minimum") ? base::to_json(schema.find("minimum")) : "1";
    if (type == "array")
      return "[" +
             (depth < 4 && schema.find("items") ? value(schema.find("items"), depth + 1) : "") +
             "]";
    if (type == "object") return object(schema, depth);
    static constexpr std::string_view kTexts[] = {"a", "t-1", "0123456789abcdef0123456789abcdef",
                                                  "https://api.example.com/x", "7"};
    return base::to_json(std::string(kTexts[seed_.below(std::size(kTexts))]));
  }

 private:
  std::string object(base::Value schema, int depth) {
    std::string out;
    if (depth < 4) {
      for (const base::Value each : schema.find("properties")) {
        if (seed_.below(8) == 0) continue;
        out += (out.empty() ? "" : ",") + base::to_json(std::string(each.key())) + ":" +
               value(each, depth + 1);
      }
    }
    return "{" + out + "}";
  }

  base::Seed& seed_;
};

base::Value schema_of(const policy::Policy& policy, std::string_view tool) {
  for (const policy::ToolPolicy& each : policy.tools) {
    if (each.name != tool) continue;
    for (const policy::Rule& rule : each.rules) {
      for (const policy::Condition& condition : rule.conditions) {
        if (condition.op == policy::Operator::Matches) return condition.value;
      }
    }
  }
  return {};
}

// One engine with its counters.
struct Side {
  Side(std::shared_ptr<const policy::Policy> policy)
      : engine(std::move(policy), decision::hardened(), *counters) {}
  std::unique_ptr<decision::CounterStore> counters = decision::make_memory_counters();
  decision::Engine engine;
};

std::string words(Outcome outcome, std::string_view rule, base::SourcePos at,
                  std::string_view message) {
  return std::string(to_string(outcome)) + " by " + std::string(rule) + " at " +
         std::to_string(at.line) + ":" + std::to_string(at.column) + ", " + std::string(message);
}

class Session {
 public:
  Session(std::string_view text, std::shared_ptr<const policy::Policy> policy,
          std::shared_ptr<const policy::Policy> again)
      : text_(text),
        policy_(policy),
        elements_(policy::elements(*policy)),
        one_(std::move(policy)),
        other_(std::move(again)) {}

  void decide(const test::PolicyCall& asked, base::Value arguments) {
    const decision::Call call{.tool = asked.tool,
                              .arguments = arguments,
                              .caller = {.grant = asked.grant},
                              .at = asked.at};
    const decision::Explanation told = one_.engine.explain(call);
    const decision::Explanation twice = one_.engine.explain(call);
    const std::string explained = words(told.outcome, told.rule, told.at, told.message);
    same("explaining counts nothing", explained,
         words(twice.outcome, twice.rule, twice.at, twice.message));
    const decision::Ruling stateless = one_.engine.decide_stateless(call);
    const bool never = stateless.outcome == Outcome::Deny;
    const std::string refused =
        words(stateless.outcome, stateless.rule, stateless.at, stateless.message);
    const decision::Ruling ruling = one_.engine.decide(call);
    const std::string decided = words(ruling.outcome, ruling.rule, ruling.at, ruling.message);
    same("what is decided was explained", explained, decided);
    if (never && ruling.outcome == Outcome::Allow)
      same("what is refused whatever was before is not let through", refused, decided);
    check_place(ruling, decided);
    if (!one_.engine.visible(call.tool) && ruling.outcome != Outcome::Deny) {
      same("what is not listed is not called", "deny", decided);
    }
    const decision::Ruling second = other_.engine.decide(call);
    same("the same text decides alike", decided,
         words(second.outcome, second.rule, second.at, second.message));
    count(ruling);
    for (const auto& [side, ticket] :
         {std::pair{&one_, ruling.ticket}, std::pair{&other_, second.ticket}}) {
      const auto result =
          asked.rpc_error ? decision::CallResult::RpcError : decision::CallResult::Ok;
      if (ticket != 0) side->engine.settle(ticket, result, call.at);
      if (ruling.outcome == Outcome::Allow && side->engine.hands_out(call.tool))
        side->engine.learn(call.tool, call.caller, arguments);
    }
    if (ruling.outcome != Outcome::Hold) return;
    for (Side* each : {&one_, &other_}) {
      for (const decision::Approval& approval : each->engine.approvals()) {
        if (approval.state == decision::ApprovalState::Pending)
          each->engine.approve(approval.id, call.at);
      }
    }
    approved_ = true;
  }

 private:
  void same(const char* property, const std::string& left, const std::string& right) {
    if (left != right) fuzz::show("policy", text_);
    check(left == right, property, left, right);
  }

  void check_place(const decision::Ruling& ruling, const std::string& decided) {
    if (!ruling.rule.starts_with('/')) return;
    const auto found = std::ranges::find_if(elements_, [&](const policy::Element& each) {
      return each.path == ruling.rule && each.at == ruling.at;
    });
    if (found == elements_.end())
      same("what decides is an element of the policy, at its place", "none", decided);
  }

  void count(const decision::Ruling& ruling) {
    if (ruling.outcome == Outcome::Hold)
      ++points[Held].hits;
    else if (ruling.outcome == Outcome::Allow)
      ++points[approved_ ? Approved : Allowed].hits;
    else if (ruling.rule.starts_with('('))
      ++points[ByName].hits;
    else if (ruling.rule.ends_with("/arguments"))
      ++points[BySchema].hits;
    else if (ruling.rule.find("/limits/") != std::string_view::npos ||
             ruling.rule.starts_with("/budgets/"))
      ++points[ByLimit].hits;
    else
      ++points[ByRule].hits;
    approved_ = false;
  }

  std::string_view text_;
  std::shared_ptr<const policy::Policy> policy_;
  std::vector<policy::Element> elements_;
  Side one_, other_;
  bool approved_ = false;  // the call before was held, and then approved
};

}  // namespace

std::span<const gatecrash::fuzz::ReachPoint> gatecrash::fuzz::reach_points() {
  return points;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8192) return -1;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const policy::Loaded lenient = load(text, true);
  check_problems(text, lenient);
  const policy::Loaded loaded = load(text);
  check_problems(text, loaded);
  check(loaded.policy == nullptr || lenient.policy != nullptr, "what is strict is lenient, too",
        text, base::to_string(lenient.problems));
  if (lenient.policy != nullptr) policy::lint(lenient, nullptr);
  if (loaded.policy == nullptr) {
    ++points[lenient.policy == nullptr ? Refused : Forgiven].hits;
    return 0;
  }
  ++points[Loaded].hits;
  std::uint64_t number = 0;
  for (const char c : base::sha256_hex(text).substr(0, 15))
    number = number * 16 + static_cast<std::uint64_t>(c % 16);
  base::Seed seed(number);
  Fitting fitting(seed);
  Session session(text, loaded.policy, load(text).policy);
  base::Tree arguments;
  for (test::PolicyCall& call : test::calls_for(*loaded.policy, base::Seed{number}, kCalls)) {
    const base::Value schema = schema_of(*loaded.policy, call.tool);
    if (schema && seed.below(4) != 0) call.arguments = fitting.value(schema);
    if (base::read_json(call.arguments, {}, arguments))
      continue;                                    // a name of the policy that is no JSON text
    const int tries = seed.below(4) == 0 ? 2 : 1;  // a held call is made again
    for (int i = 0; i < tries; ++i) session.decide(call, arguments.root());
  }
  return 0;
}
