#include "tests/support/model_cases.h"

#include <array>

#include "harness/base/json.h"
#include "harness/base/seed.h"
#include "harness/base/text.h"

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
const Texts kArguments{"{}",
                       R"({"x":null})",
                       R"({"x":5})",
                       R"({"x":5.0})",
                       R"({"x":"5"})",
                       R"({"x":"a"})",
                       R"({"x":"xay"})",
                       R"({"x":true})",
                       R"({"x":"true"})",
                       R"({"x":["a"]})",
                       R"({"x":["a",5]})",
                       R"({"x":{"a":1}})",
                       R"({"x":9007199254740993})",
                       R"({"x":1000000})",
                       R"({"x":"1e+06"})",
                       R"({"x":-1})",
                       R"({"x":"a\n"})",
                       R"({"x":[]})",
                       R"({"x":"prod"})",
                       R"({"x":4.9999999999999999999})"};

std::string condition(const std::string& path, const std::string& op, const std::string& value) {
  return R"({"path":"args.)" + path + R"(","op":")" + op + R"(","value":)" + value + "}";
}

std::string policy_text(const std::string& defaults, const std::string& hide,
                        const std::string& tools, const std::string& all_tools = "") {
  return R"({"version":"1","default":")" + defaults + R"(","hide":[)" + hide + "]" +
         (all_tools.empty() ? "" : ",\"all_tools\":" + all_tools) + ",\"tools\":{" + tools + "}}";
}

// One sequence of single calls, one per argument object.
std::vector<std::vector<ModelStep>> single_calls(const Texts& arguments) {
  std::vector<std::vector<ModelStep>> sequences;
  for (const std::string& each : arguments)
    sequences.push_back({{.tool = "t", .arguments = each, .grant = "g"}});
  return sequences;
}

// The ways a list of conditions can stand in a policy.
std::vector<ModelCase> around(const std::string& conditions,
                              const std::vector<std::vector<ModelStep>>& calls) {
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
  const Texts tools{
      "", R"("t":{})", R"("t":{"rules":[]})", R"("t":{"rules":[{"name":"d","action":"deny"}]})",
      R"("t":{"rules":[{"name":"a","conditions":[{"path":"args.x","op":"exists","value":true}]},)"
      R"({"name":"b","conditions":[{"path":"args.x","op":"eq","value":5}]}]})"};
  const Texts stars{
      "", R"("*":{"rules":[{"name":"s","conditions":[{"path":"args.x","op":"neq","value":7}]}]})",
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
  return R"({"name":"s","conditions":[{"path":"state.)" + tool + R"(.n","op":")" + op +
         R"(","value":)" + max + R"(}],"state":{"counter":"n",)" + rest + "}}";
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
      {policy_text("allow", "",
                   R"("t":{"rules":[{"name":"r","rate_limit":"2/minute"}]},)"
                   R"("*":{"rules":[{"name":"w","rate_limit":"3/minute"}]})"),
       false},
      {policy_text("allow", "",
                   R"("t":{"rules":[)" + state_rule("t", "lt", "3", R"("window":"minute")") + "]}"),
       false},
      {policy_text(
           "allow", "",
           R"("t":{"rules":[)" +
               state_rule("t", "lte", "5", R"("window":"minute","increment_from":"args.n")") +
               "]}"),
       false},
      {policy_text("allow", "",
                   R"("t":{"rules":[)" +
                       state_rule("t", "lte", "5", R"("window":"hour","increment":2)") + "]}"),
       false},
      {policy_text(
           "allow", "",
           R"("t":{"limits":[)" + limit("a", "minute", "3") + "," + limit("b", "hour", "4") + "]}"),
       true},
      {policy_text("allow", "", R"("t":{"limits":[)" + limit("a", "minute", "2") + "]}",
                   R"({"limits":[)" + limit("all", "minute", "3") + "]}"),
       true},
      {policy_text("allow", "", R"("t":{"limits":[)" + limit("a", "minute", "4.5", from) + "]}"),
       true},
      {policy_text("deny", "", R"("t":{"limits":[)" + limit("a", "day", "0") + R"(]},"u":{})"),
       true},
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
      {{.tool = "t",
        .arguments = R"({"n":2})",
        .grant = "g",
        .rpc_error = true,
        .took = 15 * kSecond},
       40 * kSecond},
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

const Texts kWholes{"0",
                    "5",
                    "1",
                    "49999",
                    "999999",
                    "1000000",
                    "9007199254740993",
                    "9223372036854775807",
                    "18446744073709551615",
                    "123456789012345678901234567890"};
const Texts kFractions{"", "", ".0", ".5", ".000001", ".0000001", ".99999999999999999999"};
const Texts kExponents{"", "", "", "e0", "e5", "E-3", "e+20", "e-400", "e400"};
const Texts kStrings{"",
                     "a",
                     "prod",
                     "5",
                     "true",
                     "<nil>",
                     "1e+06",
                     "map[a:1]",
                     "[a 5]",
                     "a b",
                     "\u00e9",
                     "[1,2,3]",
                     " [",
                     "\n",
                     "18446744073709551615",
                     "9223372036854775807",
                     "-9223372036854775808",
                     "0",
                     "1.2345678901234568e+29"};
const Texts kPatterns{"a", "^a$", "[0-9]+", "(?i)PROD", "^$", "\\.", "x*y?"};
const Texts kWindows{"minute", "hour", "day"};
const Texts kCounted{"1",     "2",     "2.5",       "0",    "-3",    "0.0000004",
                     "[7,8]", "\"2\"", "\"[1,2]\"", "1e30", "-1e30", "null"};

class Generator {
 public:
  explicit Generator(Choices& choices) : choices_(choices) {}

  ModelCase policy() {
    ModelCase out;
    out.policylayer = below(2) != 0;
    std::vector<Tool> tools;
    for (const std::string name : {"t", "u", "*"}) {
      if (below(name == "*" ? 3 : 4) == 0) continue;
      Tool tool{.name = name};
      if (!out.policylayer) {
        tool.rate = below(3) == 0 ? 1 + below(3) : 0;
        tool.state = below(2) != 0;
        const std::string path = "state." + (name == "*" ? "_global" : name) + ".";
        if (tool.rate != 0) counters_.push_back(path + "_rate_" + kWindows[tool.rate - 1]);
        if (tool.state) counters_.push_back(path + "n");
      }
      tools.push_back(tool);
    }
    std::string text, all;
    for (const Tool& each : tools) {
      if (each.name == "*" && out.policylayer)
        all = "{" + limits() + "}";
      else
        text += (text.empty() ? "\"" : ",\"") + each.name +
                "\":" + (out.policylayer ? predicates() : rules(each));
    }
    out.policy =
        policy_text(of({"allow", "allow", "deny"}), of({"", "", "", "\"u\"", "\"*\""}), text, all);
    return out;
  }

  std::vector<ModelStep> sequence(std::size_t length) {
    std::vector<ModelStep> steps;
    std::int64_t now = 90'000 * kSecond;
    while (steps.size() < length) {
      const std::array<std::int64_t, 8> waits{
          0, 0, 1, 59'999'999, 20 * kSecond, 61 * kSecond, 3600 * kSecond, -30 * kSecond};
      now += waits[below(waits.size())];
      steps.push_back({.tool = of({"t", "t", "t", "u"}),
                       .arguments = arguments(),
                       .grant = of({"g", "g", "h", ""}),
                       .at = now,
                       .rpc_error = below(3) == 0,
                       .took = static_cast<std::int64_t>(below(3)) * 30 * kSecond});
    }
    return steps;
  }

 private:
  struct Tool {
    std::string name;
    std::size_t rate = 0;  // 1 to 3: a `rate_limit` by minute, hour or day
    bool state = false;    // one rule counts `n`
  };

  std::size_t below(std::size_t bound) { return choices_.below(bound); }
  const std::string& of(const Texts& texts) { return texts[below(texts.size())]; }

  std::string number() { return of({"", "", "-"}) + of(kWholes) + of(kFractions) + of(kExponents); }
  std::string value(int depth = 0) {
    switch (below(depth < 2 ? 9 : 7)) {
      case 0: return "null";
      case 1: return of({"true", "false"});
      case 2:
      case 3: return number();
      case 4: return std::to_string(below(7));
      case 5:
      case 6: {
        std::string text;
        base::write_json_string(of(kStrings), text);
        return text;
      }
      case 7: {
        std::string text;
        for (std::size_t i = 0, count = below(4); i < count; ++i)
          text += (i != 0 ? "," : "") + value(depth + 1);
        return "[" + text + "]";
      }
      default:
        return "{\"a\":" + value(depth + 1) + (below(2) != 0 ? ",\"a!\":" + value(depth + 1) : "") +
               "}";
    }
  }

  std::string condition_on_arguments() {
    const Comparison& chosen = kComparisons[below(kComparisons.size())];
    std::string wanted = of(chosen.values);
    if (below(2) != 0) {
      if (chosen.op == "in" || chosen.op == "not_in")
        wanted = "[" + value(1) + "," + value(1) + "]";
      else if (chosen.op == "eq" || chosen.op == "neq" || chosen.op == "contains")
        wanted = value();
      else if (chosen.op == "regex")
        base::write_json_string(of(kPatterns), wanted = "");
      else if (chosen.op != "exists")
        wanted = number();
    }
    return condition(of({"x", "x", "y.z", "n"}), chosen.op, wanted);
  }
  std::string one_condition() {
    if (counters_.empty() || below(4) != 0) return condition_on_arguments();
    return condition_on_state(of(counters_), of({"lt", "lte", "gt", "gte", "eq", "neq"}),
                              of({"0", "1", "2", "3.5", "7"}));
  }
  std::string conditions() {
    std::string text = one_condition();
    if (below(2) != 0) text += "," + one_condition();
    return "\"conditions\":[" + text + "]";
  }
  static std::string condition_on_state(const std::string& path, const std::string& op,
                                        const std::string& value) {
    return R"({"path":")" + path + R"(","op":")" + op + R"(","value":)" + value + "}";
  }

  // Mostly with a limit of its own; without one the counter only counts.
  std::string state_rule(const Tool& tool) {
    const std::string path = "state." + (tool.name == "*" ? "_global" : tool.name) + ".n";
    std::string list;
    if (below(4) != 0)
      list = condition_on_state(path, of({"lte", "lte", "lt"}), of({"0", "1", "3", "4.5", "9"}));
    if (list.empty() || below(3) == 0) list += (list.empty() ? "" : ",") + one_condition();
    return R"({"name":"s","conditions":[)" + list + R"(],"state":{"counter":"n","window":")" +
           of(kWindows) + "\"" +
           of({"", "", R"(,"increment":3)", R"(,"increment":0.5)",
               R"(,"increment_from":"args.n")"}) +
           "}}";
  }
  std::string rules(const Tool& tool) {
    Texts all;
    if (tool.rate != 0) {
      all.push_back(R"({"name":"l","rate_limit":")" + std::to_string(1 + below(4)) + "/" +
                    kWindows[tool.rate - 1] + "\"}");
    }
    if (tool.state) all.push_back(state_rule(tool));
    for (std::size_t i = 0, count = below(3); i < count; ++i) {
      all.push_back(below(6) == 0 ? R"({"name":"d","action":"deny"})"
                                  : R"({"name":"e",)" + conditions() + "}");
    }
    if (!all.empty()) std::swap(all.front(), all[below(all.size())]);
    return "{\"rules\":[" + base::join(all, ",") + "]}";
  }

  std::string limits() {
    Texts all;
    for (std::size_t i = 0, count = below(3); i < count; ++i) {
      all.push_back(limit("c" + std::to_string(i), of(kWindows), of({"0", "1", "2", "5", "4.25"}),
                          of({"", "", R"(,"increment_from":"args.n")"})));
    }
    return "\"limits\":[" + base::join(all, ",") + "]";
  }
  std::string predicates() {
    std::string text = "{" + limits();
    if (below(2) != 0) text += R"(,"require":[{)" + conditions() + "}]";
    if (below(2) != 0) text += R"(,"deny_if":[{)" + conditions() + "},{" + conditions() + "}]";
    return text + "}";
  }

  std::string arguments() {
    if (below(12) == 0) return of({"null", "[]", "5", "[[1,2]]"});
    Texts members;
    if (below(2) != 0) {
      std::string known = of(kArguments);
      if (known.size() > 2) members.push_back(known.substr(1, known.size() - 2));
    } else if (below(3) != 0) {
      members.push_back("\"x\":" + value());
    }
    if (below(4) != 0) members.push_back("\"n\":" + of(kCounted));
    if (below(4) == 0)
      members.push_back(
          of({R"("m":[1,2,3])", R"("m":"[1,2]")", R"("m":" [")", R"("m":{"a":[1,2]})"}));
    if (below(4) == 0) members.push_back("\"y\":{\"z\":" + value(1) + "}");
    return "{" + base::join(members, ",") + "}";
  }

  Choices& choices_;
  Texts counters_;  // as conditions name them
};

class Chance final : public Choices {
 public:
  explicit Chance(std::uint64_t seed) : seed_(seed) {}
  std::size_t below(std::size_t bound) override {
    return static_cast<std::size_t>(seed_.below(bound));
  }

 private:
  base::Seed seed_;
};

}  // namespace

void each_small_case(const std::function<bool(const ModelCase&)>& use) {
  if (each_condition(use) && each_structure(use)) each_limit(use);
}

ModelCase chosen_case(Choices& choices, std::size_t sequences, std::size_t length) {
  Generator generator(choices);
  ModelCase one = generator.policy();
  while (one.sequences.size() < sequences) one.sequences.push_back(generator.sequence(length));
  return one;
}

void each_random_case(std::uint64_t seed, std::size_t count,
                      const std::function<bool(const ModelCase&)>& use) {
  Chance chance(seed);
  for (std::size_t i = 0; i < count; ++i) {
    if (!use(chosen_case(chance, 10, 12))) return;
  }
}

}  // namespace gatecrash::test
