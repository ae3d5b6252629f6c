// What arrives upstream is what was judged, and reads the same to every server: the frame is strictly
// readable (no duplicate or case-variant keys that two parsers resolve differently), it says what the
// agent sent, and the gateway's decision was about the tool that the upstream understood. Catches
// gateways that forward what they could not parse, resolve duplicates and forward the original bytes, or
// change what they forward.
#include <algorithm>
#include <map>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/mcp/messages.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"
#include "harness/rpc/message.h"

namespace gatecrash::oracle {
namespace {

using trace::Event;
using trace::EventKind;

// A tools/call as the strict reading has it.
struct Reading {
  bool is_call = false;
  std::string fault;  // why it is not strictly readable; empty if it is
  std::string tool;
  std::string arguments;  // canonical
};

class Reader {
 public:
  Reading read(std::string_view frame) {
    Reading out;
    const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree_);
    if (!decoded) {
      out.fault = to_string(decoded.fault);
      return out;
    }
    if (decoded.message.method != "tools/call") return out;
    const mcp::ToolCall call = mcp::read_tools_call(decoded.message, rpc::strict_reading());
    out.is_call = true;
    if (!call.valid) {
      out.fault = "bad_call";
      return out;
    }
    out.tool = call.tool;
    if (call.arguments) base::write_json_sorted(call.arguments, out.arguments);
    return out;
  }

 private:
  base::Tree tree_;
};

struct Wrong {
  std::uint64_t times = 0;
  std::uint32_t step = kNone;
  std::string observed;
};

bool applies(const Evidence& evidence) {
  return !evidence.is(scenario::RunKind::Teeth) && !evidence.calls().empty();
}

void judge(const Evidence& evidence, std::vector<Finding>& findings) {
  Reader reader;
  // What the agent sent in each step, read once it is needed.
  std::map<std::uint32_t, std::vector<std::string_view>> sent;
  const trace::Trace& agent = evidence.run().agent;
  for (const Event& event : agent.events()) {
    if (event.kind == EventKind::Sent) sent[event.step].push_back(agent.view(event.text));
  }
  std::map<std::string, Wrong> wrong;
  const auto add = [&](const std::string& shape, std::uint32_t step, std::string observed) {
    Wrong& each = wrong[shape];
    if (each.times++ == 0) each = {1, step, std::move(observed)};
  };
  const trace::Trace& ledger = evidence.run().ledger;
  std::string_view frame;
  for (const Event& event : ledger.events()) {
    if (event.kind == EventKind::Arrived) frame = ledger.view(event.text);
    if (event.kind != EventKind::Understood) continue;
    const auto origin = sent.find(event.step);
    // Bytes that went through untouched and are read strictly need no second look.
    const Reading arrived = reader.read(frame);
    const std::string tool = base::quoted(ledger.view(event.text));
    if (!arrived.fault.empty()) {
      add("ambiguous", event.step,
          "a message that is not strictly readable (" + arrived.fault + ") reached the upstream, which read a call of " +
              tool);
      continue;
    }
    if (origin == sent.end() || std::ranges::find(origin->second, frame) != origin->second.end()) continue;
    Reading meant;
    for (const std::string_view each : origin->second) {
      meant = reader.read(each);
      if (meant.tool == arrived.tool && meant.arguments == arrived.arguments) break;
    }
    if (!meant.fault.empty() || !meant.is_call) {
      add("made up", event.step, "the agent sent no readable call, yet one of " + tool + " reached the upstream");
    } else if (meant.tool != arrived.tool || meant.arguments != arrived.arguments) {
      add("changed", event.step, "the agent called " + base::quoted(meant.tool) + ", " +
                                     base::quoted(arrived.tool) + " with other arguments reached the upstream");
    }
  }
  if (evidence.gateway_tells()) {
    for (const UpstreamCall& call : evidence.calls()) {
      if (call.step >= evidence.steps().size()) continue;
      const StepSeen& seen = evidence.steps()[call.step];
      if (seen.decision == kNone || seen.calls != 1) continue;
      const std::string_view judged =
          evidence.run().gateway.view(evidence.run().gateway.events()[seen.decision].text);
      if (judged != call.tool) {
        add("judged another", call.step, "the gateway judged " + base::quoted(judged) + ", the upstream read " +
                                             base::quoted(call.tool));
      }
    }
  }
  for (const auto& [shape, each] : wrong) {
    Finding made = finding(evidence, kForwardedEqualsJudged.name, FindingKind::Divergence, Part::Conformance);
    made.claim = "what arrives upstream is what was judged, to every reader";
    made.observed = each.observed;
    if (each.times > 1) made.observed += " (" + count(each.times, "time") + ")";
    at_step(evidence, each.step, made);
    made.upstream_saw = saw_step(evidence, each.step);
    seal(evidence, shape, made);
    findings.push_back(std::move(made));
  }
}

}  // namespace

const OracleEntry kForwardedEqualsJudged{
    .name = "forwarded_equals_judged",
    .claim = "what arrives upstream is what was judged, and reads the same to every server",
    .part = Part::Conformance,
    .applies = applies,
    .judge = judge};

}  // namespace gatecrash::oracle
