// TaobaoScraper MCP Server: one browser, so one task runs and the rest wait. Three of eight tool
// names are known and no schema; everything else is a stand-in, marked synthetic.
//
// Source: catalogue pages for cancel_task, list_tasks and send_notification, head of the README.
#pragma once

#include <memory>

#include "mock_servers/behaviour.h"

namespace gatecrash::mock_servers {

std::unique_ptr<Behaviour> make_taobao(std::size_t profile);

}  // namespace gatecrash::mock_servers
