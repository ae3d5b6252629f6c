#include "mock_servers/binassist/binassist.h"

#include <array>

#include "mock_servers/ids.h"

namespace gatecrash::mock_servers {
namespace {

using namespace std::chrono_literals;
using scenario::Effect;

enum State : std::uint8_t { kPending, kRunning, kCompleted, kFailed, kCancelled };
constexpr std::array<StateInfo, 5> kStates{{{"pending"},
                                            {"running", false, true},
                                            {"completed", true},
                                            {"failed", true},
                                            {"cancelled", true}}};

// How long a task waits for the event loop; ours, upstream states none.
constexpr base::Duration kStartDelay = 1s;
constexpr std::size_t kMostTasks = 100;
constexpr base::Duration kKeptFor = 300s;

constexpr std::string_view kReads = R"({"readOnlyHint":true,"idempotentHint":true,"openWorldHint":false})";
constexpr std::string_view kWrites = R"({"readOnlyHint":false,"idempotentHint":true,"openWorldHint":false})";

enum ToolIndex : std::size_t { kCancelTask, kGetTaskStatus, kListTasks, kStartTask };

constexpr std::array<Param, 1> kTaskId{{{.name = "task_id", .required = true}}};
constexpr std::array<Param, 1> kListParams{
    {{.name = "status", .otherwise = "\"\"", .values = "pending|running|completed|failed|cancelled"}}};
constexpr std::array<Param, 2> kStartParams{
    {{.name = "name", .required = true}, {.name = "tool_name", .required = true}}};

constexpr std::array<Tool, 4> kTools{{
    {.name = "cancel_task",
     .description = "Asks for a background task to be cancelled.",
     .params = kTaskId,
     .category = Category::Execute,
     .catalogued = true,
     .annotations = kWrites},
    {.name = "get_task_status",
     .description = "State, progress and result of one background task.",
     .params = kTaskId,
     .annotations = kReads},
    {.name = "list_tasks",
     .description = "All background tasks, or those in one state.",
     .params = kListParams,
     .returns = Returns::List,
     .annotations = kReads},
    {.name = "start_task",
     .description = "Queues a background task and returns its id.",
     .params = kStartParams,
     .category = Category::Execute,
     .annotations = kWrites},
}};

class BinAssist final : public Behaviour {
 public:
  explicit BinAssist(std::size_t profile) : slow_(profile == 1) {
    surface_ = {.server_name = "BinAssistMCP",
                .server_version = "1.23.3",
                .framework = &kOfficialPython,
                .tools = kTools,
                .states = {kStates, kRunning},
                .cancel_tool = kCancelTask,
                .cancel_id = "task_id"};
  }

  const Surface& surface() const override { return surface_; }

  void arm(World& world, TaskIndex index, base::Instant now) override {
    if (world[index].state == kPending) world.wake_at(index, now + kStartDelay);
    if (world[index].state == kRunning) arm_work(world, index, now);
  }

  void due(TaskIndex index, Context& context) override {
    if (context.world[index].running) {
      complete_work(index, context);
      context.world.set_state(index, kCompleted, context.now);
    } else {
      context.world.set_state(index, kRunning, context.now);
      begin_work(index, context);
    }
  }

  bool cancel(TaskIndex index, Context& context) override {
    if (kStates[context.world[index].state].terminal) return false;
    context.world.set_state(index, kCancelled, context.now);
    context.effect(Effect::TaskCancelled, context.world[index].id);
    return true;
  }

  void call(std::size_t tool, const Arguments& arguments, Context& context,
            ToolResult& result) override {
    switch (tool) {
      case kCancelTask: return cancel_task(arguments.text(0), context, result);
      case kGetTaskStatus: return get_task_status(arguments.text(0), context, result);
      case kListTasks: return list_tasks(arguments.text(0), context, result);
      default: return start_task(arguments.text(0), arguments.text(1), context, result);
    }
  }

 private:
  void cancel_task(std::string_view id, Context& context, ToolResult& result) {
    const TaskIndex index = context.world.find(id);
    const bool cancelled = index != kNoTask && cancel(index, context);
    Json json = result.json();
    json.begin_object().member("task_id", id);
    json.key("cancelled").boolean(cancelled);
    json.member("message", cancelled ? "Task cancellation initiated"
                                     : "Task not found or already completed");
    json.end_object();
  }

  static void write_task(const World& world, TaskIndex index, Json json) {
    const Task& task = world[index];
    json.begin_object().member("id", task.id).member("name", task.title);
    json.member("status", world.state_name(index));
    json.key("progress").number(task.state == kCompleted ? 100 : 0);
    json.key("result").null().key("error").null();
    json.key("created_at").instant(task.created);
    json.key("started_at").instant(task.started);
    json.key("completed_at").instant(task.finished);
    json.key("metadata").begin_object().end_object().end_object();
  }

  static void get_task_status(std::string_view id, Context& context, ToolResult& result) {
    const TaskIndex index = context.world.find(id);
    if (index != kNoTask) return write_task(context.world, index, result.json());
    Json json = result.json();
    json.begin_object().member("id", id).member("error", "Task not found");
    json.member("status", "unknown").end_object();
  }

  static void list_tasks(std::string_view filter, Context& context, ToolResult& result) {
    const World& world = context.world;
    const auto wanted = world.model().find(filter);  // a filter that names no state is ignored
    for (TaskIndex i = 0; i < world.size(); ++i) {
      if (!world[i].evicted && (!wanted || world[i].state == *wanted)) {
        write_task(world, i, result.json());
      }
    }
  }

  // Finished tasks are forgotten after a while, and the oldest of them when there is no room.
  static void make_room(Context& context) {
    World& world = context.world;
    std::size_t kept = 0;
    TaskIndex oldest = kNoTask;
    for (TaskIndex i = 0; i < world.size(); ++i) {
      const Task& task = world[i];
      if (task.evicted) continue;
      const bool over = kStates[task.state].terminal;
      if (over && context.now - task.finished > kKeptFor) {
        world.evict(i);
        continue;
      }
      ++kept;
      if (over && (oldest == kNoTask || task.finished < world[oldest].finished)) oldest = i;
    }
    if (kept >= kMostTasks && oldest != kNoTask) world.evict(oldest);
  }

  // The shipped body does nothing: a task ends as soon as it has started. The slow profile gives it a
  // minute, so that it can be caught running.
  void start_task(std::string_view name, std::string_view tool, Context& context,
                  ToolResult& result) {
    World& world = context.world;
    make_room(context);
    const TaskIndex index = world.create(make_uuid4(world.next_number()), kPending, context.now);
    Task& task = world.touch(index);
    task.title = name;
    task.work = slow_ ? base::Duration{60s} : base::Duration{0};
    world.wake_at(index, slow_ ? context.now + kStartDelay : context.now);
    context.effect(Effect::TaskCreated, task.id, tool);
    Json json = result.json();
    json.begin_object().member("task_id", task.id).member("name", name).member("tool_name", tool);
    json.member("status", "pending").end_object();
  }

  Surface surface_;
  bool slow_;
};

}  // namespace

std::unique_ptr<Behaviour> make_binassist(std::size_t profile) {
  return std::make_unique<BinAssist>(profile);
}

}  // namespace gatecrash::mock_servers
