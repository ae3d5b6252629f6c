#include "harness/oracle/contradiction.h"

#include <map>
#include <utility>
#include <vector>

#include "harness/base/text.h"
#include "harness/mcp/messages.h"
#include "harness/oracle/words.h"
#include "harness/rpc/message.h"

namespace gatecrash::oracle {
namespace {

using mcp::ReplyShape;
using scenario::StepKind;
using trace::Event;
using trace::EventKind;

bool calls_tools(StepKind kind) {
  return kind == StepKind::Call || kind == StepKind::Obey || kind == StepKind::Probe;
}

// Calls that were answered with a result, by step, of those that are in doubt. Replies to anything
// else (the handshake of a session that the step opens) do not count.
std::map<std::uint32_t, std::uint32_t> successes(const trace::Trace& agent,
                                                 const std::vector<bool>& in_doubt) {
  std::map<std::uint32_t, std::uint32_t> count;
  // By step: connection and id of the calls that wait.
  std::map<std::uint32_t, std::vector<std::pair<std::uint32_t, std::string>>> asked;
  base::Tree tree;
  for (const Event& event : agent.events()) {
    if (event.step >= in_doubt.size() || !in_doubt[event.step]) continue;
    const bool sent = event.kind == EventKind::Sent;
    if (!sent && (event.kind != EventKind::Received ||
                  static_cast<ReplyShape>(event.detail) != ReplyShape::Ok)) {
      continue;
    }
    const rpc::Decoded frame = rpc::decode(agent.view(event.text), rpc::strict_reading(), tree);
    if (!frame) continue;
    const std::pair key{event.connection, std::string(frame.id.lexeme)};
    if (sent && frame.message.method == "tools/call") asked[event.step].push_back(key);
    if (!sent) count[event.step] += std::erase(asked[event.step], key) != 0 ? 1 : 0;
  }
  return count;
}

void check_steps_told(const Evidence& evidence, std::vector<std::string>& found) {
  const auto& steps = evidence.plan().steps;
  std::vector<std::uint32_t> results(steps.size());
  for (const Event& event : evidence.run().agent.events()) {
    if (event.kind == EventKind::Received && event.step < results.size() &&
        static_cast<ReplyShape>(event.detail) == ReplyShape::Ok) {
      ++results[event.step];
    }
  }
  std::vector<bool> in_doubt(steps.size(), false);
  for (std::uint32_t i = 0; i < steps.size(); ++i)
    in_doubt[i] = calls_tools(steps[i].kind) && results[i] > evidence.steps()[i].calls;
  for (const auto& [step, told] : successes(evidence.run().agent, in_doubt)) {
    const std::uint32_t arrived = evidence.steps()[step].calls;
    if (told <= arrived) continue;
    found.push_back("the agent was told that " + base::quoted(attempted(evidence.plan(), step)) +
                    " (step " + std::to_string(step + 1) + ") succeeded, but " +
                    (arrived == 0 ? "no call" : "not every call") + " of it arrived upstream");
  }
}

void check_ledger(const Evidence& evidence, std::vector<std::string>& found) {
  bool arrived = false;
  for (const Event& event : evidence.run().ledger.events()) {
    arrived = arrived || event.kind == EventKind::Arrived;
    if (event.kind != EventKind::Understood || arrived) continue;
    found.push_back("the upstream understood a call of " +
                    base::quoted(evidence.run().ledger.view(event.text)) +
                    ", but no frame had arrived");
    return;
  }
}

}  // namespace

std::string damaged_record(const trace::Run& run) {
  const std::pair<std::string_view, const trace::Trace*> traces[] = {
      {"the agent's record", &run.agent},
      {"the gateway's record", &run.gateway},
      {"the upstream's ledger", &run.ledger}};
  for (const auto& [name, trace] : traces) {
    std::string damage = trace->damage();
    if (damage.empty() && run.complete && !trace->end()) damage = "it has no end mark";
    if (!damage.empty()) return std::string(name) + " is not whole: " + damage;
  }
  return {};
}

std::vector<std::string> contradictions(const Evidence& evidence) {
  std::vector<std::string> found;
  if (!evidence.run().complete) return found;  // the rest may be missing
  if (evidence.run().digest_before != evidence.run().digest_after && evidence.changes().empty())
    found.emplace_back("the task table changed, but no effect is on record");
  check_ledger(evidence, found);
  check_steps_told(evidence, found);
  return found;
}

}  // namespace gatecrash::oracle
