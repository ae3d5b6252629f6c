#include "mock_servers/arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "harness/base/json.h"

namespace gatecrash::mock_servers {
namespace {

using base::Kind;
using base::Value;

bool whole_number(std::string_view text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return true;
  // 5.0 and 5e0 are whole too.
  double real = 0;
  const auto [last, fault] = std::from_chars(text.data(), text.data() + text.size(), real);
  if (fault != std::errc{} || last != text.data() + text.size() || real != std::floor(real) ||
      std::abs(real) >= 9.2e18) {
    return false;
  }
  number = static_cast<std::int64_t>(real);
  return true;
}

bool real_number(std::string_view text) {
  double real = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), real);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::optional<bool> truth(std::string_view text) {
  const std::string word = lower(text);
  for (const std::string_view each : {"1", "true", "t", "yes", "y", "on"}) {
    if (word == each) return true;
  }
  for (const std::string_view each : {"0", "false", "f", "no", "n", "off"}) {
    if (word == each) return false;
  }
  return std::nullopt;
}

std::string_view python_type(Value value) {
  switch (value.kind()) {
    case Kind::String: return "str";
    case Kind::Number:
      return value.text().find_first_of(".eE") == std::string_view::npos ? "int" : "float";
    case Kind::Bool: return "bool";
    case Kind::List: return "list";
    case Kind::Object: return "dict";
    default: return "NoneType";
  }
}

bool among(std::string_view word, std::string_view bars) {
  while (true) {
    const std::size_t bar = bars.find('|');
    if (bars.substr(0, bar) == word) return true;
    if (bar == std::string_view::npos) return false;
    bars.remove_prefix(bar + 1);
  }
}

bool list_like(Type type) {
  return type == Type::List || type == Type::StringOrList;
}

}  // namespace

void append_python_repr(Value value, std::string& out) {
  switch (value.kind()) {
    case Kind::Absent:
    case Kind::Null: out += "None"; break;
    case Kind::Bool: out += value.is_true() ? "True" : "False"; break;
    case Kind::Number: out += value.text(); break;
    case Kind::String: {
      const char quote = value.text().find('\'') != std::string_view::npos &&
                                 value.text().find('"') == std::string_view::npos
                             ? '"'
                             : '\'';
      out += quote;
      for (const char c : value.text()) {
        if (c == '\n') {
          out += "\\n";
        } else {
          if (c == quote || c == '\\') out += '\\';
          out += c;
        }
      }
      out += quote;
      break;
    }
    case Kind::List:
    case Kind::Object: {
      const bool object = value.is_object();
      out += object ? '{' : '[';
      bool first = true;
      for (const Value each : value) {
        if (!first) out += ", ";
        first = false;
        if (object) {
          out += '\'';
          out += each.key();
          out += "': ";
        }
        append_python_repr(each, out);
      }
      out += object ? '}' : ']';
    }
  }
}

Value Arguments::parse_again(std::string_view text) {
  if (trees_used_ == trees_.size()) trees_.push_back(std::make_unique<base::Tree>());
  base::Tree& tree = *trees_[trees_used_];
  base::JsonRules rules;
  rules.keep_duplicates = true;
  if (base::read_json(text, rules, tree)) return {};
  ++trees_used_;
  return tree.root();
}

void Arguments::complain(const Tool& tool, const Framework& framework, std::string_view where,
                         std::string_view what, std::string_view kind, Value input) {
  static_cast<void>(tool);
  ++complaints_;
  if (framework.lax_scalars) {  // pydantic's layout
    complaint_ += '\n';
    complaint_ += where;
    complaint_ += "\n  ";
    complaint_ += what;
    complaint_ += " [type=";
    complaint_ += kind;
    complaint_ += ", input_value=";
    append_python_repr(input, complaint_);
    complaint_ += ", input_type=";
    complaint_ += python_type(input);
    complaint_ += ']';
  } else {
    complaint_ += complaints_ == 1 ? "" : "; ";
    complaint_ += where;
    complaint_ += ": ";
    complaint_ += what;
  }
}

bool Arguments::fits(const Param& param, Value& value, const Framework& framework, bool coerces,
                     std::string_view& what, std::string_view& kind) {
  const bool lax = framework.lax_scalars || coerces;
  if (value.is_null() && (param.nullable || param.otherwise == "null")) return true;
  if (value.is_string() && param.type != Type::String &&
      (coerces || framework.parses_json_strings)) {
    const Value parsed = parse_again(value.text());
    // Numbers and texts stay what they were: the wire string converts by the rules below.
    if (parsed.is_list() || parsed.is_object()) value = parsed;
  } else if (value.is_string() && param.nullable && framework.parses_json_strings) {
    const Value parsed = parse_again(value.text());
    if (parsed.is_list() || parsed.is_object() || parsed.is_null()) value = parsed;
    if (value.is_null()) return true;
  }
  std::int64_t number = 0;
  switch (param.type) {
    case Type::Any: return true;
    case Type::String:
      if (coerces && value.is_list() && value.size() == 1) value = value.at(0);
      if (value.is_string() || (coerces && (value.is_number() || value.is_bool()))) return true;
      what = "Input should be a valid string", kind = "string_type";
      return false;
    case Type::StringOrInteger:
      if (value.is_string() || (value.is_number() && whole_number(value.text(), number)))
        return true;
      what = "Input should be a valid string", kind = "string_type";
      return false;
    case Type::Integer:
      if (value.is_number() && whole_number(value.text(), number)) return true;
      if (lax && value.is_string() && whole_number(value.text(), number)) return true;
      if (lax && value.is_bool()) return true;
      if (value.is_string()) {
        what = "Input should be a valid integer, unable to parse string as an integer";
        kind = "int_parsing";
      } else {
        what = "Input should be a valid integer", kind = "int_type";
      }
      return false;
    case Type::Number:
      if (value.is_number()) return true;
      if (lax && (value.is_bool() || (value.is_string() && real_number(value.text())))) return true;
      what = "Input should be a valid number", kind = "float_type";
      return false;
    case Type::Boolean:
      if (value.is_bool()) return true;
      if (lax && (value.is_string() || value.is_number()) && truth(value.text())) return true;
      what = "Input should be a valid boolean", kind = "bool_type";
      return false;
    case Type::List:
      if (value.is_list() || coerces) return true;
      what = "Input should be a valid list", kind = "list_type";
      return false;
    case Type::StringOrList:
      if (value.is_list() || value.is_string() || (coerces && value.is_number())) return true;
      what = "Input should be a string or a list of strings", kind = "union";
      return false;
    case Type::Object:
      if (value.is_object()) return true;
      what = "Input should be a valid dictionary", kind = "dict_type";
      return false;
    case Type::StringOrObject:
      if (value.is_object() || value.is_string()) return true;
      what = "Input should be a valid string", kind = "string_type";
      return false;
  }
  return true;
}

namespace {

// The bounds a schema states, for frameworks that enforce them. Empty: all kept.
std::string_view broken_bound(const Param& param, Value value) {
  const auto short_text = [&](Value each) {
    return param.min_length && each.is_string() &&
           each.text().size() < static_cast<std::size_t>(*param.min_length);
  };
  if (short_text(value)) return "String must contain at least 1 character(s)";
  if (!param.enumeration.empty() && value.is_string() && !among(value.text(), param.enumeration)) {
    return "Invalid enum value";
  }
  if (value.is_list() && param.min_items &&
      value.size() < static_cast<std::uint32_t>(*param.min_items)) {
    return "Array must contain at least 1 element(s)";
  }
  if (value.is_list() && param.items == R"({"type":"string"})") {
    for (const Value each : value) {
      if (!each.is_string()) return "Expected string";
      if (short_text(each)) return "String must contain at least 1 character(s)";
    }
  }
  std::int64_t number = 0;
  if (value.is_number() && whole_number(value.text(), number)) {
    if ((param.minimum && number < *param.minimum) || (param.above && number <= *param.above)) {
      return "Number is too small";
    }
    if (param.maximum && number > *param.maximum) return "Number is too large";
  }
  return {};
}

}  // namespace

bool Arguments::bind(const Tool& tool, Value arguments, const Framework& framework,
                     const rpc::Reading& reading, bool coerces) {
  complaint_.clear();
  complaints_ = 0;
  trees_used_ = 0;
  const bool plain = reading.duplicates == rpc::DuplicateKeys::Refuse && !reading.fold_keys;
  std::size_t at = 0;
  std::uint32_t known = 0;
  for (const Param& param : tool.params) {
    Value& value = values_[at++];
    value = plain ? arguments.find(param.name) : rpc::member(arguments, param.name, reading);
    if (!value) {
      if (param.required) {
        if (framework.refuses_unknown) {
          complain(tool, framework, param.name, "Missing required argument", "missing_argument",
                   arguments);
        } else {
          complain(tool, framework, param.name, "Field required", "missing", arguments);
        }
      }
      continue;
    }
    ++known;
    const Value sent = value;
    std::string_view what, kind;
    if (!fits(param, value, framework, coerces, what, kind)) {
      complain(tool, framework, param.name, what, kind, sent);
    } else if (framework.enforces_schema || list_like(param.type)) {
      check_elements(tool, param, value, framework, coerces);
    }
  }
  if (framework.refuses_unknown && known < arguments.size()) {
    for (const Value each : arguments) {
      const bool declared = std::ranges::any_of(
          tool.params, [&](const Param& param) { return param.name == each.key(); });
      if (!declared) {
        complain(tool, framework, each.key(), "Unexpected keyword argument",
                 "unexpected_keyword_argument", each);
      }
    }
  }
  if (complaints_ == 0) return true;
  std::string head;
  if (framework.lax_scalars) {
    head =
        std::to_string(complaints_) + " validation error" + (complaints_ == 1 ? "" : "s") + " for ";
  }
  head += framework.invalid_title_before;
  head += tool.name;
  head += framework.invalid_title_after;
  complaint_.insert(0, head);
  return false;
}

void Arguments::check_elements(const Tool& tool, const Param& param, Value value,
                               const Framework& framework, bool coerces) {
  if (framework.enforces_schema) {
    const std::string_view bound = broken_bound(param, value);
    if (!bound.empty()) complain(tool, framework, param.name, bound, "bound", value);
    return;
  }
  if (coerces || !value.is_list() || param.items != R"({"type":"string"})") return;
  std::uint32_t position = 0;
  for (const Value each : value) {
    if (!each.is_string()) {
      complain(tool, framework, std::string(param.name) + "." + std::to_string(position),
               "Input should be a valid string", "string_type", each);
    }
    ++position;
  }
}

std::optional<std::int64_t> Arguments::integer(std::size_t param) const {
  if (!given(param)) return std::nullopt;
  const Value value = values_[param];
  if (value.is_bool()) return value.is_true() ? 1 : 0;
  std::int64_t number = 0;
  if (!whole_number(value.text(), number)) return std::nullopt;
  return number;
}

bool Arguments::boolean(std::size_t param, bool otherwise) const {
  if (!given(param)) return otherwise;
  const Value value = values_[param];
  if (value.is_bool()) return value.is_true();
  return truth(value.text()).value_or(otherwise);
}

Value Arguments::find(const Tool& tool, std::string_view name) const {
  for (std::size_t i = 0; i < tool.params.size(); ++i) {
    if (tool.params[i].name == name) return values_[i];
  }
  return {};
}

}  // namespace gatecrash::mock_servers
