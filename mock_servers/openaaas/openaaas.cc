#include "mock_servers/openaaas/openaaas.h"

#include <array>

#include "mock_servers/ids.h"

namespace gatecrash::mock_servers {
namespace {

using namespace std::chrono_literals;
using scenario::Effect;

enum State : std::uint8_t { kPending, kRunning, kCancelling, kCompleted, kFailed, kCancelled };
constexpr std::array<StateInfo, 6> kStates{{{"pending"},
                                            {"running", false, true},
                                            {"cancelling"},
                                            {"completed", true},
                                            {"failed", true},
                                            {"cancelled", true}}};
constexpr std::array<std::string_view, 6> kLabels{"等待中", "执行中", "取消中",
                                                  "已完成", "失败",   "已取消"};

constexpr base::Duration kAgentAck = 5s;     // until a running task's agent sees the cancel
constexpr base::Duration kAgentClaim = 10s;  // until an agent takes a submitted task
constexpr base::Duration kWork = 60s;        // of a submitted task

constexpr std::string_view kNotFound = "资源不存在 (404): 请检查参数是否正确";
constexpr std::string_view kForbidden = "权限不足 (403): 无法访问该资源";
constexpr std::string_view kBadRequest = "请求参数错误 (400): BadRequest";

enum ToolIndex : std::size_t { kCancelTask, kGetTask, kListServices, kSubmitTask };

constexpr Param kServer{.name = "server", .otherwise = "\"\""};
constexpr std::array<Param, 2> kTaskParams{{{.name = "task_id", .required = true}, kServer}};
constexpr std::array<Param, 1> kServerOnly{kServer};
constexpr std::array<Param, 6> kSubmitParams{{
    {.name = "service_id", .required = true},
    {.name = "task_prompt", .required = true},
    {.name = "output_prompt", .otherwise = "\"\""},
    {.name = "input_files",
     .type = Type::List,
     .nullable = true,
     .otherwise = "null",
     .items = R"({"type":"string"})"},
    {.name = "session_id", .otherwise = "\"\""},
    kServer,
}};

constexpr std::array<Tool, 4> kTools{{
    {.name = "cancel_task",
     .description = "取消一个等待中或执行中的任务。",
     .params = kTaskParams,
     .category = Category::Destructive,
     .catalogued = true,
     .returns = Returns::Text},
    {.name = "get_task",
     .description = "查询一次任务的当前状态。",
     .params = kTaskParams,
     .catalogued = true,
     .returns = Returns::Text},
    {.name = "list_services",
     .description = "列出远端可用的智能体服务。",
     .params = kServerOnly,
     .returns = Returns::Text},
    {.name = "submit_task",
     .description = "向远端智能体服务提交任务，可附带本地文件。",
     .params = kSubmitParams,
     .category = Category::Execute,
     .catalogued = true,
     .returns = Returns::Text},
}};

class Openaaas final : public Behaviour {
 public:
  Openaaas() {
    surface_ = {.server_name = "openaaas-mcp-adapter",
                .server_version = "0.3.0",
                .framework = &kFastMcp3,
                .tools = kTools,
                .states = {kStates, kRunning},
                .cancel_tool = kCancelTask,
                .cancel_id = "task_id"};
  }

  const Surface& surface() const override { return surface_; }

  void arm(World& world, TaskIndex index, base::Instant now) override {
    switch (world[index].state) {
      case kRunning: return arm_work(world, index, now);
      case kCancelling: world.touch(index).running = true; return world.wake_at(index, now + kAgentAck);
      // A waiting task stays so unless the world says how long its work takes.
      case kPending:
        if (world[index].work) world.wake_at(index, now + kAgentClaim);
        return;
      default: return;
    }
  }

  void due(TaskIndex index, Context& context) override {
    World& world = context.world;
    if (world[index].state == kCancelling) return acknowledge(index, context);
    if (world[index].running) {
      complete_work(index, context);
      world.set_state(index, kCompleted, context.now);
    } else {  // an agent takes it
      world.set_state(index, kRunning, context.now);
      begin_work(index, context);
    }
  }

  bool cancel(TaskIndex index, Context& context) override {
    World& world = context.world;
    const Task& task = world[index];
    if (task.state == kPending) {
      world.set_state(index, kCancelled, context.now);
      if (!context.cosmetic_cancel) world.wake_at(index, kNever);
    } else if (task.state == kRunning) {
      world.set_state(index, kCancelling, context.now);
      if (!context.cosmetic_cancel) world.wake_at(index, context.now + kAgentAck);
    } else {
      return false;
    }
    context.effect(Effect::TaskCancelled, task.id);
    return true;
  }

  void call(std::size_t tool, const Arguments& arguments, Context& context,
            ToolResult& result) override {
    switch (tool) {
      case kCancelTask: return cancel_task(arguments.text(0), context, result);
      case kGetTask: return get_task(arguments.text(0), context, result);
      case kListServices:
        result.text() << "📋 可用服务 (1):\n- svc-general | 通用智能体 | 在线 | 公开";
        return;
      default: return submit_task(arguments, context, result);
    }
  }

 private:
  // The agent stops now, unless its work came to an end before the signal did or (cosmetic cancel)
  // it never listens.
  static void acknowledge(TaskIndex index, Context& context) {
    World& world = context.world;
    const bool done = world[index].work_end <= context.now;
    if (done) {
      complete_work(index, context);
    } else {
      stop_work(index, context);
    }
    world.set_state(index, done && context.cosmetic_cancel ? kCompleted : kCancelled, context.now);
  }

  // The backend's order of checks: there at all, the caller's own, in a state that allows it.
  void cancel_task(std::string_view id, Context& context, ToolResult& result) {
    if (id.empty()) {
      result.text() << "❌ 缺少必填参数: task_id";
      return;
    }
    const TaskIndex index = context.world.find(id);
    std::string_view refused;
    if (index == kNoTask) {
      refused = kNotFound;
    } else if (foreign(context.world[index])) {
      refused = kForbidden;
    } else if (!cancel(index, context)) {
      refused = kBadRequest;
    }
    if (!refused.empty()) {
      result.text() << "❌ 取消失败: " << refused;
    } else if (context.world[index].state == kCancelled) {
      result.text() << "✅ 任务已取消\n任务 ID: " << id << "\n状态: cancelled";
    } else {
      result.text() << "⏳ 任务取消中\n任务 ID: " << id << "\n状态: cancelling（执行端将收到取消信号）";
    }
  }

  void get_task(std::string_view id, Context& context, ToolResult& result) {
    if (id.empty()) {
      result.text() << "❌ 缺少必填参数: task_id";
      return;
    }
    const TaskIndex index = context.world.find(id);
    if (index == kNoTask || foreign(context.world[index])) {
      result.text() << "❌ 查询失败: " << (index == kNoTask ? kNotFound : kForbidden);
      return;
    }
    const Task& task = context.world[index];
    Text text = result.text();
    text << "📋 任务状态\n任务 ID: " << id << "\n状态: " << kLabels[task.state]
         << "\n创建时间: " << task.created;
    if (task.finished != kNever) text << "\n完成时间: " << task.finished;
  }

  void submit_task(const Arguments& arguments, Context& context, ToolResult& result) {
    World& world = context.world;
    const TaskIndex index = world.create(make_uuid4(world.next_number()), kPending, context.now);
    Task& task = world.touch(index);
    task.title = arguments.text(1);
    task.work = kWork;
    world.wake_at(index, context.now + kAgentClaim);
    context.effect(Effect::TaskCreated, task.id, arguments.text(0));
    arguments.each_text(3, [&](std::string_view file) {
      context.effect(Effect::FileRead, file);
      context.effect(Effect::NetworkSent, file, task.id);
    });
    result.text() << "✅ 任务已提交\n任务 ID: " << task.id << "\n状态: " << kLabels[kPending];
  }

  static bool foreign(const Task& task) { return !task.owner.empty() && task.owner != "default"; }

  Surface surface_;
};

}  // namespace

std::unique_ptr<Behaviour> make_openaaas(std::size_t /*profile*/) {
  return std::make_unique<Openaaas>();
}

}  // namespace gatecrash::mock_servers
