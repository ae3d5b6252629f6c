#include "harness/cli/server_tools.h"

#include <algorithm>

#include "harness/base/json.h"
#include "harness/cli/pack.h"
#include "harness/scenario/target.h"
#include "mock_servers/mock.h"

namespace gatecrash::cli {
namespace {

// Does the schema of one argument admit a list?
bool takes_list(base::Value schema) {
  const base::Value type = schema.find("type");
  if (type.text() == "array") return true;
  for (const base::Value each : type) {
    if (each.text() == "array") return true;
  }
  for (const std::string_view several : {"anyOf", "oneOf"}) {
    for (const base::Value each : schema.find(several)) {
      if (takes_list(each)) return true;
    }
  }
  return false;
}

policy::ServerTool tool_of(const mock_servers::ServedTool& served, const scenario::Target& target) {
  policy::ServerTool tool;
  tool.name = served.name;
  tool.harms = served.category == "Destructive" || served.category == "Execute";
  const auto cancel = target.traits.find("cancel.tool");
  tool.stops_work = cancel != target.traits.end() && cancel->second == served.name;
  base::Tree schema;
  if (base::read_json(served.input_schema, {}, schema)) return tool;
  const base::Value properties = schema.root().find("properties");
  if (!properties) return tool;
  tool.arguments.emplace();
  for (const base::Value each : properties) {
    tool.arguments->emplace_back(each.key());
    if (takes_list(each)) tool.list_arguments.emplace_back(each.key());
  }
  return tool;
}

}  // namespace

base::Result<policy::Server> server_of(const std::string& target_file) {
  const auto target = load_target(target_file);
  if (!target) return target.error();
  const auto served =
      mock_servers::served_tools((*target)->mock, {.profile = (*target)->mock_profile,
                                                   .personalities = {},
                                                   .extra_tools = (*target)->extra_tools});
  if (!served) return served.error();
  policy::Server server;
  for (const mock_servers::ServedTool& each : *served)
    server.tools.push_back(tool_of(each, **target));
  return server;
}

}  // namespace gatecrash::cli
