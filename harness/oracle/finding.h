// Judgement's values: a finding is one violated claim with evidence; a verdict is the fold of a
// case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/scenario/effect.h"
#include "harness/scenario/plan.h"

namespace gatecrash::oracle {

// Worst last: folding takes the maximum. NotApplicable stands outside the order: as the verdict of
// a part it says that no oracle had anything to judge there.
enum class Verdict : std::uint8_t {
  Pass,
  Inconclusive,
  Overblock,
  Drift,
  Bypass,
  Broken,
  NotApplicable
};
std::string_view to_string(Verdict verdict);  // "pass" … "not_applicable"
std::optional<Verdict> parse_verdict(std::string_view name);
Verdict worse(Verdict left, Verdict right);  // NotApplicable does not fold: a check

enum class FindingKind : std::uint8_t {
  Bypass,
  Overblock,
  Leak,
  Drift,
  Divergence,
  Protocol,
  Orphan,
  Crash,
  Hang,
  Availability  // the gateway kept an attack out by hanging up
};
std::string_view to_string(FindingKind kind);

enum class Part : std::uint8_t { Validity, Security, Promise, Conformance };
std::string_view to_string(Part part);

struct Finding {
  FindingKind kind = FindingKind::Bypass;
  Part part = Part::Security;
  bool secret = false;  // of a leak: a planted secret, not the sight of a tool
  std::string oracle;
  scenario::RunKind run = scenario::RunKind::Attack;
  std::string variant;               // matrix cell
  std::vector<std::string> also_in;  // further cells with the same finding
  std::vector<std::string>
      seconded_by;       // further claims that broke in the same step: "oracle: claim, but …"
  std::string claim;     // what should have held: "at most 10 task.cancelled in any 60s"
  std::string observed;  // what held instead: "20 in 200ms"
  std::optional<scenario::Effect> effect;
  std::uint64_t effects = 0;        // how many effects are beyond the claim
  std::uint32_t step = 0xffffffff;  // the first step that violates it
  std::string attempted;            // that step, in words
  std::string policy_said;   // decision and rule, in words; empty if no gateway decision was seen
  std::string upstream_saw;  // what the ledger shows
  std::string why;  // for the policy's owner: how it came about; empty if it speaks for itself
  std::string policy_file;  // where the policy let it through (or blocked it)
  base::SourcePos policy_at;
  std::string rule;  // rule path
  std::string scenario_file;
  base::SourcePos scenario_at;
  std::string fingerprint;  // 16 hex digits, stable across runs and unrelated edits
};

// What a finding folds to. A tool that is shown, or shown to exist, is a drift; a secret is harm.
Verdict verdict_of(const Finding& finding);

struct Judged {
  Verdict verdict = Verdict::Inconclusive;
  Verdict validity = Verdict::Inconclusive;
  Verdict security = Verdict::Inconclusive;
  Verdict promise = Verdict::Inconclusive;
  Verdict conformance = Verdict::Inconclusive;
  std::vector<Finding> findings;  // worst first
  // What breaks the target's own promise where another policy stands in for the target's: no part
  // of the verdict.
  std::vector<Finding> apart;
  std::vector<std::string> reasons;  // for inconclusive and broken: what is missing
};

}  // namespace gatecrash::oracle
