#include "mock_servers/taobao/taobao.h"

#include <array>

#include "mock_servers/ids.h"

namespace gatecrash::mock_servers {
namespace {

using scenario::Effect;

// `waiting` and `running` are the catalogue's words; the rest is assumed.
enum State : std::uint8_t { kWaiting, kRunning, kCompleted, kFailed, kCancelled };
constexpr std::array<StateInfo, 5> kStates{{{"waiting"},
                                            {"running", false, true},
                                            {"completed", true},
                                            {"failed", true},
                                            {"cancelled", true}}};

enum ToolIndex : std::size_t { kCancelTask, kListTasks, kSendNotification };

constexpr std::array<Param, 1> kTaskId{{{.name = "task_id", .required = true, .synthetic = true}}};
constexpr std::array<Param, 1> kListParams{
    {{.name = "limit", .type = Type::Integer, .otherwise = "20", .synthetic = true}}};
constexpr std::array<Param, 3> kNotifyParams{{
    {.name = "title", .required = true, .synthetic = true},
    {.name = "content", .required = true, .synthetic = true},
    {.name = "channel", .otherwise = "\"wechat\"", .values = "wechat|email", .synthetic = true},
}};

constexpr std::array<Tool, 3> kTools{{
    {.name = "cancel_task",
     .description = "取消一个正在运行或等待中的采集任务。",
     .params = kTaskId,
     .category = Category::Destructive,
     .catalogued = true,
     .params_complete = false},
    {.name = "list_tasks",
     .description = "列出最近的采集任务及其状态。",
     .params = kListParams,
     .catalogued = true,
     .params_complete = false},
    {.name = "send_notification",
     .description = "通过微信或邮件推送一条消息。",
     .params = kNotifyParams,
     .category = Category::Write,
     .catalogued = true,
     .params_complete = false},
}};

class Taobao final : public Behaviour {
 public:
  Taobao() {
    surface_ = {.server_name = "taobao-scraper-mcp",
                .server_version = "0",
                .framework = &kOfficialPython,
                .tools = kTools,
                .states = {kStates, kWaiting},
                .cancel_tool = kCancelTask,
                .cancel_id = "task_id"};
  }

  const Surface& surface() const override { return surface_; }

  void reset() override { head_ = sealed_head_; }

  void arm(World& world, TaskIndex index, base::Instant now) override {
    if (world[index].state == kRunning) arm_work(world, index, now);
  }

  // One browser: the first that waits begins if none runs.
  void armed(World& world, base::Instant now) override {
    head_ = 0;
    bool busy = false;
    for (TaskIndex i = 0; i < world.size(); ++i) busy |= world[i].state == kRunning;
    if (!busy) {
      if (const TaskIndex next = next_waiting(world); next != kNoTask) {
        world.set_state(next, kRunning, now);
        arm_work(world, next, now);
      }
    }
    sealed_head_ = head_;
  }

  void due(TaskIndex index, Context& context) override {
    complete_work(index, context);
    context.world.set_state(index, kCompleted, context.now);
    begin_next(context);
  }

  bool cancel(TaskIndex index, Context& context) override {
    World& world = context.world;
    if (kStates[world[index].state].terminal) return false;
    world.set_state(index, kCancelled, context.now);
    context.effect(Effect::TaskCancelled, world[index].id);
    if (stop_work(index, context)) begin_next(context);
    return true;
  }

  void call(std::size_t tool, const Arguments& arguments, Context& context,
            ToolResult& result) override {
    switch (tool) {
      case kCancelTask: return cancel_task(arguments.text(0), context, result);
      case kListTasks: return list_tasks(arguments.integer(0, 20), context, result);
      default: return send_notification(arguments, context, result);
    }
  }

 private:
  // Tasks wait in the order they came; those before head_ have all had their turn.
  TaskIndex next_waiting(const World& world) {
    while (head_ < world.size() && world[head_].state != kWaiting) ++head_;
    return head_ < world.size() ? head_ : kNoTask;
  }

  void begin_next(Context& context) {
    const TaskIndex next = next_waiting(context.world);
    if (next == kNoTask) return;
    context.world.set_state(next, kRunning, context.now);
    begin_work(next, context);
  }

  void cancel_task(std::string_view id, Context& context, ToolResult& result) {
    const TaskIndex index = context.world.find(id);
    const bool known = index != kNoTask;
    const bool cancelled = known && cancel(index, context);
    Json json = result.json();
    json.begin_object().key("success").boolean(cancelled).member("task_id", id);
    json.member("status", known ? context.world.state_name(index) : std::string_view("unknown"));
    json.member("message", cancelled ? "任务已取消" : known ? "任务已结束，无法取消" : "任务不存在");
    json.end_object();
  }

  static void list_tasks(std::int64_t limit, Context& context, ToolResult& result) {
    const World& world = context.world;
    Json json = result.json();
    json.begin_object().key("total").number(world.size()).key("tasks").begin_list();
    // The latest first.
    for (TaskIndex i = world.size(); i-- > 0 && limit > 0; --limit) {
      json.begin_object().member("task_id", world[i].id).member("status", world.state_name(i));
      json.key("created_at").instant(world[i].created).end_object();
    }
    json.end_list().end_object();
  }

  static void send_notification(const Arguments& arguments, Context& context, ToolResult& result) {
    const std::string_view channel = arguments.text(2, "wechat");
    context.effect(Effect::MessageSent, channel, arguments.text(1));
    Json json = result.json();
    json.begin_object().key("success").boolean(true).member("channel", channel).end_object();
  }

  Surface surface_;
  TaskIndex head_ = 0;
  TaskIndex sealed_head_ = 0;
};

}  // namespace

std::unique_ptr<Behaviour> make_taobao(std::size_t /*profile*/) {
  return std::make_unique<Taobao>();
}

}  // namespace gatecrash::mock_servers
