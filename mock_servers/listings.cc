#include "mock_servers/listings.h"

#include "harness/base/json.h"

namespace gatecrash::mock_servers {
namespace {

void write_list(std::span<const ResourceEntry> entries, std::string_view list, std::string_view uri,
                std::string& out) {
  out += "{\"";
  out += list;
  out += "\":[";
  bool first = true;
  for (const ResourceEntry& each : entries) {
    if (!first) out += ',';
    first = false;
    out += "{\"";
    out += uri;
    out += "\":";
    base::write_json_string(each.uri, out);
    out += ",\"name\":";
    base::write_json_string(each.name, out);
    out += '}';
  }
  out += "]}";
}

}  // namespace

void write_resources(std::span<const ResourceEntry> entries, std::string& out) {
  write_list(entries, "resources", "uri", out);
}

void write_resource_templates(std::span<const ResourceEntry> entries, std::string& out) {
  write_list(entries, "resourceTemplates", "uriTemplate", out);
}

void write_resource(std::string_view uri, std::string_view text, std::string& out) {
  out += R"({"contents":[{"uri":)";
  base::write_json_string(uri, out);
  out += R"(,"mimeType":"text/plain","text":)";
  base::write_json_string(text, out);
  out += "}]}";
}

void write_prompts(std::span<const PromptEntry> entries, std::string& out) {
  out += R"({"prompts":[)";
  bool first = true;
  for (const PromptEntry& each : entries) {
    if (!first) out += ',';
    first = false;
    out += "{\"name\":";
    base::write_json_string(each.name, out);
    out += ",\"description\":";
    base::write_json_string(each.description, out);
    out += '}';
  }
  out += "]}";
}

bool write_prompt(std::span<const PromptEntry> entries, std::string_view name, std::string& out) {
  for (const PromptEntry& each : entries) {
    if (each.name != name) continue;
    out += R"({"messages":[{"role":"user","content":{"type":"text","text":)";
    base::write_json_string(each.description, out);
    out += "}}]}";
    return true;
  }
  return false;
}

bool fits_template(std::string_view uri, std::string_view pattern) {
  while (!pattern.empty()) {
    if (pattern.front() != '{') {
      if (uri.empty() || uri.front() != pattern.front()) return false;
      uri.remove_prefix(1);
      pattern.remove_prefix(1);
      continue;
    }
    pattern.remove_prefix(pattern.find('}') + 1);
    std::size_t taken = 0;
    while (taken < uri.size() && uri[taken] != '/') ++taken;
    if (taken == 0) return false;
    uri.remove_prefix(taken);
  }
  return uri.empty();
}

}  // namespace gatecrash::mock_servers
