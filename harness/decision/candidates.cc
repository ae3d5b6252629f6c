#include "harness/decision/candidates.h"

#include <span>

#include <boost/multiprecision/cpp_dec_float.hpp>

#include "harness/base/json.h"
#include "harness/policy/reading.h"

namespace gatecrash::decision {
namespace {

using base::Value;
using policy::Operator;

// The number one unit of its last place up or down: 500 -> 501, 15.5 -> 15.4.
std::string beside(std::string_view lexeme, int units) {
  if (lexeme.find_first_of("eE") != std::string_view::npos || lexeme.size() > 30)
    return std::string(lexeme);
  using Number = boost::multiprecision::cpp_dec_float_100;
  const std::size_t point = lexeme.find('.');
  const std::size_t places = point == std::string_view::npos ? 0 : lexeme.size() - point - 1;
  const Number step = boost::multiprecision::pow(Number(10), -static_cast<int>(places));
  return Number(Number(std::string(lexeme)) + units * step)
      .str(static_cast<std::streamsize>(places), std::ios::fixed);
}

// Another value of the same kind.
std::string other_than(Value value) {
  if (value.is_number()) return beside(value.text(), 1);
  if (value.is_bool()) return value.is_true() ? "false" : "true";
  if (value.is_string()) return base::to_json(std::string(value.text()) + "x");
  return value.is_list() ? "[]" : "{}";
}

// A text that a plain pattern finds: `^/srv/` -> `/srv/`.
std::string plain_text(std::string_view pattern) {
  std::string text;
  for (const char c : pattern) {
    if (c == '[' || c == '(' || c == '*' || c == '{') break;
    if (c != '^' && c != '$' && c != '\\') text += c;
  }
  return text;
}

void write_with(Value object, std::span<const std::string> steps, const std::string& json,
                std::string& out) {
  out += '{';
  bool first = true, found = false;
  const auto member = [&](std::string_view key) {
    if (!first) out += ',';
    first = false;
    base::write_json_string(key, out);
    out += ':';
  };
  const auto inner = [&](Value value) {
    if (steps.size() == 1)
      out += json;
    else
      write_with(value, steps.subspan(1), json, out);
  };
  for (const Value each : object.is_object() ? object : Value{}) {
    const bool here = each.key() == steps.front();
    found = found || here;
    if (here && steps.size() == 1 && json.empty()) continue;
    member(each.key());
    if (here)
      inner(each);
    else
      base::write_json(each, out);
  }
  if (!found && !json.empty()) {
    member(steps.front());
    inner({});
  }
  out += '}';
}

}  // namespace

void add_candidates(const policy::Condition& condition, const std::string& actual,
                    std::vector<std::string>& out) {
  const Value wanted = condition.value;
  if (condition.steps.empty())
    return;  // about all arguments at once: there is no one value to put in
  base::Tree tree;
  if (!actual.empty() && !base::read_json(actual, {}, tree)) {
    const Value is = tree.root();  // the same in the type that the condition speaks of
    const Value like = wanted.is_list() ? wanted.at(0) : wanted;
    if (is.is_string() && like.is_number() && policy::is_json_number(is.text()))
      out.emplace_back(is.text());
    if (is.is_number() && like.is_string()) out.push_back(base::to_json(is.text()));
  }
  switch (condition.op) {
    case Operator::In:
    case Operator::NotIn:
      for (const Value each : wanted) out.push_back(base::to_json(each));
      if (wanted.size() != 0) out.push_back(other_than(*wanted.begin()));
      break;
    case Operator::Lt:
    case Operator::Lte:
    case Operator::Gt:
    case Operator::Gte:
      for (const int units : {0, -1, 1}) out.push_back(beside(wanted.text(), units));
      break;
    case Operator::Regex:
      out.push_back(base::to_json(plain_text(wanted.text())));
      out.push_back(base::to_json(""));
      break;
    case Operator::Contains:
      if (tree.root().is_list())
        out.push_back("[" + base::to_json(wanted) + "]");
      else if (wanted.is_string())
        out.push_back(base::to_json(wanted));
      out.push_back(tree.root().is_list() ? "[]" : base::to_json(""));
      break;
    case Operator::Exists: out.push_back(base::to_json("")); break;
    case Operator::Matches:
    case Operator::Mentions: break;
    case Operator::Eq:
    case Operator::Neq:
      out.push_back(base::to_json(wanted));
      out.push_back(other_than(wanted));
      break;
  }
  out.emplace_back();
}

std::string with_member(Value object, const std::vector<std::string>& steps,
                        const std::string& json) {
  std::string out;
  write_with(object, steps, json, out);
  return out;
}

}  // namespace gatecrash::decision
