// What one server's tools do to its modelled world. The shared side (server.h) reads messages and
// writes envelopes; a behaviour is a surface and a state machine.
//
// Effects are recorded where they happen: task.cancelled when a cancel is accepted, work.stopped
// when work really ends early, work.completed when it runs to its end, cancelled label or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/scenario/effect.h"
#include "harness/trace/trace.h"
#include "harness/transport/frames.h"
#include "mock_servers/arguments.h"
#include "mock_servers/result.h"
#include "mock_servers/surface.h"
#include "mock_servers/world.h"

namespace gatecrash::mock_servers {

// What a behaviour may see and do while it handles a call or lets time pass.
struct Context {
  World& world;
  trace::Trace& ledger;
  base::Instant now;
  transport::Connection connection = 0;
  bool cosmetic_cancel = false;  // personality: a cancel does not reach the work
  bool global_tasks = false;     // personality: owners are not looked at
  base::Duration waited{};       // since the call arrived
  std::uint32_t effects = 0;     // recorded in this call

  void effect(scenario::Effect what, std::string_view subject, std::string_view detail = {}) {
    trace::Event& event = ledger.add(trace::EventKind::Effected, subject, detail);
    event.detail = static_cast<std::uint8_t>(what);
    ++effects;
  }
};

class Behaviour {
 public:
  Behaviour() = default;
  Behaviour(const Behaviour&) = delete;
  Behaviour& operator=(const Behaviour&) = delete;
  virtual ~Behaviour() = default;

  virtual const Surface& surface() const = 0;

  // Own state beyond the task table as new. Comes before arm().
  virtual void reset() {}
  // One task of a new world: plan what it does by itself.
  virtual void arm(World& world, TaskIndex task, base::Instant now) = 0;
  // All tasks are armed; for what looks at several (a queue's head).
  virtual void armed(World&, base::Instant) {}
  // A task's planned instant has come; `context.now` is that instant.
  virtual void due(TaskIndex task, Context& context) = 0;

  // `tool` is an index into surface().tools.
  virtual void call(std::size_t tool, const Arguments& arguments, Context& context,
                    ToolResult& result) = 0;
  // How long this call has to wait, as things stand, before it can be answered or has to look
  // again; nothing: it goes on now. `context.waited` is how long it has waited already. Asked only
  // under blocks-while-waiting and waits-in-threads.
  virtual base::Duration blocks(std::size_t /*tool*/, const Arguments&, const Context&) {
    return {};
  }
  // What the server's cancel does to one task: false and no effect if its state does not allow it.
  virtual bool cancel(TaskIndex task, Context& context) = 0;

  // resources/list, resources/read, prompts/list …: appends the result object, or false: not found.
  virtual bool list_resources(Context&, std::string&) { return false; }
  virtual bool list_resource_templates(Context&, std::string&) { return false; }
  virtual bool read_resource(std::string_view /*uri*/, Context&, std::string&) { return false; }
  virtual bool list_prompts(Context&, std::string&) { return false; }
  virtual bool get_prompt(std::string_view /*name*/, base::Value /*arguments*/, Context&,
                          std::string&) {
    return false;
  }
  // Resources that a change of this task changes, for subscribers: appends URIs.
  virtual std::string_view task_resource_prefix() const { return {}; }

 protected:
  // For arm(): the task has been at work since the world began.
  static void arm_work(World& world, TaskIndex task, base::Instant now);
  // The task's work begins now and ends by itself if it has a length.
  static void begin_work(TaskIndex task, Context& context);
  // The work is really ended early (not under a cosmetic cancel). True if it was running and
  // stopped.
  static bool stop_work(TaskIndex task, Context& context);
  // The work is at its end; the caller sets the state.
  static void complete_work(TaskIndex task, Context& context);
  // For a tool that is data only: records what it changes and answers that it did.
  static void play(const Tool& tool, const Arguments& arguments, Context& context,
                   ToolResult& result);
  static void record(const Tool& tool, const Arguments& arguments, Context& context);
};

}  // namespace gatecrash::mock_servers
