#include "tests/support/naive_model.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <boost/multiprecision/cpp_dec_float.hpp>
#include <re2/re2.h>

namespace gatecrash::test {
namespace {

using base::Value;
using Exact = boost::multiprecision::cpp_dec_float_100;
enum Holds { No, Yes, Unclear };

std::string text(Value value) { return std::string(value.text()); }
Exact exact(Value number) { return Exact(text(number)); }
double rounded(Value number) { return std::strtod(text(number).c_str(), nullptr); }
long double number(Value value, long double otherwise) {
  return value ? std::strtold(text(value).c_str(), nullptr) : otherwise;
}

std::string printed(Value value) {  // as Go prints a decoded JSON value
  if (!value || value.is_null()) return "<nil>";
  if (value.is_number()) {
    char out[64];
    int digits = 0;
    do std::snprintf(out, sizeof out, "%.*e", digits++, rounded(value));
    while (std::strtod(out, nullptr) != rounded(value));
    const int exponent = std::atoi(std::strchr(out, 'e') + 1);
    if (rounded(value) != 0 && (exponent < -4 || exponent >= 6)) return out;
    std::snprintf(out, sizeof out, "%.*f", std::max(digits - 1 - exponent, 0), rounded(value));
    return out;
  }
  if (!value.is_list() && !value.is_object()) return text(value);
  std::map<std::string, std::string> members;
  std::string list;
  for (const Value each : value) {
    if (value.is_list()) list += (list.empty() ? "" : " ") + printed(each);
    else members[std::string(each.key())] = printed(each);
  }
  for (const auto& [key, shown] : members) list += (list.empty() ? "" : " ") + key + ":" + shown;
  return (value.is_list() ? "[" : "map[") + list + "]";
}

bool same(Value a, Value b) {
  if (a.kind() != b.kind() || a.size() != b.size()) return false;
  if (a.is_number()) return exact(a) == exact(b);
  if (!a.is_list() && !a.is_object()) return a.text() == b.text();
  for (std::uint32_t i = 0; i < a.size(); ++i) {
    if (!same(a.at(i), a.is_list() ? b.at(i) : b.find(a.at(i).key()))) return false;
  }
  return true;
}

Value follow(Value at, std::string_view path) {  // `args.a.b`
  for (path.remove_prefix(5);; path.remove_prefix(path.find('.') + 1)) {
    at = at.is_object() ? at.find(path.substr(0, path.find('.'))) : Value{};
    if (path.find('.') == path.npos) return at;
  }
}

Holds compare(const std::string& op, Value actual, Value wanted, bool hardened) {
  const auto yes = [](bool holds) { return holds ? Yes : No; };
  if (op == "exists") return yes((actual && !actual.is_null()) == (wanted.text() == "true"));
  if (!actual) return No;
  if (op == "neq" || op == "not_in") {
    const Holds positive = compare(op == "neq" ? "eq" : "in", actual, wanted, hardened);
    return positive == Unclear ? Unclear : yes(positive == No);
  }
  if (op == "eq") {
    if (hardened) return actual.kind() != wanted.kind() ? Unclear : yes(same(actual, wanted));
    if (actual.is_number() && wanted.is_number()) return yes(rounded(actual) == rounded(wanted));
    const bool whole = wanted.is_number() && wanted.text().find_first_of(".eE") == std::string::npos;
    return yes(printed(actual) == (whole ? text(wanted) : printed(wanted)));  // file: printed in full
  }
  if (op == "in") {
    Holds found = wanted.size() == 0 ? No : Unclear;
    for (const Value each : wanted) {
      const Holds one = compare("eq", actual, each, hardened);
      if (one == Yes) return Yes;
      if (one == No) found = No;
    }
    return found;
  }
  if (op == "contains" && actual.is_list()) {
    for (const Value each : actual) {
      if (compare("eq", each, wanted, hardened) == Yes) return Yes;
    }
    return No;
  }
  const bool ordering = op != "regex" && op != "contains";
  if (ordering ? !actual.is_number() : !actual.is_string() || !wanted.is_string()) return hardened ? Unclear : No;
  if (op == "regex") return yes(RE2::PartialMatch(text(actual), RE2(text(wanted))));
  if (op == "contains") return yes(text(actual).find(text(wanted)) != std::string::npos);
  const int order = hardened ? exact(actual).compare(exact(wanted))
                             : (rounded(actual) > rounded(wanted)) - (rounded(actual) < rounded(wanted));
  return yes(op == "lt" ? order < 0 : op == "lte" ? order <= 0 : op == "gt" ? order > 0 : order >= 0);
}

}  // namespace

int NaiveModel::all(Value conditions, Value arguments) const {
  Holds result = Yes;
  for (const Value each : conditions) {
    if (each.find("path").text().starts_with("state.")) continue;  // the limit, seen by charge()
    const Holds one = compare(text(each.find("op")), follow(arguments, each.find("path").text()),
                              each.find("value"), hardened);
    if (one == No) return No;
    if (one == Unclear) result = Unclear;
  }
  return result;
}

long double NaiveModel::used(const std::string& counter, std::int64_t window, std::int64_t at) const {
  long double sum = 0;
  for (const Charge& each : charged) {
    if (each.counter == counter && each.at + window > at) sum += each.amount;
  }
  const auto row = rows.find(counter);
  return row != rows.end() && row->second.first == at / window ? row->second.second : sum;
}

void NaiveModel::add(const Charge& charge) {
  if (hardened) return charged.push_back(charge);
  auto& [window, sum] = rows[charge.counter];
  if (window != charge.at / charge.window) sum = 0;
  window = charge.at / charge.window;
  sum += charge.amount;
}

// `limit` has the members counter, window and perhaps increment, increment_from; or is `N/window`.
void NaiveModel::charge(const std::string& tool, Value limit, long double max, const std::string& rule,
                        Value arguments) {
  const std::string window = text(limit.is_string() ? limit : limit.find("window"));
  const bool minute = window.ends_with("minute"), hour = window.ends_with("hour");
  long double amount = number(limit.find("increment"), 1);
  if (const Value from = limit.find("increment_from"); from) {
    const Value value = follow(arguments, from.text());
    amount = INFINITY;  // cannot be counted
    if (hardened && value.is_list()) amount = std::max(value.size(), 1U);
    else if (value.is_number()) amount = hardened ? number(value, 0) : std::trunc(rounded(value));
    if (hardened && amount <= 0) amount = INFINITY;
  } else if (hardened) {
    std::uint32_t longest = 1;
    for (const Value each : arguments) longest = std::max(longest, each.is_list() ? each.size() : 1);
    amount *= longest;
  }
  wanted.push_back({tool + "|" + text(limit.find("counter")) + window + "|" + owner,
                    (minute ? 60 : hour ? 3600 : 86400) * 1'000'000LL, now, amount, max, rule});
}

// False if a rule of the tool denies; else collects what is to be counted.
bool NaiveModel::apply(const std::string& tool, Value rules, const std::string& path, Value arguments,
                       NaiveAnswer& answer) {
  for (const std::string kind : {"require", "deny_if", "limits", "rules"}) {
    std::size_t index = 0;
    for (const Value each : policylayer == (kind != "rules") ? rules.find(kind) : Value{}) {
      answer.rule = path + "/" + kind + "/" +
                    (kind == "limits" ? text(each.find("counter")) : std::to_string(index++));
      const int holds = all(each.find("conditions"), arguments);
      if (kind == "deny_if" ? holds != No : holds != Yes) return false;
      if (each.find("action").text() == "deny") return false;
      if (kind == "limits") charge(tool, each, number(each.find("max"), 0), answer.rule, arguments);
      if (const Value rate = each.find("rate_limit"); rate) charge(tool, rate, number(rate, 0), answer.rule, arguments);
      for (const Value bound : each.find("conditions")) {
        if (!each.find("state") || !bound.find("path").text().starts_with("state.")) continue;
        const long double below = bound.find("op").text() == "lt" ? (hardened ? 0.000001L : 1) : 0;
        charge(tool, each.find("state"), number(bound.find("value"), 0) - below, answer.rule, arguments);
        break;
      }
    }
  }
  return true;
}

NaiveAnswer NaiveModel::decide(std::string_view tool, Value arguments, const std::string& grant,
                               std::int64_t at) {
  now = hardened ? std::max(now, at) : at;
  owner = hardened ? grant : "";
  wanted.clear();
  for (const Value each : policy.find("hide")) {
    if (each.text() == "*" || each.text() == tool) return {false, "(hidden)"};
  }
  const Value tools = policy.find("tools");
  const Value own = tool == "*" ? Value{} : tools.find(tool);
  if (!own && policy.find("default").text() == "deny") return {false, "(default deny)"};
  NaiveAnswer answer;
  const std::string name(tool);
  if (!apply(name, own, "/tools/" + name, arguments, answer)) return answer;
  if (!(policylayer ? apply("", policy.find("all_tools"), "/all_tools", arguments, answer)
                    : apply("", tools.find("*"), "/tools/*", arguments, answer))) {
    return answer;
  }
  for (const Charge& each : wanted) {  // what cannot be counted is refused first
    if (std::isinf(each.amount)) return {false, each.rule};
  }
  for (const Charge& each : wanted) {
    if (used(each.counter, each.window, now) + each.amount > each.limit + 1e-9L) return {false, each.rule};
  }
  for (const Charge& each : wanted) add(each);
  return {true, ""};
}

void NaiveModel::finish(bool rpc_error, std::int64_t at) {
  for (Charge each : rpc_error && !hardened ? wanted : std::vector<Charge>{}) {
    each.amount = -each.amount;
    each.at = at;  // released: whatever window is current
    add(each);
  }
}

}  // namespace gatecrash::test
