// The policy does what its author says: the cancels it promises to stop stay within the promise,
// the tools it promises to leave alone keep working, and its own product takes it at all.
#include "harness/base/text.h"
#include "harness/oracle/caps.h"
#include "harness/oracle/refusal.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

void judge_refused_policy(const Evidence& evidence, std::vector<Finding>& findings) {
  const trace::PolicyUse& use = evidence.the_case().policy;
  if (use.refused.empty() || evidence.the_case().contained_by_refusal) return;
  Finding made = finding(evidence, kPromiseKept.name, FindingKind::Overblock, Part::Promise);
  made.claim = "the policy loads in the product it is written for";
  made.observed = "refused at start: " + count(use.refused.size(), "problem");
  const base::Problem& first = use.refused.front();
  at_rule(evidence, "", first.at, made);
  for (const base::Problem& each : use.refused) {
    if (!made.policy_said.empty()) made.policy_said += "; ";
    made.policy_said += where(use.file, each.at) + ": " + each.message;
  }
  made.why =
      "its own product refuses this policy at start: nothing behind it works until it is mended";
  seal(evidence, "loads", made);
  findings.push_back(std::move(made));
}

void judge_callable(const Evidence& evidence, std::vector<Finding>& findings) {
  const scenario::Plan& plan = evidence.plan();
  std::uint64_t refused = 0;
  std::uint64_t calls = 0;
  std::uint32_t first = kNone;
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    const scenario::Step& step = plan.steps[i];
    if (step.kind != scenario::StepKind::Call ||
        step.expect.outcome == scenario::Expect::Outcome::Deny ||
        !scenario::promises_callable(evidence.the_case().promise, evidence.the_case().traits,
                                     step.tool)) {
      continue;
    }
    ++calls;
    if (!evidence.steps()[i].refused()) continue;
    if (refused++ == 0) first = i;
  }
  if (refused == 0) return;
  const scenario::Step& step = plan.steps[first];
  Finding made = finding(evidence, kPromiseKept.name, FindingKind::Overblock,
                         part_of_refusal(evidence, first));
  made.claim = base::quoted(step.tool) + " keeps working";
  made.observed = refused == 1
                      ? "a call was refused"
                      : thousands(refused) + " of " + count(calls, "call") + " were refused";
  at_step(evidence, first, made);
  blame_refusal(evidence, deed_of_step(evidence, first), made);
  seal(evidence, "callable", made);
  findings.push_back(std::move(made));
}

bool promise_kept_applies(const Evidence& evidence) {
  const scenario::Promise& promise = evidence.the_case().promise;
  return promise.cancel || promise.callable_rest || !promise.callable.empty() ||
         (!evidence.the_case().policy.refused.empty() && !evidence.the_case().contained_by_refusal);
}

void judge_promise_kept(const Evidence& evidence, std::vector<Finding>& findings) {
  if (const auto& cancel = evidence.the_case().promise.cancel) {
    judge_cap(evidence, kPromiseKept.name, "promise", scenario::Effect::TaskCancelled, *cancel,
              findings);
  }
  if (!evidence.is(scenario::RunKind::Benign)) return;
  judge_callable(evidence, findings);
  judge_refused_policy(evidence, findings);
}

}  // namespace

const OracleEntry kPromiseKept{
    .name = "promise_kept",
    .claim =
        "cancels stay within what the policy's author promises, and what is promised to work does",
    .part = Part::Promise,
    .applies = promise_kept_applies,
    .judge = judge_promise_kept};

}  // namespace gatecrash::oracle
