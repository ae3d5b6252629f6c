#include "harness/oracle/standing.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "harness/base/json.h"
#include "harness/oracle/words.h"
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
  using Expiry = std::optional<base::Instant>;

  void ask(Question question, base::Instant now, Expiry expires) {
    if (good(approved_, question, now) || good(waiting_, question, now)) return;
    waiting_[std::move(question)] = expires;
  }
  // One call per approval.
  bool use(const Question& question, base::Instant now) {
    const bool approved = good(approved_, question, now);
    approved_.erase(question);
    return approved;
  }

  void act(std::string_view words, base::Instant now) {
    if (const auto text = after(words, "approve")) return decide(*text, true, now);
    if (const auto text = after(words, "deny")) return decide(*text, false, now);
    if (after(words, "decide")) return decide({}, true, now);
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
  using Questions = std::map<Question, Expiry>;

  static bool good(const Questions& questions, const Question& question, base::Instant now) {
    const auto found = questions.find(question);
    return found != questions.end() && (!found->second || now < *found->second);
  }

  void decide(std::string_view text, bool yes, base::Instant now) {
    for (auto each = waiting_.begin(); each != waiting_.end();) {
      if (each->first.tool.find(text) == std::string::npos &&
          each->first.arguments.find(text) == std::string::npos) {
        ++each;
        continue;
      }
      if (yes && good(waiting_, each->first, now)) approved_.insert(*each);
      each = waiting_.erase(each);
    }
  }

  Questions waiting_;
  Questions approved_;
  std::string_view killed_;
  std::map<std::string_view, std::string_view> revoked_;  // grant -> the words
};

// How long the rule that holds this call lets an approval live.
std::optional<base::Duration> lifetime(const Evidence& evidence, const Question& question) {
  if (evidence.policy() == nullptr) return std::nullopt;
  const decision::Ruling ruling = evidence.ruling(question.tool, question.arguments);
  const auto of = [&](const policy::ToolPolicy* tool) -> std::optional<base::Duration> {
    if (tool == nullptr || ruling.outcome != decision::Outcome::Hold) return std::nullopt;
    const auto found = std::ranges::find_if(
        tool->rules, [&](const policy::Rule& each) { return each.anchor.path == ruling.rule; });
    return found == tool->rules.end() ? std::nullopt : found->approval_timeout;
  };
  const auto own = of(tool_in(*evidence.policy(), question.tool));
  return own || !evidence.policy()->wildcard ? own : of(&*evidence.policy()->wildcard);
}

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
  const bool ages = std::ranges::none_of(steps, is_gateway_fault);
  Reader reader(evidence);
  Desk desk;
  const trace::Trace& agent = evidence.run().agent;
  auto event = agent.events().begin();
  std::uint32_t call = 0;
  base::Instant now = evidence.plan().start;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    now += steps[i].by;
    if (steps[i].kind == StepKind::Operator) desk.act(steps[i].line, now);
    // First what arrived, then what was asked: a call that passed is not waiting.
    for (; call < calls_.size() && evidence.calls()[call].step <= i; ++call) {
      const UpstreamCall& each = evidence.calls()[call];
      calls_[call].stopped = desk.stops(evidence.caller(each.connection).grant);
      calls_[call].approved = desk.use(reader.arrived(each), now);
    }
    for (; event != agent.events().end() && (event->step <= i || event->step == trace::kSetUp);
         ++event) {
      if (event->kind != trace::EventKind::Sent || event->step != i) continue;
      auto question = reader.sent(agent.view(event->text), event->connection);
      if (!question) continue;
      const auto life = ages ? lifetime(evidence, *question) : std::nullopt;
      desk.ask(std::move(*question), now, life ? Desk::Expiry(now + *life) : std::nullopt);
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
