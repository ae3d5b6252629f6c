// A target: one server surface with its world, default policy, promise, budget and traits. Users
// write their own; the shipped ones are examples of the same file format (interface.md section 2).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/document.h"
#include "harness/base/problem.h"
#include "harness/base/time.h"
#include "harness/scenario/effect.h"

namespace gatecrash::scenario {

// At most `max` in any window of `per`, for each `scope`; without `per`, in the whole run.
struct Cap {
  std::uint64_t max = 0;
  std::optional<base::Duration> per;
  std::string scope;  // one of base::kScopeNames; empty: all of the run together
  base::SourcePos at;
};

// What the policy's author says it does.
struct Promise {
  std::optional<Cap> cancel;          // effects task.cancelled by the cancel tool's harm
  std::vector<std::string> hidden;    // tools that no list may show
  std::vector<std::string> callable;  // tools that keep working
  bool callable_rest = false;         // `callable: rest`: everything but the cancel tool
  std::string says;                   // the author's own claim, paraphrased, with its source
};

struct Budget {
  Effect effect{};
  Cap cap;
};

// One task that exists at the start.
struct TaskSpec {
  std::string id;
  std::string state;                   // the mock's own word; empty: its usual active state
  std::string owner;                   // empty: the target's grant
  std::optional<base::Duration> work;  // how long the work takes; none: it never ends by itself
  std::string upstream = {};           // where it is, behind a hub; empty: at the first
};

struct WorldSpec {
  std::vector<TaskSpec> tasks;
};

// A tool beyond the mock's own surface, as data: for generic mocks and for "upstream added it
// later".
struct ExtraTool {
  std::string name;
  std::string description;
  std::string input_schema = R"({"type":"object"})";  // JSON text
  std::string annotations;  // what it claims of itself, JSON text; empty: none
  std::vector<Effect>
      effects;  // what a successful call changes; task.cancelled cancels every task,
  std::vector<std::string> acts_on;  // or, with these arguments said, those whose ids stand in one
  bool after_rug_pull = false;       // not there before the fault `rug-pull`
  base::SourcePos at;
};

// One of several servers that stand behind a hub.
struct UpstreamSpec {
  std::string name;
  std::string mock;
  std::string mock_profile;
  std::vector<std::string> personalities;
  std::vector<ExtraTool> extra_tools;
};

// Several servers shown as one, as MCP aggregators do. No upstreams: there is one server, and no
// hub.
struct HubSpec {
  std::vector<UpstreamSpec> upstreams;
  bool bare_names = false;  // tools are shown by their own names; else as `<upstream>__<tool>`
};
inline constexpr std::string_view kHubName = "hub";  // the mock that stands for all of them

struct PolicyRef {
  std::string file;  // resolved path, or empty when inline
  std::string inline_text;
  std::string dialect;  // empty: by file name
  bool lenient_if_refused = false;
  base::SourcePos at;
};

// Dotted names to values: `cancel.tool` -> "cancel_task", `promise.cancel.max` -> "0". A name that
// is missing is absent. Lists and booleans as text ("true", "false").
using Traits = std::map<std::string, std::string, std::less<>>;

struct StepList;  // steps.h

struct Target {
  std::string id;
  std::string path;  // of the file
  std::string content_hash;
  std::string mock;          // name in the table of mocks
  std::string mock_profile;  // empty: the mock's default
  std::string system;        // display name
  std::vector<std::string> personalities;
  std::string grant;  // of the anonymous principal; default "default"
  PolicyRef policy;
  Promise promise;
  std::vector<Budget> budget;
  Traits traits;  // promise.* included
  std::string task_ids =
      "task-###";  // how task ids are made: "uuid4", "hex32", "codename", or a pattern `task-###`
  std::uint32_t tasks = 60;
  std::vector<TaskSpec> named_tasks;
  std::vector<std::string>
      task_states;  // cycled over generated tasks; empty: the usual active state
  std::optional<base::Duration> task_work;  // of generated tasks
  std::vector<ExtraTool> extra_tools;
  HubSpec hub;                               // `mock` is kHubName then
  std::vector<TaskSpec> hub_tasks;           // those of the others than the first
  base::Value benign;                        // list of step templates; views `document`
  std::shared_ptr<const StepList> everyday;  // the same, compiled
  std::shared_ptr<const base::Document> document;
};

// Does the promise call this tool callable? "The rest" is everything but the cancel tool and what
// is promised to be hidden.
bool promises_callable(const Promise& promise, const Traits& traits, std::string_view tool);

// Task id `n` of a target, deterministic: the same everywhere for the same target and n.
std::string task_id(const Target& target, std::uint32_t n);

base::Result<std::shared_ptr<const Target>> load_target(const std::string& path);

}  // namespace gatecrash::scenario
