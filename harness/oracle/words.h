// How findings are filled: the texts a policy's owner reads, and the place in the policy that a
// finding points to. No judgement here; the same evidence always gives the same words.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "harness/oracle/deed.h"
#include "harness/oracle/evidence.h"
#include "harness/oracle/finding.h"

namespace gatecrash::oracle {

// A finding of this run, with the scenario file as its place.
Finding finding(const Evidence& evidence, std::string_view oracle, FindingKind kind, Part part);

// Sets what follows from the deed: step, attempted, policy_said, upstream_saw, scenario_at.
void at_deed(const Evidence& evidence, const Deed& deed, Finding& finding);
inline void at_step(const Evidence& evidence, std::uint32_t step, Finding& finding) {
  at_deed(evidence, deed_of_step(evidence, step), finding);
}

// Points the finding at a place in the policy.
void at_rule(const Evidence& evidence, std::string_view rule, base::SourcePos at, Finding& finding);

// Points it at what let a call of this tool through: the rule the gateway named when it allowed the
// call; else the limit of the policy's documented meaning that should have held; else the tool's
// entry, the default clause, the tools map.
void at_what_let_through(const Evidence& evidence, const Deed& deed, std::string_view tool,
                         Finding& finding);

// The deed that made this change, and what let its call through, if a call made it.
void at_change(const Evidence& evidence, const Change& change, Finding& finding);

// Over oracle, run kind, attack, target, the claim's shape (its words without numbers) and the
// rule; not over lines, steps or seeds. Call it last.
void seal(const Evidence& evidence, std::string_view claim_shape, Finding& finding);

// "at most 10 task.cancelled in any 60s", "no task.cancelled at all".
std::string claim_of(scenario::Effect effect, const scenario::Cap& cap);
// `cancel_task {"task_id":"t-1"}`, `tools/list`, raw bytes in backticks: of the step, and of the
// one message or call that the deed is about where the step has several.
std::string attempted(const scenario::Plan& plan, std::uint32_t step);
std::string attempted(const Evidence& evidence, const Deed& deed);
// "2 calls of `cancel_task`: 20 task.cancelled (`a` … `t`) within 200ms".
std::string saw(const Evidence& evidence, std::span<const Change> changes);
// "20 task.cancelled, 20 work.stopped", in the order of the vocabulary.
std::string kinds_of(std::span<const Change> changes);
// The start of a text of at most so many bytes, cut at a character, with a sign that something is
// missing.
std::string cut(std::string_view text, std::size_t most);
// A length of time for reading: exact below 10 s, then rounded: "200ms", "45s", "23h 59m".
std::string about(base::Duration span);
// `policies/x.json:6:9`, or without the place if there is none.
std::string where(std::string_view file, base::SourcePos at);
// What the documented meaning says to a call, in words.
std::string ruling_words(const Evidence& evidence, const decision::Ruling& ruling);

// The last key between two places of the policy (both included) that the gateway did not know and
// dropped when it read the file; null if there is none.
const base::Problem* dropped_key(const Evidence& evidence, base::SourcePos from,
                                 base::SourcePos to);
// "the gateway dropped that on load: unknown key `limits` in a tool (policies/x.json:6:7)".
std::string dropped_words(const Evidence& evidence, const base::Problem& problem);
// If the gateway decided about another tool than the upstream understood, in words; else empty.
std::string read_differently(const Evidence& evidence, std::uint32_t call);
// Why one call could do more than a limit on calls allows: it carries a list, or names many at
// once.
std::string more_than_a_call(const UpstreamCall& call);

std::string thousands(std::uint64_t number);                     // 14,400
std::string count(std::uint64_t number, std::string_view what);  // "1 call", "2 calls"

// The limits of the documented meaning that apply to a tool: its own, then the wildcard's.
std::vector<const policy::Limit*> limits_on(const policy::Policy& policy, std::string_view tool);
// The one of them that a ruling names, if it names one.
const policy::Limit* limit_at(const policy::Policy& policy, std::string_view tool,
                              std::string_view rule);
const policy::ToolPolicy* tool_in(const policy::Policy& policy, std::string_view tool);
// Largest number of calls a limit lets through, if it is a plain number.
std::optional<std::uint64_t> whole_max(const policy::Limit& limit);

}  // namespace gatecrash::oracle
