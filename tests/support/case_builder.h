// Cases by hand, for judgement's tests: a run is told step by step, as agent, gateway and mock
// would have recorded it. Header only, so that it costs nothing where it is not used.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/decision/engine.h"
#include "harness/mcp/call_digest.h"
#include "harness/mcp/messages.h"
#include "harness/scenario/effect.h"
#include "harness/trace/case.h"

namespace gatecrash::test {

using scenario::Effect;
using scenario::Expect;
using trace::EventKind;

inline constexpr std::string_view kHidePolicy =
    "{\n  \"version\": \"1\",\n  \"default\": \"deny\",\n  \"hide\": [\"cancel_task\"]\n}\n";
inline constexpr std::string_view kLimitPolicy =
    "{\"version\":\"1\",\"default\":\"deny\",\n \"tools\":{\n  \"cancel_task\":{\n"
    "   "
    "\"limits\":[{\"counter\":\"cancel_task_rate\",\"window\":\"minute\",\"max\":10,\"scope\":"
    "\"grant\"}]},\n"
    "  \"list_tasks\":{}}}\n";

class RunBuilder {
 public:
  explicit RunBuilder(scenario::RunKind kind = scenario::RunKind::Attack) {
    plan_ = std::make_shared<scenario::Plan>();
    plan_->scenario = "test/attack@target";
    plan_->file = "scenarios/test.yaml";
    plan_->kind = kind;
    plan_->grant = "default";
    run_.kind = kind;
    run_.complete = true;
    run_.digest_before = run_.digest_after = 7;
    now_ = plan_->start;
    sync();
  }

  // Steps: each opens a new one and sends its frame.
  RunBuilder& call(std::string_view tool, std::string_view arguments = "{\"task_id\":\"t-1\"}",
                   Expect::Outcome outcome = Expect::Outcome::Any) {
    scenario::Step& step = begin(scenario::StepKind::Call);
    step.tool = tool;
    step.arguments = arguments;
    step.expect.outcome = outcome;
    std::string frame;
    mcp::write_tools_call(++id_, tool, arguments, frame);
    sent(frame);
    return *this;
  }
  // The step's reply is to look like the one before.
  RunBuilder& like_previous() {
    plan_->steps.back().expect.like_previous = true;
    return *this;
  }
  RunBuilder& raw(std::string_view line, Expect::Outcome outcome = Expect::Outcome::Any) {
    scenario::Step& step = begin(scenario::StepKind::Raw);
    step.line = line;
    step.expect.outcome = outcome;
    sent(line);
    return *this;
  }
  RunBuilder& list(const std::vector<std::string>& shown, std::vector<std::string> absent = {},
                   std::vector<std::string> present = {}) {
    scenario::Step& step = begin(scenario::StepKind::List);
    step.expect.absent = std::move(absent);
    step.expect.present = std::move(present);
    std::string frame;
    mcp::write_tools_list(++id_, "", frame);
    sent(frame);
    run_.ledger.add(EventKind::Arrived, frame);
    for (const std::string& each : shown) run_.agent.add(EventKind::Listed, each);
    return reply_from_upstream(mcp::ReplyShape::Ok);
  }
  // What the upstream itself had in its list, before anybody filtered it.
  RunBuilder& upstream_lists(const std::vector<std::string>& tools) {
    std::string frame = R"({"jsonrpc":"2.0","id":1,"result":{"tools":[)";
    for (const std::string& each : tools)
      frame += (frame.ends_with('[') ? "{\"name\":\"" : ",{\"name\":\"") + each + "\"}";
    run_.ledger.add(EventKind::Replied, frame + "]}}");
    return *this;
  }
  // Whose step it is, over the same connection.
  RunBuilder& by(std::string_view principal) {
    plan_->steps.back().as = principal;
    return *this;
  }
  RunBuilder& advance(base::Duration by) {
    scenario::Step& step = begin(scenario::StepKind::Advance);
    step.by = by;
    now_ += by;
    sync();
    return *this;
  }
  // The step is a control: it does no harm and says so.
  RunBuilder& harmless() {
    plan_->steps.back().purpose = scenario::Step::Purpose::Control;
    return *this;
  }
  RunBuilder& session() {
    begin(scenario::StepKind::NewSession);
    ++connection_;
    sync();
    return *this;
  }
  RunBuilder& operates(std::string_view words) {
    begin(scenario::StepKind::Operator).line = words;
    return *this;
  }
  RunBuilder& fault(std::string_view words) {
    begin(scenario::StepKind::Fault).line = words;
    return *this;
  }
  // Who sends from now on, over a connection of its own.
  RunBuilder& as(std::string_view principal, std::string_view grant = "default",
                 std::string_view tenant = {}) {
    if (std::ranges::find(plan_->principals, principal, &scenario::PrincipalSpec::name) ==
        plan_->principals.end()) {
      plan_->principals.push_back({.name = std::string(principal),
                                   .grant = std::string(grant),
                                   .tenant = std::string(tenant)});
    }
    ++connection_;
    sync();
    run_.agent.add(EventKind::Opened, principal);
    return *this;
  }
  RunBuilder& reloaded_from(std::string_view policy) {
    plan_->reloaded_from = std::make_shared<scenario::EarlierPolicy>(scenario::EarlierPolicy{
        .path = "old.json", .dialect = "policylayer", .text = std::string(policy)});
    return *this;
  }
  // A step of the plan that the agent never took.
  RunBuilder& untaken(std::string_view tool) {
    scenario::Step& step = begin(scenario::StepKind::Call);
    step.tool = tool;
    return *this;
  }

  // A step that makes several calls: the agent obeys a text, each call with makes().
  RunBuilder& obeys() {
    begin(scenario::StepKind::Obey);
    return *this;
  }
  // Sends a further call of the step, which the gateway allows by this rule and the mock
  // understands.
  RunBuilder& makes(std::string_view tool, std::string_view arguments, std::string_view rule = {},
                    base::SourcePos at = {}) {
    std::string frame;
    mcp::write_tools_call(++id_, tool, arguments, frame);
    sent(frame);
    return judged(tool, arguments, rule, at).arrived_as(tool, arguments);
  }

  // What the gateway did in the step.
  RunBuilder& decided(decision::Outcome outcome, std::string_view rule = {},
                      base::SourcePos at = {}, std::string_view message = {}) {
    const scenario::Step& step = plan_->steps.back();
    trace::Event& event = run_.gateway.add(EventKind::Decided, step.tool, rule, message);
    event.detail = static_cast<std::uint8_t>(outcome);
    event.place = at;
    if (!step.tool.empty()) event.call = mcp::CallDigest().of(step.tool, step.arguments);
    return *this;
  }
  // It allowed another call than the step's, as its record says.
  RunBuilder& judged(std::string_view tool, std::string_view arguments, std::string_view rule = {},
                     base::SourcePos at = {}) {
    trace::Event& event = run_.gateway.add(EventKind::Decided, tool, rule);
    event.detail = static_cast<std::uint8_t>(decision::Outcome::Allow);
    event.place = at;
    event.call = mcp::CallDigest().of(tool, arguments);
    return *this;
  }
  RunBuilder& denied(std::string_view rule, base::SourcePos at = {},
                     std::string_view message = "no") {
    decided(decision::Outcome::Deny, rule, at, message);
    return reply_to_agent(mcp::ReplyShape::ToolError, message);
  }
  RunBuilder& allowed() { return decided(decision::Outcome::Allow); }

  // What the mock did.
  RunBuilder& arrived() {
    const scenario::Step& step = plan_->steps.back();
    return arrived_as(step.tool, step.arguments);
  }
  RunBuilder& arrived_as(std::string_view tool, std::string_view arguments) {
    run_.ledger.add(EventKind::Arrived, last_sent_);
    return understood(tool, arguments);
  }
  // The gateway puts this frame in the place of the one that was sent.
  RunBuilder& forwards(std::string_view frame) {
    last_sent_ = frame;
    return *this;
  }
  // A further call in the frame that arrived.
  RunBuilder& understood(std::string_view tool, std::string_view arguments) {
    base::Tree tree;
    std::string canonical;
    if (!base::read_json(arguments, {}, tree)) base::write_json_sorted(tree.root(), canonical);
    run_.ledger.add(EventKind::Understood, tool, canonical);
    return *this;
  }
  RunBuilder& misread() {
    run_.ledger.add(EventKind::Arrived, last_sent_);
    run_.ledger.add(EventKind::Misread, "not_json");
    return *this;
  }
  RunBuilder& effect(Effect effect, std::string_view subject) {
    trace::Event& event = run_.ledger.add(EventKind::Effected, subject);
    event.detail = static_cast<std::uint8_t>(effect);
    return *this;
  }
  RunBuilder& cancels(std::string_view subject) { return effect(Effect::TaskCancelled, subject); }
  RunBuilder& hangs_up() {
    run_.ledger.add(EventKind::HungUp);
    return *this;
  }
  RunBuilder& changed_digest() {
    run_.digest_after = run_.digest_before + 1;
    return *this;
  }

  // Replies.
  RunBuilder& reply_from_upstream(mcp::ReplyShape shape = mcp::ReplyShape::Ok,
                                  std::string_view text = "done") {
    run_.ledger.add(EventKind::Replied, reply(shape, text));
    return reply_to_agent(shape, text);
  }
  RunBuilder& upstream_replies(mcp::ReplyShape shape = mcp::ReplyShape::Ok,
                               std::string_view text = "done") {
    run_.ledger.add(EventKind::Replied, reply(shape, text));
    return *this;
  }
  RunBuilder& reply_to_agent(mcp::ReplyShape shape, std::string_view text = "done") {
    return received(reply(shape, text), shape);
  }
  RunBuilder& received(std::string_view frame, mcp::ReplyShape shape) {
    run_.agent.add(EventKind::Received, frame).detail = static_cast<std::uint8_t>(shape);
    return *this;
  }

  // The usual two.
  RunBuilder& passes(std::string_view tool, std::string_view subject = {},
                     std::string_view arguments = "{\"task_id\":\"t-1\"}",
                     Expect::Outcome outcome = Expect::Outcome::Any) {
    call(tool, arguments, outcome).allowed().arrived();
    if (!subject.empty()) cancels(subject);
    return reply_from_upstream();
  }
  RunBuilder& refuses(std::string_view tool, std::string_view rule = "(default deny)",
                      Expect::Outcome outcome = Expect::Outcome::Any) {
    return call(tool, "{\"task_id\":\"t-1\"}", outcome).denied(rule);
  }

  RunBuilder& always(scenario::Invariant::Kind kind, std::optional<Effect> effect = {},
                     scenario::Cap cap = {}) {
    plan_->always.push_back({.kind = kind, .effect = effect, .cap = std::move(cap), .at = {30, 5}});
    return *this;
  }
  RunBuilder& canary(std::string_view name, std::string_view text, std::string_view of = {}) {
    plan_->canaries.push_back({std::string(name), std::string(text), std::string(of)});
    return *this;
  }
  RunBuilder& variant(std::string_view name) {
    plan_->variant = name;
    return *this;
  }
  RunBuilder& personalities(std::vector<std::string> names) {
    plan_->personalities = std::move(names);
    return *this;
  }
  RunBuilder& start(std::string_view instant) {
    plan_->start = *base::parse_instant(instant);
    now_ = plan_->start;
    sync();
    return *this;
  }
  RunBuilder& incomplete(std::string_view problem) {
    run_.complete = false;
    run_.problem = problem;
    return *this;
  }
  RunBuilder& no_gateway_log() {
    run_.gateway.clear();
    return *this;
  }

  trace::Run build() {
    trace::Run run = run_;
    run.plan = plan_;
    for (trace::Trace* each : {&run.agent, &run.gateway, &run.ledger}) each->mark_end();
    return run;
  }
  operator trace::Run() {
    return build();
  }  // NOLINT(google-explicit-constructor): reads as the run

 private:
  scenario::Step& begin(scenario::StepKind kind) {
    plan_->steps.push_back({});
    plan_->steps.back().kind = kind;
    plan_->steps.back().at = {static_cast<std::uint32_t>(plan_->steps.size() + 10), 5};
    sync();
    return plan_->steps.back();
  }
  void sync() {
    const auto step =
        plan_->steps.empty() ? trace::kSetUp : static_cast<std::uint32_t>(plan_->steps.size() - 1);
    for (trace::Trace* each : {&run_.agent, &run_.gateway, &run_.ledger}) {
      each->set_step(step);
      each->set_time(now_);
      each->set_connection(connection_);
    }
  }
  void sent(std::string_view frame) {
    last_sent_ = frame;
    run_.agent.add(EventKind::Sent, frame);
  }
  std::string reply(mcp::ReplyShape shape, std::string_view text) const {
    std::string frame;
    const std::string lexeme = std::to_string(id_);
    const rpc::Id id{.kind = rpc::Id::Kind::Integer, .lexeme = lexeme, .value = {}};
    if (shape == mcp::ReplyShape::RpcError) {
      rpc::write_error(id, -32000, text, frame);
    } else {
      mcp::write_text_result(id, text, shape == mcp::ReplyShape::ToolError, frame);
    }
    return frame;
  }

  std::shared_ptr<scenario::Plan> plan_;
  trace::Run run_;
  base::Instant now_{};
  std::uint32_t connection_ = 0;
  std::uint64_t id_ = 0;
  std::string last_sent_;
};

inline trace::PolicyUse policy_use(std::string_view text,
                                   const std::string& file = "policies/test.json",
                                   policy::Dialect dialect = policy::Dialect::PolicyLayer,
                                   bool lenient = false) {
  trace::PolicyUse use;
  use.file = file;
  use.dialect = to_string(dialect);
  use.text = text;
  use.content_hash = "0123456789abcdef";
  policy::Loaded loaded =
      policy::load_text(file, std::string(text), {.dialect = dialect, .lenient = false});
  if (!loaded.policy && lenient) {
    use.refused = loaded.problems;
    loaded = policy::load_text(file, std::string(text), {.dialect = dialect, .lenient = true});
  }
  GATECRASH_CHECK(loaded.policy != nullptr);
  use.meaning = loaded.policy;
  return use;
}

// A case with a biting teeth run and a passing twin; tests replace what they are about.
inline trace::Case case_of(trace::Run attack, std::string_view policy = kHidePolicy) {
  trace::Case made;
  made.scenario = "test/attack@target";
  made.attack_id = "MGA-TEST-01";
  made.title = "A test";
  made.severity = "high";
  made.null_verdict = "bypass";
  made.file = "scenarios/test.yaml";
  made.target = "target";
  made.target_file = "targets/target.yaml";
  made.lane = "memory";
  made.era = "2025-11-25";
  made.policy = policy_use(policy);
  made.promise.cancel = scenario::Cap{};
  made.traits = {{"cancel.tool", "cancel_task"}, {"cancel.id", "task_id"}};
  made.teeth.push_back(
      RunBuilder(scenario::RunKind::Teeth).passes("cancel_task", "t-1").no_gateway_log());
  made.attack.push_back(std::move(attack));
  made.benign = RunBuilder(scenario::RunKind::Benign).passes("list_tasks");
  return made;
}

}  // namespace gatecrash::test
