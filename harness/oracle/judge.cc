// The fold: findings of all oracles over all runs into the four parts and one verdict. Verdicts
// only get worse; what is missing makes a case inconclusive, never a pass.
#include <algorithm>
#include <array>

#include "harness/oracle/contradiction.h"
#include "harness/oracle/evidence.h"
#include "harness/oracle/hiding.h"
#include "harness/oracle/oracle.h"
#include "harness/oracle/table.h"
#include "harness/oracle/teeth.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using scenario::StepKind;
using trace::Case;
using trace::Run;

bool was_run(const Run& run) {
  return run.plan != nullptr;
}

bool sends(const scenario::Step& step) {
  return step.kind == StepKind::List || step.kind == StepKind::Call || step.kind == StepKind::Raw;
}

class Judge {
 public:
  explicit Judge(const Case& the_case) : case_(the_case), meaning_(the_case) {}

  Judged judge() {
    if (!case_.lacks.empty()) return not_applicable(case_.lacks);
    if (nothing_ran()) return without_runs();
    if (refused()) return contained_by_refusal();
    if (!everyday()) {
      judge_teeth();
      for (const Run& each : case_.attack) judge_run(each, "attack");
      for (const Run& each : case_.probed) judge_probes(each);
      if (case_.attack.empty()) lack(Verdict::Inconclusive, "there is no attack run");
    }
    judge_run(case_.benign, "benign");
    fold();
    if (only_leaks_of_lists() && hiding_of(case_, meaning_).cannot_hide()) cannot_hide();
    return std::move(out_);
  }

 private:
  // An attack that only lists, on which nothing but what the lists show is wrong.
  bool only_leaks_of_lists() const {
    if (everyday() || out_.verdict != Verdict::Drift) return false;
    const bool lists = std::ranges::none_of(case_.attack, [&](const Run& run) {
      return was_run(run) && acts(Evidence(case_, run, meaning_));
    });
    return lists && std::ranges::all_of(out_.findings, [](const Finding& each) {
             return (each.kind == FindingKind::Leak && !each.secret) ||
                    verdict_of(each) < Verdict::Drift;
           });
  }

  // To such a gateway an attack that only lists has nothing to show.
  void cannot_hide() {
    out_.findings.clear();
    out_.reasons = {
        "the gateway hides nothing: it shows every tool in every list, and refuses the "
        "calls of those that the policy hides"};
    out_.verdict = out_.security = out_.promise = out_.conformance = Verdict::NotApplicable;
  }

  bool nothing_ran() const {
    return case_.teeth.empty() && case_.attack.empty() && !was_run(case_.benign);
  }

  // No attack at all: all there is to say is whether it passes and is answered properly. What a
  // gateway shows or lets through to those who mean no harm, is for the attacks to judge. No attack
  // may claim as much of itself.
  bool everyday() const {
    return case_.teeth.empty() && case_.attack.empty() &&
           case_.null_verdict == to_string(Verdict::Pass);
  }

  // The gateway did not start, and that is what keeps the attack out.
  bool refused() const {
    return case_.contained_by_refusal && case_.attack.empty() && !was_run(case_.benign);
  }

  Judged contained_by_refusal() {
    judge_teeth();
    judged_[static_cast<std::size_t>(Part::Security)] = true;
    fold();
    return std::move(out_);
  }

  Judged not_applicable(std::string reason) {
    out_.reasons.push_back(std::move(reason));
    out_.verdict = out_.validity = out_.security = out_.promise = out_.conformance =
        Verdict::NotApplicable;
    return std::move(out_);
  }

  Judged without_runs() {
    for (const base::Problem& problem : case_.policy.gateway_problems) {
      // A key that is dropped keeps no gateway from starting.
      if (problem.severity == base::Severity::Error)
        out_.reasons.push_back(base::to_string(problem));
    }
    const bool refused_to_start = !out_.reasons.empty();
    out_.reasons.insert(out_.reasons.begin(), refused_to_start
                                                  ? "the gateway refuses to start with this policy"
                                                  : "nothing was run, and no reason is on record");
    out_.verdict = out_.validity = out_.security = out_.promise = out_.conformance =
        refused_to_start ? Verdict::NotApplicable : Verdict::Inconclusive;
    return std::move(out_);
  }

  void lack(Verdict verdict, std::string reason) {
    validity_ = worse(validity_, verdict);
    if (std::ranges::find(out_.reasons, reason) == out_.reasons.end()) {
      out_.reasons.push_back(std::move(reason));
    }
  }

  static std::string name_of(const Run& run, std::string_view kind) {
    std::string name = std::string(kind) + " run";
    if (was_run(run) && !run.plan->variant.empty()) name += " (" + run.plan->variant + ")";
    return name;
  }

  // False: there is nothing to judge.
  bool check_complete(const Run& run, std::string_view kind) {
    if (!was_run(run)) {
      lack(Verdict::Inconclusive, "the " + std::string(kind) + " run is missing");
      return false;
    }
    if (!run.complete) {
      lack(Verdict::Inconclusive,
           "the " + name_of(run, kind) +
               " is incomplete: " + (run.problem.empty() ? "no reason is on record" : run.problem));
    }
    return !run.disputed && check_record(run, kind);
  }

  bool check_record(const Run& run, std::string_view kind) {
    const std::string damage = damaged_record(run);
    if (damage.empty()) return true;
    lack(Verdict::Inconclusive, "the " + name_of(run, kind) + " is no evidence: " + damage);
    return false;
  }

  void check_consistent(const Evidence& evidence, std::string_view kind) {
    for (const std::string& each : contradictions(evidence)) {
      lack(Verdict::Inconclusive,
           "the " + name_of(evidence.run(), kind) + " contradicts itself: " + each);
    }
  }

  // Without a gateway the attack has to succeed, or the scenario proves nothing.
  void judge_teeth() {
    if (case_.teeth.empty()) return lack(Verdict::Inconclusive, "there is no teeth run");
    bool complete = true;
    bool bit = false;
    for (const Run& run : case_.teeth) {
      if (!check_complete(run, "teeth")) return;
      complete = complete && run.complete;
      const Evidence evidence(case_, run, meaning_);
      check_consistent(evidence, "teeth");
      bit = bit || did_harm(evidence);
    }
    if (!bit && complete) {
      lack(Verdict::Broken,
           "the attack does no harm even without a gateway (expected " + case_.null_verdict + ")");
    }
  }

  void judge_run(const Run& run, std::string_view kind) {
    if (!check_complete(run, kind)) return;
    const Evidence evidence(case_, run, meaning_);
    Opinion opinion;
    ask(evidence, opinion);
    for (std::size_t i = 0; i < judged_.size(); ++i) judged_[i] = judged_[i] || opinion.judged[i];
    check_consistent(evidence, kind);
    check_steps(evidence, kind, opinion);
    if (everyday()) std::erase_if(opinion.findings, beside_the_point);
    if (!run.complete) std::erase_if(opinion.findings, claims_absence);
    if (case_.policy.stands_in) set_apart(opinion.findings);
    for (const Finding& each : opinion.findings) weigh(each);
    absorb(opinion.findings);
    for (Finding& each : opinion.findings) keep(std::move(each), out_.findings);
  }

  // The probed run is only there for the agreement of lists and calls, and only tells what the
  // attack did not show anyway. What goes wrong in it otherwise has its run elsewhere: one that
  // broke off (the upstream of a foreign gateway can hang up for good) tells as far as it goes.
  void judge_probes(const Run& run) {
    if (!was_run(run)) return lack(Verdict::Inconclusive, "the probed run is missing");
    if (run.disputed) return static_cast<void>(check_complete(run, "probed"));
    if (!check_record(run, "probed")) return;
    const Evidence evidence(case_, run, meaning_);
    check_consistent(evidence, "probed");
    const auto told = [](const Finding& each) { return each.oracle == kListCallAgree.name; };
    if (!kListCallAgree.applies(evidence) || std::ranges::any_of(out_.findings, told)) return;
    std::vector<Finding> findings;
    kListCallAgree.judge(evidence, findings);
    for (Finding& each : findings) {
      weigh(each);
      keep(std::move(each), out_.findings);
    }
  }

  // In a run that broke off only what was seen counts: the ledger of a process that died is not
  // there, and that something is missing from it proves nothing.
  static bool claims_absence(const Finding& finding) {
    const Verdict verdict = verdict_of(finding);
    return verdict == Verdict::Overblock || verdict == Verdict::Drift;
  }

  // Of everyday traffic: what says nothing of whether it works.
  static bool beside_the_point(const Finding& finding) {
    switch (finding.kind) {
      case FindingKind::Overblock:
      case FindingKind::Protocol:
      case FindingKind::Crash:
      case FindingKind::Hang: return false;
      default: return true;
    }
  }

  // Evidence that a complete run has to hold.
  void check_steps(const Evidence& evidence, std::string_view kind, Opinion& opinion) {
    const auto& steps = evidence.plan().steps;
    std::uint64_t arrived = 0;
    std::uint32_t first_refused = kNone;
    for (std::uint32_t i = 0; i < steps.size(); ++i) {
      const StepSeen& seen = evidence.steps()[i];
      if (evidence.run().complete && sends(steps[i]) && !seen.sent) {
        lack(Verdict::Inconclusive, "the " + name_of(evidence.run(), kind) + " did not take step " +
                                        std::to_string(i + 1));
      }
      if (steps[i].expect.outcome == scenario::Expect::Outcome::Allow && seen.calls != 0) {
        if (seen.told == Told::Unknown) {
          lack(Verdict::Inconclusive, "the upstream gave no answer to `" +
                                          attempted(evidence.plan(), i) +
                                          "`: its outcome is unknown");
        } else if (seen.told == Told::CarriedOut && seen.reply == mcp::ReplyShape::RpcError) {
          lack(Verdict::Inconclusive,
               "the upstream itself refused `" + attempted(evidence.plan(), i) + "`");
        }
      }
      arrived += seen.calls;
      if (seen.refused() && first_refused == kNone &&
          steps[i].expect.outcome != scenario::Expect::Outcome::Deny) {
        first_refused = i;
      }
    }
    if (!evidence.is(scenario::RunKind::Benign) || arrived != 0) return;
    if (first_refused == kNone) {
      return lack(Verdict::Inconclusive, "no call of the benign run reached the upstream");
    }
    const bool told = std::ranges::any_of(opinion.findings, [](const Finding& each) {
      return each.kind == FindingKind::Overblock && each.step != kNone;
    });
    if (told) return;
    Finding made = finding(evidence, "expect", FindingKind::Overblock, Part::Promise);
    made.claim = "everyday traffic reaches the upstream";
    made.observed = "no call of it did";
    at_step(evidence, first_refused, made);
    seal(evidence, "benign arrives", made);
    opinion.findings.push_back(std::move(made));
  }

  // The author of a policy that stands in for the target's own made no promise about the target.
  void set_apart(std::vector<Finding>& findings) {
    std::erase_if(findings, [&](Finding& each) {
      if (each.oracle == kPromiseKept.name) each.part = Part::Promise;
      if (each.part != Part::Promise) return false;
      weigh(each);
      keep(std::move(each), out_.apart);
      return true;
    });
  }

  void weigh(const Finding& each) {
    const auto part = static_cast<std::size_t>(each.part);
    judged_[part] = true;
    parts_[part] = worse(parts_[part], verdict_of(each));
  }

  // Claims that break in the same step for one cause: of the same weight in the same part, or harm
  // and the gateway's own deviation that let it happen. The first oracle of the table tells it, the
  // others are named with it.
  static bool repeats(const Finding& first, const Finding& each) {
    if (each.step == kNone || first.step != each.step || first.oracle == each.oracle) return false;
    if (first.part == each.part) return verdict_of(first) == verdict_of(each);
    return first.part == Part::Security && verdict_of(first) == Verdict::Bypass &&
           (each.kind == FindingKind::Divergence || each.kind == FindingKind::Drift);
  }

  static void absorb(std::vector<Finding>& findings) {
    std::vector<Finding> kept;
    for (Finding& each : findings) {
      const auto first =
          std::ranges::find_if(kept, [&](const Finding& other) { return repeats(other, each); });
      if (first == kept.end()) {
        kept.push_back(std::move(each));
      } else {
        first->seconded_by.push_back(each.oracle + ": " + each.claim + ", but " + each.observed);
      }
    }
    findings = std::move(kept);
  }

  // Matrix cells repeat each other: one finding, naming the cells.
  static void keep(Finding made, std::vector<Finding>& findings) {
    for (Finding& known : findings) {
      if (known.fingerprint != made.fingerprint || known.run != made.run) continue;
      if (!made.variant.empty() && made.variant != known.variant)
        known.also_in.push_back(made.variant);
      known.effects = std::max(known.effects, made.effects);
      return;
    }
    findings.push_back(std::move(made));
  }

  void fold() {
    std::array<Verdict, 4> parts = parts_;
    bool any = false;
    out_.verdict = validity_;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (static_cast<Part>(i) == Part::Validity) continue;
      any = any || judged_[i];
      const bool apart = case_.policy.stands_in && static_cast<Part>(i) == Part::Promise;
      if (judged_[i]) {
        if (!apart) out_.verdict = worse(out_.verdict, parts[i]);
      } else {
        parts[i] = Verdict::NotApplicable;
      }
    }
    if (!any) {
      lack(Verdict::Inconclusive, "no oracle had anything to judge");
      out_.verdict = worse(out_.verdict, validity_);
    }
    out_.validity = validity_;
    out_.security = parts[static_cast<std::size_t>(Part::Security)];
    out_.promise = parts[static_cast<std::size_t>(Part::Promise)];
    out_.conformance = parts[static_cast<std::size_t>(Part::Conformance)];
    std::ranges::stable_sort(out_.findings, [](const Finding& left, const Finding& right) {
      return verdict_of(left) > verdict_of(right);
    });
  }

  const Case& case_;
  Meaning meaning_;
  Judged out_;
  Verdict validity_ = Verdict::Pass;
  std::array<bool, 4> judged_{};    // by part: an oracle had something to judge
  std::array<Verdict, 4> parts_{};  // by part
};

}  // namespace

std::vector<Finding> judge_run(const OracleEntry& oracle, const Case& the_case, const Run& run) {
  std::vector<Finding> findings;
  if (!was_run(run)) return findings;
  const Meaning meaning(the_case);
  const Evidence evidence(the_case, run, meaning);
  if (oracle.applies(evidence)) oracle.judge(evidence, findings);
  return findings;
}

Judged judge(const Case& the_case) {
  return Judge(the_case).judge();
}

}  // namespace gatecrash::oracle
