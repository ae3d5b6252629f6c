#include "harness/oracle/caps.h"

#include <algorithm>
#include <map>
#include <utility>

#include "harness/base/text.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using policy::Limit;

std::string_view window_name(const Limit& limit) {
  switch (limit.window) {
    case policy::Window::Minute: return "minute";
    case policy::Window::Hour: return "hour";
    case policy::Window::Day: return "day";
    case policy::Window::Custom: return "window";
  }
  return "window";
}

std::string rate(const Limit& limit) {
  std::string text = limit.inclusive ? limit.max : "fewer than " + limit.max;
  return text + " per " +
         (limit.window == policy::Window::Custom ? base::to_string(limit.period)
                                                 : std::string(window_name(limit)));
}

// Most changes in one calendar window (UTC), and where the fullest sliding window crosses an edge.
struct Calendar {
  std::uint64_t most = 0;
  std::uint64_t before_edge = 0;  // of the worst window
  base::Instant edge{};
};
Calendar by_calendar(std::span<const Change> changes, base::Duration period, const Excess& worst) {
  Calendar out;
  std::uint64_t in_window = 0;
  std::int64_t current = -1;
  const auto window_of = [&](const Change& each) { return each.at.time_since_epoch() / period; };
  for (const Change& each : changes) {
    if (window_of(each) != current) in_window = 0;
    current = window_of(each);
    out.most = std::max(out.most, ++in_window);
  }
  const std::int64_t last = window_of(changes[worst.worst_last]);
  out.edge = base::Instant(period * last);
  for (std::size_t i = worst.worst_first; i <= worst.worst_last; ++i) {
    if (changes[i].at < out.edge) ++out.before_edge;
  }
  return out;
}

// The worst window seen by connection and by call.
struct Spread {
  std::uint64_t connections = 0;
  std::uint64_t most_per_connection = 0;
  std::uint64_t calls = 0;
};
Spread spread(std::span<const Change> window) {
  std::map<std::uint32_t, std::uint64_t> by_connection;
  std::vector<std::uint32_t> calls;
  for (const Change& each : window) {
    ++by_connection[each.connection];
    if (each.call != kNone) calls.push_back(each.call);
  }
  Spread out;
  out.connections = by_connection.size();
  for (const auto& [_, number] : by_connection)
    out.most_per_connection = std::max(out.most_per_connection, number);
  std::ranges::sort(calls);
  out.calls = static_cast<std::uint64_t>(std::ranges::unique(calls).begin() - calls.begin());
  return out;
}

// Why the cap broke. The first explanation that the evidence bears out; the order is from the
// special to the general. Moves the finding to the place to mend, where that is not what let the
// call through.
std::string explain(const Evidence& evidence, std::span<const Change> changes, const Excess& over,
                    const scenario::Cap& cap, std::string_view tool, Finding& finding) {
  if (evidence.is(scenario::RunKind::Teeth)) return {};
  const policy::Policy* const policy = evidence.policy();
  if (policy == nullptr) return "the policy does not load, so nothing is enforced as written";
  const std::span<const Change> window = changes.subspan(over.worst_first, over.worst());
  const Change& first_over = changes[over.first_over];
  if (first_over.call != kNone) {
    const UpstreamCall& call = evidence.calls()[first_over.call];
    const decision::Ruling ruling = evidence.ruling(call);
    if (ruling.outcome != decision::Outcome::Allow &&
        limit_at(*policy, tool, ruling.rule) == nullptr) {
      at_rule(evidence, ruling.rule, ruling.at, finding);
      const std::string differently = read_differently(evidence, first_over.call);
      return differently.empty() ? "the policy says " + ruling_words(evidence, ruling) +
                                       ", yet the call reached the upstream"
                                 : differently;
    }
    if (const std::string differently = read_differently(evidence, first_over.call);
        !differently.empty()) {
      return differently;
    }
  }
  const auto limits = limits_on(*policy, tool);
  const std::string name = base::quoted(tool);
  if (limits.empty()) {
    if (tool_in(*policy, tool) != nullptr) return name + " is listed without any limit";
    return policy->default_action == policy::DefaultAction::Allow
               ? "the policy says nothing about " + name + ", and what is not listed is allowed"
               : "nothing in the policy limits " + name;
  }
  const policy::ToolPolicy* const entry = tool_in(*policy, tool);
  if (const base::Problem* const dropped =
          dropped_key(evidence, entry != nullptr ? entry->anchor.at : base::SourcePos{},
                      limits.front()->anchor.at)) {
    at_rule(evidence, limits.front()->anchor.path, dropped->at, finding);
    return "the policy limits " + name + " to " + rate(*limits.front()) + ", but " +
           dropped_words(evidence, *dropped);
  }
  const Spread in = spread(window);
  for (const Limit* const limit : limits) {
    const auto max = whole_max(*limit);
    if (!max || limit->period.count() <= 0) continue;
    const auto without_call =
        static_cast<std::uint64_t>(std::ranges::count(window, kNone, &Change::call));
    if (without_call > 0 && window.size() - without_call <= *max) {
      return thousands(without_call) + " of " + thousands(window.size()) +
             " effects came without any tool call, which is all that a limit of " + rate(*limit) +
             " counts";
    }
    if (without_call > 0) continue;
    if (in.calls > 0 && in.calls <= *max && window.size() > *max) {
      return count(in.calls, "call") + " made " + thousands(window.size()) +
             " effects: the limit of " + rate(*limit) + " counted calls, but " +
             more_than_a_call(evidence.calls()[window.back().call]);
    }
  }
  for (const Limit* const limit : limits) {
    const auto max = whole_max(*limit);
    if (!max || limit->period.count() <= 0) continue;
    const bool held = !excess(changes, {.max = *max, .per = limit->period, .scope = {}, .at = {}});
    if (held && cap.per && *cap.per > limit->period) {
      const auto windows = static_cast<std::uint64_t>(*cap.per / limit->period);
      const std::string_view span = *cap.per == std::chrono::hours{24} ? "a day" : "";
      return rate(*limit) + " held, but " + rate(*limit) + " is " + thousands(*max * windows) +
             " " + (span.empty() ? "in " + base::to_string(*cap.per) : std::string(span)) +
             ": nothing in the policy limits a longer span";
    }
    if (held) continue;
    if (limit->scope == policy::Scope::Session || in.connections > 1) {
      if (in.most_per_connection <= *max) {
        return thousands(in.connections) + " sessions with at most " +
               thousands(in.most_per_connection) + " each: the limit of " + rate(*limit) +
               " was counted anew in every session";
      }
    }
    const auto limit_over =
        excess(changes, {.max = *max, .per = limit->period, .scope = {}, .at = {}});
    const Calendar calendar = by_calendar(changes, limit->period, *limit_over);
    if (calendar.most <= *max) {
      return rate(*limit) + " was counted by calendar " + std::string(window_name(*limit)) + ": " +
             thousands(calendar.before_edge) + " before " + base::to_string(calendar.edge) +
             " and " + thousands(limit_over->worst() - calendar.before_edge) + " from then on";
    }
  }
  const bool all_held = std::ranges::all_of(limits, [&](const Limit* limit) {
    const auto max = whole_max(*limit);
    return max && limit->period.count() > 0 &&
           !excess(changes, {.max = *max, .per = limit->period, .scope = {}, .at = {}});
  });
  if (all_held)
    return rate(*limits.front()) + " held, and nothing else in the policy stands against this";
  return "the limit of " + rate(*limits.front()) + " did not hold";
}

void judge_group(const Evidence& evidence, std::string_view oracle, std::string_view shape,
                 scenario::Effect effect, const scenario::Cap& cap, std::span<const Change> changes,
                 std::vector<Finding>& findings) {
  const auto over = excess(changes, cap);
  if (!over) return;
  const std::span<const Change> window = changes.subspan(over->worst_first, over->worst());
  const Change& first_over = changes[over->first_over];
  Finding made = finding(evidence, oracle, FindingKind::Bypass, Part::Security);
  made.effect = effect;
  made.effects = over->beyond;
  made.claim = claim_of(effect, cap);
  const base::Duration span = window.back().at - window.front().at;
  made.observed = thousands(window.size()) + (window.size() == 1  ? ""
                                              : span.count() == 0 ? " at one instant"
                                                                  : " in " + about(span));
  at_change(evidence, first_over, made);
  const std::string_view tool =
      first_over.call == kNone ? std::string_view{} : evidence.calls()[first_over.call].tool;
  made.upstream_saw = saw(evidence, window);
  made.why = explain(evidence, changes, *over, cap, tool, made);
  seal(evidence, std::string(shape) + " " + std::string(to_string(effect)), made);
  findings.push_back(std::move(made));
}

// Whose changes count together; a cap per session is judged for each connection besides. A grant of
// no tenant counts for itself, as with the limits of policies.
std::string_view holder_of(const Evidence& evidence, const scenario::Cap& cap,
                           std::uint32_t connection) {
  const Party caller = evidence.caller(connection);
  if (cap.scope == "grant") return caller.grant;
  if (cap.scope == "tenant") return caller.tenant.empty() ? caller.grant : caller.tenant;
  return {};
}

}  // namespace

std::optional<Excess> excess(std::span<const Change> changes, const scenario::Cap& cap) {
  Excess out;
  std::uint64_t worst = 0;
  std::size_t first = 0;
  for (std::size_t last = 0; last < changes.size(); ++last) {
    while (cap.per && changes[last].at - changes[first].at >= *cap.per) ++first;
    const std::uint64_t inside = last - first + 1;
    if (inside > cap.max && out.beyond++ == 0) out.first_over = last;
    if (inside > worst) {
      worst = inside;
      out.worst_first = first;
      out.worst_last = last;
    }
  }
  if (out.beyond == 0) return std::nullopt;
  return out;
}

void judge_cap(const Evidence& evidence, std::string_view oracle, std::string_view shape,
               scenario::Effect effect, const scenario::Cap& cap, std::vector<Finding>& findings) {
  std::map<std::pair<std::string_view, std::uint32_t>, std::vector<Change>> groups;
  for (const Change& each : evidence.changes()) {
    if (each.effect != effect) continue;
    groups[{holder_of(evidence, cap, each.connection),
            cap.scope == "session" ? each.connection : 0}]
        .push_back(each);
  }
  for (const auto& [_, changes] : groups) {
    judge_group(evidence, oracle, shape, effect, cap, changes, findings);
  }
}

}  // namespace gatecrash::oracle
