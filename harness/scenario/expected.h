// Known gaps as data (`*.expected.yaml`): which scenario fails how, which effect it lets through,
// and why that is so. An overlay: verdicts stay what they are. What no entry says, fails; an entry
// that no longer tells the truth is stale and fails too, so that the file cannot rot.
//
// causes:                                                   # one sentence each, by hand
//   counts-calls: {reason: "The limit counts calls, not tasks.", link: "https://…"}
// entries:
//   - scenario: "bulk/list-argument@codex_worker_limited"   # glob
//     gateway: "intercept-1.1"                              # glob; left out: any. `lane` alike
//     verdict: bypass                                       # this one, and no other
//     effect: task.cancelled                                # or none
//     cause: counts-calls
//     expires: 2027-01-01                                   # optional; the last day it holds
//
// Plain strings on purpose: this folder knows nothing of oracles and gateways.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/base/time.h"

namespace gatecrash::scenario {

struct Expected {
  std::string scenario;
  std::string gateway = "*";
  std::string lane = "*";
  std::string verdict;
  std::string effect;  // empty: none
  std::string cause;
  std::optional<base::Instant> expires;  // 00:00 UTC of the last day it holds
  base::SourcePos at;
};

// Why entries are as they are, as a person wrote it.
struct GapCause {
  std::string reason;  // one sentence
  std::string link;
};

struct Expectations {
  std::string path;
  std::string content_hash;
  std::map<std::string, GapCause> causes;
  std::vector<Expected> entries;
};

base::Result<std::shared_ptr<const Expectations>> load_expected(const std::string& path);

// What one scenario came to.
struct Outcome {
  std::string_view scenario;
  std::string_view gateway;
  std::string_view lane;
  std::string_view verdict;               // "bypass", …
  std::vector<std::string_view> effects;  // that it let through, by name; any order
  bool covered = false;                   // an entry of another file expects it
};

struct Review {
  // Per outcome: an entry expects this verdict and every effect it let through is expected (an
  // outcome without effects needs an entry that says `none`).
  std::vector<bool> expected;
  // Per outcome: the causes of the entries that cover it, "reason (link)", each once; empty: none.
  std::vector<std::string> reasons;
  // Entries that are not true any more. The place is the entry's.
  base::Problems stale;
  base::Problems expired;  // these expect nothing
};

// `catalogue` holds the ids of all scenarios there are, selected or not: an entry that matches none
// of them is stale. One whose scenario ran and did not fail as it says is stale, unless it covers
// several, it is true of one of them and another entry expects the others. Verdicts without
// evidence (inconclusive, skipped) make nothing stale.
Review review(const Expectations& expectations, std::span<const Outcome> outcomes,
              std::span<const std::string> catalogue, base::Instant today);

// A file for `--write-expected`. Where a cause is empty the file does not load until a person has
// written it.
std::string to_yaml(std::span<const Expected> entries);

}  // namespace gatecrash::scenario
