#include "mock_servers/codex_worker/surface.h"

#include <array>

namespace gatecrash::mock_servers::codex_worker {
namespace {

constexpr std::string_view kModels = "gpt-5.4(low)|gpt-5.4(medium)|gpt-5.4(high)|gpt-5.4(xhigh)";
constexpr std::string_view kTexts = R"({"type":"string"})";

constexpr std::array<Param, 11> kSpawnParams{{
    {.name = "prompt", .required = true, .min_length = 1},
    {.name = "cwd"},
    {.name = "task_type",
     .otherwise = "\"coder\"",
     .enumeration = "coder|planner|tester|researcher|general"},
    {.name = "reasoning", .otherwise = "\"gpt-5.4(medium)\"", .enumeration = kModels},
    {.name = "provider", .enumeration = "codex|copilot|claude-cli"},
    {.name = "timeout_ms", .type = Type::Integer, .minimum = 1000, .maximum = 3'600'000},
    {.name = "developer_instructions"},
    {.name = "labels", .type = Type::List, .items = kTexts},
    {.name = "depends_on", .type = Type::List, .items = kTexts},
    {.name = "keep_alive", .type = Type::Number},
    {.name = "context_files",
     .type = Type::List,
     .items =
         R"({"type":"object","properties":{"path":{"type":"string"},"description":{"type":"string"}},"required":["path"]})"},
}};
constexpr std::array<Param, 3> kWaitParams{{
    {.name = "task_id", .required = true},
    {.name = "timeout_ms",
     .type = Type::Integer,
     .otherwise = "30000",
     .above = 0,
     .maximum = 300'000},
    {.name = "poll_interval_ms",
     .type = Type::Integer,
     .otherwise = "1000",
     .minimum = 250,
     .maximum = 30'000},
}};
constexpr std::array<Param, 8> kRespondParams{{
    {.name = "task_id", .required = true},
    {.name = "type",
     .required = true,
     .enumeration = "user_input|command_approval|file_approval|elicitation|dynamic_tool"},
    {.name = "answers", .type = Type::Object, .items = kTexts},
    {.name = "decision", .enumeration = "accept|reject"},
    {.name = "action", .enumeration = "accept|decline"},
    {.name = "content", .type = Type::Object},
    {.name = "result"},
    {.name = "error"},
}};
constexpr std::array<Param, 3> kMessageParams{{
    {.name = "task_id", .required = true},
    {.name = "message", .required = true},
    {.name = "reasoning", .enumeration = kModels},
}};
constexpr std::array<Param, 1> kCancelParams{{
    {.name = "task_id",
     .type = Type::StringOrList,
     .required = true,
     .items = kTexts,
     .min_length = 1,
     .min_items = 1},
}};

constexpr std::array<Tool, 5> kTools{{
    {.name = "spawn-task",
     .description = "Starts an autonomous coding agent on a prompt; its commands and edits are "
                    "approved for it.",
     .params = kSpawnParams,
     .category = Category::Execute,
     .catalogued = true,
     .params_complete = false},
    {.name = "wait-task",
     .description =
         "Waits for a task to finish or to ask something; gives its present state when time is up.",
     .params = kWaitParams,
     .category = Category::Execute,
     .catalogued = true},
    {.name = "respond-task",
     .description = "Answers the question a paused task has put: input, an approval, an "
                    "elicitation or a tool result.",
     .params = kRespondParams,
     .category = Category::Execute,
     .catalogued = true},
    {.name = "message-task",
     .description = "Sends a further instruction to a task that is not over.",
     .params = kMessageParams,
     .category = Category::Write,
     .catalogued = true},
    {.name = "cancel-task",
     .description =
         "Cancels one task or several and says which were cancelled, over already, or not found.",
     .params = kCancelParams,
     .category = Category::Destructive,
     .catalogued = true},
}};

}  // namespace

std::span<const Tool> tools() {
  return kTools;
}

}  // namespace gatecrash::mock_servers::codex_worker
