#include "harness/oracle/standing.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "harness/base/json.h"
#include "harness/rpc/message.h"

namespace gatecrash::oracle {
namespace {

using scenario::Step;
using scenario::StepKind;

// What follows the word, or nothing if the words begin otherwise.
std::optional<std::string_view> after(std::string_view words, std::string_view word) {
  if (words == word) return std::string_view{};
  if (!words.starts_with(word) || words[word.size()] != ' ') return std::nullopt;
  return words.substr(word.size() + 1);
}

// One question to the operator: who asks for what.
struct Question {
  std::string_view principal;
  std::string tool;
  std::string arguments;  // sorted JSON
  friend auto operator<=>(const Question&, const Question&) = default;
};

class Desk {
 public:
  void ask(Question question) {
    if (!approved_.contains(question)) waiting_.insert(std::move(question));
  }
  // One call per approval.
  bool use(const Question& question) { return approved_.erase(question) != 0; }

  void act(std::string_view words) {
    if (const auto text = after(words, "approve")) return decide(*text, true);
    if (const auto text = after(words, "deny")) return decide(*text, false);
    if (after(words, "decide")) return decide({}, true);
    if (words == "expire") {
      waiting_.clear();
      approved_.clear();
    }
    if (words == "kill") killed_ = words;
    if (words == "revive") killed_ = {};
    if (const auto grant = after(words, "revoke")) revoked_[*grant] = words;
    if (const auto grant = after(words, "restore")) revoked_.erase(*grant);
  }

  std::string_view stops(std::string_view grant) const {
    if (!killed_.empty()) return killed_;
    const auto found = revoked_.find(grant);
    return found == revoked_.end() ? std::string_view() : found->second;
  }

 private:
  void decide(std::string_view text, bool yes) {
    for (auto each = waiting_.begin(); each != waiting_.end();) {
      if (each->tool.find(text) == std::string::npos && each->arguments.find(text) == std::string::npos) {
        ++each;
        continue;
      }
      if (yes) approved_.insert(*each);
      each = waiting_.erase(each);
    }
  }

  std::set<Question> waiting_;
  std::set<Question> approved_;
  std::string_view killed_;
  std::map<std::string_view, std::string_view> revoked_;  // grant -> the words
};

class Reader {
 public:
  explicit Reader(const Evidence& evidence) : evidence_(evidence) {}

  // What the agent asked for in this frame.
  std::optional<Question> sent(std::string_view frame, std::uint32_t connection) {
    const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree_);
    if (!decoded || decoded.message.method != "tools/call") return std::nullopt;
    const mcp::ToolCall call = mcp::read_tools_call(decoded.message, rpc::strict_reading());
    if (!call.valid) return std::nullopt;
    Question question{evidence_.caller(connection).principal, std::string(call.tool), {}};
    if (call.arguments) base::write_json_sorted(call.arguments, question.arguments);
    return question;
  }
  Question arrived(const UpstreamCall& call) {
    Question question{evidence_.caller(call.connection).principal, std::string(call.tool), {}};
    if (!call.arguments.empty() && !base::read_json(call.arguments, {}, tree_)) {
      base::write_json_sorted(tree_.root(), question.arguments);
    }
    return question;
  }

 private:
  const Evidence& evidence_;
  base::Tree tree_;
};

}  // namespace

Standing::Standing(const Evidence& evidence) {
  const auto& steps = evidence.plan().steps;
  if (std::ranges::find(steps, StepKind::Operator, &Step::kind) == steps.end()) return;
  calls_.resize(evidence.calls().size());
  Reader reader(evidence);
  Desk desk;
  const trace::Trace& agent = evidence.run().agent;
  auto event = agent.events().begin();
  std::uint32_t call = 0;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kind == StepKind::Operator) desk.act(steps[i].line);
    // First what arrived, then what was asked: a call that passed is not waiting.
    for (; call < calls_.size() && evidence.calls()[call].step <= i; ++call) {
      const UpstreamCall& each = evidence.calls()[call];
      calls_[call].stopped = desk.stops(evidence.caller(each.connection).grant);
      calls_[call].approved = desk.use(reader.arrived(each));
    }
    for (; event != agent.events().end() && (event->step <= i || event->step == trace::kSetUp); ++event) {
      if (event->kind != trace::EventKind::Sent || event->step != i) continue;
      if (auto question = reader.sent(agent.view(event->text), event->connection)) desk.ask(std::move(*question));
    }
  }
}

bool is_gateway_fault(const Step& step) {
  if (step.kind != StepKind::Fault) return false;
  const std::string_view words = step.line;
  return after(words, "store") || after(words, "audit") || after(words, "clock");
}

bool operated(const scenario::Plan& plan) {
  return std::ranges::any_of(plan.steps, [](const Step& step) {
    return step.kind == StepKind::Operator || is_gateway_fault(step);
  });
}

}  // namespace gatecrash::oracle
