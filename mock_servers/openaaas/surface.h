// The 15 tools the adapter serves, and the two more that the catalogue lists for it: OpenAaaS, a
// tool of another extension in the same repository, and todo, an example. Served: bits 0;
// catalogued: bit 1.
#pragma once

#include <cstddef>
#include <span>

#include "mock_servers/surface.h"

namespace gatecrash::mock_servers::openaaas {

// Index into tools().
enum ToolIndex : std::size_t {
  kDiscover,
  kSetServerUrl,
  kRegister,
  kUpdateProfile,
  kListServices,
  kGetServiceUsage,
  kSubmitTask,
  kGetTask,
  kPollTask,
  kCancelTask,
  kListFiles,
  kDownloadResult,
  kListServers,
  kSetDefaultServer,
  kRemoveServer,
  kOpenAaaS,
  kTodo
};

std::span<const Tool> tools();

}  // namespace gatecrash::mock_servers::openaaas
