#include "mock_servers/surface.h"

#include "harness/base/json.h"

namespace gatecrash::mock_servers {
namespace {

std::string_view json_type(Type type) {
  switch (type) {
    case Type::Integer: return "integer";
    case Type::Number: return "number";
    case Type::Boolean: return "boolean";
    case Type::List: return "array";
    case Type::Object: return "object";
    default: return "string";
  }
}

void bound(std::string_view name, const std::optional<std::int64_t>& value, std::string& out) {
  if (!value) return;
  out += ",\"";
  out += name;
  out += "\":";
  out += std::to_string(*value);
}

// Members of one plain type, without braces.
void write_type(const Param& param, Type type, std::string& out) {
  out += "\"type\":\"";
  out += json_type(type);
  out += '"';
  if (type == Type::List) {
    out += ",\"items\":";
    if (param.min_length && param.items == R"({"type":"string"})") {
      out += R"({"type":"string")";
      bound("minLength", param.min_length, out);
      out += '}';
    } else {
      out += param.items.empty() ? "{}" : param.items;
    }
    bound("minItems", param.min_items, out);
  }
  if (type == Type::Object) {
    out += ",\"additionalProperties\":";
    out += param.items.empty() ? "true" : param.items;
  }
  if (type == Type::String) {
    bound("minLength", param.min_length, out);
    if (!param.enumeration.empty()) {
      out += ",\"enum\":[";
      std::string_view rest = param.enumeration;
      while (true) {
        const std::size_t bar = rest.find('|');
        base::write_json_string(rest.substr(0, bar), out);
        if (bar == std::string_view::npos) break;
        out += ',';
        rest.remove_prefix(bar + 1);
      }
      out += ']';
    }
  }
  if (type == Type::Integer || type == Type::Number) {
    bound("minimum", param.minimum, out);
    bound("exclusiveMinimum", param.above, out);
    bound("maximum", param.maximum, out);
  }
}

void write_union(const Param& param, Type first, Type second, std::string_view word,
                 std::string& out) {
  out += '"';
  out += word;
  out += "\":[{";
  write_type(param, first, out);
  out += "},{";
  write_type(param, second, out);
  out += '}';
  if (param.nullable) out += R"(,{"type":"null"})";
  out += ']';
}

// pydantic's titles: "task_id" -> "Task Id".
std::string title_of(std::string_view name) {
  std::string title;
  bool start = true;
  for (const char c : name) {
    if (c == '_') {
      title += ' ';
      start = true;
      continue;
    }
    title += start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    start = false;
  }
  return title;
}

void write_param(const Param& param, const Framework& framework, std::string& out) {
  out += '{';
  const std::string_view either = framework.nullable_any_of ? "anyOf" : "oneOf";
  switch (param.type) {
    case Type::Any: break;
    case Type::StringOrList: write_union(param, Type::String, Type::List, either, out); break;
    case Type::StringOrObject: write_union(param, Type::String, Type::Object, either, out); break;
    case Type::StringOrInteger: write_union(param, Type::String, Type::Integer, either, out); break;
    default:
      if (param.nullable && framework.nullable_any_of) {
        out += "\"anyOf\":[{";
        write_type(param, param.type, out);
        out += R"(},{"type":"null"}])";
      } else {
        write_type(param, param.type, out);
      }
  }
  if (!param.otherwise.empty()) {
    if (out.back() != '{') out += ',';
    out += "\"default\":";
    out += param.otherwise;
  }
  if (framework.titles) {
    if (out.back() != '{') out += ',';
    out += "\"title\":";
    base::write_json_string(title_of(param.name), out);
  }
  out += '}';
}

}  // namespace

std::string_view to_string(Category category) {
  switch (category) {
    case Category::Read: return "Read";
    case Category::Write: return "Write";
    case Category::Execute: return "Execute";
    case Category::Destructive: return "Destructive";
    case Category::Other: return "Other";
  }
  return "?";
}

const Framework kOfficialPython{
    .name = "python-sdk FastMCP",
    .titles = true,
    .lax_scalars = true,
    .parses_json_strings = true,
    .states_is_error = true,
    .wraps_text = true,
    .pretty_json = true,
    .unknown_tool_before = "Unknown tool: ",
    .failure_before = "Error executing tool ",
    .failure_between = ": ",
    .invalid_title_after = "Arguments",
    .raises_invalid = true,
    .unknown_method_code = rpc::kInvalidParams,
    .unknown_method = "Invalid request parameters",
};

const Framework kFastMcp3{
    .name = "fastmcp 3",
    .closed_objects = true,
    .refuses_unknown = true,
    .lax_scalars = true,
    .states_is_error = true,
    .wraps_text = true,
    .marks_wrapped = true,
    .pretty_json = true,
    .unknown_tool_before = "Unknown tool: '",
    .unknown_tool_after = "'",
    .failure_before = "Error calling tool '",
    .failure_between = "': ",
    .invalid_title_before = "call[",
    .invalid_title_after = "]",
    .unknown_method_code = rpc::kInvalidParams,
    .unknown_method = "Invalid request parameters",
};

const Framework kTypeScript{
    .name = "TypeScript SDK",
    .closed_objects = true,
    .nullable_any_of = false,
    .enforces_schema = true,
    .unknown_tool_before = "Unknown tool: ",
    .invalid_title_before = "Invalid arguments for tool ",
    .invalid_title_after = ": ",
};

const Framework kPlain{
    .name = "plain",
    .unknown_tool_before = "Unknown tool: ",
    .invalid_title_before = "Invalid arguments for tool ",
    .invalid_title_after = ": ",
    .unknown_tool_is_rpc_error = true,
};

std::string input_schema(const Tool& tool, const Framework& framework) {
  std::string out = R"({"type":"object","properties":{)";
  bool first = true;
  for (const Param& param : tool.params) {
    if (!first) out += ',';
    first = false;
    base::write_json_string(param.name, out);
    out += ':';
    write_param(param, framework, out);
  }
  out += '}';
  first = true;
  for (const Param& param : tool.params) {
    if (!param.required) continue;
    out += first ? ",\"required\":[" : ",";
    first = false;
    base::write_json_string(param.name, out);
  }
  if (!first) out += ']';
  if (framework.titles) {
    out += ",\"title\":\"";
    out += tool.name;
    out += "Arguments\"";
  }
  if (framework.closed_objects) out += ",\"additionalProperties\":false";
  return out + '}';
}

void write_tool(const Tool& tool, const Surface& surface, std::string& out) {
  const Framework& framework = *surface.framework;
  out += "{\"name\":";
  base::write_json_string(tool.name, out);
  out += ",\"description\":";
  base::write_json_string(tool.description, out);
  out += ",\"inputSchema\":";
  out += input_schema(tool, framework);
  if (tool.returns == Returns::Text && framework.wraps_text) {
    out += R"(,"outputSchema":{"type":"object","properties":{"result":{)";
    if (framework.titles) {
      out += R"("title":"Result",)";
    }
    out += R"("type":"string"}},"required":["result"])";
    if (framework.titles) {
      out += ",\"title\":\"";
      out += tool.name;
      out += "Output\"";
    }
    if (framework.marks_wrapped) out += R"(,"x-fastmcp-wrap-result":true)";
    out += '}';
  }
  if (!tool.annotations.empty()) {
    out += ",\"annotations\":";
    out += tool.annotations;
  }
  if (!surface.tool_meta.empty()) {
    out += ",\"_meta\":";
    out += surface.tool_meta;
  }
  out += '}';
}

}  // namespace gatecrash::mock_servers
