// `canary: sent` and `canary: shown`: a planted secret reaches nobody it is not meant for. Sent is
// what arrived upstream, in any part of a frame, in one piece or in several that follow each other;
// shown is what the agent got, or the gateway wrote down. Another spelling hides nothing
// (disguise.h).
#include <algorithm>
#include <utility>

#include "harness/base/text.h"
#include "harness/oracle/disguise.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using scenario::Canary;
using scenario::Invariant;
using trace::Event;
using trace::EventKind;

// Smaller pieces turn up by chance.
constexpr std::size_t kPiece = 8;

const Invariant* claim(const Evidence& evidence, Invariant::Kind kind) {
  const auto& always = evidence.plan().always;
  const auto found = std::ranges::find(always, kind, &Invariant::kind);
  return found == always.end() ? nullptr : &*found;
}

// How much of a canary has come by, from its beginning on, in one of its two forms.
class Form {
 public:
  explicit Form(std::string canary) : text_(std::move(canary)), rest_(text_.size()) {}

  bool in(std::string_view readings) const {
    return readings.find(text_) != std::string_view::npos;
  }

  // True: all of it by now, but for less than a piece.
  bool add(std::string_view readings) {
    const std::size_t before = rest_;
    while (const std::size_t found = longest(readings)) rest_ -= found;
    if (rest_ != before) ++messages_;
    return rest_ < kPiece;
  }
  std::uint64_t messages() const { return messages_; }

 private:
  // The longest beginning of what is missing that stands in the readings.
  std::size_t longest(std::string_view readings) const {
    if (rest_ < kPiece) return 0;
    const std::string_view missing = std::string_view(text_).substr(text_.size() - rest_);
    const std::string_view piece = missing.substr(0, kPiece);
    std::size_t most = 0;
    for (std::size_t at = readings.find(piece); at != std::string_view::npos;
         at = readings.find(piece, at + 1)) {
      const std::string_view here = readings.substr(at, missing.size());
      const auto end = std::ranges::mismatch(here, missing.substr(0, here.size())).in1;
      most = std::max(most, static_cast<std::size_t>(end - here.begin()));
    }
    return most;
  }

  std::string text_;
  std::size_t rest_;  // bytes at its end that have not come by
  std::uint64_t messages_ = 0;
};

// A canary as it is, and bare, for readings without separators.
class Sought {
 public:
  explicit Sought(std::string_view canary) : plain_(std::string(canary)), bare_(bare(canary)) {}
  bool in(std::string_view readings) const { return plain_.in(readings) || bare_.in(readings); }
  bool add(std::string_view readings) {
    const bool plain = plain_.add(readings);
    return bare_.add(readings) || plain;
  }
  std::uint64_t messages() const { return std::max(plain_.messages(), bare_.messages()); }

 private:
  Form plain_, bare_;
};

std::vector<Sought> sought(const std::vector<Canary>& canaries) {
  std::vector<Sought> all;
  for (const Canary& each : canaries) all.emplace_back(each.text);
  return all;
}

Finding begin(const Evidence& evidence, const Invariant& invariant, const Canary& canary,
              const Deed& deed) {
  Finding made = finding(evidence, kCanaryContained.name, FindingKind::Leak, Part::Security);
  made.claim = "the secret " + base::quoted(canary.name) +
               (invariant.kind == Invariant::Kind::CanarySent ? " does not reach the upstream"
                                                              : " is shown to nobody");
  at_deed(evidence, deed, made);
  made.scenario_at = invariant.at;
  return made;
}

// Of the calls that the upstream understood in a frame, the one that holds the canary, else the
// first.
std::uint32_t call_with(const Evidence& evidence, std::uint32_t frame, const Sought& canary) {
  std::uint32_t first = kNone;
  for (std::uint32_t i = 0; i < evidence.calls().size(); ++i) {
    const UpstreamCall& call = evidence.calls()[i];
    if (call.frame != frame) continue;
    if (first == kNone) first = i;
    if (canary.in(undisguised_message(call.arguments))) return i;
  }
  return first;
}

void judge_sent(const Evidence& evidence, const Invariant& invariant,
                std::vector<Finding>& findings) {
  const auto& canaries = evidence.plan().canaries;
  std::vector<Sought> pieces = sought(canaries);
  std::vector<bool> found(canaries.size(), false);
  const trace::Trace& ledger = evidence.run().ledger;
  for (std::uint32_t frame = 0; frame < ledger.events().size(); ++frame) {
    const Event& event = ledger.events()[frame];
    if (event.kind != EventKind::Arrived || event.step >= evidence.steps().size()) continue;
    const std::string text = undisguised_message(ledger.view(event.text));
    for (std::size_t i = 0; i < canaries.size(); ++i) {
      if (found[i] || !pieces[i].add(text)) continue;
      found[i] = true;
      const std::uint32_t call = call_with(evidence, frame, pieces[i]);
      const std::string_view tool =
          call == kNone ? std::string_view{} : evidence.calls()[call].tool;
      const Deed deed =
          call == kNone ? deed_of_frame(evidence, frame) : deed_of_call(evidence, call);
      Finding made = begin(evidence, invariant, canaries[i], deed);
      made.observed = call == kNone ? "it was sent in a message that is no call"
                                    : "it was sent with " + base::quoted(tool);
      if (pieces[i].messages() > 1)
        made.observed += ", in pieces over " + count(pieces[i].messages(), "message");
      at_what_let_through(evidence, deed, tool, made);
      seal(evidence, "sent " + canaries[i].name, made);
      findings.push_back(std::move(made));
    }
  }
}

// `text` of an event of the agent's trace or the gateway's; empty: it shows nothing to anybody.
std::string shown_by(const trace::Trace& trace, const Event& event) {
  switch (event.kind) {
    case EventKind::Received: return undisguised_message(trace.view(event.text));
    case EventKind::Decided:
      return undisguised(std::string(trace.view(event.text)) + "\n" +
                         std::string(trace.view(event.more)) + "\n" +
                         std::string(trace.view(event.extra)));
    default: return {};
  }
}

void judge_shown(const Evidence& evidence, const Invariant& invariant,
                 std::vector<Finding>& findings) {
  const auto& canaries = evidence.plan().canaries;
  const std::vector<Sought> secrets = sought(canaries);
  const auto look = [&](const trace::Trace& trace, std::string_view observed) {
    std::vector<bool> found(canaries.size(), false);
    for (std::uint32_t record = 0; record < trace.events().size(); ++record) {
      const Event& event = trace.events()[record];
      const std::string text = shown_by(trace, event);
      for (std::size_t i = 0; i < canaries.size() && !text.empty(); ++i) {
        if (found[i] || !secrets[i].in(text)) continue;
        found[i] = true;
        const Deed deed = event.kind == EventKind::Decided ? deed_of_decision(evidence, record)
                                                           : deed_of_reply(evidence, record);
        Finding made = begin(evidence, invariant, canaries[i], deed);
        made.observed = observed;
        at_what_let_through(evidence, deed, {}, made);
        seal(evidence, "shown " + canaries[i].name + " " + made.observed, made);
        findings.push_back(std::move(made));
      }
    }
  };
  look(evidence.run().agent, "the agent got it");
  look(evidence.run().gateway, "it stands in the gateway's record");
}

bool canary_contained_applies(const Evidence& evidence) {
  return !evidence.plan().canaries.empty() &&
         (claim(evidence, Invariant::Kind::CanarySent) != nullptr ||
          claim(evidence, Invariant::Kind::CanaryShown) != nullptr);
}

void judge_canary_contained(const Evidence& evidence, std::vector<Finding>& findings) {
  if (const Invariant* const sent = claim(evidence, Invariant::Kind::CanarySent))
    judge_sent(evidence, *sent, findings);
  if (const Invariant* const shown = claim(evidence, Invariant::Kind::CanaryShown))
    judge_shown(evidence, *shown, findings);
}

}  // namespace

const OracleEntry kCanaryContained{.name = "canary_contained",
                                   .claim =
                                       "a planted secret does not reach the upstream, or is shown "
                                       "to nobody, in any spelling",
                                   .part = Part::Security,
                                   .applies = canary_contained_applies,
                                   .judge = judge_canary_contained};

}  // namespace gatecrash::oracle
