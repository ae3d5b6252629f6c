#include "harness/replay/agreement.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "harness/base/text.h"
#include "harness/mcp/messages.h"
#include "harness/rpc/message.h"
#include "harness/scenario/effect.h"

namespace gatecrash::replay {
namespace {

using mcp::ReplyShape;
using trace::Event;
using trace::EventKind;

struct Fact {
  std::string words;
  int times = 0;
};

// What came of a run.
struct Outcome {
  std::map<std::string, std::multiset<std::string>> replies;  // shapes, by request in words
  std::map<std::string, Fact> facts;                          // by all that makes them differ

  void note(std::string words, std::string_view text = {}, std::string_view more = {}) {
    std::string key = words;
    key.append(1, '\0').append(text).append(1, '\0').append(more);
    Fact& fact = facts[std::move(key)];
    fact.words = std::move(words);
    ++fact.times;
  }
};

std::string request(std::uint32_t connection, const rpc::Id& id) {
  return "request " +
         base::quoted(id.kind == rpc::Id::Kind::String ? "\"" + std::string(id.lexeme) + "\""
                                                       : std::string(id.lexeme)) +
         " of connection " + std::to_string(connection);
}

void read_agent(const trace::Trace& agent, std::size_t frames, Outcome& outcome) {
  base::Tree tree;
  for (const Event& event : agent.events()) {
    const std::string_view text = agent.view(event.text);
    if (event.kind == EventKind::Sent && frames-- == 0) return;
    if (event.kind == EventKind::Listed)
      outcome.note("the tool " + base::quoted(text) + " in a list", text);
    if (event.kind == EventKind::Sent) {
      const rpc::Decoded sent = rpc::decode(text, rpc::strict_reading(), tree);
      if (sent && sent.message.shape == rpc::Shape::Request)
        outcome.replies[request(event.connection, sent.id)];
    }
    if (event.kind == EventKind::HungUp) outcome.note("a hang-up of the gateway");
    if (event.kind != EventKind::Received) continue;
    const auto shape = static_cast<ReplyShape>(event.detail);
    if (shape == ReplyShape::None) continue;  // not a reply
    const std::string word(to_string(shape));
    const rpc::Decoded reply = rpc::decode(text, rpc::strict_reading(), tree);
    const auto asked = outcome.replies.find(request(event.connection, reply.id));
    if (asked != outcome.replies.end()) {
      asked->second.insert(word);
    } else {
      outcome.note("a reply (" + word + ") that no request has asked for");
    }
  }
}

void read_ledger(const trace::Trace& ledger, Outcome& outcome) {
  for (const Event& event : ledger.events()) {
    const std::string_view text = ledger.view(event.text);
    if (event.kind == EventKind::Understood) {
      const std::string_view arguments = ledger.view(event.more);
      outcome.note("the call " + base::quoted(text) + " with " + base::quoted(arguments) +
                       " at the upstream",
                   text, arguments);
    }
    if (event.kind == EventKind::Misread)
      outcome.note("a message that the upstream could not read");
    if (event.kind == EventKind::Effected) {
      outcome.note("the effect " +
                       std::string(to_string(static_cast<scenario::Effect>(event.detail))) +
                       " on " + base::quoted(text),
                   text);
    }
  }
}

// Until the agent sends more than so many frames.
Outcome outcome_of(const trace::Run& run, std::size_t frames) {
  Outcome outcome;
  read_agent(run.agent, frames, outcome);
  read_ledger(run.ledger, outcome);
  return outcome;
}

std::string shapes(const std::multiset<std::string>& replies) {
  if (replies.empty()) return "no reply";
  return base::join(std::vector<std::string>(replies.begin(), replies.end()), " and ");
}

std::string times(int count) {
  return count == 0 ? "never" : count == 1 ? "once" : std::to_string(count) + " times";
}

// What `few` has and `many` has not.
std::optional<std::string> lacks(const Outcome& few, const Outcome& many) {
  for (const auto& [asked, replies] : few.replies) {
    const auto other = many.replies.find(asked);
    if (other == many.replies.end()) return asked + " was sent in one of them only";
    if (replies != other->second) {
      return asked + " got " + shapes(replies) + " in one and " + shapes(other->second) +
             " in the other";
    }
  }
  for (const auto& [key, fact] : few.facts) {
    const auto other = many.facts.find(key);
    const int others = other == many.facts.end() ? 0 : other->second.times;
    if (others < fact.times) {
      return "one has " + fact.words + " " + times(fact.times) + ", the other " + times(others);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> disagreement(const trace::Run& first, const trace::Run& again,
                                        bool first_broken_off) {
  constexpr std::size_t kAll = ~std::size_t{0};
  const auto sent = static_cast<std::size_t>(
      std::ranges::count(first.agent.events(), EventKind::Sent, &Event::kind));
  const Outcome one = outcome_of(first, kAll),
                other = outcome_of(again, first.complete ? kAll : sent);
  if (!first_broken_off && first.complete != again.complete) {
    return "one of them came to its end, the other did not: " +
           (first.complete ? again : first).problem;
  }
  if (auto difference = lacks(one, other)) return difference;
  if (!first.complete || !again.complete) return std::nullopt;
  if (auto difference = lacks(other, one)) return difference;
  if (first.digest_after != again.digest_after) return "they left the upstream in different states";
  return std::nullopt;
}

}  // namespace gatecrash::replay
