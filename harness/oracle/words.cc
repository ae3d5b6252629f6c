#include "harness/oracle/words.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "harness/base/digest.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/mcp/messages.h"
#include "harness/oracle/refusal.h"
#include "harness/oracle/standing.h"
#include "harness/rpc/message.h"

namespace gatecrash::oracle {
namespace {

using policy::Limit;
using policy::Policy;
using policy::ToolPolicy;
using trace::Event;

constexpr std::size_t kShownArguments = 120;  // bytes

std::string said(const Evidence& evidence, const Event& decided) {
  const trace::Trace& log = evidence.run().gateway;
  const auto outcome = static_cast<decision::Outcome>(decided.detail);
  std::string text(decision::to_string(outcome));
  if (decided.step < evidence.plan().steps.size() &&
      log.view(decided.text) != evidence.plan().steps[decided.step].tool) {
    text += " " + base::quoted(log.view(decided.text));
  }
  const std::string_view rule = log.view(decided.more);
  text += rule.empty() ? ", no rule spoke" : " by " + std::string(rule);
  if (decided.place.line != 0)
    text += " (" + where(evidence.the_case().policy.file, decided.place) + ")";
  if (decided.extra.size != 0) text += ": " + base::quoted(log.view(decided.extra));
  return text;
}

// The gateway's decision, else what the policy's documented meaning says about the call.
std::string policy_said(const Evidence& evidence, const Deed& deed) {
  if (deed.decision != kNone) return said(evidence, evidence.run().gateway.events()[deed.decision]);
  if (evidence.policy() == nullptr) return "the policy does not load";
  const std::string no_decision = evidence.gateway_tells() ? "the gateway decided nothing; " : "";
  if (deed.call == kNone && evidence.plan().steps[deed.step].kind != scenario::StepKind::Call)
    return {};
  return no_decision + "as documented: " + ruling_words(evidence, documented(evidence, deed));
}

// "nothing arrived", "2 frames arrived, understood as 2 calls of `x`, `y`, nothing changed"; of one
// call of several: "1 call of `y` arrived, 1 effect (of 2 calls in this step)".
std::string saw_deed(const Evidence& evidence, const Deed& deed) {
  const StepSeen& seen = evidence.steps()[deed.step];
  if (seen.arrived == 0) return "nothing arrived";
  const auto effects = [](std::uint32_t number) {
    return number == 0 ? std::string("nothing changed") : count(number, "effect");
  };
  if (deed.call != kNone && seen.calls > 1) {
    const UpstreamCall& call = evidence.calls()[deed.call];
    return "a call of " + base::quoted(call.tool) + " arrived, " + effects(call.effects) + " (of " +
           count(seen.calls, "call") + " in this step)";
  }
  std::string text = count(seen.arrived, "frame") + " arrived";
  if (seen.calls != 0) {
    std::vector<std::string> tools;
    for (std::uint32_t i = seen.first_call; i < evidence.calls().size(); ++i) {
      const UpstreamCall& call = evidence.calls()[i];
      if (call.step != deed.step) continue;
      std::string tool = base::quoted(call.tool);
      if (std::ranges::find(tools, tool) == tools.end()) tools.push_back(std::move(tool));
    }
    text += ", understood as " + (seen.calls == 1 ? "a call" : count(seen.calls, "call")) + " of " +
            base::join(tools, ", ");
  }
  return text + ", " + effects(seen.changes);
}

std::string call_words(std::string_view tool, std::string_view arguments) {
  std::string text(tool);
  return arguments.empty() ? text : text + " " + cut(arguments, kShownArguments);
}

std::string raw_words(std::string_view line) {
  return base::is_utf8(line) ? "raw " + cut(line, kShownArguments) : "raw " + base::quoted(line);
}

}  // namespace

Finding finding(const Evidence& evidence, std::string_view oracle, FindingKind kind, Part part) {
  Finding made;
  made.kind = kind;
  made.part = part;
  made.oracle = oracle;
  made.run = evidence.run().kind;
  made.variant = evidence.plan().variant;
  made.scenario_file =
      evidence.plan().file.empty() ? evidence.the_case().file : evidence.plan().file;
  made.policy_file = evidence.the_case().policy.file;
  return made;
}

void at_deed(const Evidence& evidence, const Deed& deed, Finding& finding) {
  finding.step = deed.step;
  if (deed.step >= evidence.plan().steps.size()) return;
  finding.attempted = attempted(evidence, deed);
  finding.policy_said = policy_said(evidence, deed);
  finding.upstream_saw = saw_deed(evidence, deed);
  finding.scenario_at = evidence.plan().steps[deed.step].at;
}

void at_rule(const Evidence& evidence, std::string_view rule, base::SourcePos at,
             Finding& finding) {
  finding.policy_file = evidence.the_case().policy.file;
  finding.rule = rule;
  finding.policy_at = at;
}

void at_what_let_through(const Evidence& evidence, const Deed& deed, std::string_view tool,
                         Finding& finding) {
  if (deed.decision != kNone) {
    const trace::Trace& log = evidence.run().gateway;
    const Event& decided = log.events()[deed.decision];
    if (static_cast<decision::Outcome>(decided.detail) == decision::Outcome::Allow &&
        decided.more.size != 0 && decided.place.line != 0) {
      return at_rule(evidence, log.view(decided.more), decided.place, finding);
    }
  }
  const Policy* const policy = evidence.policy();
  if (policy == nullptr) return;
  if (const auto limits = limits_on(*policy, tool); !limits.empty()) {
    return at_rule(evidence, limits.front()->anchor.path, limits.front()->anchor.at, finding);
  }
  if (const ToolPolicy* const entry = tool_in(*policy, tool)) {
    return at_rule(evidence, entry->anchor.path, entry->anchor.at, finding);
  }
  if (policy->default_written || !policy->tools_anchor) {
    return at_rule(evidence, policy->default_anchor.path, policy->default_anchor.at, finding);
  }
  at_rule(evidence, policy->tools_anchor->path, policy->tools_anchor->at, finding);
}

void at_change(const Evidence& evidence, const Change& change, Finding& finding) {
  const bool called = change.call != kNone;
  const Deed deed =
      called ? deed_of_call(evidence, change.call) : deed_of_step(evidence, change.step);
  at_deed(evidence, deed, finding);
  at_what_let_through(evidence, deed, called ? evidence.calls()[change.call].tool : "", finding);
}

void seal(const Evidence& evidence, std::string_view claim_shape, Finding& finding) {
  const trace::Case& the_case = evidence.the_case();
  std::string text = finding.oracle;
  for (const std::string_view part :
       {to_string(finding.run), std::string_view(the_case.attack_id),
        std::string_view(the_case.target), claim_shape, std::string_view(finding.rule)}) {
    text += '\n';
    text += part;
  }
  finding.fingerprint = base::sha256_hex(text).substr(0, 16);
}

std::string claim_of(scenario::Effect effect, const scenario::Cap& cap) {
  std::string text = cap.max == 0 ? "no " : "at most " + thousands(cap.max) + " ";
  text += to_string(effect);
  if (cap.max == 0) return text + " at all";
  text += cap.per ? " in any " + base::to_string(*cap.per) : " in the whole run";
  if (!cap.scope.empty() && cap.scope != "global") text += " per " + cap.scope;
  return text;
}

std::string attempted(const scenario::Plan& plan, std::uint32_t step) {
  if (step >= plan.steps.size()) return {};
  const scenario::Step& planned = plan.steps[step];
  switch (planned.kind) {
    case scenario::StepKind::List:
      return planned.arguments.empty() ? "tools/list"
                                       : "tools/list " + cut(planned.arguments, kShownArguments);
    case scenario::StepKind::Call: return call_words(planned.tool, planned.arguments);
    case scenario::StepKind::Raw: return raw_words(planned.line);
    case scenario::StepKind::Advance: return "time passes: " + base::to_string(planned.by);
    case scenario::StepKind::NewSession: return "a new session";
    case scenario::StepKind::Fault:
      return std::string(is_gateway_fault(planned) ? "around the gateway: " : "the upstream: ") +
             planned.line;
    case scenario::StepKind::Operator: return "the operator: " + planned.line;
    case scenario::StepKind::Probe: return "calls by name of what the list did not show";
    case scenario::StepKind::Obey: return "the agent does what the text it got tells it";
  }
  return {};
}

std::string attempted(const Evidence& evidence, const Deed& deed) {
  using scenario::StepKind;
  const scenario::Step& planned = evidence.plan().steps[deed.step];
  const bool several = planned.kind == StepKind::Raw || planned.kind == StepKind::Obey ||
                       planned.kind == StepKind::Probe;
  if (!several || deed.sent == kNone) return attempted(evidence.plan(), deed.step);
  const trace::Trace& agent = evidence.run().agent;
  const std::string_view frame = agent.view(agent.events()[deed.sent].text);
  base::Tree tree;
  const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree);
  if (planned.kind == StepKind::Raw) {
    if (decoded.fault != rpc::Fault::Batch || deed.call == kNone) return raw_words(frame);
    const UpstreamCall& call = evidence.calls()[deed.call];
    return "in a batch: " + call_words(call.tool, call.arguments);
  }
  const mcp::ToolCall call =
      decoded ? mcp::read_tools_call(decoded.message, rpc::strict_reading()) : mcp::ToolCall{};
  if (!call.valid) return raw_words(frame);
  std::string arguments;
  if (call.arguments) base::write_json(call.arguments, arguments);
  return call_words(call.tool, arguments);
}

std::string cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return std::string(text.substr(0, most)) + "…";
}

std::string kinds_of(std::span<const Change> changes) {
  std::vector<std::pair<scenario::Effect, std::uint64_t>> kinds;
  for (const Change& each : changes) {
    const auto known =
        std::ranges::find(kinds, each.effect, &std::pair<scenario::Effect, std::uint64_t>::first);
    if (known == kinds.end()) {
      kinds.emplace_back(each.effect, 1);
    } else {
      ++known->second;
    }
  }
  std::ranges::sort(kinds);
  std::string text;
  for (const auto& [effect, number] : kinds) {
    if (!text.empty()) text += ", ";
    text += thousands(number) + " " + std::string(to_string(effect));
  }
  return text;
}

std::string about(base::Duration span) {
  using namespace std::chrono;
  if (span < minutes(2)) return base::to_string(span < seconds(10) ? span : round<seconds>(span));
  const auto whole = round<minutes>(span);
  std::string rest = std::to_string((whole % hours(1)).count()) + "m";
  if (whole < hours(1)) return rest;
  const std::string full = std::to_string(duration_cast<hours>(whole).count()) + "h";
  return whole % hours(1) == minutes(0) ? full : full + " " + rest;
}

std::string saw(const Evidence& evidence, std::span<const Change> changes) {
  if (changes.empty()) return "nothing changed";
  std::set<std::uint32_t> calls;
  std::set<std::string_view> tools;
  for (const Change& each : changes) {
    if (each.call == kNone) continue;
    calls.insert(each.call);
    tools.insert(evidence.calls()[each.call].tool);
  }
  std::string text;
  if (!calls.empty()) {
    text = count(calls.size(), "call") + " of ";
    std::string_view separator;
    for (const std::string_view tool : tools) {
      text += std::string(separator) + base::quoted(tool);
      separator = ", ";
    }
    text += ": ";
  }
  text += kinds_of(changes);
  if (!changes.front().subject.empty()) {
    text += " (" + base::quoted(changes.front().subject);
    if (changes.size() > 1) {
      text += (changes.size() > 2 ? " … " : ", ") + base::quoted(changes.back().subject);
    }
    text += ")";
  }
  const base::Duration span = changes.back().at - changes.front().at;
  if (changes.size() > 1) text += span.count() == 0 ? " at one instant" : " within " + about(span);
  return text;
}

std::string where(std::string_view file, base::SourcePos at) {
  if (at.line == 0) return std::string(file);
  return std::string(file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

std::string ruling_words(const Evidence& evidence, const decision::Ruling& ruling) {
  std::string text(decision::to_string(ruling.outcome));
  if (!ruling.rule.empty()) text += " by " + std::string(ruling.rule);
  if (ruling.at.line != 0) text += " (" + where(evidence.the_case().policy.file, ruling.at) + ")";
  return text;
}

const base::Problem* dropped_key(const Evidence& evidence, base::SourcePos from,
                                 base::SourcePos to) {
  const base::Problem* last = nullptr;
  for (const base::Problem& each : evidence.the_case().policy.gateway_problems) {
    if (!each.message.starts_with("unknown key") || each.at < from || to < each.at) continue;
    if (last == nullptr || last->at < each.at) last = &each;
  }
  return last;
}

std::string dropped_words(const Evidence& evidence, const base::Problem& problem) {
  const std::string_view message = problem.message;
  return "the gateway dropped that on load: " +
         std::string(message.substr(0, message.find(" is dropped"))) + " (" +
         where(evidence.the_case().policy.file, problem.at) + ")";
}

std::string read_differently(const Evidence& evidence, std::uint32_t call) {
  if (!evidence.gateway_tells()) return {};
  const std::string_view tool = evidence.calls()[call].tool;
  const Deed deed = deed_of_call(evidence, call);
  if (deed.decision == kNone) {
    return "the gateway passed the message on without a decision, and the upstream read it as a "
           "call of " +
           base::quoted(tool);
  }
  const trace::Trace& log = evidence.run().gateway;
  const std::string_view judged = log.view(log.events()[deed.decision].text);
  if (judged == tool) return {};
  return "the gateway judged a call of " + base::quoted(judged) + ", but the upstream read " +
         base::quoted(tool) + " in the same message";
}

std::string more_than_a_call(const UpstreamCall& call) {
  base::Tree tree;
  if (!call.arguments.empty() && !base::read_json(call.arguments, {}, tree)) {
    for (const base::Value each : tree.root()) {
      if (each.is_list()) return "argument " + base::quoted(each.key()) + " takes a list";
    }
  }
  return "one call can name many things at once";
}

std::string thousands(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string count(std::uint64_t number, std::string_view what) {
  return thousands(number) + " " + std::string(what) + (number == 1 ? "" : "s");
}

const ToolPolicy* tool_in(const Policy& policy, std::string_view tool) {
  const auto found = std::ranges::find(policy.tools, tool, &ToolPolicy::name);
  return found == policy.tools.end() ? nullptr : &*found;
}

std::vector<const Limit*> limits_on(const Policy& policy, std::string_view tool) {
  std::vector<const Limit*> limits;
  const auto take = [&](const ToolPolicy& entry) {
    for (const policy::Rule& rule : entry.rules) {
      if (rule.limit && rule.limit->has_max) limits.push_back(&*rule.limit);
    }
  };
  if (const ToolPolicy* const entry = tool_in(policy, tool)) take(*entry);
  if (policy.wildcard) take(*policy.wildcard);
  return limits;
}

const Limit* limit_at(const Policy& policy, std::string_view tool, std::string_view rule) {
  for (const Limit* const each : limits_on(policy, tool)) {
    if (each->anchor.path == rule) return each;
  }
  return nullptr;
}

std::optional<std::uint64_t> whole_max(const Limit& limit) {
  std::uint64_t number = 0;
  const char* const end = limit.max.data() + limit.max.size();
  const auto [stop, error] = std::from_chars(limit.max.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  if (!limit.inclusive && number > 0) --number;
  return number;
}

}  // namespace gatecrash::oracle
