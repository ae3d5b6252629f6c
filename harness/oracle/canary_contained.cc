// `canary: sent` and `canary: shown`: a planted secret reaches nobody it is not meant for. Sent is
// what arrived upstream, in any part of a frame, in one piece or in several that follow each other;
// shown is what the agent got, or the gateway wrote down; what belongs to a principal may be shown
// to that one. Another spelling hides nothing (disguise.h), but for short ones: they are looked for
// as they are, with no letter or digit beside them.
#include <algorithm>
#include <map>
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

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool stands_alone_in(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end])))
      return true;
  }
  return false;
}

// A canary as it is, and bare, for readings without separators.
class Sought {
 public:
  explicit Sought(std::string_view canary)
      : short_(canary.size() < scenario::kLeastDisguised ? canary : std::string_view()),
        plain_(std::string(canary)),
        bare_(bare(canary)) {}
  // `frame`: what the readings were made of.
  bool in(std::string_view frame, std::string_view readings) const {
    if (!short_.empty()) return stands_alone_in(frame, short_);
    return plain_.in(readings) || bare_.in(readings);
  }
  bool add(std::string_view frame, std::string_view readings) {
    if (!short_.empty()) return stands_alone_in(frame, short_);
    const bool plain = plain_.add(readings);
    return bare_.add(readings) || plain;
  }
  std::uint64_t messages() const { return std::max(plain_.messages(), bare_.messages()); }

 private:
  std::string_view short_;  // empty: it is not
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
  made.secret = true;
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
    if (canary.in(call.arguments, undisguised_message(call.arguments))) return i;
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
    const std::string_view sent = ledger.view(event.text);
    const std::string text = undisguised_message(sent);
    for (std::size_t i = 0; i < canaries.size(); ++i) {
      if (found[i] || !pieces[i].add(sent, text)) continue;
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

// What an event of the agent's trace or the gateway's shows; empty: nothing to anybody.
std::string shown_by(const trace::Trace& trace, const Event& event) {
  switch (event.kind) {
    case EventKind::Received: return std::string(trace.view(event.text));
    case EventKind::Decided:
      return std::string(trace.view(event.text)) + "\n" + std::string(trace.view(event.more)) +
             "\n" + std::string(trace.view(event.extra));
    default: return {};
  }
}

// By connection: whose it is.
std::map<std::uint32_t, std::string_view> principals(const trace::Trace& agent) {
  std::map<std::uint32_t, std::string_view> names;
  for (const Event& event : agent.events()) {
    if (event.kind == EventKind::Opened) names[event.connection] = agent.view(event.text);
  }
  return names;
}

void judge_shown(const Evidence& evidence, const Invariant& invariant,
                 std::vector<Finding>& findings) {
  const auto& canaries = evidence.plan().canaries;
  const std::vector<Sought> secrets = sought(canaries);
  const auto holders = principals(evidence.run().agent);
  const auto look = [&](const trace::Trace& trace, std::string_view observed) {
    std::vector<bool> found(canaries.size(), false);
    for (std::uint32_t record = 0; record < trace.events().size(); ++record) {
      const Event& event = trace.events()[record];
      const std::string shown = shown_by(trace, event);
      if (shown.empty()) continue;
      const std::string text =
          event.kind == EventKind::Received ? undisguised_message(shown) : undisguised(shown);
      const auto holder = holders.find(event.connection);
      for (std::size_t i = 0; i < canaries.size(); ++i) {
        if (found[i] || !secrets[i].in(shown, text)) continue;
        if (!canaries[i].of.empty() && holder != holders.end() && holder->second == canaries[i].of)
          continue;
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
