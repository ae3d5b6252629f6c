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

}  // namespace gatecrash::mock_servers
