// The scenario's own expectations, step by step.
//   deny     the reply is a denial, the upstream understood no call, nothing changed (or, of an
//            ambiguous message, one meaning that the policy allows was forwarded)
//   allow    the reply is a result (its isError is the server's business) and the upstream got it
//   absent   names that a list must not show; present: names that it must show
//   like     the reply equals the one to the call before to the byte, but for its id and the tool's
//            own name (when it came is not compared: a gateway in virtual time takes none)
// Steps that the agent never took are not judged here: they make the case inconclusive.
#include <algorithm>
#include <map>
#include <set>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/oracle/refusal.h"
#include "harness/oracle/standing.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using mcp::ReplyShape;
using scenario::Expect;
using scenario::Step;
using scenario::StepKind;

// Everything that came back in one step, as somebody sees it who knows what he asked: without the
// id, and with the tool's own name left open.
struct Answer {
  std::string seen;
  std::string text;  // the words in it
};

constexpr std::size_t kMostQuoted = 120;  // bytes of a reply's text that a finding repeats

void leave_open(std::string_view name, std::string& text) {
  std::string quoted;
  base::write_json_string(name, quoted);
  const std::string_view inner = std::string_view(quoted).substr(1, quoted.size() - 2);
  if (inner.empty()) return;
  constexpr std::string_view kOpen = "${tool}";
  for (std::size_t at = 0; (at = text.find(inner, at)) != std::string::npos; at += kOpen.size()) {
    text.replace(at, inner.size(), kOpen);
  }
}

// One sort of disappointment; further steps of the same sort are counted.
struct Failed {
  FindingKind kind = FindingKind::Bypass;
  Part part = Part::Security;
  std::string claim;
  std::string observed;
  std::uint32_t step = kNone;
  std::uint64_t steps = 0;
  std::set<std::string> tools;
  std::vector<Change> changes;
};

class Expectations {
 public:
  explicit Expectations(const Evidence& evidence) : evidence_(evidence) {
    for (const trace::Event& event : evidence.run().agent.events()) {
      if (event.kind == trace::EventKind::Listed && event.step < evidence.steps().size()) {
        listed_[event.step].insert(evidence.run().agent.view(event.text));
      }
      if (event.kind == trace::EventKind::Received && event.step < evidence.steps().size() &&
          static_cast<ReplyShape>(event.detail) != ReplyShape::None && compared(event.step)) {
        add_reply(evidence.run().agent.view(event.text), event.step);
      }
    }
    for (const Change& each : evidence.changes()) {
      // Work that runs to its end does so by itself, whatever step it is in.
      if (each.effect == scenario::Effect::WorkCompleted && each.call == kNone) continue;
      if (each.step < evidence.steps().size()) changes_[each.step].push_back(each);
    }
  }

  void judge(std::vector<Finding>& findings) {
    const auto& steps = evidence_.plan().steps;
    for (std::uint32_t i = 0; i < steps.size(); ++i) {
      const Expect& expect = steps[i].expect;
      if (!evidence_.steps()[i].sent || expect.empty()) continue;
      if (expect.outcome == Expect::Outcome::Deny) denied(i);
      if (expect.outcome == Expect::Outcome::Allow) allowed(i);
      if (!expect.absent.empty() || !expect.present.empty()) lists(i);
      const auto other = scenario::compared_with(steps, i);
      if (expect.like_previous && other && evidence_.steps()[*other].sent)
        alike(static_cast<std::uint32_t>(*other), i);
    }
    for (const auto& [shape, each] : failed_) findings.push_back(write(shape, each));
  }

 private:
  void denied(std::uint32_t i) {
    const StepSeen& seen = evidence_.steps()[i];
    const std::string name = subject(i);
    // What changes in a step in which nothing arrived, time has changed.
    if (seen.calls != 0 || (changes_.contains(i) && seen.arrived != 0)) {
      if (evidence_.plan().steps[i].kind == StepKind::Raw && !operated(evidence_.plan()) &&
          forwarded_one_meaning(evidence_, i)) {
        return;
      }
      Failed& each = add("deny " + cause(i), FindingKind::Bypass, Part::Security, i,
                         name + " is denied", "it reached the upstream");
      if (const auto found = changes_.find(i); found != changes_.end()) {
        each.changes.insert(each.changes.end(), found->second.begin(), found->second.end());
        each.observed = "it reached the upstream and changed something";
      }
    } else if (seen.replies != 0 && !is_error(seen.reply)) {
      add("deny in words", FindingKind::Protocol, Part::Conformance, i,
          name + " is answered with a denial",
          "no call arrived upstream, but the reply is " + std::string(to_string(seen.reply)));
    }
  }

  void allowed(std::uint32_t i) {
    const StepSeen& seen = evidence_.steps()[i];
    const bool lists = seen.listed || evidence_.plan().steps[i].kind == StepKind::List;
    const bool arrived = lists ? seen.arrived != 0 : seen.calls != 0;
    const bool result = seen.reply == ReplyShape::Ok || seen.reply == ReplyShape::ToolError;
    if (arrived && result && seen.told == Told::CarriedOut) return;
    // An error of the upstream's own making, or in the place of an answer that it never gave, is no
    // gateway's refusal; judge() calls it inconclusive.
    if (arrived && !seen.refused() && is_error(seen.reply)) return;
    const std::string observed = seen.refused() && arrived ? "the agent was told that it is refused"
                                 : seen.refused()          ? "it was refused"
                                 : seen.replies == 0       ? "no reply"
                                 : !arrived ? "answered without reaching the upstream"
                                            : "the reply is " + std::string(to_string(seen.reply));
    add("allow " + cause(i), FindingKind::Overblock, part_of(i), i, subject(i) + " works",
        observed);
  }

  void lists(std::uint32_t i) {
    const Expect& expect = evidence_.plan().steps[i].expect;
    const auto& shown = listed_[i];
    for (const std::string& name : expect.absent) {
      if (shown.contains(name)) {
        add("absent " + name, FindingKind::Leak, Part::Security, i,
            base::quoted(name) + " is in no list", "it is listed");
      }
    }
    // Missing names make one finding for what the policy does not show, and one for what the
    // gateway hides.
    std::map<Part, std::vector<std::string>> missing;
    for (const std::string& name : expect.present) {
      if (shown.contains(name)) continue;
      const bool policy_hides = evidence_.policy() == nullptr || !evidence_.shows(name);
      missing[policy_hides ? Part::Promise : Part::Conformance].push_back(base::quoted(name));
    }
    for (const auto& [part, names] : missing) {
      add("present " + std::string(to_string(part)), FindingKind::Overblock, part, i,
          base::join(names, ", ") + (names.size() == 1 ? " is listed" : " are listed"),
          evidence_.steps()[i].refused() ? "the list was refused" : "missing from the list");
    }
  }

  bool compared(std::uint32_t i) const {
    const auto& steps = evidence_.plan().steps;
    if (steps[i].expect.like_previous) return true;
    std::size_t next = i + 1;
    while (next < steps.size() && steps[next].kind == StepKind::NewSession) ++next;
    return next < steps.size() && steps[next].expect.like_previous;
  }

  void add_reply(std::string_view frame, std::uint32_t i) {
    Answer& answer = answers_[i];
    base::Tree tree;
    std::string seen;
    const rpc::Decoded reply = rpc::decode(frame, rpc::strict_reading(), tree);
    if (reply) {
      if (answer.text.empty()) answer.text = mcp::reply_text(reply.message);
      for (const base::Value member : tree.root()) {
        if (member.key() == "id") continue;
        base::write_json_string(member.key(), seen);
        seen += ':';
        base::write_json(member, seen);
        seen += ',';
      }
    } else {
      seen = frame;
    }
    leave_open(evidence_.plan().steps[i].tool, seen);
    answer.seen += seen + '\n';
  }

  void alike(std::uint32_t before, std::uint32_t i) {
    const Answer& one = answers_[before];
    const Answer& other = answers_[i];
    if (one.seen == other.seen) return;
    std::string observed = "the replies differ";
    if (one.seen.empty() || other.seen.empty()) {
      observed = "only one of them is answered";
    } else if (one.text != other.text) {
      observed = "this one is told " + base::quoted(cut(other.text, kMostQuoted)) + ", that one " +
                 base::quoted(cut(one.text, kMostQuoted));
    }
    add("alike " + evidence_.plan().steps[i].tool, FindingKind::Leak, Part::Security, i,
        subject(i) + " is answered as " + subject(before) + " is", observed);
  }

  Part part_of(std::uint32_t i) const {
    const Step& step = evidence_.plan().steps[i];
    return step.kind == StepKind::Call ? part_of_refusal(evidence_, i) : Part::Conformance;
  }

  // Of the calls that a step made: the one that changed something, else the first.
  std::uint32_t blamed_call(std::uint32_t i) const {
    if (const auto changes = changes_.find(i); changes != changes_.end()) {
      for (const Change& each : changes->second) {
        if (each.call != kNone && evidence_.calls()[each.call].step == i) return each.call;
      }
    }
    return evidence_.steps()[i].first_call;
  }

  // The call that reached the upstream and should not have, or the one that was refused.
  Deed deed_of(const Failed& each) const {
    const std::uint32_t call = blamed_call(each.step);
    if (each.kind == FindingKind::Bypass && call != kNone) return deed_of_call(evidence_, call);
    const auto& decided = evidence_.run().gateway.events();
    for (std::uint32_t i = 0; each.kind == FindingKind::Overblock && i < decided.size(); ++i) {
      if (decided[i].kind == trace::EventKind::Decided && decided[i].step == each.step &&
          static_cast<decision::Outcome>(decided[i].detail) != decision::Outcome::Allow) {
        return deed_of_decision(evidence_, i);
      }
    }
    return deed_of_step(evidence_, each.step);
  }

  // What decides about the step, by the policy's documented meaning: steps that one clause decides
  // about make one finding.
  std::string cause(std::uint32_t i) const {
    const Step& step = evidence_.plan().steps[i];
    if (evidence_.policy() == nullptr) return {};
    const std::uint32_t call = blamed_call(i);
    const std::string_view tool =
        call != kNone ? evidence_.calls()[call].tool : std::string_view(step.tool);
    if (tool.empty()) return std::string(to_string(step.kind));
    const decision::Ruling ruling = call != kNone ? evidence_.ruling(evidence_.calls()[call])
                                                  : evidence_.ruling(tool, step.arguments);
    if (!ruling.rule.empty()) return std::string(ruling.rule);
    const policy::ToolPolicy* const entry = tool_in(*evidence_.policy(), tool);
    return entry == nullptr ? "(default allow)" : entry->anchor.path;
  }

  std::string subject(std::uint32_t i) const {
    const Step& step = evidence_.plan().steps[i];
    return step.kind == StepKind::Call   ? base::quoted(step.tool)
           : step.kind == StepKind::List ? "tools/list"
                                         : "the message";
  }

  Failed& add(const std::string& shape, FindingKind kind, Part part, std::uint32_t step,
              std::string claim, std::string observed) {
    Failed& each = failed_[shape];
    if (const Step& planned = evidence_.plan().steps[step]; planned.kind == StepKind::Call) {
      each.tools.insert(planned.tool);
    }
    if (each.steps++ == 0) {
      each.kind = kind;
      each.part = part;
      each.step = step;
      each.claim = std::move(claim);
      each.observed = std::move(observed);
    }
    return each;
  }

  Finding write(const std::string& shape, const Failed& each) const {
    Finding made = finding(evidence_, kExpect.name, each.kind, each.part);
    made.claim = each.claim;
    made.observed = each.observed;
    if (each.steps > 1) {
      made.observed += " (in " + count(each.steps, "step") +
                       (each.tools.size() > 1 ? ", with " + count(each.tools.size(), "tool") : "") +
                       ")";
    }
    const Deed deed = deed_of(each);
    at_deed(evidence_, deed, made);
    made.scenario_at = evidence_.plan().steps[each.step].expect.at;
    if (made.scenario_at.line == 0) made.scenario_at = evidence_.plan().steps[each.step].at;
    if (!each.changes.empty()) {
      made.effect = each.changes.front().effect;
      made.effects = static_cast<std::uint64_t>(
          std::ranges::count(each.changes, *made.effect, &Change::effect));
      made.upstream_saw = saw(evidence_, each.changes);
    }
    place(each, deed, made);
    seal(evidence_, shape, made);
    return made;
  }

  void place(const Failed& each, const Deed& deed, Finding& made) const {
    const Step& step = evidence_.plan().steps[each.step];
    const policy::Policy* const policy = evidence_.policy();
    if (policy == nullptr) return;
    if (each.kind == FindingKind::Leak || each.kind == FindingKind::Protocol) {
      return at_what_let_through(evidence_, {}, {}, made);
    }
    const std::string_view tool =
        deed.call != kNone ? evidence_.calls()[deed.call].tool : std::string_view(step.tool);
    if (step.kind == StepKind::List) {
      at_what_let_through(evidence_, {}, {}, made);
      if (each.part == Part::Conformance) {
        made.why = "the policy as documented shows it";
      } else {
        made.why = policy->tools.empty() && policy->default_action == policy::DefaultAction::Deny
                       ? "the policy denies by default and lists no tool, so nothing is shown"
                       : "the policy itself does not show it";
      }
      return;
    }
    if (tool.empty()) return at_what_let_through(evidence_, deed, {}, made);
    if (each.kind == FindingKind::Overblock) return blame_refusal(evidence_, deed, made);
    const decision::Ruling ruling = documented(evidence_, deed);
    if (ruling.outcome != decision::Outcome::Allow)
      return at_rule(evidence_, ruling.rule, ruling.at, made);
    at_what_let_through(evidence_, deed, tool, made);
    made.why = "the policy as documented allows it";
  }

  const Evidence& evidence_;
  std::map<std::uint32_t, std::set<std::string_view>> listed_;
  std::map<std::uint32_t, std::vector<Change>> changes_;
  std::map<std::uint32_t, Answer> answers_;  // of the steps that are compared
  std::map<std::string, Failed> failed_;
};

bool expect_applies(const Evidence& evidence) {
  return std::ranges::any_of(evidence.plan().steps,
                             [](const Step& step) { return !step.expect.empty(); });
}

void judge_expect(const Evidence& evidence, std::vector<Finding>& findings) {
  Expectations(evidence).judge(findings);
}

}  // namespace

const OracleEntry kExpect{.name = "expect",
                          .claim = "each step comes out as the scenario expects it",
                          .part = Part::Security,
                          .applies = expect_applies,
                          .judge = judge_expect};

}  // namespace gatecrash::oracle
