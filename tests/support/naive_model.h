// A second reading of the two published dialects, made from policy-semantics.md alone: slow, plain,
// at most 240 lines, and sharing no code with harness/policy or harness/decision. It reads the
// policy's JSON tree as it stands and remembers every call. Where it and the engine differ, one of
// them is wrong. Not covered: approvals, prose, lenient loading, messages.
#pragma once
#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <re2/re2.h>
#include <boost/multiprecision/cpp_dec_float.hpp>

#include "harness/base/json.h"
#include "harness/base/text.h"
namespace gatecrash::test {

struct NaiveModel {
  using Value = base::Value;
  using Exact = boost::multiprecision::cpp_dec_float_100;
  enum Holds { No, Yes, Unclear };
  struct Charge {  // counter: as conditions name it, `state.<tool>.<counter>`
    std::string counter, owner, rule;
    std::int64_t window, at;
    Exact amount, limit;
  };
  inline static const Exact kNever{"1e2000"};  // what cannot be counted is more than any limit
  Value policy;                                // has to outlive the model
  bool policylayer, hardened;
  std::int64_t now = INT64_MIN;
  std::string owner = {};
  std::vector<Charge> wanted = {}, charged = {};  // by the call under way; all that ever was

  // The rule path that denies the call; empty if it is allowed.
  std::string decide(std::string_view tool, Value arguments, const std::string& grant,
                     std::int64_t at_micros) {
    now = hardened ? std::max(now, at_micros) : at_micros;
    owner = hardened ? grant : "";
    wanted.clear();
    for (const Value each : policy.find("hide")) {
      if (each.text() == "*" || each.text() == tool) return "(hidden)";
    }
    const Value tools = policy.find("tools"), own = tool == "*" ? Value{} : tools.find(tool);
    const bool listed = own || (tool == "*" && !hardened && !policylayer && tools.find("*"));
    if (!listed && policy.find("default").text() == "deny") return "(default deny)";
    std::string rule, name(tool);
    if (!apply(name, own, "/tools/" + name, arguments, rule)) return rule;
    const Value everybody = policylayer ? policy.find("all_tools") : tools.find("*");
    if (!apply("_global", everybody, policylayer ? "/all_tools" : "/tools/*", arguments, rule))
      return rule;
    for (const bool first : {hardened, false})  // what cannot be counted is refused first
      for (const Charge& each : wanted)
        if ((each.amount == kNever || !first) && used(each.counter) + each.amount > each.limit)
          return each.rule;
    charged.insert(charged.end(), wanted.begin(), wanted.end());
    return {};
  }

  void finish(bool rpc_error, std::int64_t at_micros) {  // how the call just allowed went
    if (!rpc_error || hardened) return;
    for (Charge& each : wanted)
      each.amount *= -1, each.at = at_micros;  // released: whatever window is current
    charged.insert(charged.end(), wanted.begin(), wanted.end());
  }

  // False if a rule of the tool denies; else notes what is to be counted.
  bool apply(const std::string& tool, Value rules, const std::string& path, Value arguments,
             std::string& rule) {
    for (const std::string kind : {"require", "deny_if", "limits", "rules"}) {
      std::size_t index = 0;
      for (const Value each : policylayer == (kind != "rules") ? rules.find(kind) : Value{}) {
        rule = path + "/" + kind + "/" +
               (kind == "limits" ? text(each.find("counter")) : std::to_string(index++));
        const Holds holds = all(tool, each, arguments);
        if (holds != (kind == "deny_if" ? No : Yes) || each.find("action").text() == "deny")
          return false;
        if (kind == "limits" || each.find("state") || each.find("rate_limit"))
          charge(tool, each, arguments, rule);
      }
    }
    return true;
  }

  Holds all(const std::string& tool, Value rule, Value arguments) const {
    Holds result = Yes;
    for (const Value each : rule.find("conditions")) {
      if (hardened && each.node() == own_bound(tool, rule).node())
        continue;  // judged when everything is counted; released: both
      const std::string path = text(each.find("path"));
      const std::string sum = path.starts_with("state.") ? used(path).str() : "";
      const base::Node counted{.text = sum, .kind = base::Kind::Number};
      const Value actual = sum.empty() ? follow(arguments, path) : Value(&counted);
      const Holds one = compare(text(each.find("op")), actual, each.find("value"));
      if (one == No || result == Yes) result = one;
    }
    return result;
  }
  Exact used(const std::string& counter) const {
    Exact sum = 0;
    for (const Charge& each : charged) {
      if (each.counter != counter || each.owner != owner) continue;
      if (hardened)
        sum += each.at + each.window > now ? each.amount : Exact(0);
      else
        sum = each.at / each.window == now / each.window ? Exact(sum + each.amount) : Exact(0);
    }
    return sum;
  }
  static Value own_bound(const std::string& tool,
                         Value rule) {  // the condition that is the rule's limit
    const std::string counter = "state." + tool + "." + text(rule.find("state").find("counter"));
    for (const Value each : rule.find("conditions")) {
      if (each.find("path").text() == counter && each.find("op").text().starts_with("lt"))
        return each;
    }
    return {};
  }

  // Of a rule with `state` or `rate_limit`, or of a policylayer limit.
  void charge(const std::string& tool, Value rule, Value arguments, const std::string& path) {
    const Value state = policylayer ? rule : rule.find("state"),
                from = state.find("increment_from");
    const std::string rate = text(rule.find("rate_limit")), after = rate.substr(rate.find('/') + 1);
    const Value bound = own_bound(tool, rule),
                max = policylayer ? rule.find("max") : bound.find("value");
    const std::string window = rate.empty() ? text(state.find("window")) : after;
    const std::string counter = rate.empty() ? text(state.find("counter")) : "_rate_" + after;
    Exact limit =
        max ? exact(max) : Exact(rate.empty() ? "1e1000" : rate.substr(0, rate.find('/')));
    const auto whole = [](const Exact& number) {  // as Go's int64 has it
      return abs(trunc(number)) > Exact(INT64_MAX) ? Exact(INT64_MIN) : trunc(number);
    };
    if (max && !hardened) limit = whole(Exact(rounded(max)));
    if (bound.find("op").text() == "lt") limit -= hardened ? Exact("1e-70") : Exact(1);
    if (limit < Exact(INT64_MIN)) limit = INT64_MAX;  // 1 below the smallest
    const Value value = from ? follow(arguments, from.text()) : state.find("increment");
    Exact amount = value.is_number() ? hardened ? exact(value) : whole(Exact(rounded(value)))
                   : from ? kNever
                                     : Exact(1);
    if (!hardened && rate.empty() && !max && amount != kNever) return;  // released: never counts
    if (hardened && amount <= 0) amount = kNever;
    std::uint32_t length =
        hardened ? elements(value) : 0;  // of what is counted, or the longest list
    if (!hardened || from || !arguments.is_object()) arguments = {};
    for (const Value each : arguments) length = std::max(length, elements(each));
    if (length != 0) amount = from ? Exact(length) : Exact(amount * length);
    if (hardened && amount != kNever) amount = ceil(amount * 1'000'000) * Exact("1e-6");
    const std::int64_t seconds = window == "minute" ? 60 : window == "hour" ? 3600 : 86400;
    wanted.push_back(
        {"state." + tool + "." + counter, owner, path, seconds * 1'000'000, now, amount, limit});
  }

  Holds compare(const std::string& op, Value actual, Value wanted) const {
    const auto yes = [](bool holds) { return holds ? Yes : No; };
    if (op == "exists") return yes((actual && !actual.is_null()) == (wanted.text() == "true"));
    if (!actual) return No;
    constexpr Holds kOpposite[] = {Yes, No, Unclear};
    if (op == "neq" || op == "not_in")
      return kOpposite[compare(op == "neq" ? "eq" : "in", actual, wanted)];
    if (op == "eq" && hardened)
      return actual.kind() != wanted.kind() ? Unclear : yes(same(actual, wanted));
    if (op == "eq" && actual.is_number() && wanted.is_number())
      return yes(rounded(actual) == rounded(wanted));
    if (op == "eq") return yes(printed(actual, false) == printed(wanted, true));
    if (const bool in = op == "in"; in || (op == "contains" && actual.is_list())) {
      Holds found = in && wanted.size() != 0 ? Unclear : No;
      for (const Value each : in ? wanted : actual) {
        const Holds one = compare("eq", in ? actual : each, in ? each : wanted);
        if (one == Yes) return Yes;
        if (one == No) found = No;
      }
      return found;
    }
    const bool ordering = op != "regex" && op != "contains";
    if (ordering ? !actual.is_number() : !actual.is_string() || !wanted.is_string())
      return hardened ? Unclear : No;
    if (op == "regex") return yes(RE2::PartialMatch(text(actual), RE2(text(wanted))));
    if (op == "contains") return yes(text(actual).find(text(wanted)) != std::string::npos);
    const Exact left = hardened ? exact(actual) : rounded(actual),
                right = hardened ? exact(wanted) : rounded(wanted);
    return yes(op == "lt"    ? left < right
               : op == "lte" ? left <= right
               : op == "gt"  ? left > right
                             : left >= right);
  }

  static std::string text(Value value) { return std::string(value.text()); }
  static Exact exact(Value number) { return Exact(text(number)); }
  static double rounded(Value number) { return std::strtod(text(number).c_str(), nullptr); }
  static Value follow(Value at, std::string_view path) {  // `args.a.b`
    for (const std::string_view step : base::split(path.substr(5), '.'))
      at = at.is_object() ? at.find(step) : Value{};
    return at;
  }
  static std::uint32_t elements(Value value) {  // of a list, or of a text that holds one; else 0
    base::Tree tree;
    if (value.is_string() && !base::read_json(value.text(), {.keep_duplicates = true}, tree))
      value = tree.root();
    return value.is_list() ? std::max(value.size(), 1U) : 0;
  }
  static bool same(Value a, Value b) {
    if (a.kind() != b.kind() || a.size() != b.size()) return false;
    if (a.is_number()) return exact(a) == exact(b);
    for (std::uint32_t i = 0; i < a.size(); ++i) {
      if (!same(a.at(i), a.is_list() ? b.at(i) : b.find(a.at(i).key()))) return false;
    }
    return a.is_list() || a.is_object() || a.text() == b.text();
  }

  // As Go prints a decoded value. A policy file's whole numbers stay whole, a call's become
  // doubles.
  static std::string printed(Value value, bool of_file) {
    if (value.is_null()) return "<nil>";
    if (value.is_number()) {
      const double number = rounded(value);
      const bool whole = of_file && value.text().find_first_of(".eE") == std::string::npos;
      if (whole && number == 0) return "0";
      if (whole && exact(value) >= Exact(INT64_MIN) && exact(value) <= Exact(UINT64_MAX))
        return text(value);
      if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
      const bool plain = number == 0 || (std::abs(number) >= 1e-4 && std::abs(number) < 1e6);
      char out[400];
      return {out, std::to_chars(out, out + 400, number,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr};
    }
    if (!value.is_list() && !value.is_object()) return text(value);
    std::multimap<std::string_view, std::string>
        sorted;  // elements of a list have no key and keep their order
    for (const Value each : value) sorted.emplace(each.key(), printed(each, of_file));
    std::string all;
    for (const auto& [key, shown] : sorted)
      all += (value.is_list() ? " " : " " + std::string(key) + ":") + shown;
    return (value.is_list() ? "[" : "map[") + all.substr(std::min<std::size_t>(all.size(), 1)) +
           "]";
  }
};
}  // namespace gatecrash::test
