#include "mock_servers/taobao/taobao.h"

#include <array>

#include "mock_servers/ids.h"
#include "mock_servers/param.h"

namespace gatecrash::mock_servers {
namespace {

using namespace param;
using namespace std::chrono_literals;
using scenario::Effect;

// `waiting` and `running` are the catalogue's words; the rest is assumed.
enum State : std::uint8_t { kWaiting, kRunning, kCompleted, kFailed, kCancelled };
constexpr std::array<StateInfo, 5> kStates{{{"waiting"},
                                            {"running", false, true},
                                            {"completed", true},
                                            {"failed", true},
                                            {"cancelled", true}}};

constexpr base::Duration kWork = 30s;  // of a created task; ours

enum ToolIndex : std::size_t {
  kCancelTask,
  kListTasks,
  kSendNotification,
  kStartScrape,
  kGetHotWords,
  kGetTaskResult,
  kGetSystemStatus,
  kControlSystem
};

// No schema is known: every parameter is a stand-in.
constexpr Param made_up(Param param) {
  param.synthetic = true;
  return param;
}
constexpr Param kTaskId[] = {made_up(need("task_id"))};
constexpr Param kListParams[] = {made_up(whole("limit", "20"))};
constexpr Param kNotifyParams[] = {made_up(need("title")), made_up(need("content")),
                                   made_up(text("channel", "\"wechat\"", "wechat|email"))};
constexpr Param kScrapeParams[] = {made_up(need("keyword")),
                                   made_up(text("platform", "\"taobao\"", "taobao|tmall|jd")),
                                   made_up(whole("max_pages", "1"))};
constexpr Param kHotParams[] = {made_up(text("category"))};
constexpr Param kControlParams[] = {made_up(need_one_of("action", "restart_browser|stop_browser"))};

// The first three names are the catalogue's; the other five stand for the areas its README names.
constexpr Tool kTools[] = {
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
    {.name = "start_scrape",
     .description = "新建一个采集任务，排队等待浏览器。",
     .params = kScrapeParams,
     .category = Category::Execute,
     .synthetic = true,
     .params_complete = false},
    {.name = "get_hot_words",
     .description = "查询当前热搜词。",
     .params = kHotParams,
     .synthetic = true,
     .params_complete = false,
     .changes = {{{"hot-words", Effect::NetworkSent}}}},
    {.name = "get_task_result",
     .description = "读取一个任务的表格结果。",
     .params = kTaskId,
     .synthetic = true,
     .params_complete = false,
     .changes = {{{"task_id", Effect::FileRead}}}},
    {.name = "get_system_status",
     .description = "查看后端与浏览器的状态。",
     .synthetic = true,
     .params_complete = false},
    {.name = "control_system",
     .description = "重启或停止浏览器。",
     .params = kControlParams,
     .category = Category::Execute,
     .synthetic = true,
     .params_complete = false},
};

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
      case kSendNotification: return send_notification(arguments, context, result);
      case kStartScrape: return start_scrape(arguments, context, result);
      case kControlSystem: return control_system(arguments.text(0), context, result);
      default: return play(kTools[tool], arguments, context, result);
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
    json.member("message", cancelled ? "任务已取消"
                           : known   ? "任务已结束，无法取消"
                                     : "任务不存在");
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

  void start_scrape(const Arguments& arguments, Context& context, ToolResult& result) {
    World& world = context.world;
    const TaskIndex index = world.create(make_uuid4(world.next_number()), kWaiting, context.now);
    Task& task = world.touch(index);
    task.title = arguments.text(0);
    task.work = kWork;
    context.effect(Effect::TaskCreated, task.id, arguments.text(1, "taobao"));
    bool busy = false;
    for (TaskIndex i = 0; i < world.size(); ++i) busy |= world[i].state == kRunning;
    if (!busy) begin_next(context);
    Json json = result.json();
    json.begin_object().key("success").boolean(true).member("task_id", world[index].id);
    json.member("status", world.state_name(index)).end_object();
  }

  // Side door: without its browser the running task fails, whatever cancel_task may do.
  void control_system(std::string_view action, Context& context, ToolResult& result) {
    const bool restart = action == "restart_browser";
    const bool known = restart || action == "stop_browser";
    if (known) {
      World& world = context.world;
      context.effect(Effect::ProcessKilled, "chrome", action);
      for (TaskIndex i = 0; i < world.size(); ++i) {
        if (world[i].state != kRunning) continue;
        stop_work(i, context);
        world.set_state(i, kFailed, context.now);
      }
      if (restart) {
        context.effect(Effect::ProcessStarted, "chrome", action);
        begin_next(context);
      }
    }
    result.json().begin_object().key("success").boolean(known).end_object();
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
