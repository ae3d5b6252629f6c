#include "mock_servers/openaaas/surface.h"

#include "mock_servers/openaaas/parameters.h"

namespace gatecrash::mock_servers::openaaas {
namespace {

using scenario::Effect;

constexpr std::uint32_t kServedOnly = 1U << 0;      // came after the catalogue counted
constexpr std::uint32_t kCataloguedOnly = 1U << 1;  // never served by the adapter

constexpr Tool kTools[] = {
    {.name = "discover",
     .description = "查询某个地址上的服务器信息。",
     .params = kDiscoverParams,
     .returns = Returns::Text,
     .changes = {{{"server_url", Effect::NetworkSent}}}},
    {.name = "set_server_url",
     .description = "保存一个别名对应的服务器地址。",
     .params = kSetServerUrlParams,
     .category = Category::Write,
     .returns = Returns::Text},
    {.name = "register",
     .description = "在服务器上注册账号并保存密钥。",
     .params = kRegisterParams,
     .category = Category::Write,
     .returns = Returns::Text},
    {.name = "update_profile",
     .description = "修改账号名称。",
     .params = kRegisterParams,
     .category = Category::Write,
     .returns = Returns::Text},
    {.name = "list_services",
     .description = "列出远端可用的智能体服务。",
     .params = kListServicesParams,
     .returns = Returns::Text},
    {.name = "get_service_usage",
     .description = "查看某个服务的使用说明。",
     .params = kGetServiceUsageParams,
     .returns = Returns::Text},
    {.name = "submit_task",
     .description = "向远端智能体服务提交任务，可附带本地文件。",
     .params = kSubmitTaskParams,
     .category = Category::Execute,
     .catalogued = true,
     .returns = Returns::Text},
    {.name = "get_task",
     .description = "查询一次任务的当前状态。",
     .params = kGetTaskParams,
     .catalogued = true,
     .returns = Returns::Text},
    {.name = "poll_task",
     .description = "持续查询任务，直到其结束或超时。",
     .params = kPollTaskParams,
     .returns = Returns::Text,
     .profiles = kServedOnly},
    {.name = "cancel_task",
     .description = "取消一个等待中或执行中的任务。",
     .params = kGetTaskParams,
     .category = Category::Destructive,
     .catalogued = true,
     .returns = Returns::Text},
    {.name = "list_files",
     .description = "列出任务的结果文件。",
     .params = kGetTaskParams,
     .returns = Returns::Text},
    {.name = "download_result",
     .description = "下载任务结果并自动解压。",
     .params = kDownloadResultParams,
     .category = Category::Write,
     .returns = Returns::Text},
    {.name = "list_servers", .description = "列出本地保存的服务器别名。", .returns = Returns::Text},
    {.name = "set_default_server",
     .description = "切换默认服务器。",
     .params = kSetDefaultServerParams,
     .category = Category::Write,
     .returns = Returns::Text},
    {.name = "remove_server",
     .description = "删除一个服务器别名及其密钥。",
     .params = kSetDefaultServerParams,
     .category = Category::Destructive,
     .catalogued = true,
     .returns = Returns::Text},
    {.name = "OpenAaaS",
     .description = "按 action 调用各项远端服务功能。",
     .params = kOpenAaaSParams,
     .category = Category::Other,
     .catalogued = true,
     .returns = Returns::Text,
     .synthetic = true,
     .params_complete = false,
     .profiles = kCataloguedOnly},
    {.name = "todo",
     .description = "管理一份待办清单。",
     .params = kTodoParams,
     .category = Category::Write,
     .catalogued = true,
     .returns = Returns::Text,
     .synthetic = true,
     .params_complete = false,
     .profiles = kCataloguedOnly},
};

}  // namespace

std::span<const Tool> tools() {
  return kTools;
}

}  // namespace gatecrash::mock_servers::openaaas
