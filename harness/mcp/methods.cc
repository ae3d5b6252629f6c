#include "harness/mcp/methods.h"

#include <array>

#include "harness/base/check.h"

namespace gatecrash::mcp {
namespace {

constexpr Direction kUp = Direction::ClientToServer;
constexpr Direction kDown = Direction::ServerToClient;
constexpr Direction kBoth = Direction::Both;

// The tasks methods go both ways because a client may host tasks of its own (protocol.md 2.2).
constexpr std::array<MethodInfo, 31> kMethods = {{
    {Method::Initialize, "initialize", false, kUp},
    {Method::Ping, "ping", false, kBoth},
    {Method::ToolsList, "tools/list", false, kUp},
    {Method::ToolsCall, "tools/call", false, kUp},
    {Method::ResourcesList, "resources/list", false, kUp},
    {Method::ResourcesTemplatesList, "resources/templates/list", false, kUp},
    {Method::ResourcesRead, "resources/read", false, kUp},
    {Method::ResourcesSubscribe, "resources/subscribe", false, kUp},
    {Method::ResourcesUnsubscribe, "resources/unsubscribe", false, kUp},
    {Method::PromptsList, "prompts/list", false, kUp},
    {Method::PromptsGet, "prompts/get", false, kUp},
    {Method::CompletionComplete, "completion/complete", false, kUp},
    {Method::LoggingSetLevel, "logging/setLevel", false, kUp},
    {Method::TasksGet, "tasks/get", false, kBoth},
    {Method::TasksResult, "tasks/result", false, kBoth},
    {Method::TasksList, "tasks/list", false, kBoth},
    {Method::TasksCancel, "tasks/cancel", false, kBoth},
    {Method::NotifyInitialized, "notifications/initialized", true, kUp},
    {Method::NotifyCancelled, "notifications/cancelled", true, kBoth},
    {Method::NotifyProgress, "notifications/progress", true, kBoth},
    {Method::NotifyMessage, "notifications/message", true, kDown},
    {Method::NotifyRootsListChanged, "notifications/roots/list_changed", true, kUp},
    {Method::NotifyToolsListChanged, "notifications/tools/list_changed", true, kDown},
    {Method::NotifyResourcesListChanged, "notifications/resources/list_changed", true, kDown},
    {Method::NotifyResourcesUpdated, "notifications/resources/updated", true, kDown},
    {Method::NotifyPromptsListChanged, "notifications/prompts/list_changed", true, kDown},
    {Method::NotifyTasksStatus, "notifications/tasks/status", true, kBoth},
    {Method::NotifyElicitationComplete, "notifications/elicitation/complete", true, kDown},
    {Method::SamplingCreateMessage, "sampling/createMessage", false, kDown},
    {Method::ElicitationCreate, "elicitation/create", false, kDown},
    {Method::RootsList, "roots/list", false, kDown},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kMethods.size(); ++i) {
    if (static_cast<std::size_t>(kMethods[i].method) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

const MethodInfo* find_method(std::string_view name) {
  const MethodInfo& usual = kMethods[static_cast<std::size_t>(Method::ToolsCall)];
  if (name == usual.name) return &usual;
  for (const MethodInfo& each : kMethods) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

const MethodInfo& info(Method method) {
  const auto index = static_cast<std::size_t>(method);
  GATECRASH_CHECK(index < kMethods.size());
  return kMethods[index];
}

std::span<const MethodInfo> methods() {
  return kMethods;
}

}  // namespace gatecrash::mcp
