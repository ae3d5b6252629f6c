#include "harness/scenario/target.h"

#include <algorithm>

#include "harness/base/digest.h"
#include "harness/scenario/body.h"
#include "harness/scenario/reading.h"
#include "harness/scenario/substitution.h"
#include "harness/scenario/traits.h"
#include "harness/scenario/world.h"

namespace gatecrash::scenario {
namespace {

// The everyday traffic needs nothing but the target: what is wrong with it is said at once.
void check_everyday(Reader& reader, const Target& target) {
  const Plan plan = expand_everyday(target, reader.problems);
  if (reader.problems.empty() && !has_call(plan)) {
    reader.report(target.benign, "no everyday traffic calls a tool",
                  "a gateway that refuses every call must not look good");
  }
}

}  // namespace

Plan expand_everyday(const Target& target, base::Problems& problems) {
  Plan plan;
  plan.world = make_world(target, 0, std::nullopt);
  expand_steps(*target.everyday, target, plan, problems);
  return plan;
}

bool promises_callable(const Promise& promise, const Traits& traits, std::string_view tool) {
  if (std::ranges::find(promise.callable, tool) != promise.callable.end()) return true;
  if (!promise.callable_rest) return false;
  const auto cancel = traits.find("cancel.tool");
  if (cancel != traits.end() && cancel->second == tool) return false;
  return std::ranges::find(promise.hidden, tool) == promise.hidden.end();
}

base::Result<std::shared_ptr<const Target>> read_target(
    std::shared_ptr<const base::Document> document) {
  base::Problems problems;
  Reader reader{*document, problems};
  auto target = std::make_shared<Target>();
  target->path = document->path;
  target->content_hash = base::sha256_hex(document->source);
  {
    Mapping fields(reader, document->tree.root(), shapes::kTarget);
    target->id = fields.string("target");
    check_id(reader, fields.any("target"), {});
    target->system = fields.string("system");
    target->mock = read_text(reader, fields.any("mock"), "`mock`").value_or(std::string{});
    target->mock_profile = fields.string("profile");
    target->personalities = fields.strings("personalities");
    target->grant = fields.string("grant");
    if (target->grant.empty()) target->grant = "default";
    if (target->system.empty()) target->system = target->mock;
    target->policy = read_policy(reader, fields.any("policy"));
    target->promise = read_promise(reader, fields.any("promise"));
    target->budget = read_budget(reader, fields.any("budget"));
    read_traits(reader, fields.any("traits"), target->traits);
    read_world(reader, fields.any("world"), *target);
    target->extra_tools = read_extra_tools(reader, fields.any("extra_tools"));
    read_tool_effects(reader, fields.any("effects"), target->extra_tools);
    target->benign = fields.any("benign");
    target->everyday = std::make_shared<StepList>(read_steps(reader, target->benign, {}));
  }
  refuse_literals(reader);
  target->document = std::move(document);
  compute_traits(*target);
  if (problems.empty()) check_everyday(reader, *target);
  if (!problems.empty()) {
    sort_problems(problems);
    return problems;
  }
  return std::shared_ptr<const Target>(std::move(target));
}

base::Result<std::shared_ptr<const Target>> load_target(const std::string& path) {
  auto document = std::make_shared<base::Document>();
  if (auto loaded = base::load_document(path, *document); loaded.has_error()) return loaded.error();
  return read_target(std::move(document));
}

}  // namespace gatecrash::scenario
