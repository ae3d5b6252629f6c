// Allcanuse's background tasks: a scheduler of its own with plans, pauses and conditions that it
// looks at without its lock. What brings a cancelled task back is here; what ends one from outside
// is in allcanuse.cc.
#pragma once

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "mock_servers/behaviour.h"

namespace gatecrash::mock_servers::allcanuse {

enum State : std::uint8_t {
  kPending,
  kRunning,
  kWaiting,
  kWaitingForUser,
  kWaitingForCondition,
  kPaused,
  kCompleted,
  kFailed,
  kCancelled
};
inline constexpr std::array<StateInfo, 9> kStates{{{"pending", false, true},
                                                   {"running", false, true},
                                                   {"waiting", false, true},
                                                   {"waiting_for_user"},
                                                   {"waiting_for_condition", false, true},
                                                   {"paused"},
                                                   {"completed", true},
                                                   {"failed", true},
                                                   {"cancelled", true}}};
// Between two looks of the scheduler.
inline constexpr base::Duration kTick = std::chrono::milliseconds{500};

class Duty : public Behaviour {
 public:
  void reset() override {
    if (!plans_.empty()) plans_.clear();
  }
  void arm(World& world, TaskIndex index, base::Instant now) override;
  void due(TaskIndex index, Context& context) override;
  bool cancel(TaskIndex index, Context& context) override;

 protected:
  // The tools on one task.
  void task_tool(std::size_t tool, const Arguments& arguments, Context& context,
                 ToolResult& result);
  void list_tasks(const Arguments& arguments, Context& context, ToolResult& result);
  void create_task(const Arguments& arguments, Context& context, ToolResult& result);
  static void scheduler_time(Context& context, ToolResult& result);
  // The tasks' files are gone: the scheduler knows none of them any more.
  static void lose_tasks(Context& context);

 private:
  // What a created task has beyond the table: initial tasks have none of it.
  struct Plan {
    std::string task_type;
    std::string goal;
    std::string spec;  // the arguments as given, canonical JSON
    base::Instant starts = kNever;
    base::Instant deadline = kNever;
    base::Duration poll{};
    bool looks = false;  // its condition is looked at over the network, which takes time
    base::Instant next_look = kNever;
    base::Instant look_ends = kNever;  // a look is under way
    std::vector<std::string> steps;
  };

  Plan* plan_of(TaskIndex index);
  void plan_wake(TaskIndex index, Context& context);
  void finish_look(TaskIndex index, Plan& plan, Context& context);
  static void suspend(TaskIndex index, Context& context);
  static void note_event(TaskIndex index, std::string_view message, Context& context);
  static void change(TaskIndex index, std::uint8_t state, std::string_view message,
                     Context& context);
  bool cancel(TaskIndex index, std::string_view reason, Context& context);
  void resume(TaskIndex index, Context& context);
  void write_task(const World& world, TaskIndex index, Json& json);

  std::unordered_map<TaskIndex, Plan> plans_;
};

}  // namespace gatecrash::mock_servers::allcanuse
