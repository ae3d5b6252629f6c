// What a run of the harness has to say, as plain data. `main` fills it; writers only render it and
// compute nothing again. `json` is complete, every other format is a view of the same struct.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/coverage/coverage.h"
#include "harness/oracle/finding.h"

namespace gatecrash::reports {

// One scenario on one target, policy, gateway, lane and era.
struct Entry {
  std::string id;         // `<attack>@<target>`
  std::string attack;     // the attack file's id
  std::string attack_id;  // MGA-…
  std::string title;
  std::string severity;
  std::string target;
  std::string policy;  // file, as users named it
  std::string gateway;
  std::string lane;
  std::string era;
  std::string file;       // scenario file
  oracle::Judged judged;  // verdict NotApplicable: the gateway cannot take this policy, see reasons
  bool expected = false;  // an expectation covers it
  std::string expected_reason;
  std::string reproduce;  // one command line that can be pasted
};

// Why a scenario is not run.
enum class SkipKind : std::uint8_t {
  Filtered,      // by the command line
  Pending,       // it needs what is not there yet
  Slow,          // it needs more real time than `--max-wait`
  Unobservable,  // no gateway could see it
};
std::string_view to_string(SkipKind kind);

struct Skipped {
  std::string id;
  std::string reason;
  SkipKind kind = SkipKind::Filtered;
};

// An expectation that no longer holds, or is past its date.
struct Stale {
  std::string what;  // the entry, in words
  std::string why;
  std::string file;
  base::SourcePos at;
};

// A policy as it was read, for drawing coverage beside it, and what its product says about it.
struct PolicyText {
  std::string file;
  std::string dialect;
  std::string text;
  base::Problems problems;  // why its own product refuses it, if it does
};

// The fields of the last line of `run`, in order.
struct Summary {
  std::uint64_t ran = 0, pass = 0, not_applicable = 0, inconclusive = 0, overblock = 0, drift = 0,
                bypass = 0, broken = 0, skipped = 0, filtered = 0, pending = 0, slow = 0,
                unobservable = 0, expected = 0, stale = 0;
  std::uint64_t seed = 1;
  std::string corpus;
  std::string policy;
};

struct Report {
  Summary summary;
  std::vector<Entry> entries;  // by id, then gateway, as run
  std::vector<Skipped> skipped;
  std::vector<Stale> stale;
  std::vector<PolicyText> policies;  // by file
  coverage::Coverage coverage;
};

// Counts the entries; seed, corpus and policy are left alone.
void count(Report& report);

// `replay: ran=… policy=…`, without the newline (interface.md section 5).
std::string summary_line(const Summary& summary);

// The failure block: what was attempted, what the policy said, what the upstream saw and did, and
// the `reproduce:` line. Ends with a newline.
std::string failure_block(const Entry& entry, const oracle::Finding& finding);

struct Writer {
  std::string_view name;       // json, junit, md …
  std::string_view extension;  // ".json"
  std::string (*write)(const Report& report);
};
// The visible table of writers.
const std::vector<Writer>& writers();
const Writer* find_writer(std::string_view name);

// The report for a terminal: matrix, failure blocks (like findings folded together), coverage lines
// and the summary line last.
struct PrettyOptions {
  bool color = false;
  bool failures_only = false;
  bool verbose = false;
  bool quiet = false;
};
std::string pretty(const Report& report, const PrettyOptions& options);

}  // namespace gatecrash::reports
