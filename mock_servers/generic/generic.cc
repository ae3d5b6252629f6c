#include "mock_servers/generic/generic.h"

#include <array>

namespace gatecrash::mock_servers {
namespace {

using scenario::Effect;

enum State : std::uint8_t { kPending, kRunning, kCompleted, kFailed, kCancelled };
constexpr std::array<StateInfo, 5> kStates{{{"pending"},
                                            {"running", false, true},
                                            {"completed", true},
                                            {"failed", true},
                                            {"cancelled", true}}};

enum ToolIndex : std::size_t { kCancelTask, kGetTask, kListTasks };
constexpr std::array<Param, 1> kTaskId{{{.name = "task_id", .required = true}}};
constexpr std::array<Tool, 3> kTools{{
    {.name = "cancel_task",
     .description = "Cancels one task.",
     .params = kTaskId,
     .category = Category::Destructive,
     .synthetic = true},
    {.name = "get_task", .description = "State of one task.", .params = kTaskId, .synthetic = true},
    {.name = "list_tasks", .description = "All tasks with their states.", .synthetic = true},
}};

class Generic final : public Behaviour {
 public:
  explicit Generic(std::size_t profile) {
    surface_ = {.server_name = "generic",
                .server_version = "1",
                .framework = &kPlain,
                .tools = kTools,
                .states = {kStates, kRunning},
                .cancel_tool = kCancelTask,
                .cancel_id = "task_id",
                .page_size = profile == 1 ? std::size_t{2} : 0};
  }

  const Surface& surface() const override { return surface_; }

  void arm(World& world, TaskIndex index, base::Instant now) override {
    if (world[index].state == kRunning) arm_work(world, index, now);
  }

  void due(TaskIndex index, Context& context) override {
    complete_work(index, context);
    context.world.set_state(index, kCompleted, context.now);
  }

  bool cancel(TaskIndex index, Context& context) override {
    if (kStates[context.world[index].state].terminal) return false;
    context.world.set_state(index, kCancelled, context.now);
    context.effect(Effect::TaskCancelled, context.world[index].id);
    stop_work(index, context);
    return true;
  }

  void call(std::size_t tool, const Arguments& arguments, Context& context,
            ToolResult& result) override {
    const World& world = context.world;
    if (tool == kListTasks) {
      Json json = result.json();
      json.begin_list();
      for (TaskIndex i = 0; i < world.size(); ++i) {
        json.begin_object()
            .member("id", world[i].id)
            .member("state", world.state_name(i))
            .end_object();
      }
      json.end_list();
      return;
    }
    const TaskIndex index = world.find(arguments.text(0));
    if (index == kNoTask) {
      result.fail() << "Unknown task: " << arguments.text(0);
      return;
    }
    if (tool == kCancelTask && !cancel(index, context)) {
      result.fail() << "Task is over: " << arguments.text(0);
      return;
    }
    Json json = result.json();
    json.begin_object().member("id", world[index].id).member("state", world.state_name(index));
    json.end_object();
  }

 private:
  Surface surface_;
};

}  // namespace

std::unique_ptr<Behaviour> make_generic(std::size_t profile) {
  return std::make_unique<Generic>(profile);
}

}  // namespace gatecrash::mock_servers
