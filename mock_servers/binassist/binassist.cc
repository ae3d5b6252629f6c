#include "mock_servers/binassist/binassist.h"

#include <array>

#include "mock_servers/binassist/surface.h"
#include "mock_servers/ids.h"
#include "mock_servers/listings.h"

namespace gatecrash::mock_servers {
namespace {

using namespace binassist;
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

constexpr std::string_view kBinary = "sample.bin";  // the one binary that is open; ours

constexpr std::array<ResourceEntry, 8> kTemplates{{
    {"binassist://{filename}/triage_summary", "triage summary"},
    {"binassist://{filename}/functions", "functions"},
    {"binassist://{filename}/imports", "imports"},
    {"binassist://{filename}/exports", "exports"},
    {"binassist://{filename}/strings", "strings"},
    {"binja://{filename}/info", "info"},
    {"binja://{filename}/segments", "segments"},
    {"binja://{filename}/sections", "sections"},
}};
constexpr std::array<PromptEntry, 7> kPrompts{{
    {"analyze_function", "Explain what one function does."},
    {"identify_vulnerability", "Look for weaknesses in one function."},
    {"document_function", "Write documentation for one function."},
    {"trace_data_flow", "Follow data from a source to its uses."},
    {"compare_functions", "Say how two functions differ."},
    {"reverse_engineer_struct", "Recover a structure from its accesses."},
    {"trace_network_data", "Follow data that comes from the network."},
}};

class BinAssist final : public Behaviour {
 public:
  explicit BinAssist(std::size_t profile) : slow_(profile == 1) {
    surface_ = {.server_name = "BinAssistMCP",
                .server_version = "1.23.3",
                .framework = &kOfficialPython,
                .tools = tools(),
                .profile = static_cast<std::uint32_t>(profile),
                .states = {kStates, kRunning},
                .cancel_tool = kCancelTask,
                .cancel_id = "task_id",
                .resources = true,
                .prompts = true};
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
      case kStartTask: return start_task(arguments.text(0), arguments.text(1), context, result);
      case kListBinaries:
        result.json()
            .begin_object()
            .key("binaries")
            .begin_list()
            .string(kBinary)
            .end_list()
            .end_object();
        return;
      case kOpenBinary: return play(tools()[tool], arguments, context, result);
      default: return on_binary(tool, arguments, context, result);
    }
  }

  bool list_resources(Context&, std::string& out) override {
    write_resources({}, out);
    return true;
  }
  bool list_resource_templates(Context&, std::string& out) override {
    write_resource_templates(kTemplates, out);
    return true;
  }
  bool read_resource(std::string_view uri, Context&, std::string& out) override {
    for (const ResourceEntry& each : kTemplates) {
      if (!fits_template(uri, each.uri) || uri.find(kBinary) == std::string_view::npos) continue;
      write_resource(uri, each.name, out);
      return true;
    }
    return false;
  }
  bool list_prompts(Context&, std::string& out) override {
    write_prompts(kPrompts, out);
    return true;
  }
  bool get_prompt(std::string_view name, base::Value, Context&, std::string& out) override {
    return write_prompt(kPrompts, name, out);
  }

 private:
  void cancel_task(std::string_view id, Context& context, ToolResult& result) {
    const TaskIndex index = context.world.find(id);
    const bool cancelled = index != kNoTask && cancel(index, context);
    Json json = result.json();
    json.begin_object().member("task_id", id);
    json.key("cancelled").boolean(cancelled);
    json.member("message",
                cancelled ? "Task cancellation initiated" : "Task not found or already completed");
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

  // The shipped body does nothing: a task ends as soon as it has started. The slow profile gives it
  // a minute, so that it can be caught running.
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

  // Tools on one binary: its name comes first among their parameters.
  static void on_binary(std::size_t index, const Arguments& arguments, Context& context,
                        ToolResult& result) {
    const Tool& tool = tools()[index];
    if (arguments.text(0) != kBinary) {
      result.raise() << "\"Binary '" << arguments.text(0) << "' not found. Available: " << kBinary
                     << '"';
      return;
    }
    switch (index) {
      case kComments:
      case kVariables:
      case kTypes:
      case kBookmarks: return by_action(tool, arguments, context, result);
      case kBatchRename: return batch_rename(arguments, context, result);
      case kGetFunctions:
      case kSearchFunctionsByName:
        for (const char* name : {"main", "parse_header", "free_all"}) {
          result.json().begin_object().member("name", name).end_object();
        }
        return;
      default: return play(tool, arguments, context, result);
    }
  }

  // Reading, changing and removing behind one name, told apart by `action`.
  static void by_action(const Tool& tool, const Arguments& arguments, Context& context,
                        ToolResult& result) {
    const std::string_view action = arguments.text(1);
    const std::string_view known = tool.params[1].values;
    std::size_t at = known.find(action);
    const bool whole_word =
        !action.empty() && at != std::string_view::npos && (at == 0 || known[at - 1] == '|') &&
        (at + action.size() == known.size() || known[at + action.size()] == '|');
    if (!whole_word) {
      result.text() << "Unknown action: " << action;
      return;
    }
    const bool reads = action == "get" || action == "list" || action == "info";
    // What is changed: the first text given after the action.
    std::string_view subject = tool.name;
    for (std::size_t i = 2; i < tool.params.size(); ++i) {
      if (tool.params[i].type == Type::String && !arguments.text(i).empty()) {
        subject = arguments.text(i);
        break;
      }
    }
    if (!reads) {
      context.effect(action == "remove" ? Effect::FileDeleted : Effect::FileWritten, subject,
                     tool.name);
    }
    result.text() << tool.name << " " << action << ": done (modelled)";
  }

  static void batch_rename(const Arguments& arguments, Context& context, ToolResult& result) {
    for (const base::Value each : arguments[1]) {
      const std::string_view old_name = each.find("address_or_name").text();
      const std::string_view new_name = each.find("new_name").text();
      context.effect(Effect::FileWritten, old_name, new_name);
      Json json = result.json();
      json.begin_object().member("address_or_name", old_name).member("new_name", new_name);
      json.key("success").boolean(true).end_object();
    }
  }

  Surface surface_;
  bool slow_;
};

}  // namespace

std::unique_ptr<Behaviour> make_binassist(std::size_t profile) {
  return std::make_unique<BinAssist>(profile);
}

}  // namespace gatecrash::mock_servers
