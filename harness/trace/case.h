// The waist of the harness: everything judgement may look at, and nothing else. Left of a case
// there is I/O and no judgement, right of it judgement and no I/O. It names no gateway.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/problem.h"
#include "harness/policy/policy.h"
#include "harness/scenario/plan.h"
#include "harness/scenario/scenario.h"
#include "harness/trace/trace.h"

namespace gatecrash::trace {

// One run: a plan and what was seen.
struct Run {
  scenario::RunKind kind = scenario::RunKind::Attack;
  std::shared_ptr<const scenario::Plan> plan;
  Trace agent;
  Trace gateway;  // empty for a teeth run and for gateways that show no decisions
  Trace ledger;
  std::uint64_t digest_before = 0;  // of the mock's task table
  std::uint64_t digest_after = 0;
  bool complete = false;  // every step was taken and every party answered the last fence
  std::string problem;    // why not, if not complete
  bool disputed = false;  // a second run of the same came out otherwise: this one is no evidence
  bool unfenced = false;  // nothing says when the gateway is done with a step: what it sends may
                          // arrive in a later one
};

// The policy as the gateway was given it.
struct PolicyUse {
  std::string file;  // as shown to users, relative where possible
  std::string dialect;
  std::string text;
  std::string content_hash;
  // The policy in its own dialect, read strictly or (refused and if_refused: lenient) leniently:
  // the documented meaning. Null if it does not load at all.
  std::shared_ptr<const policy::Policy> meaning;
  base::Problems refused;  // why its own product refuses it; empty: it does not
  // It was given in place of the target's own: its author knows nothing of the target's promise.
  bool stands_in = false;
  // What the gateway under test dropped or forgave when it read the file as *its* dialect.
  base::Problems gateway_problems;
};

struct Case {
  std::string scenario;
  std::string attack_id;  // MGA-…
  std::string title;
  std::string severity;
  std::string null_verdict;  // what the attack shows when nothing is in its way
  bool contained_by_refusal =
      false;         // a gateway that does not start with the policy has contained it
  std::string file;  // scenario file
  std::string target;
  std::string target_file;
  std::string lane;
  std::string era;
  std::string lacks;  // what the scenario needs and the gateway has not got; empty: nothing
  scenario::Promise promise;
  std::vector<scenario::Budget> budget;
  scenario::Traits traits;
  PolicyUse policy;
  std::vector<Run> teeth;   // one per matrix cell
  std::vector<Run> attack;  // one per matrix cell, same order
  std::vector<Run>
      probed;  // the same with probes in between; for the agreement of lists and calls alone
  Run benign;
};

// Both ways: `replay judge case.json` judges a saved case as if it had just been run. Frames that
// are not UTF-8 are written in base64.
std::string write_case(const Case& the_case);
base::Result<std::unique_ptr<Case>> read_case(const std::string& path, std::string_view json);

}  // namespace gatecrash::trace
