// The part of JSON Schema that a policy may use for arguments. What is not here is an error, never
// ignored: a keyword that is skipped is a protection that is not there.
#include <array>

#include <re2/re2.h>

#include "harness/base/text.h"
#include "harness/policy/reading.h"

namespace gatecrash::policy {
namespace {

using base::Kind;
using base::Value;

constexpr std::array<std::string_view, 7> kTypes{"string", "integer", "number", "boolean",
                                                 "array",  "object",  "null"};
constexpr std::array<std::string_view, 15> kKeywords{
    "type",    "properties", "required",   "additionalProperties",
    "items",   "minItems",   "maxItems",   "enum",
    "pattern", "minLength",  "maxLength",  "minimum",
    "maximum", "title",      "description"};

void check_type(Reading& reading, Value value) {
  const auto one = [&](Value each) {
    if (each.is_string() && std::ranges::find(kTypes, each.text()) != kTypes.end()) return;
    reading.error(reading.place(each), "unknown type " + base::quoted(each.text()),
                  base::did_you_mean(each.text(), kTypes));
  };
  if (value.is_list()) {
    for (const Value each : value) one(each);
  } else {
    one(value);
  }
}

void check_pattern(Reading& reading, Value value) {
  if (!reading.is(value, Kind::String, "pattern")) return;
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 regex(re2::StringPiece(value.text().data(), value.text().size()), options);
  if (regex.ok()) return;
  reading.error(reading.place(value),
                "pattern " + base::quoted(value.text()) + " does not compile: " + regex.error(),
                "the syntax is that of RE2; a pattern has to match the whole text");
}

void check_count(Reading& reading, Value value, std::string_view what) {
  const auto text = reading.decimal(value, what, false);
  if (text && (text->size() > 9 || text->find_first_not_of("0123456789") != std::string::npos)) {
    reading.error(reading.place(value), base::quoted(what) + " has to be a whole number");
  }
}

void check_bound(Reading& reading, Value value, std::string_view what) {
  if (reading.is(value, Kind::Number, what) && !is_json_number(value.text())) {
    reading.error(reading.place(value), base::quoted(what) + " " + base::quoted(value.text()) +
                                            " is not a decimal number");
  }
}

}  // namespace

void check_schema(Reading& reading, Value schema) {
  if (!reading.is(schema, Kind::Object, "a schema")) return;
  reading.known_keys(schema, "a schema", kKeywords);
  for (const Value each : schema) {
    const std::string_view key = each.key();
    if (key == "type") check_type(reading, each);
    if (key == "pattern") check_pattern(reading, each);
    if (key == "items") check_schema(reading, each);
    if (key == "additionalProperties") reading.is(each, Kind::Bool, key);
    if (key == "enum") reading.is(each, Kind::List, key);
    if (key == "minItems" || key == "maxItems" || key == "minLength" || key == "maxLength")
      check_count(reading, each, key);
    if (key == "minimum" || key == "maximum") check_bound(reading, each, key);
    if (key == "properties" && reading.is(each, Kind::Object, key)) {
      for (const Value property : each) check_schema(reading, property);
    }
    if (key == "required" && reading.is(each, Kind::List, key)) {
      for (const Value name : each) {
        if (!reading.is(name, Kind::String, "a name in `required`") ||
            schema.find("properties").find(name.text()))
          continue;
        reading.error(reading.place(name), "required property " + base::quoted(name.text()) +
                                               " is not among `properties`");
      }
    }
  }
}

}  // namespace gatecrash::policy
