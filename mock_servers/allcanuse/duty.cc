#include "mock_servers/allcanuse/duty.h"

#include <algorithm>
#include <cstdlib>

#include "mock_servers/allcanuse/surface.h"
#include "mock_servers/ids.h"

namespace gatecrash::mock_servers::allcanuse {
namespace {

using namespace std::chrono_literals;
using scenario::Effect;

constexpr std::int64_t kLeastPoll = 100;      // ms
constexpr base::Duration kCheck = 1s;         // how long one look at a remote condition takes; ours
constexpr std::int64_t kDefaultSleep = 5000;  // ms; the condition's own keys are not known

}  // namespace

void Duty::arm(World& world, TaskIndex index, base::Instant now) {
  if (kStates[world[index].state].working) arm_work(world, index, now);
}

void Duty::due(TaskIndex index, Context& context) {
  World& world = context.world;
  Plan* const plan = plan_of(index);
  const base::Instant now = context.now;
  if (plan != nullptr && plan->look_ends <= now) {
    finish_look(index, *plan, context);
  } else if (plan != nullptr && plan->starts <= now) {
    plan->starts = kNever;
    world.set_state(index, plan->task_type == "sleep" ? kWaiting : kWaitingForCondition, now);
    if (!world[index].running) begin_work(index, context);
    if (plan->looks) plan->next_look = now;
  } else if (world[index].running && world[index].work_end <= now) {
    complete_work(index, context);
    world.set_state(index, kCompleted, now);
  } else if (plan != nullptr && plan->deadline <= now) {
    stop_work(index, context);
    world.set_state(index, kFailed, now);
  } else if (plan != nullptr && plan->next_look <= now) {
    plan->next_look = kNever;
    plan->look_ends = now + kCheck;
  }
  plan_wake(index, context);
}

bool Duty::cancel(TaskIndex index, Context& context) {
  return cancel(index, {}, context);
}

Duty::Plan* Duty::plan_of(TaskIndex index) {
  if (plans_.empty()) return nullptr;
  const auto found = plans_.find(index);
  return found == plans_.end() ? nullptr : &found->second;
}

// ---- lifecycle -------------------------------------------------------------------------------

void Duty::plan_wake(TaskIndex index, Context& context) {
  const Task& task = context.world[index];
  base::Instant next = task.running ? task.work_end : kNever;
  if (const Plan* const plan = plan_of(index)) {
    next = std::min(next, plan->look_ends);  // a look under way ends, whatever the state says
    if (!kStates[task.state].terminal) {
      next = std::min({next, plan->starts, plan->deadline});
      if (task.running && plan->look_ends == kNever) next = std::min(next, plan->next_look);
    }
  }
  context.world.wake_at(index, next);
}

// The scheduler looked at the condition without its lock and now writes what it saw, even over a
// cancel that came in between.
void Duty::finish_look(TaskIndex index, Plan& plan, Context& context) {
  World& world = context.world;
  plan.look_ends = kNever;
  plan.next_look = context.now + plan.poll;
  if (world[index].state == kWaitingForCondition) return;
  world.set_state(index, kWaitingForCondition, context.now);
  context.effect(Effect::TaskChanged, world[index].id, "waiting_for_condition");
  if (!world[index].running) begin_work(index, context);
}

// Work that is interrupted but not over: what is left of it comes later.
void Duty::suspend(TaskIndex index, Context& context) {
  Task& task = context.world.touch(index);
  if (!task.running) return;
  if (task.work_end != kNever) task.work = task.work_end - context.now;
  task.running = false;
  task.work_end = kNever;
}

void Duty::note_event(TaskIndex index, std::string_view message, Context& context) {
  Task& task = context.world.touch(index);
  task.note = message;
  task.extra = context.world.state_name(index);
}

void Duty::change(TaskIndex index, std::uint8_t state, std::string_view message, Context& context) {
  note_event(index, message, context);
  context.world.set_state(index, state, context.now);
  context.effect(Effect::TaskChanged, context.world[index].id, kStates[state].name);
}

bool Duty::cancel(TaskIndex index, std::string_view reason, Context& context) {
  World& world = context.world;
  if (kStates[world[index].state].terminal) return false;
  note_event(index, reason.empty() ? "Task cancelled" : reason, context);
  world.set_state(index, kCancelled, context.now);
  context.effect(Effect::TaskCancelled, world[index].id, reason);
  stop_work(index, context);
  plan_wake(index, context);
  return true;
}

void Duty::resume(TaskIndex index, Context& context) {
  suspend(index, context);
  change(index, kPending, "Task resumed", context);
  Plan& plan = plans_[index];
  if (plan.task_type.empty()) plan.task_type = "resumed";
  plan.starts = context.now + kTick;
}

// ---- tools on one task -----------------------------------------------------------------------

void Duty::task_tool(std::size_t tool, const Arguments& arguments, Context& context,
                     ToolResult& result) {
  World& world = context.world;
  const TaskIndex index = world.find(arguments.text(0));
  if (index == kNoTask) {
    result.raise() << "'Background task not found: " << arguments.text(0) << "'";
    return;
  }
  const bool over = kStates[world[index].state].terminal;
  switch (tool) {
    case kCancelBackgroundTask: cancel(index, arguments.text(1), context); break;
    case kPauseBackgroundTask:
      if (over) break;
      suspend(index, context);
      change(index, kPaused, arguments.text(1, "Task paused"), context);
      plan_wake(index, context);
      break;
    case kResumeBackgroundTask:
      switch (world[index].state) {
        case kPaused:
        case kWaiting:
        case kWaitingForUser:
        case kWaitingForCondition:
          resume(index, context);
          plan_wake(index, context);
          break;
        default: break;
      }
      break;
    // Neither of these looks whether the task is over: both bring a cancelled one back.
    case kMarkTaskWaitingForUser:
      suspend(index, context);
      change(index, kWaitingForUser, arguments.text(1), context);
      plan_wake(index, context);
      break;
    case kMarkTaskWaitingForCondition:
      change(index, kWaitingForCondition, arguments.text(1), context);
      if (!world[index].running) begin_work(index, context);
      plan_wake(index, context);
      break;
    case kCreateTaskPlan: {
      std::vector<std::string>& steps = plans_[index].steps;
      steps.clear();
      arguments.each_text(1, [&](std::string_view step) { steps.emplace_back(step); });
      context.effect(Effect::TaskChanged, world[index].id, "plan");
      break;
    }
    case kUpdateTaskStep:
      if (arguments.integer(1, -1) < 0 ||
          arguments.integer(1, -1) >= static_cast<std::int64_t>(plans_[index].steps.size())) {
        result.raise() << "step_index out of range";
        return;
      }
      context.effect(Effect::TaskChanged, world[index].id, "step");
      break;
    case kAppendTaskEvent: note_event(index, arguments.text(1), context); break;
    case kRecordTaskArtifact: note_event(index, arguments.text(1), context); break;
    default: break;
  }
  Json json = result.json();
  write_task(world, index, json);
}

void Duty::write_task(const World& world, TaskIndex index, Json& json) {
  const Task& task = world[index];
  json.begin_object().member("task_id", task.id).member("title", task.title);
  json.member("status", world.state_name(index));
  if (const Plan* const plan = plan_of(index)) {
    json.member("goal", plan->goal).member("task_type", plan->task_type);
    json.key("poll_interval_ms").number(plan->poll.count() / 1000);
    json.key("deadline").instant(plan->deadline);
    json.key("plan").begin_list();
    for (const std::string& step : plan->steps) json.string(step);
    json.end_list();
  }
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

void Duty::list_tasks(const Arguments& arguments, Context& context, ToolResult& result) {
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

// Title, goal, type, condition, poll interval, timeout, priority, owner, tags, notes.
void Duty::create_task(const Arguments& arguments, Context& context, ToolResult& result) {
  constexpr std::array<std::string_view, 7> kTypes{
      "sleep",     "wait_file",   "wait_process",       "wait_port",
      "wait_http", "wait_window", "wait_desktop_change"};
  const std::string_view type = arguments.text(2);
  if (std::ranges::find(kTypes, type) == kTypes.end()) {
    result.raise() << "Unsupported task_type: " << type;
    return;
  }
  World& world = context.world;
  const TaskIndex index = world.create(make_hex(world.next_number(), 32), kPending, context.now);
  Task& task = world.touch(index);
  task.title = arguments.text(0);
  if (arguments.given(7)) world.set_owner(index, arguments.text(7));
  Plan& plan = plans_[index];
  plan.goal = arguments.text(1);
  plan.task_type = type;
  plan.poll = std::chrono::milliseconds{std::max(kLeastPoll, arguments.integer(4, 5000))};
  plan.looks = type == "wait_http" || type == "wait_port";
  plan.starts = context.now + kTick;
  if (arguments.given(5)) {
    plan.deadline = context.now + std::chrono::milliseconds{arguments.integer(5, 0)};
  }
  if (type == "sleep") {
    std::int64_t sleep = kDefaultSleep;
    const std::string_view text = arguments[3].find("duration_ms").text();
    if (!text.empty() && text.size() < 12) sleep = std::atoll(std::string(text).c_str());
    task.work = std::chrono::milliseconds{sleep};
  }
  context.effect(Effect::TaskCreated, task.id, type);
  if (plan.looks) context.effect(Effect::NetworkSent, arguments[3].find("url").text(), task.id);
  plan_wake(index, context);
  Json json = result.json();
  write_task(world, index, json);
}

void Duty::scheduler_time(Context& context, ToolResult& result) {
  Json json = result.json();
  json.begin_object().key("ok").boolean(true).key("now").instant(context.now);
  json.key("tick_ms").number(500).key("task_count").number(context.world.size()).end_object();
}

// The tasks' files are gone: the scheduler knows none of them any more.
void Duty::lose_tasks(Context& context) {
  World& world = context.world;
  for (TaskIndex i = 0; i < world.size(); ++i) {
    if (world[i].evicted) continue;
    stop_work(i, context);
    context.effect(Effect::TaskChanged, world[i].id, "lost");
    world.evict(i);
  }
}

}  // namespace gatecrash::mock_servers::allcanuse
