// The 40 tools of BinAssistMCP 2.7.0. Later releases claim 44 and name none; the two that pull
// requests suggest are in the profile `candidates` alone, marked synthetic.
#pragma once

#include <cstddef>
#include <span>

#include "mock_servers/surface.h"

namespace gatecrash::mock_servers::binassist {

// Index into tools().
enum ToolIndex : std::size_t {
  kListBinaries,
  kGetBinaryInfo,
  kRenameSymbol,
  kGetFunctions,
  kSearchFunctionsByName,
  kGetImports,
  kGetExports,
  kGetStrings,
  kGetSegments,
  kGetSections,
  kUpdateAnalysisAndWait,
  kGetClasses,
  kGetNamespaces,
  kCreateDataVar,
  kGetDataVars,
  kGetDataAt,
  kAnalyzeFunction,
  kGetFunctionSignature,
  kGetFunctionsAdvanced,
  kSearchFunctionsAdvanced,
  kGetFunctionStatistics,
  kGetCurrentAddress,
  kGetCurrentFunction,
  kGetCode,
  kComments,
  kVariables,
  kTypes,
  kXrefs,
  kGetFunctionLowLevelIl,
  kSearchStrings,
  kSearchBytes,
  kGetBasicBlocks,
  kGetFunctionStackLayout,
  kBatchRename,
  kGetEntryPoints,
  kBookmarks,
  kStartTask,
  kGetTaskStatus,
  kCancelTask,
  kListTasks,
  kGetParentFunction,
  kOpenBinary
};

std::span<const Tool> tools();

}  // namespace gatecrash::mock_servers::binassist
