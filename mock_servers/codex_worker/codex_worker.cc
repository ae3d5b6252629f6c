#include "mock_servers/codex_worker/codex_worker.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "mock_servers/codex_worker/surface.h"
#include "mock_servers/ids.h"

namespace gatecrash::mock_servers {
namespace {

using namespace codex_worker;
using namespace std::chrono_literals;
using scenario::Effect;

enum State : std::uint8_t {
  kSubmitted,
  kWorking,
  kInputRequired,
  kCompleted,
  kFailed,
  kCancelled,
  kUnknown
};
constexpr std::array<StateInfo, 7> kStates{{{"submitted"},
                                            {"working", false, true},
                                            {"input_required"},
                                            {"completed", true},
                                            {"failed", true},
                                            {"cancelled", true},
                                            {"unknown"}}};

// Upstream knows `timed_out` as a terminal state of its own that never shows; here such a task
// failed.
constexpr std::string_view kTimedOut = "timed_out";

// How long a spawned task works; ours.
constexpr base::Duration kWork = 60s;

class CodexWorker final : public Behaviour {
 public:
  CodexWorker() {
    surface_ = {.server_name = "mcp-codex-worker",
                .server_version = "1.0.34",
                .framework = &kTypeScript,
                .tools = tools(),
                .states = {kStates, kWorking},
                .cancel_tool = kCancelTask,
                .cancel_id = "task_id",
                .resources = true,
                .subscriptions = true};
  }

  const Surface& surface() const override { return surface_; }
  std::string_view task_resource_prefix() const override { return "task:///"; }

  void reset() override { waits_.clear(); }

  void arm(World& world, TaskIndex index, base::Instant now) override {
    if (world[index].state == kWorking) arm_work(world, index, now);
    // Work goes on in the background of a question that waits for its answer.
    if (world[index].state == kInputRequired) world.touch(index).note = "dynamic_tool";
  }

  void due(TaskIndex index, Context& context) override {
    if (context.world[index].extra == kTimedOut) {
      stop_work(index, context);
      context.world.set_state(index, kFailed, context.now);
      return;
    }
    complete_work(index, context);
    context.world.set_state(index, kCompleted, context.now);
    release(context);
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
    switch (tool) {
      case kSpawnTask: return spawn(arguments, context, result);
      case kWaitTask: return wait(arguments, context, result);
      case kRespondTask: return respond(arguments, context, result);
      case kMessageTask: return message(arguments, context, result);
      default: return cancel_tasks(arguments, context, result);
    }
  }

  // Others are served meanwhile.
  base::Duration blocks(std::size_t tool, const Arguments& arguments,
                        const Context& context) override {
    if (tool != kWaitTask) return {};
    const TaskIndex index = context.world.find(arguments.text(0));
    if (index == kNoTask) return {};
    const std::uint8_t state = context.world[index].state;
    if (kStates[state].terminal || state == kInputRequired) return {};
    const base::Duration timeout = std::chrono::milliseconds{arguments.integer(1, 30'000)};
    const base::Duration poll = std::chrono::milliseconds{arguments.integer(2, 1000)};
    return std::min(poll, timeout - context.waited);
  }

  bool list_resources(Context& context, std::string& out) override {
    out += R"({"resources":[{"uri":"task:///all","name":"scoreboard","mimeType":"text/plain"})";
    for (TaskIndex i = 0; i < context.world.size(); ++i) {
      out += R"(,{"uri":"task:///)" + context.world[i].id + R"(","name":)";
      base::write_json_string(context.world[i].id, out);
      out += '}';
    }
    out += "]}";
    return true;
  }

  bool list_resource_templates(Context&, std::string& out) override {
    out += R"({"resourceTemplates":[)";
    bool first = true;
    for (const std::string_view each : kParts) {
      if (!first) out += ',';
      first = false;
      out += R"({"uriTemplate":"task:///{id})";
      out += each;
      out += R"(","name":"task)";
      out += each;
      out += "\"}";
    }
    out += "]}";
    return true;
  }

  bool read_resource(std::string_view uri, Context& context, std::string& out) override {
    constexpr std::string_view kPrefix = "task:///";
    if (!uri.starts_with(kPrefix)) return false;
    const std::string_view rest = uri.substr(kPrefix.size());
    std::string text;
    const World& world = context.world;
    if (rest == "all") {
      for (TaskIndex i = 0; i < world.size(); ++i) {
        text += std::string(badge(world[i].state)) + " " + world[i].id + "\n";
      }
    } else {
      const std::size_t slash = std::min(rest.find('/'), rest.size());
      const std::string_view part = rest.substr(slash);
      const TaskIndex index = world.find(rest.substr(0, slash));
      if (index == kNoTask || std::ranges::find(kParts, part) == kParts.end()) return false;
      text = world[index].id + ": " + std::string(world.state_name(index)) + "\n";
    }
    out += R"({"contents":[{"uri":)";
    base::write_json_string(uri, out);
    out += R"(,"mimeType":"text/plain","text":)";
    base::write_json_string(text, out);
    out += "}]}";
    return true;
  }

 private:
  static constexpr std::array<std::string_view, 6> kParts{
      "", "/log", "/log.verbose", "/events", "/events/summary", "/timeline"};

  struct Waiting {
    TaskIndex task;
    std::vector<std::string> on;
  };

  // `[wait]` for the states that wait is inferred.
  static std::string_view badge(std::uint8_t state) {
    switch (state) {
      case kCompleted: return "[done]";
      case kWorking: return "[busy]";
      case kFailed: return "[fail]";
      case kCancelled: return "[stop]";
      default: return "[wait]";
    }
  }

  static void no_such_task(std::string_view id, ToolResult& result) {
    result.fail() << "Task not found: " << id;
  }

  void cancel_tasks(const Arguments& arguments, Context& context, ToolResult& result) {
    World& world = context.world;
    enum Part : std::uint8_t { kDone, kOver, kMissing };
    seen_.clear();
    arguments.each_text(0, [&](std::string_view id) {
      if (std::ranges::find(seen_, id, &Seen::id) != seen_.end()) return;
      const TaskIndex index = world.find(id);
      const bool known = index != kNoTask;
      seen_.push_back({id, known ? (cancel(index, context) ? kDone : kOver) : kMissing});
    });
    Json json = result.json();
    json.begin_object();
    for (const auto& [part, name] :
         {std::pair{kDone, "cancelled"}, std::pair{kOver, "already_terminal"},
          std::pair{kMissing, "not_found"}}) {
      json.key(name).begin_list();
      for (const Seen& each : seen_) {
        if (each.part == part) json.string(each.id);
      }
      json.end_list();
    }
    json.end_object();
  }

  void spawn(const Arguments& arguments, Context& context, ToolResult& result) {
    World& world = context.world;
    std::vector<std::string> on;
    arguments.each_text(kDependsOn, [&](std::string_view id) {
      const TaskIndex other = world.find(id);
      if (other == kNoTask || world[other].state != kCompleted) on.emplace_back(id);
    });
    std::string id;
    do {
      id = make_codename(world.next_number());
    } while (world.find(id) != kNoTask);
    const TaskIndex index = world.create(id, on.empty() ? kWorking : kSubmitted, context.now);
    id = world[index].id;
    Task& task = world.touch(index);
    task.title = arguments.text(kPrompt);
    task.work = kWork;
    if (const auto timeout = arguments.integer(kTimeout);
        timeout && std::chrono::milliseconds{*timeout} < kWork) {
      task.work = std::chrono::milliseconds{*timeout};
      task.extra = kTimedOut;
    }
    context.effect(Effect::TaskCreated, id);
    if (on.empty()) {
      context.effect(Effect::ProcessStarted, id, "agent");
      begin_work(index, context);
    } else {
      waits_.push_back({index, std::move(on)});
    }
    Json json = result.json();
    json.begin_object().member("task_id", id).member("status", world.state_name(index));
    json.key("poll_frequency").number(5000);
    const std::string dir = "/var/lib/codex-worker/tasks/" + id;
    json.key("disk_paths").begin_object().member("dir", dir);
    json.member("events_log", dir + "/events.jsonl").member("timeline_log", dir + "/timeline.log");
    json.member("meta", dir + "/meta.json").end_object();
    json.key("labels").begin_list();
    arguments.each_text(kLabels, [&](std::string_view label) { json.string(label); });
    json.end_list().member("provider_session_id", make_uuid4(index));
    json.key("resources").begin_object().member("scoreboard", "task:///all");
    json.member("detail", "task:///" + id).member("log", "task:///" + id + "/log");
    json.end_object().end_object();
  }

  // Tasks whose last dependency has completed begin.
  void release(Context& context) {
    World& world = context.world;
    for (const Waiting& each : waits_) {
      if (world[each.task].state != kSubmitted) continue;
      const bool met = std::ranges::all_of(each.on, [&](const std::string& id) {
        const TaskIndex other = world.find(id);
        return other != kNoTask && world[other].state == kCompleted;
      });
      if (!met) continue;
      world.set_state(each.task, kWorking, context.now);
      context.effect(Effect::ProcessStarted, world[each.task].id, "agent");
      begin_work(each.task, context);
    }
  }

  // What a wait answers when its time is up, or the task over or asking.
  void wait(const Arguments& arguments, Context& context, ToolResult& result) {
    const World& world = context.world;
    const TaskIndex index = world.find(arguments.text(0));
    if (index == kNoTask) return no_such_task(arguments.text(0), result);
    Json json = result.json();
    json.begin_object()
        .member("task_id", world[index].id)
        .member("status", world.state_name(index));
    json.key("provider_session_id").null();
    json.key("output").begin_list().end_list();
    json.key("token_usage").begin_object();
    for (const char* each : {"totalTokens", "inputTokens", "outputTokens", "contextWindow"}) {
      json.key(each).number(0);
    }
    json.end_object().member("pct_used", "0.0%");
    json.key("pending_question");
    if (world[index].state == kInputRequired) {
      json.begin_object().member("type", world[index].note).end_object();
    } else {
      json.null();
    }
    json.end_object();
  }

  void message(const Arguments& arguments, Context& context, ToolResult& result) {
    const World& world = context.world;
    const TaskIndex index = world.find(arguments.text(0));
    if (index == kNoTask) return no_such_task(arguments.text(0), result);
    if (kStates[world[index].state].terminal) {
      result.fail() << "Task is over: " << world[index].id;
      return;
    }
    context.effect(Effect::MessageSent, world[index].id, arguments.text(1));
    Json json = result.json();
    json.begin_object().member("task_id", world[index].id);
    json.member("status", world.state_name(index)).end_object();
  }

  void respond(const Arguments& arguments, Context& context, ToolResult& result) {
    World& world = context.world;
    const TaskIndex index = world.find(arguments.text(kRespondId));
    if (index == kNoTask) return no_such_task(arguments.text(kRespondId), result);
    const std::string_view type = arguments.text(kRespondType);
    if (world[index].state != kInputRequired || world[index].note != type) {
      result.fail() << "Task has no pending question of type " << type << ": " << world[index].id;
      return;
    }
    const bool accepted =
        arguments.text(kDecision) == "accept" || arguments.text(kAction) == "accept";
    if (type == "command_approval" && accepted) {
      context.effect(Effect::ProcessStarted, world[index].id, "approved command");
    }
    if (type == "file_approval" && accepted) {
      context.effect(Effect::FileWritten, world[index].id, "approved edit");
    }
    world.touch(index).note.clear();
    world.set_state(index, kWorking, context.now);
    context.effect(Effect::TaskChanged, world[index].id, "working");
    begin_work(index, context);
    Json json = result.json();
    json.begin_object().member("task_id", world[index].id).member("status", "working").end_object();
  }

  struct Seen {
    std::string_view id;
    std::uint8_t part;
  };

  Surface surface_;
  std::vector<Waiting> waits_;
  std::vector<Seen> seen_;
};

}  // namespace

std::unique_ptr<Behaviour> make_codex_worker(std::size_t /*profile*/) {
  return std::make_unique<CodexWorker>();
}

}  // namespace gatecrash::mock_servers
