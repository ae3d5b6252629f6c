#include "tests/support/model_cases.h"

#include <array>

#include "harness/base/seed.h"

namespace gatecrash::test {
namespace {

using Texts = std::vector<std::string>;

struct Comparison {
  std::string op;
  Texts values;
};
const std::vector<Comparison> kComparisons{
    {"eq", {"5", "\"5\"", "true", "null", "9007199254740992", "[\"a\"]", "\"a b\"", "1000000"}},
    {"neq", {"5", "\"prod\"", "[1]"}},
    {"in", {"[\"a\",5]", "[]", "[true,\"1e+06\"]"}},
    {"not_in", {"[\"a\",5]", "[]"}},
    {"lt", {"5", "-0.5"}},
    {"lte", {"5", "9007199254740992"}},
    {"gt", {"5", "0"}},
    {"gte", {"5", "9007199254740993"}},
    {"regex", {"\"^a$\"", "\"a\"", "\"[0-9]+\""}},
    {"contains", {"\"a\"", "5"}},
    {"exists", {"true", "false"}},
};
const Texts kArguments{"{}", R"({"x":null})", R"({"x":5})", R"({"x":5.0})", R"({"x":"5"})", R"({"x":"a"})",
                       R"({"x":"xay"})", R"({"x":true})", R"({"x":"true"})", R"({"x":["a"]})",
                       R"({"x":["a",5]})", R"({"x":{"a":1}})", R"({"x":9007199254740993})",
                       R"({"x":1000000})", R"({"x":"1e+06"})", R"({"x":-1})", R"({"x":"a\n"})",
                       R"({"x":[]})", R"({"x":"prod"})", R"({"x":4.9999999999999999999})"};

std::string condition(const std::string& path, const std::string& op, const std::string& value) {
  return R"({"path":"args.)" + path + R"(","op":")" + op + R"(","value":)" + value + "}";
}

std::string policy_text(const std::string& defaults, const std::string& hide, const std::string& tools,
                        const std::string& all_tools = "") {
  return R"({"version":"1","default":")" + defaults + R"(","hide":[)" + hide + "]" +
         (all_tools.empty() ? "" : ",\"all_tools\":" + all_tools) + ",\"tools\":{" + tools + "}}";
}

// One sequence of single calls, one per argument object.
std::vector<std::vector<ModelStep>> single_calls(const Texts& arguments) {
  std::vector<std::vector<ModelStep>> sequences;
  for (const std::string& each : arguments) sequences.push_back({{.tool = "t", .arguments = each, .grant = "g"}});
  return sequences;
}

// The ways a list of conditions can stand in a policy.
std::vector<ModelCase> around(const std::string& conditions, const std::vector<std::vector<ModelStep>>& calls) {
  const std::string list = "\"conditions\":[" + conditions + "]";
  return {{policy_text("allow", "", R"("t":{"rules":[{"name":"r",)" + list + "}]}"), false, calls},
          {policy_text("allow", "", R"("t":{"require":[{)" + list + "}]}"), true, calls},
          {policy_text("allow", "", R"("t":{"deny_if":[{)" + list + "}]}"), true, calls}};
}

bool each_condition(const std::function<bool(const ModelCase&)>& use) {
  const auto calls = single_calls(kArguments);
  for (const Comparison& each : kComparisons) {
    for (const std::string& value : each.values) {
      for (const ModelCase& one : around(condition("x", each.op, value), calls)) {
        if (!use(one)) return false;
      }
    }
  }
  Texts pairs;
  for (const std::string x : {"", R"("x":5)", R"("x":"5")"}) {
    for (const std::string y : {"", R"("y":{"z":1})", R"("y":{"z":"1"})", R"("y":[1])"}) {
      pairs.push_back("{" + x + (x.empty() || y.empty() ? "" : ",") + y + "}");
    }
  }
  for (const std::string first : {"eq", "neq", "lt"}) {
    for (const std::string second : {"eq", "neq", "gte"}) {
      const std::string both = condition("x", first, "5") + "," + condition("y.z", second, "1");
      for (const ModelCase& one : around(both, single_calls(pairs))) {
        if (!use(one)) return false;
      }
    }
  }
  return true;
}

bool each_structure(const std::function<bool(const ModelCase&)>& use) {
  const Texts tools{"", R"("t":{})", R"("t":{"rules":[]})", R"("t":{"rules":[{"name":"d","action":"deny"}]})",
                    R"("t":{"rules":[{"name":"a","conditions":[{"path":"args.x","op":"exists","value":true}]},)"
                    R"({"name":"b","conditions":[{"path":"args.x","op":"eq","value":5}]}]})"};
  const Texts stars{"", R"("*":{"rules":[{"name":"s","conditions":[{"path":"args.x","op":"neq","value":7}]}]})",
                    R"("*":{"rules":[{"name":"s","action":"deny"}]})"};
  std::vector<std::vector<ModelStep>> calls;
  for (const std::string tool : {"t", "u", "T", " t", "*"}) {
    for (const std::string arguments : {"{}", R"({"x":5})", R"({"x":7})"}) {
      calls.push_back({{.tool = tool, .arguments = arguments, .grant = "g"}});
    }
  }
  for (const std::string defaults : {"allow", "deny"}) {
    for (const std::string hide : {"", R"("t")", R"("u")", R"("*")"}) {
      for (const std::string& tool : tools) {
        for (const std::string& star : stars) {
          const std::string both = tool + (tool.empty() || star.empty() ? "" : ",") + star;
          if (!use({policy_text(defaults, hide, both), false, calls})) return false;
        }
      }
    }
  }
  return true;
}

std::string state_rule(const std::string& tool, const std::string& op, const std::string& max,
                       const std::string& rest) {
  return R"({"name":"s","conditions":[{"path":"state.)" + tool + R"(.n","op":")" + op + R"(","value":)" + max +
         R"(}],"state":{"counter":"n",)" + rest + "}}";
}

std::string limit(const std::string& counter, const std::string& window, const std::string& max,
                  const std::string& rest = "") {
  return R"({"counter":")" + counter + R"(","window":")" + window + R"(","max":)" + max +
         R"(,"scope":"grant")" + rest + "}";
}

struct LimitPolicy {
  std::string text;
  bool policylayer;
};
std::vector<LimitPolicy> limit_policies() {
  const std::string from = R"(,"increment_from":"args.n")";
  return {
      {policy_text("allow", "", R"("t":{"rules":[{"name":"r","rate_limit":"2/minute"}]})"), false},
      {policy_text("allow", "", R"("t":{"rules":[{"name":"r","rate_limit":"2/minute"}]},)"
                                R"("*":{"rules":[{"name":"w","rate_limit":"3/minute"}]})"), false},
      {policy_text("allow", "", R"("t":{"rules":[)" + state_rule("t", "lt", "3", R"("window":"minute")") + "]}"), false},
      {policy_text("allow", "", R"("t":{"rules":[)" +
                                    state_rule("t", "lte", "5", R"("window":"minute","increment_from":"args.n")") + "]}"), false},
      {policy_text("allow", "", R"("t":{"rules":[)" +
                                    state_rule("t", "lte", "5", R"("window":"hour","increment":2)") + "]}"), false},
      {policy_text("allow", "", R"("t":{"limits":[)" + limit("a", "minute", "3") + "," + limit("b", "hour", "4") + "]}"), true},
      {policy_text("allow", "", R"("t":{"limits":[)" + limit("a", "minute", "2") + "]}",
                   R"({"limits":[)" + limit("all", "minute", "3") + "]}"), true},
      {policy_text("allow", "", R"("t":{"limits":[)" + limit("a", "minute", "4.5", from) + "]}"), true},
      {policy_text("deny", "", R"("t":{"limits":[)" + limit("a", "day", "0") + R"(]},"u":{})"), true},
  };
}

constexpr std::int64_t kSecond = 1'000'000;

bool each_limit(const std::function<bool(const ModelCase&)>& use) {
  struct Move {
    ModelStep step;
    std::int64_t wait;
  };
  const std::vector<Move> moves{
      {{.tool = "t", .arguments = R"({"n":2})", .grant = "g"}, 0},
      {{.tool = "t", .arguments = R"({"n":2})", .grant = "h"}, 20 * kSecond},
      {{.tool = "t", .arguments = R"({"n":1,"ids":["a","b"]})", .grant = "g"}, 0},
      {{.tool = "t", .arguments = R"({"n":-1.5})", .grant = "g"}, 10 * kSecond},
      {{.tool = "t", .arguments = R"({"n":2})", .grant = "g", .rpc_error = true, .took = 15 * kSecond}, 40 * kSecond},
      {{.tool = "u", .arguments = "{}", .grant = "g"}, 60 * kSecond},
      {{.tool = "t", .arguments = R"({"n":"2"})", .grant = "g"}, -70 * kSecond},
  };
  constexpr std::size_t kLength = 4;
  std::vector<std::vector<ModelStep>> sequences;
  std::size_t total = 1;
  for (std::size_t i = 0; i < kLength; ++i) total *= moves.size();
  for (std::size_t code = 0; code < total; ++code) {
    std::int64_t now = 3600 * kSecond;
    std::vector<ModelStep> sequence;
    for (std::size_t i = 0, rest = code; i < kLength; ++i, rest /= moves.size()) {
      const Move& move = moves[rest % moves.size()];
      now += move.wait;
      sequence.push_back(move.step);
      sequence.back().at = now;
    }
    sequences.push_back(std::move(sequence));
  }
  for (const LimitPolicy& each : limit_policies()) {
    if (!use({each.text, each.policylayer, sequences})) return false;
  }
  return true;
}

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : seed_(seed) {}
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(seed_.below(bound)); }
  const std::string& of(const Texts& texts) { return texts[below(texts.size())]; }

  std::string conditions() {
    std::string text;
    for (std::size_t i = 0, count = 1 + below(2); i < count; ++i) {
      const Comparison& chosen = kComparisons[below(kComparisons.size())];
      text += (i != 0 ? "," : "") + condition(below(3) != 0 ? "x" : "y.z", chosen.op, of(chosen.values));
    }
    return "\"conditions\":[" + text + "]";
  }
  std::string window() { return of({"minute", "hour", "day"}); }
  std::string rules(const std::string& tool) {
    std::string text;
    bool rate = false, state = false;
    for (std::size_t i = 0, count = below(4); i < count; ++i) {
      std::string rule;
      const std::size_t kind = below(8);
      if (kind == 0) rule = R"({"name":"d","action":"deny"})";
      else if (kind <= 2 && !rate) {
        rule = R"({"name":"l","rate_limit":")" + std::to_string(1 + below(4)) + "/minute\"}";
        rate = true;
      } else if (kind <= 5 && !state) {
        rule = state_rule(tool, of({"lt", "lte"}), std::to_string(1 + below(9)),
                          "\"window\":\"" + window() + "\"" +
                              of({"", R"(,"increment":3)", R"(,"increment_from":"args.n")"}));
        state = true;
      } else rule = R"({"name":"e",)" + conditions() + "}";
      text += (text.empty() ? "" : ",") + rule;
    }
    return "{\"rules\":[" + text + "]}";
  }
  std::string limits() {
    std::string text;
    for (std::size_t i = 0, count = below(3); i < count; ++i) {
      text += (i != 0 ? "," : "") + limit("c" + std::to_string(i), window(), of({"0", "1", "2", "5", "4.25"}),
                                          of({"", "", R"(,"increment_from":"args.n")"}));
    }
    return "\"limits\":[" + text + "]";
  }
  std::string tool() {
    std::string text = "{" + limits();
    if (below(2) != 0) text += R"(,"require":[{)" + conditions() + "}]";
    if (below(2) != 0) text += R"(,"deny_if":[{)" + conditions() + "},{" + conditions() + "}]";
    return text + "}";
  }
  ModelCase policy() {
    ModelCase out;
    out.policylayer = below(2) != 0;
    std::string tools;
    for (const std::string name : {"t", "u"}) {
      if (below(4) == 0) continue;
      tools += (tools.empty() ? "\"" : ",\"") + name + "\":" + (out.policylayer ? tool() : rules(name));
    }
    std::string all;
    if (below(3) == 0) {
      if (out.policylayer) all = "{" + limits() + "}";
      else tools += (tools.empty() ? "\"*\":" : ",\"*\":") + rules("_global");
    }
    out.policy = policy_text(of({"allow", "deny"}), of({"", "", "\"u\""}), tools, all);
    return out;
  }
  std::vector<ModelStep> sequence() {
    std::vector<ModelStep> steps;
    std::int64_t now = 90'000 * kSecond;
    for (int i = 0; i < 12; ++i) {
      const std::array<std::int64_t, 8> waits{0, 0, 1, 59'999'999, 20 * kSecond, 61 * kSecond, 3600 * kSecond, -30 * kSecond};
      now += waits[below(waits.size())];
      std::string arguments = of(kArguments);
      arguments.pop_back();
      arguments += (arguments.size() > 1 ? "," : "") + of({R"("n":1)", R"("n":2.5)", R"("n":0)", R"("n":-3)", R"("m":[1,2,3])", R"("n":[7,8])", R"("y":{"z":5})"}) + "}";
      steps.push_back({.tool = of({"t", "t", "t", "u"}), .arguments = arguments, .grant = of({"g", "g", "h", ""}),
                       .at = now, .rpc_error = below(3) == 0, .took = static_cast<std::int64_t>(below(3)) * 30 * kSecond});
    }
    return steps;
  }

 private:
  base::Seed seed_;
};

}  // namespace

void each_small_case(const std::function<bool(const ModelCase&)>& use) {
  if (each_condition(use) && each_structure(use)) each_limit(use);
}

void each_random_case(std::uint64_t seed, std::size_t count,
                      const std::function<bool(const ModelCase&)>& use) {
  Chance chance(seed);
  for (std::size_t i = 0; i < count; ++i) {
    ModelCase one = chance.policy();
    for (int each = 0; each < 10; ++each) one.sequences.push_back(chance.sequence());
    if (!use(one)) return;
  }
}

}  // namespace gatecrash::test
