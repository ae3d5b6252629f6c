// The part of JSON Schema that the shipped schemas use, so that a document can be checked against
// them in a test: type, enum, const, pattern (anchored hex only), minimum, required, properties,
// additionalProperties: false, items, $ref into $defs. A keyword that is not known is a failure, so
// that a schema cannot say more than is checked.
#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace gatecrash::test {

class JsonSchema {
 public:
  explicit JsonSchema(nlohmann::json schema) : root_(std::move(schema)) {}

  // Every violation, as `/path: what`; empty if the value conforms.
  std::vector<std::string> check(const nlohmann::json& value) const {
    std::vector<std::string> wrong;
    check(root_, value, "", wrong);
    return wrong;
  }

 private:
  using Json = nlohmann::json;

  static bool is_type(const std::string& type, const Json& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    return type == "null" && value.is_null();
  }

  static bool is_hex16(const std::string& text) {
    return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  }

  void check(const Json& schema, const Json& value, const std::string& at,
             std::vector<std::string>& wrong) const {
    const auto fail = [&](const std::string& what) { wrong.push_back(at + ": " + what); };
    for (const auto& [keyword, rule] : schema.items()) {
      if (keyword == "$ref") {
        check(root_.at(Json::json_pointer(rule.get<std::string>().substr(1))), value, at, wrong);
      } else if (keyword == "type") {
        const bool any = rule.is_array()
                             ? std::any_of(rule.begin(), rule.end(),
                                           [&](const Json& each) { return is_type(each, value); })
                             : is_type(rule, value);
        if (!any) fail("is not " + rule.dump());
      } else if (keyword == "enum") {
        if (std::find(rule.begin(), rule.end(), value) == rule.end())
          fail(value.dump() + " is none of " + rule.dump());
      } else if (keyword == "const") {
        if (value != rule) fail("is not " + rule.dump());
      } else if (keyword == "pattern") {
        if (rule != "^[0-9a-f]{16}$") {
          fail("unknown pattern");
        } else if (value.is_string() && !is_hex16(value)) {
          fail("is not 16 hex digits");
        }
      } else if (keyword == "minimum") {
        if (value.is_number() && value < rule) fail("is below " + rule.dump());
      } else if (keyword == "required") {
        for (const Json& each : rule) {
          if (value.is_object() && !value.contains(each.get<std::string>()))
            fail("lacks " + each.dump());
        }
      } else if (keyword == "properties") {
        for (const auto& [name, inner] : rule.items()) {
          if (value.is_object() && value.contains(name))
            check(inner, value[name], at + "/" + name, wrong);
        }
      } else if (keyword == "additionalProperties") {
        if (rule != false) fail("additionalProperties has to be false");
        if (!value.is_object()) continue;
        for (const auto& [name, _] : value.items()) {
          if (!schema.contains("properties") || !schema["properties"].contains(name))
            fail("unknown key " + name);
        }
      } else if (keyword == "items") {
        if (!value.is_array()) continue;
        for (std::size_t i = 0; i < value.size(); ++i)
          check(rule, value[i], at + "/" + std::to_string(i), wrong);
      } else if (keyword != "$schema" && keyword != "title" && keyword != "description" &&
                 keyword != "$defs") {
        fail("the schema says `" + keyword + "`, which is not checked");
      }
    }
  }

  Json root_;
};

}  // namespace gatecrash::test
