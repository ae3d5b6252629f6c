#include "mock_servers/behaviour.h"

namespace gatecrash::mock_servers {

using scenario::Effect;

void Behaviour::arm_work(World& world, TaskIndex index, base::Instant now) {
  Task& task = world.touch(index);
  task.running = true;
  if (task.started == kNever) task.started = now;
  task.work_end = task.work ? now + *task.work : kNever;
  world.wake_at(index, task.work_end);
}

void Behaviour::begin_work(TaskIndex index, Context& context) {
  arm_work(context.world, index, context.now);
}

bool Behaviour::stop_work(TaskIndex index, Context& context) {
  if (context.cosmetic_cancel || !context.world[index].running) return false;
  Task& task = context.world.touch(index);
  task.running = false;
  task.work_end = kNever;
  context.world.wake_at(index, kNever);
  context.effect(Effect::WorkStopped, task.id);
  return true;
}

void Behaviour::complete_work(TaskIndex index, Context& context) {
  Task& task = context.world.touch(index);
  task.running = false;
  task.work_end = kNever;
  context.world.wake_at(index, kNever);
  context.effect(Effect::WorkCompleted, task.id);
}

void Behaviour::record(const Tool& tool, const Arguments& arguments, Context& context) {
  for (const Change& each : tool.changes) {
    if (each.subject.empty()) continue;
    bool named = false;
    for (std::size_t i = 0; i < tool.params.size(); ++i) {
      if (tool.params[i].name != each.subject) continue;
      named = true;
      arguments.each_text(i,
                          [&](std::string_view subject) { context.effect(each.effect, subject); });
    }
    if (!named) context.effect(each.effect, each.subject);
  }
}

void Behaviour::play(const Tool& tool, const Arguments& arguments, Context& context,
                     ToolResult& result) {
  record(tool, arguments, context);
  switch (tool.returns) {
    case Returns::List: return;
    case Returns::Text: result.text() << tool.name << ": done (modelled)"; return;
    case Returns::Json:
      result.json()
          .begin_object()
          .key("ok")
          .boolean(true)
          .key("modelled")
          .boolean(true)
          .end_object();
  }
}

}  // namespace gatecrash::mock_servers
