#include "mock_servers/personality.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "harness/base/text.h"
#include "mock_servers/mock.h"

namespace gatecrash::mock_servers {
namespace {

using enum Knob;

constexpr std::size_t kKnobs = static_cast<std::size_t>(Knob::Count);

// One row per knob, in the order of the enumeration; then the sets.
struct SetEntry {
  std::string_view name;
  std::string_view summary;
  std::initializer_list<Knob> knobs;
};

constexpr std::array<PersonalityEntry, kKnobs> kKnobTable{{
    {"dup-first-wins", "of equal member names the first counts"},
    {"dup-last-wins", "of equal member names the last counts (TypeScript and Python SDKs)"},
    {"case-insensitive-keys",
     "member names match without regard to case, the last counts (Go SDK < 1.3.1)"},
    {"ignores-case-variants",
     "`Name` beside `name` is just an unknown member (TypeScript and Python SDKs)"},
    {"ignores-unknown-members", "top-level members JSON-RPC does not define are ignored"},
    {"ignores-results", "a `result` beside a method is ignored (Python and Go SDKs)"},
    {"ignores-errors", "an `error` beside a method is ignored (Go SDK)"},
    {"any-id", "null, fractions, booleans, lists and objects are taken as request ids"},
    {"accepts-nan", "NaN and Infinity are numbers (Python's json)"},
    {"repairs-utf8", "invalid UTF-8 and lone surrogates read as U+FFFD (Node, Go)"},
    {"coerces-args",
     "takes positional params and arguments, JSON in strings, scalars for lists, lists for "
     "scalars"},
    {"wildcard-selector", "`*`, `all`, empty, null, [], {} or no task id selects every task"},
    {"accepts-batch", "a top-level array is a batch (TypeScript SDK over HTTP)"},
    {"executes-notifications", "tools/call without an id is executed, unanswered"},
    {"pre-init-lenient", "requests before the handshake are served (TypeScript SDK over stdio)"},
    {"name-trim", "white space and controls around a tool name do not matter"},
    {"name-casefold", "tool names match without regard to case"},
    {"name-nfkc", "full-width letters in tool names read as ASCII (part of NFKC)"},
    {"error-after-effect", "a call that changed something is answered with a JSON-RPC error"},
    {"cancel-is-cosmetic", "a cancel flips the label only; the work runs on and completes"},
    {"id-rewriter",
     "replies echo a numeric id in shortest form (`1` for `1.0`), a string id as a number where it "
     "is one"},
    {"leaky-errors", "error texts carry a canary secret and a file path"},
    {"poisoned-output", "results end with text that tells the agent to cancel everything"},
    {"always-fails", "every tools/call is answered with a JSON-RPC error and changes nothing"},
    {"never-replies", "a tools/call takes effect and is never answered"},
    {"malformed-replies", "the reply to a tools/call ends in the middle"},
    {"duplicate-replies", "a tools/call is answered twice"},
    {"blocks-while-waiting",
     "a tool that waits holds up every other request, cancel included (Python SDK)"},
    {"waits-in-threads",
     "a tool that waits is answered when its wait is over and holds up nobody (fastmcp 3, "
     "TypeScript SDK); without this and the one above it is answered at once"},
    {"small-pages", "tools/list comes in pages of two tools"},
    {"tasks-capable",
     "tasks/list, get and cancel reach the tasks of the world, without a tool's name (2025-11-25)"},
    {"global-task-table", "a task's owner is not looked at: whoever knows its id may act on it"},
    {"disconnect-cancels",
     "calls still in flight when their client goes are not carried out any more (TypeScript SDK "
     "2); "
     "without this they are"},
    {"recycles-ids", "a new task gets the id of one that is over, if there is one"},
    {"lenient-methods",
     "of a method only the letters count, and what stands before a known one does not"},
    {"detects-encoding",
     "a byte-order mark is skipped and UTF-16 is read (Python's json, given bytes)"},
    {"cr-ends-lines", "CR ends a line as LF does (Python's text streams)"},
    {"stops-after-value",
     "what follows a message on its line is ignored (C strings, Python's raw_decode)"},
    {"reads-several", "what follows a message on its line is the next one (Go's json.Decoder)"},
}};

// Named after what the SDKs were measured to do (protocol.md appendix A).
const std::array<SetEntry, 3> kSets{{
    {"sdk-typescript",
     "the TypeScript SDK 1.x over stdio: last duplicate counts, other spellings ignored, no order "
     "kept",
     {DupLastWins, IgnoresCaseVariants, RepairsUtf8, PreInitLenient}},
    {"sdk-python",
     "the Python SDK: last duplicate counts, a method beside a result is a request, NaN accepted",
     {DupLastWins, IgnoresCaseVariants, IgnoresUnknownMembers, IgnoresResults, AcceptsNan,
      RepairsUtf8}},
    {"sdk-go",
     "the Go SDK before 1.3.1: names fold, last duplicate counts, a method makes a request",
     {CaseInsensitiveKeys, IgnoresUnknownMembers, IgnoresResults, IgnoresErrors, RepairsUtf8}},
}};

const std::vector<PersonalityEntry>& entries() {
  static const std::vector<PersonalityEntry> all = [] {
    std::vector<PersonalityEntry> list{{"strict", "reads only what is unambiguous (the default)"}};
    list.insert(list.end(), kKnobTable.begin(), kKnobTable.end());
    for (const SetEntry& each : kSets) list.push_back({each.name, each.summary});
    return list;
  }();
  return all;
}

}  // namespace

std::span<const PersonalityEntry> personalities() {
  return entries();
}

base::Result<Personality> Personality::make(const std::vector<std::string>& names) {
  Personality made;
  base::Problems problems;
  for (const std::string& name : names) {
    if (name == "strict") {
      if (names.size() > 1) {
        problems.push_back(base::problem({}, {}, "personality `strict` cannot be combined"));
      }
      continue;
    }
    const auto knob = std::ranges::find(kKnobTable, name, &PersonalityEntry::name);
    if (knob != kKnobTable.end()) {
      made.add(static_cast<Knob>(knob - kKnobTable.begin()));
      continue;
    }
    const auto set = std::ranges::find(kSets, name, &SetEntry::name);
    if (set != kSets.end()) {
      for (const Knob each : set->knobs) made.add(each);
      continue;
    }
    std::vector<std::string_view> known;
    for (const PersonalityEntry& each : entries()) known.push_back(each.name);
    problems.push_back(base::problem({}, {}, "unknown personality " + base::quoted(name),
                                     base::did_you_mean(name, known)));
  }
  if (made.has(DupFirstWins) && (made.has(DupLastWins) || made.has(CaseInsensitiveKeys))) {
    problems.push_back(base::problem(
        {}, {},
        "personality `dup-first-wins` excludes `dup-last-wins` and `case-insensitive-keys`"));
  }
  if (!problems.empty()) return problems;
  made.derive_reading();
  return made;
}

void Personality::set(Knob knob, bool on) {
  bits_ = on ? bits_ | bit(knob) : bits_ & ~bit(knob);
}

std::optional<Knob> fault_knob(std::string_view name) {
  constexpr Knob kFaults[] = {
      ErrorAfterEffect, CancelIsCosmetic, LeakyErrors,      PoisonedOutput,     AlwaysFails,
      NeverReplies,     MalformedReplies, DuplicateReplies, BlocksWhileWaiting, WaitsInThreads};
  for (const Knob each : kFaults) {
    if (kKnobTable[static_cast<std::size_t>(each)].name == name) return each;
  }
  return std::nullopt;
}

void Personality::derive_reading() {
  for (std::size_t i = 0; i < kKnobs; ++i) {
    if (!has(static_cast<Knob>(i))) continue;
    if (const mcp::Reader* const reader = mcp::find_reader(kKnobTable[i].name))
      how_.add(reader->how);
  }
  reading_ = mcp::reading_of(how_);
}

}  // namespace gatecrash::mock_servers
