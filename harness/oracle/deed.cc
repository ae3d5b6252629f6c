#include "harness/oracle/deed.h"

#include <algorithm>
#include <map>

#include "harness/mcp/call_digest.h"
#include "harness/mcp/readers.h"
#include "harness/rpc/message.h"

namespace gatecrash::oracle {
namespace {

using trace::Event;
using trace::EventKind;

// Something to be joined: an event or a call, and the calls that it speaks of.
struct Joint {
  std::uint32_t index = kNone;
  std::vector<std::uint64_t> digests;  // empty: only the tool is known, if that
  std::string_view tool;
  bool preferred = true;  // of decisions: it allows
};

bool about(const Joint& one, const Joint& other) {
  if (one.digests.empty() || other.digests.empty())
    return !one.tool.empty() && one.tool == other.tool;
  return std::ranges::find_first_of(one.digests, other.digests) != one.digests.end();
}

// For each of `wanted` the index of its partner, or kNone. A partner is used as often as it has
// digests, at least once.
std::vector<std::uint32_t> joined(const std::vector<Joint>& wanted,
                                  const std::vector<Joint>& offered) {
  std::vector<std::uint32_t> partners(wanted.size(), kNone);
  std::vector<std::size_t> used(offered.size(), 0);
  for (const bool preferred : {true, false}) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      for (std::size_t j = 0; j < offered.size() && partners[i] == kNone; ++j) {
        const bool free = used[j] < std::max<std::size_t>(1, offered[j].digests.size());
        if (!free || offered[j].preferred != preferred || !about(wanted[i], offered[j])) continue;
        ++used[j];
        partners[i] = offered[j].index;
      }
    }
  }
  // What is left over on both sides, in order.
  std::vector<std::size_t> left;
  for (std::size_t j = 0; j < offered.size(); ++j) {
    if (used[j] == 0) left.push_back(j);
  }
  const auto without = static_cast<std::size_t>(std::ranges::count(partners, kNone));
  if (left.size() != 1 && left.size() != without) return partners;
  for (std::size_t i = 0, next = 0; i < wanted.size(); ++i) {
    if (partners[i] != kNone) continue;
    partners[i] = offered[left[next]].index;
    if (left.size() != 1) ++next;
  }
  return partners;
}

std::uint32_t partner_of(std::uint32_t index, const std::vector<Joint>& wanted,
                         const std::vector<Joint>& offered) {
  const auto at = std::ranges::find(wanted, index, &Joint::index);
  if (at == wanted.end()) return kNone;
  return joined(wanted, offered)[static_cast<std::size_t>(at - wanted.begin())];
}

// All that happened on one connection in one step.
class Scene {
 public:
  Scene(const Evidence& evidence, std::uint32_t step, std::uint32_t connection) {
    const auto here = [&](const auto& each) {
      return each.step == step && each.connection == connection;
    };
    const trace::Trace& agent = evidence.run().agent;
    mcp::CallReader reader;
    for (std::uint32_t i = 0; i < agent.events().size(); ++i) {
      const Event& event = agent.events()[i];
      if (event.kind != EventKind::Sent || !here(event)) continue;
      Joint& message = sent.emplace_back();
      message.index = i;
      for (const mcp::CallRead& call :
           reader.read(agent.view(event.text), {mcp::Leniency::AcceptsBatch}, {})) {
        message.digests.push_back(call.digest);
      }
    }
    const trace::Trace& log = evidence.run().gateway;
    for (std::uint32_t i = 0; i < log.events().size(); ++i) {
      const Event& event = log.events()[i];
      if (event.kind != EventKind::Decided || !here(event)) continue;
      Joint& decision = decided.emplace_back();
      decision.index = i;
      decision.tool = log.view(event.text);
      decision.preferred = static_cast<decision::Outcome>(event.detail) == decision::Outcome::Allow;
      if (event.call != 0) decision.digests.push_back(event.call);
    }
    mcp::CallDigest digest;
    for (std::uint32_t i = 0; i < evidence.calls().size(); ++i) {
      const UpstreamCall& call = evidence.calls()[i];
      if (!here(call)) continue;
      calls.push_back(
          {.index = i, .digests = {digest.of(call.tool, call.arguments)}, .tool = call.tool});
    }
  }

  std::vector<Joint> sent, decided, calls;
};

}  // namespace

Deed deed_of_call(const Evidence& evidence, std::uint32_t call) {
  const UpstreamCall& made = evidence.calls()[call];
  const Scene scene(evidence, made.step, made.connection);
  return {.step = made.step,
          .sent = partner_of(call, scene.calls, scene.sent),
          .decision = partner_of(call, scene.calls, scene.decided),
          .call = call};
}

Deed deed_of_message(const Evidence& evidence, std::uint32_t sent) {
  const Event& event = evidence.run().agent.events()[sent];
  const Scene scene(evidence, event.step, event.connection);
  return {.step = event.step,
          .sent = sent,
          .decision = partner_of(sent, scene.sent, scene.decided),
          .call = partner_of(sent, scene.sent, scene.calls)};
}

Deed deed_of_decision(const Evidence& evidence, std::uint32_t decision) {
  const Event& event = evidence.run().gateway.events()[decision];
  const Scene scene(evidence, event.step, event.connection);
  const bool allowed = static_cast<decision::Outcome>(event.detail) == decision::Outcome::Allow;
  return {.step = event.step,
          .sent = partner_of(decision, scene.decided, scene.sent),
          .decision = decision,
          .call = allowed ? partner_of(decision, scene.decided, scene.calls) : kNone};
}

Deed deed_of_frame(const Evidence& evidence, std::uint32_t arrived) {
  const trace::Trace& ledger = evidence.run().ledger;
  const Event& event = ledger.events()[arrived];
  const trace::Trace& agent = evidence.run().agent;
  for (std::uint32_t i = 0; i < agent.events().size(); ++i) {
    const Event& sent = agent.events()[i];
    if (sent.kind == EventKind::Sent && sent.step == event.step &&
        sent.connection == event.connection && agent.view(sent.text) == ledger.view(event.text)) {
      return deed_of_message(evidence, i);
    }
  }
  return deed_of_step(evidence, event.step);
}

Deed deed_of_reply(const Evidence& evidence, std::uint32_t received) {
  const trace::Trace& agent = evidence.run().agent;
  const Event& event = agent.events()[received];
  base::Tree tree;
  const auto id_of = [&](const Event& each) {
    const rpc::Decoded decoded = rpc::decode(agent.view(each.text), rpc::strict_reading(), tree);
    return decoded ? std::string(decoded.message.id.lexeme) : std::string();
  };
  const std::string id = id_of(event);
  for (std::uint32_t i = received; i-- > 0 && !id.empty();) {
    const Event& sent = agent.events()[i];
    if (sent.kind == EventKind::Sent && sent.connection == event.connection && id_of(sent) == id)
      return deed_of_message(evidence, i);
  }
  return deed_of_step(evidence, event.step);
}

Deed deed_of_step(const Evidence& evidence, std::uint32_t step) {
  if (step >= evidence.steps().size()) return {.step = step};
  const StepSeen& seen = evidence.steps()[step];
  return {
      .step = step, .decision = seen.decision, .call = seen.calls == 1 ? seen.first_call : kNone};
}

}  // namespace gatecrash::oracle
