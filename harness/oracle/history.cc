#include "harness/oracle/history.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "harness/base/check.h"
#include "harness/decision/counters.h"
#include "harness/decision/semantics.h"
#include "harness/mcp/messages.h"
#include "harness/mcp/readers.h"
#include "harness/rpc/message.h"

namespace gatecrash::oracle {
namespace {

using trace::Event;
using trace::EventKind;

decision::Semantics as_published() {
  decision::Semantics semantics = decision::hardened();
  semantics.window = decision::WindowKind::CalendarUtc;
  semantics.list_weight = decision::ListWeight::One;
  semantics.refund = decision::Refund::OnRpcError;
  return semantics;
}

// Would any server, however lenient, take this for a call?
bool call_to_somebody(std::string_view frame) {
  mcp::CallReader reader;
  return std::ranges::any_of(mcp::readers(), [&](const mcp::Reader& each) {
    return !reader.read(frame, each.how, {}).empty();
  });
}

}  // namespace

class History::Model {
 public:
  Model(const Evidence& evidence, const decision::Semantics& semantics,
        std::vector<decision::Engine::ListArgument> lists)
      : counters_(decision::make_memory_counters()),
        engine_(evidence.the_case().policy.meaning, semantics, *counters_, std::move(lists)) {}

  // What the model does; it keeps what it allowed.
  decision::Ruling decide(const decision::Call& call, decision::CallResult result) {
    decision::Ruling ruling = engine_.decide(call);
    engine_.settle(ruling.ticket, result, call.at);
    ruling.message = ruling.approval = {};
    return ruling;
  }
  decision::Engine& engine() { return engine_; }

 private:
  std::unique_ptr<decision::CounterStore> counters_;
  decision::Engine engine_;
};

History::~History() = default;

History::History(const Evidence& evidence)
    : hardened_(std::make_unique<Model>(evidence, decision::hardened(),
                                        list_arguments(evidence.the_case()))),
      published_(std::make_unique<Model>(evidence, as_published(),
                                         std::vector<decision::Engine::ListArgument>{})),
      by_step_(evidence.steps().size(), kNone) {
  GATECRASH_CHECK(evidence.policy() != nullptr);
  const trace::Trace& agent = evidence.run().agent;
  struct Asked {
    std::string tool;
    decision::Caller caller;
  };
  std::map<std::string, Asked> owning;  // calls whose replies hand out ids, by connection and id
  base::Tree tree;
  std::string session;
  const auto key_of = [](const Event& event, const rpc::Id& id) {
    return std::to_string(event.connection) + " " + std::string(id.lexeme);
  };
  for (const Event& event : agent.events()) {
    if (event.kind == EventKind::Received && !owning.empty()) {
      const rpc::Decoded reply = rpc::decode(agent.view(event.text), rpc::strict_reading(), tree);
      const auto asked = owning.find(reply ? key_of(event, reply.message.id) : std::string());
      if (asked == owning.end() || reply.message.shape == rpc::Shape::Error) continue;
      for (Model* const each : {hardened_.get(), published_.get()})
        each->engine().learn(asked->second.tool, asked->second.caller, reply.message.result);
      owning.erase(asked);
    }
    if (event.kind != EventKind::Sent || event.step >= evidence.steps().size()) continue;
    const StepSeen& seen = evidence.steps()[event.step];
    const rpc::Decoded decoded = rpc::decode(agent.view(event.text), rpc::strict_reading(), tree);
    const bool calls = decoded && decoded.message.method == "tools/call" &&
                       decoded.message.shape == rpc::Shape::Request;
    const mcp::ToolCall sent =
        calls ? mcp::read_tools_call(decoded.message, rpc::strict_reading()) : mcp::ToolCall{};
    if (!sent.valid) {
      if (seen.arrived != 0 && call_to_somebody(agent.view(event.text))) break;
      continue;
    }
    session = std::to_string(event.connection);
    const Party party = evidence.caller(event.connection);
    const decision::Call call{.tool = sent.tool,
                              .arguments = sent.arguments,
                              .caller = {.grant = party.grant,
                                         .principal = party.principal,
                                         .session = session,
                                         .tenant = party.tenant},
                              .at = event.at};
    const auto result = seen.reply == mcp::ReplyShape::RpcError && seen.told == Told::CarriedOut
                            ? decision::CallResult::RpcError
                            : decision::CallResult::Ok;
    std::uint32_t& of_step = by_step_[event.step];
    if (of_step == kNone) of_step = static_cast<std::uint32_t>(answers_.size());
    answers_.push_back({.sent = event.number,
                        .hardened = hardened_->decide(call, result),
                        .published = published_->decide(call, result)});
    if (hardened_->engine().hands_out(sent.tool)) {
      decision::Caller caller = call.caller;
      caller.session = {};
      owning[key_of(event, decoded.message.id)] = {std::string(sent.tool), caller};
    }
  }
}

const History::Answer* History::of_step(std::uint32_t step) const {
  if (step >= by_step_.size() || by_step_[step] == kNone) return nullptr;
  return &answers_[by_step_[step]];
}

const History::Answer* History::of_message(std::uint32_t sent) const {
  const auto found = std::ranges::find(answers_, sent, &Answer::sent);
  return found == answers_.end() ? nullptr : &*found;
}

}  // namespace gatecrash::oracle
