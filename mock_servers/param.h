// Short forms for writing parameter tables: what they make is plain data (surface.h).
#pragma once

#include "mock_servers/surface.h"

namespace gatecrash::mock_servers::param {

inline constexpr std::string_view kText = R"({"type":"string"})";
inline constexpr std::string_view kWhole = R"({"type":"integer"})";
inline constexpr std::string_view kReal = R"({"type":"number"})";
inline constexpr std::string_view kThing = R"({"type":"object"})";

// Required.
constexpr Param need(std::string_view name, Type type = Type::String, std::string_view items = {}) {
  return {.name = name, .type = type, .required = true, .items = items};
}
constexpr Param need_one_of(std::string_view name, std::string_view values) {
  return {.name = name, .required = true, .values = values};
}
constexpr Param need_texts(std::string_view name) {
  return need(name, Type::List, kText);
}

// Optional with a default, as JSON text.
constexpr Param text(std::string_view name, std::string_view otherwise = "\"\"",
                     std::string_view values = {}) {
  return {.name = name, .otherwise = otherwise, .values = values};
}
constexpr Param whole(std::string_view name, std::string_view otherwise) {
  return {.name = name, .type = Type::Integer, .otherwise = otherwise};
}
constexpr Param real(std::string_view name, std::string_view otherwise) {
  return {.name = name, .type = Type::Number, .otherwise = otherwise};
}
constexpr Param flag(std::string_view name, bool otherwise) {
  return {.name = name, .type = Type::Boolean, .otherwise = otherwise ? "true" : "false"};
}

constexpr Param null_map(std::string_view name) {  // declared an object, yet null by default
  return {.name = name, .type = Type::Object, .otherwise = "null"};
}

// Optional, null when left out.
constexpr Param maybe(std::string_view name, Type type = Type::String,
                      std::string_view items = {}) {
  return {.name = name, .type = type, .nullable = true, .otherwise = "null", .items = items};
}
constexpr Param maybe_texts(std::string_view name) {
  return maybe(name, Type::List, kText);
}
constexpr Param maybe_map(std::string_view name, std::string_view items = kText) {
  return maybe(name, Type::Object, items);
}

}  // namespace gatecrash::mock_servers::param
