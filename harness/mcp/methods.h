// The closed table of MCP methods (protocol.md sections 1.1, 2.2) and what each may mean for a
// policy.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace gatecrash::mcp {

enum class Method : std::uint8_t {
  Initialize,
  Ping,
  ToolsList,
  ToolsCall,
  ResourcesList,
  ResourcesTemplatesList,
  ResourcesRead,
  ResourcesSubscribe,
  ResourcesUnsubscribe,
  PromptsList,
  PromptsGet,
  CompletionComplete,
  LoggingSetLevel,
  TasksGet,
  TasksResult,
  TasksList,
  TasksCancel,
  NotifyInitialized,
  NotifyCancelled,
  NotifyProgress,
  NotifyMessage,
  NotifyRootsListChanged,
  NotifyToolsListChanged,
  NotifyResourcesListChanged,
  NotifyResourcesUpdated,
  NotifyPromptsListChanged,
  NotifyTasksStatus,
  NotifyElicitationComplete,
  SamplingCreateMessage,
  ElicitationCreate,
  RootsList
};

enum class Direction : std::uint8_t { ClientToServer, ServerToClient, Both };

struct MethodInfo {
  Method method;
  std::string_view name;  // exact wire name; method names are case-sensitive
  bool notification;
  Direction direction;
};

// nullptr: not an MCP method.
const MethodInfo* find_method(std::string_view name);
const MethodInfo& info(Method method);
// The whole table, in the order of Method.
std::span<const MethodInfo> methods();

}  // namespace gatecrash::mcp
