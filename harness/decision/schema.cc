#include "harness/decision/schema.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <re2/re2.h>

#include "harness/decision/decimal.h"
#include "harness/decision/operators.h"

namespace gatecrash::decision {
namespace {

using base::Kind;
using base::Value;

constexpr std::string_view kTypes[] = {"null",   "boolean", "number", "integer",
                                       "string", "array",   "object"};
enum TypeBit : std::uint8_t {
  kNull = 1,
  kBoolean = 2,
  kNumber = 4,
  kInteger = 8,
  kString = 16,
  kArray = 32,
  kObject = 64
};

std::uint8_t bit_of(std::string_view type) {
  std::uint8_t bit = 1;
  for (const std::string_view each : kTypes) {
    if (each == type) return bit;
    bit = static_cast<std::uint8_t>(bit << 1);
  }
  return 0;
}

std::uint8_t bits_of(Value value) {
  switch (value.kind()) {
    case Kind::Absent: return 0;
    case Kind::Null: return kNull;
    case Kind::Bool: return kBoolean;
    case Kind::Number:
      return value.text().find_first_of(".eE") == std::string_view::npos ? kNumber | kInteger
                                                                         : kNumber;
    case Kind::String: return kString;
    case Kind::List: return kArray;
    case Kind::Object: return kObject;
  }
  return 0;
}

// Characters of a valid UTF-8 text.
std::size_t length_of(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

std::optional<std::size_t> count_of(Value value) {
  if (!value) return std::nullopt;
  std::size_t count = 0;
  for (const char c : value.text()) count = count * 10 + static_cast<std::size_t>(c - '0');
  return count;
}

bool within(std::size_t size, const std::optional<std::size_t>& least,
            const std::optional<std::size_t>& most) {
  return (!least || size >= *least) && (!most || size <= *most);
}

}  // namespace

struct Schema::Node {
  explicit Node(Value schema) : values(schema.find("enum")) {
    const Value type = schema.find("type");
    if (type.is_list()) {
      for (const Value each : type) types |= bit_of(each.text());
    } else if (type) {
      types = bit_of(type.text());
    } else if (schema.find("properties") || schema.find("required") ||
               schema.find("additionalProperties")) {
      types = kObject;
    } else {
      types = 0x7f;
    }
    // Where nothing is said about members, anything may be in an object.
    closed = types != 0x7f && !schema.find("additionalProperties").is_true();
    for (const Value each : schema.find("properties")) properties.emplace(each.key(), Node(each));
    for (const Value each : schema.find("required")) required.push_back(each.text());
    if (const Value each = schema.find("items")) items = std::make_unique<Node>(each);
    if (const Value each = schema.find("pattern")) {
      RE2::Options options;
      options.set_log_errors(false);
      pattern =
          std::make_unique<RE2>(re2::StringPiece(each.text().data(), each.text().size()), options);
    }
    least_items = count_of(schema.find("minItems"));
    most_items = count_of(schema.find("maxItems"));
    least_length = count_of(schema.find("minLength"));
    most_length = count_of(schema.find("maxLength"));
    if (const Value each = schema.find("minimum")) minimum = Decimal::parse(each.text());
    if (const Value each = schema.find("maximum")) maximum = Decimal::parse(each.text());
  }

  bool allows(Value value) const {
    const std::uint8_t bits = value ? bits_of(value) : std::uint8_t{kObject};
    if ((types & bits) == 0) return false;
    if (values && !among_values(value)) return false;
    if ((bits & kObject) != 0) return allows_object(value);
    switch (value.kind()) {
      case Kind::List: return allows_list(value);
      case Kind::String: return allows_text(value.text());
      case Kind::Number: return allows_number(value.text());
      default: return true;
    }
  }

  bool allows_object(Value value) const {
    for (const Value each : value) {
      const auto known = properties.find(each.key());
      if (known == properties.end() ? closed : !known->second.allows(each)) return false;
    }
    for (const std::string_view each : required) {
      if (!value.find(each)) return false;
    }
    return true;
  }

  bool allows_list(Value value) const {
    if (!within(value.size(), least_items, most_items)) return false;
    if (items == nullptr) return true;
    for (const Value each : value) {
      if (!items->allows(each)) return false;
    }
    return true;
  }

  bool allows_text(std::string_view text) const {
    if ((least_length || most_length) && !within(length_of(text), least_length, most_length))
      return false;
    return pattern == nullptr ||
           RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *pattern);
  }

  bool allows_number(std::string_view lexeme) const {
    if (!minimum && !maximum) return true;
    const auto number = Decimal::parse(lexeme);
    if (!number) return false;  // too large to be compared
    return !(minimum && *number < *minimum) && !(maximum && *number > *maximum);
  }

  bool among_values(Value value) const {
    for (const Value each : values) {
      if (equal_exactly(value, each)) return true;
    }
    return false;
  }

  std::uint8_t types = 0;
  bool closed = true;
  Value values;
  std::map<std::string_view, Node> properties;
  std::vector<std::string_view> required;
  std::unique_ptr<Node> items;
  std::unique_ptr<RE2> pattern;
  std::optional<std::size_t> least_items, most_items, least_length, most_length;
  std::optional<Decimal> minimum, maximum;
};

// The root speaks of all arguments: an object, and closed, even where it says nothing.
Schema::Schema(Value schema) : root_(std::make_unique<Node>(schema)) {
  if (schema.find("type")) return;
  root_->types = kObject;
  root_->closed = !schema.find("additionalProperties").is_true();
}
Schema::~Schema() = default;
Schema::Schema(Schema&&) noexcept = default;

bool Schema::allows(Value value) const {
  return root_->allows(value);
}

}  // namespace gatecrash::decision
