// The five tools of Mcp Codex Worker. Two of the 13 properties of spawn-task are not known.
#pragma once

#include <cstddef>
#include <span>

#include "mock_servers/surface.h"

namespace gatecrash::mock_servers::codex_worker {

// Index into tools().
enum ToolIndex : std::size_t { kSpawnTask, kWaitTask, kRespondTask, kMessageTask, kCancelTask };

// Parameters of two of them, as indices.
enum SpawnParam : std::size_t {
  kPrompt,
  kCwd,
  kTaskType,
  kReasoning,
  kProvider,
  kTimeout,
  kInstructions,
  kLabels,
  kDependsOn,
  kKeepAlive,
  kContextFiles
};

enum RespondParam : std::size_t {
  kRespondId,
  kRespondType,
  kAnswers,
  kDecision,
  kAction,
  kContent,
  kResult,
  kError
};

std::span<const Tool> tools();

}  // namespace gatecrash::mock_servers::codex_worker
