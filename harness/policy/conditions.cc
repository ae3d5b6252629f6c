#include <array>

#include <re2/re2.h>

#include "harness/base/text.h"
#include "harness/base/yaml_scalar.h"
#include "harness/policy/reading.h"

namespace gatecrash::policy {
namespace {

using base::Kind;
using base::Value;

// The last two are no words of a condition: a schema stands under `arguments`, secrets under
// `requests`.
constexpr std::array<std::string_view, 13> kOperators{
    "eq",  "neq",   "in",       "not_in", "lt",      "lte",     "gt",
    "gte", "regex", "contains", "exists", "matches", "mentions"};

// `\C` (one byte), which RE2 knows and Go's regexp does not.
bool matches_bytes(std::string_view regex) {
  for (std::size_t at = regex.find('\\'); at != std::string_view::npos && at + 1 < regex.size();
       at = regex.find('\\', at + 2)) {
    if (regex[at + 1] == 'C') return true;
    if (regex[at + 1] != 'Q') continue;
    at = regex.find("\\E", at + 2);
    if (at == std::string_view::npos) return false;
  }
  return false;
}

void check_regex(Reading& reading, Value value) {
  if (!reading.is(value, Kind::String, "value of regex")) return;
  if (base::is_go_timestamp(value)) {
    reading.refused_by_release(reading.place(value), "`value of regex` is a date, not a string",
                               "quote it");
  } else if (matches_bytes(value.text())) {
    reading.refused_by_release(reading.place(value), "`\\C` in a regex",
                               "Go's regexp does not know it");
  }
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 regex(re2::StringPiece(value.text().data(), value.text().size()), options);
  if (!regex.ok()) {
    reading.error(reading.place(value),
                  "regex " + base::quoted(value.text()) + " does not compile: " + regex.error(),
                  "the syntax is that of RE2: no look-around, no back-references");
  }
}

// What the operator needs of its value.
void check_operand(Reading& reading, const Condition& condition) {
  const Operator op = condition.op;
  const Value value = condition.value;
  if (!value) return reading.error(condition.anchor.at, "a condition lacks `value`");
  const std::string what = "value of " + std::string(to_string(op));
  switch (op) {
    case Operator::In:
    case Operator::NotIn: reading.is(value, Kind::List, what); break;
    case Operator::Lt:
    case Operator::Lte:
    case Operator::Gt:
    case Operator::Gte:
      if (!reading.is(value, Kind::Number, what)) break;
      if (!is_json_number(value.text())) {
        reading.tolerated(
            reading.place(value),
            base::quoted(what) + " " + base::quoted(value.text()) + " is not a decimal number");
      } else if (base::is_go_unsigned(value.text())) {
        reading.refused_by_release(
            reading.place(value),
            base::quoted(what) + " " + base::quoted(value.text()) + " is more than 2^63 - 1",
            "write a smaller number, or one with a decimal point");
      }
      break;
    case Operator::Exists: reading.is(value, Kind::Bool, what); break;
    case Operator::Regex: check_regex(reading, value); break;
    case Operator::Eq:
    case Operator::Neq:
    case Operator::Contains:
    case Operator::Matches:
    case Operator::Mentions: break;
  }
}

std::optional<Condition> read_condition(Reading& reading, Value value, std::string path,
                                        bool allow_state) {
  if (!reading.is(value, Kind::Object, "a condition")) return std::nullopt;
  reading.known_keys(value, "a condition", {"path", "op", "value"});
  Condition condition{.anchor = reading.anchor(std::move(path), value)};
  bool usable = true;
  for (const std::string_view key : {"path", "op", "value"}) {
    if (value.find(key)) continue;
    const std::string message = "a condition lacks " + base::quoted(key);
    if (key == "value" && reading.tolerates()) continue;
    reading.error(condition.anchor.at, message);
    usable = false;
  }
  if (const Value at = value.find("path"); at) {
    if (allow_state && at.is_string() && at.text().starts_with("state.")) {
      condition.on_state = true;
      condition.steps = {std::string(at.text().substr(6))};
    } else if (allow_state && at.is_string() && !at.text().starts_with("args")) {
      reading.error(
          reading.place(at),
          "path " + base::quoted(at.text()) + " begins neither with `args.` nor with `state.`",
          "write `args." + std::string(at.text()) + "`");
    } else {
      condition.steps = reading.argument_path(at, "path");
    }
    usable = usable && !condition.steps.empty();
  }
  const std::optional<std::size_t> op =
      reading.one_of(value, "op", std::span(kOperators).first(kOperators.size() - 2));
  if (!op || !usable) return std::nullopt;
  condition.op = static_cast<Operator>(*op);
  condition.value = value.find("value");
  const bool any_value = condition.op == Operator::Eq || condition.op == Operator::Neq ||
                         condition.op == Operator::Contains;
  if (condition.value || !any_value)
    check_operand(reading, condition);
  else
    reading.tolerated(condition.anchor.at, "a condition lacks `value`");
  return condition;
}

}  // namespace

std::string_view to_string(Operator op) {
  return kOperators[static_cast<std::size_t>(op)];
}

std::vector<Condition> read_conditions(Reading& reading, Value list, const std::string& path,
                                       bool allow_state) {
  std::vector<Condition> conditions;
  if (!list || !reading.is(list, Kind::List, "conditions")) return conditions;
  std::size_t index = 0;
  for (const Value each : list) {
    const std::string place = path + "/conditions/" + std::to_string(index++);
    if (!reading.unless_null(each, "a condition")) continue;
    auto condition = read_condition(reading, each, place, allow_state);
    if (condition) conditions.push_back(std::move(*condition));
  }
  return conditions;
}

}  // namespace gatecrash::policy
