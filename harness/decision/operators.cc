#include "harness/decision/operators.h"

#include <re2/re2.h>

#include "harness/base/yaml_scalar.h"
#include "harness/decision/decimal.h"
#include "harness/decision/schema.h"
#include "harness/decision/texts.h"

namespace gatecrash::decision {
namespace {

using base::Kind;
using base::Value;
using policy::Operator;

Truth truth(bool holds) {
  return holds ? Truth::Yes : Truth::No;
}

Truth negated(Truth value) {
  if (value == Truth::Mismatch) return value;
  return truth(value == Truth::No);
}

}  // namespace

bool equal_exactly(Value left, Value right) {
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case Kind::Absent:
    case Kind::Null: return true;
    case Kind::Bool:
    case Kind::String: return left.text() == right.text();
    case Kind::Number: {
      if (left.text() == right.text()) return true;
      const auto a = Decimal::parse(left.text()), b = Decimal::parse(right.text());
      return a && b && *a == *b;
    }
    case Kind::List: {
      if (left.size() != right.size()) return false;
      auto other = right.begin();
      for (const Value each : left) {
        if (!equal_exactly(each, *other)) return false;
        ++other;
      }
      return true;
    }
    case Kind::Object:
      if (left.size() != right.size()) return false;
      for (const Value each : left) {
        if (!equal_exactly(each, right.find(each.key()))) return false;
      }
      return true;
  }
  return false;
}

namespace {

// A number too large to be compared exactly is like another kind.
bool comparable(Value left, Value right) {
  return left.kind() == right.kind() &&
         (!left.is_number() || (Decimal::parse(left.text()) && Decimal::parse(right.text())));
}

template <typename Number>
bool ordered(Operator op, const Number& left, const Number& right) {
  switch (op) {
    case Operator::Lt: return left < right;
    case Operator::Lte: return left <= right;
    case Operator::Gt: return left > right;
    default: return left >= right;
  }
}

bool contains_text(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

Operand::Operand(Operator op, Value literal) : op_(op), literal_(literal) {
  print_as_go(literal, false, printed_);
  if (literal.is_list()) {
    for (const Value each : literal) print_as_go(each, false, elements_.emplace_back());
  }
  if (op == Operator::Matches) schema_ = std::make_unique<Schema>(literal);
  if (op == Operator::Regex || op == Operator::Mentions) {
    RE2::Options options;
    options.set_log_errors(false);
    regex_ = std::make_unique<re2::RE2>(
        re2::StringPiece(literal.text().data(), literal.text().size()), options);
  }
}
Operand::~Operand() = default;
Operand::Operand(Operand&&) noexcept = default;

bool Operand::matches(std::string_view text) const {
  return regex_->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::UNANCHORED,
                       nullptr, 0);
}

Truth Operand::holds(Value actual, TypeMismatch reading) const {
  if (op_ == Operator::Exists) {
    return truth((actual && !actual.is_null()) == literal_.is_true());
  }
  if (op_ == Operator::Mentions) {
    return truth(any_text(actual, [&](std::string_view text) { return matches(text); }));
  }
  if (op_ == Operator::Matches) return truth(schema_->allows(actual));
  if (!actual) return Truth::No;
  return reading == TypeMismatch::Deny ? holds_exactly(actual) : truth(holds_as_released(actual));
}

Truth Operand::holds_exactly(Value actual) const {
  switch (op_) {
    case Operator::Eq:
    case Operator::Neq: {
      if (!comparable(actual, literal_)) return Truth::Mismatch;
      const Truth equal = truth(equal_exactly(actual, literal_));
      return op_ == Operator::Eq ? equal : negated(equal);
    }
    case Operator::In:
    case Operator::NotIn: {
      Truth found = literal_.size() == 0 ? Truth::No : Truth::Mismatch;
      for (const Value each : literal_) {
        if (!comparable(actual, each)) continue;
        found = truth(equal_exactly(actual, each));
        if (found == Truth::Yes) break;
      }
      return op_ == Operator::In ? found : negated(found);
    }
    case Operator::Lt:
    case Operator::Lte:
    case Operator::Gt:
    case Operator::Gte: {
      if (!actual.is_number() || !literal_.is_number()) return Truth::Mismatch;
      const auto left = Decimal::parse(actual.text()), right = Decimal::parse(literal_.text());
      if (!left || !right) return Truth::Mismatch;
      return truth(ordered(op_, *left, *right));
    }
    case Operator::Regex:
      return actual.is_string() ? truth(matches(actual.text())) : Truth::Mismatch;
    case Operator::Contains:
      if (actual.is_string() && literal_.is_string()) {
        return truth(contains_text(actual.text(), literal_.text()));
      }
      if (!actual.is_list()) return Truth::Mismatch;
      for (const Value each : actual) {
        if (equal_exactly(each, literal_)) return Truth::Yes;
      }
      return Truth::No;
    case Operator::Exists:
    case Operator::Matches:
    case Operator::Mentions: break;
  }
  return Truth::No;
}

bool Operand::holds_as_released(Value actual) const {
  const auto equals = [](Value value, Value literal, const std::string& printed) {
    if (value.is_number() && literal.is_number() && !base::is_go_unsigned(literal.text())) {
      return to_double(value.text()) == to_double(literal.text());
    }
    if (value.is_string()) return value.text() == printed;
    std::string text;
    print_as_go(value, true, text);
    return text == printed;
  };
  const auto among = [&] {
    std::size_t index = 0;
    for (const Value each : literal_) {
      if (equals(actual, each, elements_[index++])) return true;
    }
    return false;
  };
  switch (op_) {
    case Operator::Eq: return equals(actual, literal_, printed_);
    case Operator::Neq: return !equals(actual, literal_, printed_);
    case Operator::In: return among();
    case Operator::NotIn: return !among();
    case Operator::Lt:
    case Operator::Lte:
    case Operator::Gt:
    case Operator::Gte:
      return actual.is_number() && literal_.is_number() &&
             ordered(op_, to_double(actual.text()), to_double(literal_.text()));
    case Operator::Regex: return actual.is_string() && matches(actual.text());
    case Operator::Contains:
      if (actual.is_string()) {
        return literal_.is_string() && !base::is_go_timestamp(literal_) &&
               contains_text(actual.text(), literal_.text());
      }
      if (!actual.is_list()) return false;
      for (const Value each : actual) {
        if (equals(each, literal_, printed_)) return true;
      }
      return false;
    case Operator::Exists:
    case Operator::Matches:
    case Operator::Mentions: break;
  }
  return false;
}

Value resolve(Value arguments, const std::vector<std::string>& steps) {
  Value value = arguments;
  for (const std::string& step : steps) {
    if (!value.is_object()) return {};
    value = value.find(step);
  }
  return value;
}

}  // namespace gatecrash::decision
