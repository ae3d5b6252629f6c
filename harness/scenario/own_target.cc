#include "harness/scenario/own_target.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "harness/base/text.h"
#include "harness/scenario/traits.h"
#include "harness/scenario/world.h"

namespace gatecrash::scenario {
namespace {

constexpr std::size_t kBareNames = 1;  // in sets::kHub
constexpr std::size_t kMostUpstreams = 16;

bool is_upstream_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && std::ranges::all_of(name, good);
}

// Everything but the world.
UpstreamSpec read_upstream(Reader& reader, Mapping& fields, std::string_view name,
                           std::span<const Canary> canaries) {
  UpstreamSpec upstream;
  upstream.name = name;
  upstream.mock = read_text(reader, fields.any("mock"), "`mock`").value_or(std::string{});
  upstream.mock_profile = fields.string("profile");
  upstream.personalities = fields.strings("personalities");
  upstream.extra_tools = read_extra_tools(reader, fields.any("extra_tools"), canaries);
  read_tool_effects(reader, fields.any("effects"), upstream.extra_tools);
  return upstream;
}

// The world of one that is not the first: its tasks have ids of their own, so that a ledger says
// whose they are.
std::vector<TaskSpec> read_further_world(Reader& reader, base::Value world,
                                         const std::string& upstream) {
  Target place;
  place.mock = upstream;
  const std::string usual = place.task_ids;
  read_world(reader, world, place);
  if (place.task_ids == usual) place.task_ids = upstream + "-" + usual;
  std::vector<TaskSpec> tasks = make_world(place, 0, std::nullopt).tasks;
  for (TaskSpec& each : tasks) each.upstream = upstream;
  return tasks;
}

}  // namespace

OwnTarget::OwnTarget(Reader& reader, Mapping& fields) : reader_(reader) {
  policy_ = fields.any("policy");
  upstreams_ = fields.any("upstreams");
  hub_ = fields.any("hub");
  promise_ = fields.any("promise");
  budget_ = fields.any("budget");
  traits_ = fields.any("traits");
  grant_ = fields.any("grant");
  target_->grant = fields.string("grant");
  if (target_->grant.empty()) target_->grant = "default";
  bare_names_ = fields.one_of("hub", sets::kHub) == kBareNames;
}

void OwnTarget::refuse_parts() {
  for (const base::Value part : {hub_, promise_, budget_, traits_, grant_}) {
    if (part) {
      reader_.report_key(part, base::quoted(part.key()) + " belongs to the target",
                         "it may stand here beside `policy` and `upstreams`");
    }
  }
}

std::shared_ptr<const Target> OwnTarget::read(std::shared_ptr<const base::Document> document,
                                              const std::string& hash,
                                              std::span<const Canary> canaries) {
  if (!policy_ || !upstreams_) {
    reader_.report(policy_ ? policy_ : upstreams_,
                   "a file that stands alone needs `policy` and `upstreams`");
  }
  target_->path = document->path;
  target_->content_hash = hash;
  target_->policy = read_policy(reader_, policy_);
  target_->promise = read_promise(reader_, promise_);
  target_->budget = read_budget(reader_, budget_);
  read_traits(reader_, traits_, target_->traits);
  if (upstreams_ &&
      (!upstreams_.is_object() || upstreams_.size() == 0 || upstreams_.size() > kMostUpstreams)) {
    reader_.report(upstreams_, "`upstreams` has to be a mapping with one upstream, or up to " +
                                   std::to_string(kMostUpstreams) + " behind a hub");
  } else if (upstreams_ && upstreams_.size() > 1) {
    read_hub(canaries);
  } else if (upstreams_) {
    if (hub_) reader_.report_key(hub_, "there is no hub before one upstream");
    read_only_upstream(upstreams_.at(0), canaries);
  }
  target_->document = std::move(document);
  compute_traits(*target_);
  return target_;
}

void OwnTarget::read_only_upstream(base::Value value, std::span<const Canary> canaries) {
  target_->id = value.key();
  Mapping fields(reader_, value, shapes::kUpstream);
  UpstreamSpec upstream = read_upstream(reader_, fields, value.key(), canaries);
  target_->mock = std::move(upstream.mock);
  target_->mock_profile = std::move(upstream.mock_profile);
  target_->personalities = std::move(upstream.personalities);
  target_->extra_tools = std::move(upstream.extra_tools);
  target_->system = target_->mock;
  read_world(reader_, fields.any("world"), *target_);
}

void OwnTarget::read_hub(std::span<const Canary> canaries) {
  target_->mock = kHubName;
  target_->system = kHubName;
  target_->hub.bare_names = bare_names_;
  for (const base::Value each : upstreams_) {
    if (!is_upstream_name(each.key())) {
      reader_.report_key(each,
                         base::quoted(each.key()) +
                             " cannot name an upstream (lower-case letters, digits, `-` and `_`)");
    }
    Mapping fields(reader_, each, shapes::kUpstream);
    target_->hub.upstreams.push_back(read_upstream(reader_, fields, each.key(), canaries));
    target_->id += (target_->id.empty() ? "" : "+") + std::string(each.key());
    const base::Value world = fields.any("world");
    if (target_->hub.upstreams.size() == 1) {
      read_world(reader_, world, *target_);
      continue;
    }
    std::vector<TaskSpec> tasks = read_further_world(reader_, world, std::string(each.key()));
    target_->hub_tasks.insert(target_->hub_tasks.end(), tasks.begin(), tasks.end());
  }
}

}  // namespace gatecrash::scenario
