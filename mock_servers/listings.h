// Resources and prompts that are plain data: list results and the texts behind them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gatecrash::mock_servers {

struct ResourceEntry {
  std::string_view uri;  // of a template: with {parts}
  std::string_view name;
};

struct PromptEntry {
  std::string_view name;
  std::string_view description;
};

// Each appends a whole result object. The second is false if there is no such entry.
void write_resources(std::span<const ResourceEntry> entries, std::string& out);
void write_resource_templates(std::span<const ResourceEntry> entries, std::string& out);
void write_resource(std::string_view uri, std::string_view text, std::string& out);
void write_prompts(std::span<const PromptEntry> entries, std::string& out);
bool write_prompt(std::span<const PromptEntry> entries, std::string_view name, std::string& out);

// Does the uri fit a template? `{part}` stands for one or more characters but `/`.
bool fits_template(std::string_view uri, std::string_view pattern);

}  // namespace gatecrash::mock_servers
