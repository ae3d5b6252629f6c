#include "harness/scenario/world.h"

#include <algorithm>

#include "harness/scenario/reading.h"
#include "harness/scenario/substitution.h"
#include "harness/scenario/task_ids.h"

namespace gatecrash::scenario {

WorldSpec make_world(const Target& target, std::uint32_t least,
                     std::optional<base::Duration> work) {
  WorldSpec world;
  const std::size_t named = target.named_tasks.size();
  const std::size_t count = std::max<std::size_t>(named + target.tasks, least);
  world.tasks.reserve(count);
  world.tasks = target.named_tasks;
  if (work) {
    for (TaskSpec& task : world.tasks) task.work = work;
  }
  const std::uint64_t salt = task_id_salt(target.mock);
  while (world.tasks.size() < count) {
    const std::size_t n = world.tasks.size();
    TaskSpec& task = world.tasks.emplace_back();
    append_task_id(target.task_ids, salt, static_cast<std::uint32_t>(n), task.id);
    if (!target.task_states.empty()) task.state = target.task_states[n % target.task_states.size()];
    task.work = work ? work : target.task_work;
  }
  return world;
}

base::Result<WorldFile> load_world(const std::string& path) {
  auto document = std::make_shared<base::Document>();
  if (auto loaded = base::load_document(path, *document); loaded.has_error()) return loaded.error();
  base::Problems problems;
  WorldFile file;
  file.target.tasks = 0;
  Reader reader{*document, problems};
  read_world(reader, document->tree.root(), file.target);
  refuse_literals(reader);
  if (!problems.empty()) {
    sort_problems(problems);
    return problems;
  }
  file.document = std::move(document);
  return file;
}

bool has_call(const Plan& plan) {
  return std::ranges::any_of(plan.steps, [](const Step& step) {
    return step.kind == StepKind::Call || step.kind == StepKind::Raw;
  });
}

}  // namespace gatecrash::scenario
