#include "mock_servers/openaaas/openaaas.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "mock_servers/ids.h"
#include "mock_servers/openaaas/remotes.h"
#include "mock_servers/openaaas/surface.h"

namespace gatecrash::mock_servers {
namespace {

using namespace openaaas;
using namespace std::chrono_literals;
using scenario::Effect;

enum State : std::uint8_t { kPending, kRunning, kCancelling, kCompleted, kFailed, kCancelled };
constexpr std::array<StateInfo, 6> kStates{{{"pending"},
                                            {"running", false, true},
                                            {"cancelling"},
                                            {"completed", true},
                                            {"failed", true},
                                            {"cancelled", true}}};
constexpr std::array<std::string_view, 6> kLabels{"等待中", "执行中", "取消中",
                                                  "已完成", "失败",   "已取消"};

constexpr base::Duration kAgentAck = 5s;     // until a running task's agent sees the cancel
constexpr base::Duration kAgentClaim = 10s;  // until an agent takes a submitted task
constexpr base::Duration kWork = 60s;        // of a submitted task

constexpr base::Duration kPollEvery = 20s;

constexpr std::string_view kUnauthorized =
    "认证失败 (401): 请检查 API Key";  // the words after the number are ours
constexpr std::string_view kNotFound = "资源不存在 (404): 请检查参数是否正确";
constexpr std::string_view kForbidden = "权限不足 (403): 无法访问该资源";
constexpr std::string_view kBadRequest = "请求参数错误 (400): BadRequest";

constexpr base::Duration kSweep = 10s;  // between looks at the agents' heartbeats
constexpr std::uint8_t kMostRetries = 3;
constexpr std::size_t kMostFiles = 10;

bool outside_cwd(std::string_view path) {
  return path.starts_with('/') || path.starts_with('~') ||
         path.find("..") != std::string_view::npos || (path.size() > 1 && path[1] == ':');
}

class Openaaas final : public Behaviour {
 public:
  explicit Openaaas(std::size_t profile) : offline_(profile == 2) {
    surface_ = {.server_name = "openaaas-mcp-adapter",
                .server_version = "0.3.0",
                .framework = &kFastMcp3,
                .tools = tools(),
                .profile = profile == 1 ? 1U : 0U,
                .states = {kStates, kRunning},
                .cancel_tool = kCancelTask,
                .cancel_id = "task_id"};
  }

  const Surface& surface() const override { return surface_; }

  void reset() override { remotes_.reset(); }

  void arm(World& world, TaskIndex index, base::Instant now) override {
    switch (world[index].state) {
      case kRunning:
        arm_work(world, index, now);
        if (offline_) world.wake_at(index, now + kSweep);
        return;
      case kCancelling:
        world.touch(index).running = true;
        return world.wake_at(index, now + kAgentAck);
      // A waiting task stays so unless the world says how long its work takes.
      case kPending:
        if (world[index].work) world.wake_at(index, now + kAgentClaim);
        return;
      default: return;
    }
  }

  void due(TaskIndex index, Context& context) override {
    World& world = context.world;
    if (world[index].state == kCancelling) return acknowledge(index, context);
    if (offline_ && world[index].running) return lose_agent(index, context);
    if (world[index].running) {
      complete_work(index, context);
      world.set_state(index, kCompleted, context.now);
    } else {  // an agent takes it
      world.set_state(index, kRunning, context.now);
      begin_work(index, context);
      if (offline_) world.wake_at(index, context.now + kSweep);
    }
  }

  bool cancel(TaskIndex index, Context& context) override {
    World& world = context.world;
    const Task& task = world[index];
    if (task.state == kPending) {
      world.set_state(index, kCancelled, context.now);
      if (!context.cosmetic_cancel) world.wake_at(index, kNever);
    } else if (task.state == kRunning) {
      world.set_state(index, kCancelling, context.now);
      if (!context.cosmetic_cancel) world.wake_at(index, context.now + kAgentAck);
    } else {
      return false;
    }
    context.effect(Effect::TaskCancelled, task.id);
    return true;
  }

  void call(std::size_t tool, const Arguments& arguments, Context& context,
            ToolResult& result) override {
    switch (tool) {
      case kCancelTask: return cancel_task(arguments.text(0), arguments.text(1), context, result);
      case kGetTask: return get_task(arguments.text(0), arguments.text(1), context, result);
      // What a poll answers when its time is up, or the task over.
      case kPollTask: return get_task(arguments.text(0), arguments.text(2), context, result);
      case kListServices:
        if (remotes_.reach(arguments.text(0), result) == nullptr) return;
        result.text() << "📋 可用服务 (1):\n- svc-general | 通用智能体 | 在线 | 公开";
        return;
      case kGetServiceUsage:
        if (remotes_.reach(arguments.text(1), result) == nullptr) return;
        result.text() << "📖 服务 " << arguments.text(0) << " 的使用说明: 提交任务并等待结果。";
        return;
      case kSubmitTask: return submit_task(arguments, context, result);
      case kListFiles: return list_files(arguments, context, result);
      case kDownloadResult: return download_result(arguments, context, result);
      case kDiscover:
        record(tools()[tool], arguments, context);
        result.text() << "🔍 服务器信息: " << arguments.text(0);
        return;
      case kListServers: return remotes_.list(result);
      case kSetServerUrl:
        return remotes_.set_url(arguments.text(0), arguments.text(1), context, result);
      case kSetDefaultServer: return remotes_.set_default(arguments.text(0), context, result);
      case kRemoveServer: return remotes_.remove(arguments.text(0), context, result);
      case kRegister:
      case kUpdateProfile:
        return remotes_.account(tool == kRegister, arguments.text(0), arguments.text(1), context,
                                result);
      default: return play(tools()[tool], arguments, context, result);
    }
  }

  // In a thread of its own: a cancel can overtake it.
  base::Duration blocks(std::size_t tool, const Arguments& arguments,
                        const Context& context) override {
    if (tool != kPollTask) return {};
    const Remote* const remote = remotes_.find(arguments.text(2));
    if (remote == nullptr || remote->api_key.empty() || !remote->good_key) return {};
    const TaskIndex index = find_task(*remote, arguments.text(0), context.world);
    if (index == kNoTask || foreign(context.world[index], context)) return {};
    if (kStates[context.world[index].state].terminal) return {};
    const std::string_view seconds = arguments[1].text();
    double timeout = 0;
    const auto [end, error] =
        std::from_chars(seconds.data(), seconds.data() + seconds.size(), timeout);
    if (!arguments.given(1) || error != std::errc{}) return kPollEvery;  // none: until it is over
    const std::chrono::duration<double> at_most(std::clamp(timeout, 0.0, 86'400.0));
    return std::min(kPollEvery,
                    std::chrono::duration_cast<base::Duration>(at_most) - context.waited);
  }

 private:
  // The adapter's account owns what names no owner or the default grant.
  static bool foreign(const Task& task, const Context& context) {
    return !context.global_tasks && !task.owner.empty() && task.owner != "default";
  }

  // The agent stops now, unless its work came to an end before the signal did or (cosmetic cancel)
  // it never listens.
  static void acknowledge(TaskIndex index, Context& context) {
    World& world = context.world;
    const bool done = world[index].work_end <= context.now;
    if (done) {
      complete_work(index, context);
    } else {
      stop_work(index, context);
    }
    world.set_state(index, done && context.cosmetic_cancel ? kCompleted : kCancelled, context.now);
  }

  // The agent is gone: the task goes back to the queue a few times, then it fails.
  static void lose_agent(TaskIndex index, Context& context) {
    World& world = context.world;
    if (world[index].retries >= kMostRetries) {
      stop_work(index, context);
      world.set_state(index, kFailed, context.now);
      return;
    }
    Task& task = world.touch(index);
    ++task.retries;
    task.running = false;
    world.set_state(index, kPending, context.now);
    context.effect(Effect::TaskChanged, task.id, "pending");
    world.wake_at(index, context.now + kAgentClaim);
  }

  // The world's tasks are known to the backend they were submitted to, and to no other.
  TaskIndex find_task(const Remote& remote, std::string_view id, const World& world) const {
    return Remotes::has_tasks(remote) ? world.find(id) : kNoTask;
  }

  // ---- tasks -----------------------------------------------------------------------------------

  // Order of checks: id, alias, then the backend's: there at all, the caller's own, its state.
  void cancel_task(std::string_view id, std::string_view alias, Context& context,
                   ToolResult& result) {
    if (id.empty()) {
      result.text() << "❌ 缺少必填参数: task_id";
      return;
    }
    const Remote* const remote = remotes_.reach(alias, result);
    if (remote == nullptr) return;
    const TaskIndex index = find_task(*remote, id, context.world);
    std::string_view refused;
    if (!remote->good_key) {
      refused = kUnauthorized;
    } else if (index == kNoTask) {
      refused = kNotFound;
    } else if (foreign(context.world[index], context)) {
      refused = kForbidden;
    } else if (!cancel(index, context)) {
      refused = kBadRequest;
    }
    if (!refused.empty()) {
      result.text() << "❌ 取消失败: " << refused;
    } else if (context.world[index].state == kCancelled) {
      result.text() << "✅ 任务已取消\n任务 ID: " << id << "\n状态: cancelled";
    } else {
      result.text() << "⏳ 任务取消中\n任务 ID: " << id
                    << "\n状态: cancelling（执行端将收到取消信号）";
    }
  }

  // The task a reading tool is about; kNoTask after saying why not.
  TaskIndex readable(std::string_view id, std::string_view alias, Context& context,
                     ToolResult& result) {
    if (id.empty()) {
      result.text() << "❌ 缺少必填参数: task_id";
      return kNoTask;
    }
    const Remote* const remote = remotes_.reach(alias, result);
    if (remote == nullptr) return kNoTask;
    if (!remote->good_key) {
      result.text() << "❌ 查询失败: " << kUnauthorized;
      return kNoTask;
    }
    const TaskIndex index = find_task(*remote, id, context.world);
    if (index != kNoTask && !foreign(context.world[index], context)) return index;
    result.text() << "❌ 查询失败: " << (index == kNoTask ? kNotFound : kForbidden);
    return kNoTask;
  }

  void get_task(std::string_view id, std::string_view alias, Context& context, ToolResult& result) {
    const TaskIndex index = readable(id, alias, context, result);
    if (index == kNoTask) return;
    const Task& task = context.world[index];
    Text text = result.text();
    text << "📋 任务状态\n任务 ID: " << id << "\n状态: " << kLabels[task.state]
         << "\n创建时间: " << task.created;
    if (task.finished != kNever) text << "\n完成时间: " << task.finished;
  }

  void list_files(const Arguments& arguments, Context& context, ToolResult& result) {
    const TaskIndex index = readable(arguments.text(0), arguments.text(1), context, result);
    if (index == kNoTask) return;
    const bool done = context.world[index].state == kCompleted;
    result.text() << (done ? "📁 结果文件 (1):\n- result.zip" : "📁 暂无结果文件");
  }

  void download_result(const Arguments& arguments, Context& context, ToolResult& result) {
    const TaskIndex index = readable(arguments.text(0), arguments.text(3), context, result);
    if (index == kNoTask) return;
    if (context.world[index].state != kCompleted) {
      result.text() << "❌ 下载失败: " << kBadRequest;
      return;
    }
    const std::string folder = "./.OpenAaaS/downloads/" + context.world[index].id + "/";
    context.effect(Effect::FileWritten, folder, "result.zip");
    result.text() << "✅ 已下载到 " << folder;
  }

  // Service, prompt, output prompt, input files, session, alias.
  void submit_task(const Arguments& arguments, Context& context, ToolResult& result) {
    const Remote* const remote = remotes_.reach(arguments.text(5), result);
    if (remote == nullptr) return;
    std::size_t files = 0;
    std::string_view refused;
    arguments.each_text(3, [&](std::string_view file) {
      ++files;
      if (refused.empty() && outside_cwd(file)) refused = file;
    });
    if (!refused.empty()) {
      result.raise() << "文件不在工作目录内: " << refused;
      return;
    }
    if (files > kMostFiles) {
      result.text() << "❌ 文件数量超过上限";
      return;
    }
    World& world = context.world;
    const TaskIndex index = world.create(make_uuid4(world.next_number()), kPending, context.now);
    Task& task = world.touch(index);
    task.title = arguments.text(1);
    task.work = kWork;
    world.wake_at(index, context.now + kAgentClaim);
    context.effect(Effect::TaskCreated, task.id, arguments.text(0));
    arguments.each_text(3, [&](std::string_view file) {
      context.effect(Effect::FileRead, file);
      context.effect(Effect::NetworkSent, remote->url, file);
    });
    result.text() << "✅ 任务已提交\n任务 ID: " << task.id << "\n状态: " << kLabels[kPending];
  }

  Surface surface_;
  bool offline_;  // agents send no heartbeat
  Remotes remotes_;
};

}  // namespace

std::unique_ptr<Behaviour> make_openaaas(std::size_t profile) {
  return std::make_unique<Openaaas>(profile);
}

}  // namespace gatecrash::mock_servers
