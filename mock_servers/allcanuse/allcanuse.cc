#include "mock_servers/allcanuse/allcanuse.h"

#include <algorithm>
#include <array>
#include <vector>

#include "harness/base/json.h"
#include "mock_servers/ids.h"

namespace gatecrash::mock_servers {
namespace {

using namespace std::chrono_literals;
using scenario::Effect;

enum State : std::uint8_t {
  kPending, kRunning, kWaiting, kWaitingForUser, kWaitingForCondition, kPaused, kCompleted, kFailed,
  kCancelled
};
constexpr std::array<StateInfo, 9> kStates{{{"pending", false, true},
                                            {"running", false, true},
                                            {"waiting", false, true},
                                            {"waiting_for_user"},
                                            {"waiting_for_condition", false, true},
                                            {"paused"},
                                            {"completed", true},
                                            {"failed", true},
                                            {"cancelled", true}}};

constexpr base::Duration kTick = 500ms;

enum ToolIndex : std::size_t { kCancel, kGet, kList, kCreate };

constexpr std::array<Param, 2> kCancelParams{
    {{.name = "task_id", .required = true},
     {.name = "reason", .nullable = true, .otherwise = "null"}}};
constexpr std::array<Param, 1> kGetParams{{{.name = "task_id", .required = true}}};
constexpr std::array<Param, 2> kListParams{
    {{.name = "statuses",
      .type = Type::List,
      .nullable = true,
      .otherwise = "null",
      .items = R"({"type":"string"})"},
     {.name = "limit", .type = Type::Integer, .otherwise = "100"}}};
constexpr std::array<Param, 10> kCreateParams{{
    {.name = "title", .required = true},
    {.name = "goal", .required = true},
    {.name = "task_type",
     .required = true,
     .values = "sleep|wait_file|wait_process|wait_port|wait_http|wait_window|wait_desktop_change"},
    {.name = "condition", .type = Type::Object, .required = true},
    {.name = "poll_interval_ms", .type = Type::Integer, .otherwise = "5000"},
    {.name = "timeout_ms", .type = Type::Integer, .nullable = true, .otherwise = "null"},
    {.name = "priority", .type = Type::Integer, .otherwise = "50"},
    {.name = "owner", .nullable = true, .otherwise = "null"},
    {.name = "tags",
     .type = Type::List,
     .nullable = true,
     .otherwise = "null",
     .items = R"({"type":"string"})"},
    {.name = "notes", .nullable = true, .otherwise = "null"},
}};

constexpr std::array<Tool, 4> kTools{{
    {.name = "cancel_background_task",
     .description = "Cancels a background task and returns it.",
     .params = kCancelParams,
     .category = Category::Destructive,
     .catalogued = true},
    {.name = "get_background_task",
     .description = "Returns one background task.",
     .params = kGetParams},
    {.name = "list_background_tasks",
     .description = "Lists background tasks of every client, newest first.",
     .params = kListParams},
    {.name = "create_background_task",
     .description = "Creates a task that waits for a condition in the background.",
     .params = kCreateParams,
     .category = Category::Execute},
}};

class Allcanuse final : public Behaviour {
 public:
  Allcanuse() {
    surface_ = {.server_name = "allcanuse-mcp",
                .server_version = "1.23.3",
                .framework = &kOfficialPython,
                .tools = kTools,
                .states = {kStates, kRunning},
                .cancel_tool = kCancel,
                .cancel_id = "task_id"};
  }

  const Surface& surface() const override { return surface_; }

  void arm(World& world, TaskIndex index, base::Instant now) override {
    if (kStates[world[index].state].working) arm_work(world, index, now);
  }

  void due(TaskIndex index, Context& context) override {
    World& world = context.world;
    if (world[index].state == kPending && !world[index].running) {
      world.set_state(index, kWaitingForCondition, context.now);
      return begin_work(index, context);
    }
    complete_work(index, context);
    world.set_state(index, kCompleted, context.now);
  }

  bool cancel(TaskIndex index, Context& context) override { return cancel(index, {}, context); }

  void call(std::size_t tool, const Arguments& arguments, Context& context,
            ToolResult& result) override {
    switch (tool) {
      case kCancel: return cancel_task(arguments, context, result);
      case kGet: return get_task(arguments.text(0), context, result);
      case kList: return list_tasks(arguments, context, result);
      default: return create_task(arguments, context, result);
    }
  }

 private:
  bool cancel(TaskIndex index, std::string_view reason, Context& context) {
    World& world = context.world;
    if (kStates[world[index].state].terminal) return false;
    Task& task = world.touch(index);
    task.note = reason.empty() ? "Task cancelled" : reason;
    task.extra = world.state_name(index);
    world.set_state(index, kCancelled, context.now);
    if (!context.cosmetic_cancel) world.wake_at(index, kNever);
    context.effect(Effect::TaskCancelled, task.id, reason);
    stop_work(index, context);
    return true;
  }

  static void not_found(std::string_view id, ToolResult& result) {
    result.raise() << "'Background task not found: " << id << "'";
  }

  static void write_task(const World& world, TaskIndex index, Json& json) {
    const Task& task = world[index];
    json.begin_object().member("task_id", task.id).member("title", task.title);
    json.member("status", world.state_name(index));
    json.key("owner").string_or_null(task.owner);
    json.key("created_at").instant(task.created).key("updated_at").instant(task.updated);
    json.key("completed_at").instant(task.finished);
    json.key("last_event");
    if (task.note.empty()) {
      json.null();
    } else {
      json.begin_object().member("type", task.state == kCancelled ? "warning" : "info");
      json.member("message", task.note);
      json.key("data").begin_object().member("previous_status", task.extra);
      json.member("status", world.state_name(index)).end_object().end_object();
    }
    json.end_object();
  }

  void cancel_task(const Arguments& arguments, Context& context, ToolResult& result) {
    const TaskIndex index = context.world.find(arguments.text(0));
    if (index == kNoTask) return not_found(arguments.text(0), result);
    cancel(index, arguments.text(1), context);
    Json json = result.json();
    write_task(context.world, index, json);
  }

  static void get_task(std::string_view id, Context& context, ToolResult& result) {
    const TaskIndex index = context.world.find(id);
    if (index == kNoTask) return not_found(id, result);
    Json json = result.json();
    write_task(context.world, index, json);
  }

  static void list_tasks(const Arguments& arguments, Context& context, ToolResult& result) {
    const World& world = context.world;
    std::vector<TaskIndex> chosen;
    for (TaskIndex i = world.size(); i-- > 0;) {
      bool wanted = !arguments.given(0);
      arguments.each_text(0, [&](std::string_view each) { wanted |= each == world.state_name(i); });
      if (wanted && !world[i].evicted) chosen.push_back(i);
    }
    const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(arguments.integer(1, 100), 0));
    const std::size_t count = std::min(limit, chosen.size());
    Json json = result.json();
    json.begin_object().key("count").number(static_cast<std::int64_t>(count));
    json.key("total_count").number(static_cast<std::int64_t>(chosen.size()));
    json.key("tasks").begin_list();
    for (std::size_t i = 0; i < count; ++i) write_task(world, chosen[i], json);
    json.end_list().end_object();
  }

  void create_task(const Arguments& arguments, Context& context, ToolResult& result) {
    World& world = context.world;
    const TaskIndex index = world.create(make_hex(world.next_number(), 32), kPending, context.now);
    Task& task = world.touch(index);
    task.title = arguments.text(0);
    task.owner = arguments.text(7);
    world.wake_at(index, context.now + kTick);
    context.effect(Effect::TaskCreated, task.id, arguments.text(2));
    Json json = result.json();
    write_task(world, index, json);
  }

  Surface surface_;
};

}  // namespace

std::unique_ptr<Behaviour> make_allcanuse(std::size_t /*profile*/) {
  return std::make_unique<Allcanuse>();
}

}  // namespace gatecrash::mock_servers
