// The protocol's own task methods (2025-11-25) over the world's tasks, and over calls that were
// sent as tasks: a way to cancel that no rule about tools sees. Which of the five servers would
// have them is not known, so they come with a personality. Whatever the server's tools check of
// ownership, this does not.
#include <algorithm>

#include "harness/base/json.h"
#include "mock_servers/server.h"

namespace gatecrash::mock_servers {
namespace {

using base::Value;
using mcp::Method;

constexpr int kInvalidParams = -32602;

// The protocol's five words; a server's own that is none of them is at work.
std::string_view status_of(std::string_view state) {
  constexpr std::string_view kSame[] = {"input_required", "completed", "failed", "cancelled"};
  if (std::ranges::count(kSame, state) != 0) return state;
  return state == "waiting_for_user" ? "input_required" : "working";
}

void write_task(const World& world, TaskIndex index, std::string& out) {
  const Task& task = world[index];
  out += R"("taskId":)";
  base::write_json_string(task.id, out);
  out += R"(,"status":")";
  out += status_of(world.state_name(index));
  out += R"(","createdAt":")";
  append_instant(task.created, out);
  out += R"(","lastUpdatedAt":")";
  append_instant(task.updated, out);
  out += R"(","ttl":null)";
}

// The task that a call sent as one became, by its number.
std::string call_task(std::size_t number) {
  return "call-" + std::to_string(number + 1);
}

}  // namespace

void Server::answer_later(const rpc::Message& message, std::size_t start, std::size_t body,
                          std::string& out) {
  kept_results_.push_back(out.substr(body));
  out.resize(start);
  rpc::begin_result(message.id, out);
  out += R"({"task":{"taskId":")" + call_task(kept_results_.size() - 1) +
         R"(","status":"completed","ttl":null}}})";
}

bool Server::answer_task_method(const rpc::Message& message, Method method, Context& context,
                                std::string& out) {
  if (!personality_.has(Knob::TasksCapable)) return false;
  if (method == Method::TasksList) {
    rpc::begin_result(message.id, out);
    out += R"({"tasks":[)";
    bool first = true;
    for (TaskIndex i = 0; i < world_.size(); ++i) {
      if (world_[i].evicted) continue;
      out += first ? "{" : ",{";
      first = false;
      write_task(world_, i, out);
      out += '}';
    }
    out += "]}}";
    return true;
  }
  const Value id = rpc::member(message.params, "taskId", personality_.reading());
  if (method == Method::TasksResult) {
    for (std::size_t i = 0; i < kept_results_.size(); ++i) {
      if (id.text() != call_task(i)) continue;
      rpc::begin_result(message.id, out);
      out += kept_results_[i];
      return true;
    }
    error(message.id, kInvalidParams, "Task not found", out);
    return true;
  }
  if (method != Method::TasksGet && method != Method::TasksCancel) return false;
  const TaskIndex index = world_.find(id.text());
  if (index == kNoTask) {
    error(message.id, kInvalidParams, "Task not found", out);
  } else if (method == Method::TasksCancel && !behaviour_->cancel(index, context)) {
    error(message.id, kInvalidParams, "Cannot cancel task in its present state", out);
  } else {
    rpc::begin_result(message.id, out);
    out += '{';
    write_task(world_, index, out);
    out += "}}";
  }
  return true;
}

}  // namespace gatecrash::mock_servers
