#include "mock_servers/order.h"

#include "harness/base/pack.h"

namespace gatecrash::mock_servers {
namespace {

constexpr std::uint32_t kMostItems =
    10'000'000;  // of anything: a count beyond it is no order of ours

void pack(const std::vector<std::string>& personalities,
          const std::vector<scenario::ExtraTool>& extra_tools, base::Packer& out) {
  out.u32(static_cast<std::uint32_t>(personalities.size()));
  for (const std::string& each : personalities) out.text(each);
  out.u32(static_cast<std::uint32_t>(extra_tools.size()));
  for (const scenario::ExtraTool& each : extra_tools) {
    out.text(each.name).text(each.description).text(each.input_schema).text(each.annotations);
    out.u32(static_cast<std::uint32_t>(each.effects.size()));
    for (const scenario::Effect effect : each.effects) out.u8(static_cast<std::uint8_t>(effect));
    out.u32(static_cast<std::uint32_t>(each.acts_on.size()));
    for (const std::string& argument : each.acts_on) out.text(argument);
    out.u8(each.after_rug_pull ? 1 : 0);
  }
}

void pack_options(const MockOptions& options, base::Packer& out) {
  out.text(options.profile);
  pack(options.personalities, options.extra_tools, out);
  out.u32(static_cast<std::uint32_t>(options.hub.upstreams.size()))
      .u8(options.hub.bare_names ? 1 : 0);
  for (const scenario::UpstreamSpec& each : options.hub.upstreams) {
    out.text(each.name).text(each.mock).text(each.mock_profile);
    pack(each.personalities, each.extra_tools, out);
  }
}

void unpack(base::Unpacker& in, std::vector<std::string>& personalities,
            std::vector<scenario::ExtraTool>& extra_tools) {
  for (std::uint32_t count = in.u32(); count > 0 && in.good(); --count)
    personalities.emplace_back(in.text());
  for (std::uint32_t count = in.u32(); count > 0 && in.good(); --count) {
    scenario::ExtraTool& tool = extra_tools.emplace_back();
    tool.name = in.text();
    tool.description = in.text();
    tool.input_schema = in.text();
    tool.annotations = in.text();
    for (std::uint32_t effects = in.u32(); effects > 0 && in.good(); --effects) {
      tool.effects.push_back(static_cast<scenario::Effect>(in.u8()));
    }
    for (std::uint32_t arguments = in.u32(); arguments > 0 && in.good(); --arguments)
      tool.acts_on.emplace_back(in.text());
    tool.after_rug_pull = in.u8() != 0;
  }
}

bool unpack_options(base::Unpacker& in, MockOptions& options) {
  options.profile = in.text();
  unpack(in, options.personalities, options.extra_tools);
  std::uint32_t upstreams = in.u32();
  options.hub.bare_names = in.u8() != 0;
  for (; upstreams > 0 && in.good(); --upstreams) {
    scenario::UpstreamSpec& each = options.hub.upstreams.emplace_back();
    each.name = in.text();
    each.mock = in.text();
    each.mock_profile = in.text();
    unpack(in, each.personalities, each.extra_tools);
  }
  return in.good();
}

}  // namespace

void pack(std::string_view mock, const MockOptions& options, const scenario::WorldSpec& world,
          base::Instant start, std::string& out) {
  base::Packer packer(out);
  packer.text(mock);
  pack_options(options, packer);
  packer.i64(start.time_since_epoch().count()).u32(static_cast<std::uint32_t>(world.tasks.size()));
  for (const scenario::TaskSpec& each : world.tasks) {
    packer.text(each.id).text(each.state).text(each.owner).text(each.upstream);
    packer.u8(each.work ? 1 : 0).i64(each.work ? each.work->count() : 0);
  }
}

std::optional<Order> unpack_order(std::string_view bytes) {
  base::Unpacker in(bytes);
  Order order;
  order.mock = in.text();
  if (!unpack_options(in, order.options)) return std::nullopt;
  order.start = base::Instant{base::Duration{in.i64()}};
  const std::uint32_t tasks = in.u32();
  if (tasks > kMostItems) return std::nullopt;
  for (std::uint32_t i = 0; i < tasks && in.good(); ++i) {
    scenario::TaskSpec& task = order.world.tasks.emplace_back();
    task.id = in.text();
    task.state = in.text();
    task.owner = in.text();
    task.upstream = in.text();
    const bool works = in.u8() != 0;
    const base::Duration work{in.i64()};
    if (works) task.work = work;
  }
  if (!in.good() || !in.rest().empty()) return std::nullopt;
  return order;
}

MockOptions options_of(const scenario::Plan& plan) {
  return {.profile = plan.mock_profile,
          .personalities = plan.personalities,
          .extra_tools = plan.extra_tools,
          .hub = plan.hub};
}

std::string key_of(std::string_view mock, const MockOptions& options) {
  std::string key;
  base::Packer packer(key);
  packer.text(mock);
  pack_options(options, packer);
  return key;
}

}  // namespace gatecrash::mock_servers
