// Parameters of the tools, in the order of the real signatures. Tools that take the same share a
// list.
#pragma once

#include "mock_servers/param.h"

namespace gatecrash::mock_servers::openaaas {

using namespace param;

constexpr Param kDiscoverParams[] = {need("server_url")};
constexpr Param kSetServerUrlParams[] = {need("server_url"), text("server")};
constexpr Param kRegisterParams[] = {need("name"), text("server")};
constexpr Param kListServicesParams[] = {text("server")};
constexpr Param kGetServiceUsageParams[] = {need("service_id"), text("server")};
constexpr Param kSubmitTaskParams[] = {need("service_id"),    need("task_prompt"),
                                       text("output_prompt"), maybe_texts("input_files"),
                                       text("session_id"),    text("server")};
constexpr Param kGetTaskParams[] = {need("task_id"), text("server")};
constexpr Param kPollTaskParams[] = {need("task_id"), maybe("timeout_seconds", Type::Number),
                                     text("server")};
constexpr Param kDownloadResultParams[] = {need("task_id"), text("file_id"),
                                           flag("download_all", false), text("server")};
constexpr Param kSetDefaultServerParams[] = {need("server")};
constexpr Param kOpenAaaSParams[] = {need("action"), maybe("server")};
constexpr Param kTodoParams[] = {
    {.name = "action", .required = true, .enumeration = "list|add|toggle|clear"},
    maybe("text"),
    maybe("id", Type::Number)};

}  // namespace gatecrash::mock_servers::openaaas
