// A plan: one run, fully concrete and replayable. It is made by expansion and consumed by the
// agent; oracles read from it what was meant to happen. Same scenario, target and seed: same plan,
// to the byte.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/base/time.h"
#include "harness/scenario/effect.h"
#include "harness/scenario/target.h"

namespace gatecrash::scenario {

enum class StepKind : std::uint8_t {
  List,        // tools/list
  Call,        // tools/call
  Raw,         // one line of bytes as written
  Advance,     // virtual time passes
  NewSession,  // a new connection of the same grant, from its handshake on
  Fault,       // the mock, or what surrounds the gateway, is told what to do wrong from now on
  Operator,    // the gateway's operator acts
  Obey,        // the agent does what the text that it got last tells it
  Probe,  // calls by name, without arguments, of all that the upstream may have and the last list
          // did not show
};
std::string_view to_string(StepKind kind);

// What a step expects; everything absent means no expectation.
struct Expect {
  enum class Outcome : std::uint8_t {
    Any,
    Allow,  // the reply is a result (its isError is the server's business) and it arrived upstream
    Deny,   // the reply is a denial AND nothing arrived upstream AND nothing changed
  };
  Outcome outcome = Outcome::Any;
  std::vector<std::string> absent;   // names a list reply must not show
  std::vector<std::string> present;  // names a list reply must show
  // The call is answered as the call before was (compared_with): but for the id and the tool's own
  // name the replies are equal to the byte.
  bool like_previous = false;
  base::SourcePos at;
  bool empty() const {
    return outcome == Outcome::Any && absent.empty() && present.empty() && !like_previous;
  }
};

struct Step {
  // What a step of an attack is there for.
  enum class Purpose : std::uint8_t {
    Harm,     // it does harm where nothing is in its way
    SetUp,    // the harm of others needs it
    Control,  // it does none, and the scenario says why it is there
  };
  StepKind kind = StepKind::Call;
  Purpose purpose = Purpose::Harm;
  std::uint32_t choice = 0;  // which values of the `each` around it; equal: the same
  std::string tool;
  std::string arguments;  // JSON text; empty: none sent; List: the params of the first page
  std::string line;  // Raw: the bytes, without the last LF; Fault, Operator: the words; List: the
                     // id as JSON text, empty: the agent's own
  bool unended = false;  // Raw: no LF follows; what is sent next on the connection goes on the line
  base::Duration by{};   // Advance
  std::uint32_t most = 0;  // Obey: so many calls at most; List: so many pages, 0: all
  std::string as;          // principal; empty: the anonymous one
  Expect expect;
  base::SourcePos at;      // in the scenario file, or in the target's if `in_target`
  bool in_target = false;  // part of the target's everyday traffic
};

// The words for Step::Purpose.
inline constexpr std::string_view kStepPurposes[] = {"harm", "setup", "harmless"};

// Something that has to stay true over the whole run.
struct Invariant {
  enum class Kind : std::uint8_t {
    Promise,      // promise: cancel
    Budget,       // budget: <effect>, or all
    Unchanged,    // unchanged: tasks
    AtMost,       // at_most: {effect, max, per?}
    Never,        // never: <effect>
    WorkStops,    // work_stops: cancelled work really ends
    CanarySent,   // canary: sent: none reaches the upstream in a call
    CanaryShown,  // canary: shown: none reaches the agent or the gateway's record
    Audit,        // audit: distinct: two different messages leave two different records
  };
  Kind kind = Kind::Promise;
  std::optional<Effect> effect;
  Cap cap;
  base::SourcePos at;
};
std::string_view to_string(Invariant::Kind kind);

// Who a step may be taken `as`.
struct PrincipalSpec {
  std::string name;
  std::string grant;
  std::string tenant;  // empty: nobody says
};

// A secret that nothing but this scenario holds, so that wherever it turns up it was let out.
struct Canary {
  std::string name;
  std::string text;
  std::string of;  // the principal who may be shown it; empty: nobody
};
// Bytes. Shorter ones turn up by chance in other spellings, and are looked for as they are.
inline constexpr std::size_t kLeastDisguised = 16;

// A policy that the gateway starts under, until the operator puts the target's in its place.
struct EarlierPolicy {
  std::string path;     // for messages
  std::string dialect;  // empty: by file name
  std::string text;
  bool lenient_if_refused = false;
  base::SourcePos at;
};

// Probe: the attack once more, with lists and probes in between (replay/probe.h).
enum class RunKind : std::uint8_t { Teeth, Attack, Benign, Probe };
std::string_view to_string(RunKind kind);

struct Plan {
  std::string scenario;  // `<attack>@<target>` or the file's own id
  std::string file;      // scenario file, for messages
  RunKind kind = RunKind::Attack;
  std::string variant;  // matrix cell, e.g. "personality=dup-first-wins"; empty: none
  std::uint64_t seed = 1;
  std::string era;  // wire string
  base::Instant start = base::default_start();
  std::string mock;
  std::string mock_profile;
  std::vector<std::string> personalities;
  std::vector<ExtraTool> extra_tools;
  HubSpec hub;
  WorldSpec world;
  std::string grant;  // of the anonymous principal, and of those that are not among these:
  std::vector<PrincipalSpec> principals;
  std::vector<Canary> canaries;
  // Not null: the gateway starts under this one and is told to reload by the plan's first step that
  // says so; if there is none, after the first handshake.
  std::shared_ptr<const EarlierPolicy> reloaded_from;
  std::vector<std::string> upstream_tools;  // names for steps that probe; empty: none does
  std::vector<Step> steps;
  std::vector<Invariant> always;
};

// The words of the step that puts the policy under test in force.
inline constexpr std::string_view kReload = "reload";
bool reloads_by_step(const Plan& plan);
// The step that step i is to be answered like: the one before, over changes of session; nothing:
// that is no call.
std::optional<std::size_t> compared_with(const std::vector<Step>& steps, std::size_t i);

}  // namespace gatecrash::scenario
