#include "harness/oracle/evidence.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/decision/counters.h"
#include "harness/decision/semantics.h"
#include "harness/mcp/call_digest.h"
#include "harness/mcp/readers.h"
#include "harness/oracle/history.h"
#include "harness/rpc/message.h"

namespace gatecrash::oracle {
namespace {

using mcp::ReplyShape;
using trace::Event;
using trace::EventKind;

// Tool and arguments, if the frame is a call that anybody can read; else empty.
std::string call_in(std::string_view frame, base::Tree& tree) {
  const rpc::Decoded decoded = rpc::decode(frame, rpc::go_reading(), tree);
  if (decoded.message.method != "tools/call") return {};
  std::string call(decoded.message.params.find("name").text());
  call += '\0';
  if (const base::Value arguments = decoded.message.params.find("arguments"))
    base::write_json(arguments, call);
  return call;
}

// The call a Resumed event speaks of.
std::uint32_t waited(std::string_view number, std::size_t calls) {
  std::uint32_t call = kNone;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), call);
  return error == std::errc{} && end == number.data() + number.size() && call < calls ? call
                                                                                      : kNone;
}

}  // namespace

std::vector<decision::Engine::ListArgument> list_arguments(const trace::Case& the_case) {
  const auto trait = [&](std::string_view name) {
    const auto found = the_case.traits.find(name);
    return found == the_case.traits.end() ? std::string() : found->second;
  };
  if (trait("cancel.accepts_list") != "true") return {};
  return {{trait("cancel.tool"), trait("cancel.id")}};
}

Meaning::Meaning(const trace::Case& the_case) : policy_(the_case.policy.meaning) {
  gateway_tells_ = !the_case.benign.gateway.empty() ||
                   std::ranges::any_of(the_case.attack,
                                       [](const trace::Run& run) { return !run.gateway.empty(); });
  if (!policy_) return;
  counters_ = decision::make_memory_counters();
  engine_ = std::make_unique<decision::Engine>(policy_, decision::hardened(), *counters_,
                                               list_arguments(the_case));
}

Meaning::~Meaning() = default;

decision::Ruling Meaning::ruling(std::string_view tool, std::string_view arguments,
                                 std::string_view grant) const {
  GATECRASH_CHECK(engine_ != nullptr);
  decision::Call call;
  call.tool = tool;
  call.caller.grant = grant;
  call.at = base::default_start();
  if (!arguments.empty() && !base::read_json(arguments, {}, tree_)) call.arguments = tree_.root();
  return engine_->decide_stateless(call);
}

bool Meaning::shows(std::string_view tool) const {
  GATECRASH_CHECK(engine_ != nullptr);
  return engine_->visible(tool);
}

Evidence::Evidence(const trace::Case& the_case, const trace::Run& run, const Meaning& meaning)
    : case_(the_case), run_(run), meaning_(meaning) {
  GATECRASH_CHECK(run.plan != nullptr);
  steps_.resize(run.plan->steps.size());
  if (plan().reloaded_from != nullptr && scenario::reloads_by_step(plan())) {
    while (plan().steps[in_force_].kind != scenario::StepKind::Operator ||
           plan().steps[in_force_].line != scenario::kReload) {
      ++in_force_;
    }
  }
  if (run.unfenced) read_calls_sent();
  read_ledger();
  read_agent();
  read_gateway();
}

Evidence::~Evidence() = default;

const History& Evidence::history() const {
  if (history_ == nullptr) history_ = std::make_unique<const History>(*this);
  return *history_;
}

void Evidence::read_calls_sent() {
  base::Tree tree;
  for (const Event& event : run_.agent.events()) {
    if (event.kind != EventKind::Sent || event.step >= steps_.size()) continue;
    std::string call = call_in(run_.agent.view(event.text), tree);
    if (!call.empty()) sent_in_[std::move(call)].push_back(event.step);
  }
}

std::uint32_t Evidence::own_step(const Event& arrived) const {
  if (sent_in_.empty() || arrived.step >= steps_.size()) return arrived.step;
  base::Tree tree;
  const auto sent = sent_in_.find(call_in(run_.ledger.view(arrived.text), tree));
  if (sent == sent_in_.end()) return arrived.step;
  const auto after = std::ranges::upper_bound(sent->second, arrived.step);
  return after == sent->second.begin() ? arrived.step : *std::prev(after);
}

void Evidence::read_ledger() {
  const trace::Trace& ledger = run_.ledger;
  std::uint32_t current = kNone;  // the call that is being carried out
  bool resumed = false;           // after a wait
  std::uint32_t frame = kNone;    // that arrived last
  std::uint32_t arrived_in = kNone, own = kNone;
  for (std::uint32_t i = 0; i < ledger.events().size(); ++i) {
    const Event& event = ledger.events()[i];
    if (event.kind == EventKind::Arrived) {
      arrived_in = event.step;
      own = own_step(event);
    }
    // All that comes of a message belongs to its step.
    const std::uint32_t number = event.step == arrived_in ? own : event.step;
    own_steps_.push_back(number);
    StepSeen* const step = number < steps_.size() ? &steps_[number] : nullptr;
    switch (event.kind) {
      case EventKind::Arrived:
        current = kNone;
        frame = i;
        if (step != nullptr) ++step->arrived;
        break;
      case EventKind::Understood:
        current = static_cast<std::uint32_t>(calls_.size());
        calls_.push_back({.tool = ledger.view(event.text),
                          .arguments = ledger.view(event.more),
                          .step = number,
                          .connection = event.connection,
                          .at = event.at,
                          .frame = frame});
        if (step == nullptr) break;
        if (step->calls++ == 0) step->first_call = current;
        step->unanswered = true;
        break;
      case EventKind::Resumed:
        current = waited(ledger.view(event.text), calls_.size());
        resumed = true;
        break;
      case EventKind::Effected:
        changes_.push_back({.effect = static_cast<scenario::Effect>(event.detail),
                            .subject = ledger.view(event.text),
                            .step = number,
                            .connection = event.connection,
                            .at = event.at,
                            .call = current});
        if (current != kNone) ++calls_[current].effects;
        if (step != nullptr) ++step->changes;
        break;
      case EventKind::Replied:
        if (step != nullptr && !resumed) step->unanswered = false;
        [[fallthrough]];
      case EventKind::Advanced:
        current = kNone;
        resumed = false;
        break;
      default: break;
    }
  }
}

void Evidence::read_agent() {
  std::unordered_map<std::string_view, const scenario::PrincipalSpec*> listed;
  for (const scenario::PrincipalSpec& each : plan().principals) listed.emplace(each.name, &each);
  for (const Event& event : run_.agent.events()) {
    if (event.kind == EventKind::Opened) {
      if (event.connection >= parties_.size())
        parties_.resize(event.connection + 1,
                        {.principal = {}, .grant = plan().grant, .tenant = {}});
      Party& party = parties_[event.connection];
      party.principal = run_.agent.view(event.text);
      if (const auto known = listed.find(party.principal); known != listed.end()) {
        party.grant = known->second->grant;
        party.tenant = known->second->tenant;
      }
    }
    if (event.step >= steps_.size()) continue;
    StepSeen& step = steps_[event.step];
    if (event.kind == EventKind::Sent) step.sent = true;
    if (event.kind == EventKind::Listed) step.listed = true;
    if (event.kind != EventKind::Received) continue;
    if (run_.agent.view(event.extra) == trace::kShowsList) step.listed = true;
    const auto shape = static_cast<ReplyShape>(event.detail);
    if (shape == ReplyShape::None) continue;  // not a reply
    ++step.replies;
    step.reply = shape;
    step.told = !is_error(shape)  ? Told::CarriedOut
                : step.unanswered ? Told::Unknown
                                  : Told::Refused;
  }
  // An error is a refusal unless the upstream itself said so. Only steps with an error and
  // something that arrived need their upstream replies read.
  base::Tree tree;
  for (std::size_t i = 0; i < own_steps_.size(); ++i) {
    const Event& event = run_.ledger.events()[i];
    if (event.kind != EventKind::Replied || own_steps_[i] >= steps_.size()) continue;
    StepSeen& step = steps_[own_steps_[i]];
    if (!step.refused()) continue;
    const rpc::Decoded reply =
        rpc::decode(run_.ledger.view(event.text), rpc::strict_reading(), tree);
    if (!reply) step.told = Told::Unknown;
    if (reply && mcp::reply_shape(reply.message) == step.reply) step.told = Told::CarriedOut;
  }
}

Party Evidence::caller(std::uint32_t connection) const {
  if (connection < parties_.size()) return parties_[connection];
  return {.principal = {}, .grant = plan().grant, .tenant = {}};
}

void Evidence::read_gateway() {
  const auto& events = run_.gateway.events();
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    if (events[i].kind == EventKind::Decided && events[i].step < steps_.size()) {
      steps_[events[i].step].decision = i;
    }
    if (events[i].kind == EventKind::Kept) kept_ = run_.gateway.view(events[i].text);
  }
}

bool forwarded_one_meaning(const Evidence& evidence, std::uint32_t step) {
  const StepSeen& seen = evidence.steps()[step];
  if (evidence.policy() == nullptr || seen.calls != 1 || seen.arrived != 1) return false;
  const UpstreamCall& call = evidence.calls()[seen.first_call];
  if (evidence.ruling(call).outcome != decision::Outcome::Allow) return false;
  base::Tree tree;
  mcp::CallDigest digests;
  // A call whose id its connection used before is as ambiguous as one that cannot be read.
  const auto plain = [&](const trace::Trace& trace, EventKind kind, const Event& frame) {
    const rpc::Decoded decoded = rpc::decode(trace.view(frame.text), rpc::strict_reading(), tree);
    if (!decoded || decoded.message.shape != rpc::Shape::Request) return std::uint64_t{0};
    const mcp::ToolCall read = mcp::read_tools_call(decoded.message, rpc::strict_reading());
    if (!read.valid || !mcp::reads_alike(read.tool, read.arguments)) return std::uint64_t{0};
    const std::uint64_t digest = digests.of(read.tool, read.arguments);
    const rpc::Id::Kind id_kind = decoded.message.id.kind;
    const std::string id(decoded.message.id.lexeme);
    for (const Event& before : trace.events()) {
      if (before.number >= frame.number) break;
      if (before.kind != kind || before.connection != frame.connection ||
          trace.view(before.text).find(id) == std::string_view::npos) {
        continue;
      }
      const rpc::Decoded other = rpc::decode(trace.view(before.text), rpc::strict_reading(), tree);
      if (other && other.message.id.kind == id_kind && other.message.id.lexeme == id)
        return std::uint64_t{0};
    }
    return digest;
  };
  const trace::Trace& ledger = evidence.run().ledger;
  const std::uint64_t arrived = plain(ledger, EventKind::Arrived, ledger.events()[call.frame]);
  if (arrived == 0) return false;
  const trace::Trace& agent = evidence.run().agent;
  mcp::CallReader reader;
  const std::vector<std::string_view> tools{call.tool};
  bool meant = false;
  for (const Event& event : agent.events()) {
    if (event.kind != EventKind::Sent || event.step != step) continue;
    if (plain(agent, EventKind::Sent, event) == arrived) return false;
    meant = meant || std::ranges::any_of(mcp::readers(), [&](const mcp::Reader& each) {
              const auto calls = reader.read(agent.view(event.text), each.how, tools);
              return std::ranges::find(calls, arrived, &mcp::CallRead::digest) != calls.end();
            });
  }
  return meant;
}

UpstreamLists upstream_lists(const Evidence& evidence) {
  UpstreamLists lists;
  const trace::Trace& ledger = evidence.run().ledger;
  base::Tree tree;
  for (const Event& event : ledger.events()) {
    if (event.kind != EventKind::Replied || event.step >= evidence.steps().size() ||
        !evidence.steps()[event.step].listed) {
      continue;
    }
    const auto add = [&](base::Value result) {
      for (const base::Value tool : result.find("tools"))
        lists[event.step].emplace_back(tool.find("name").text());
    };
    const std::string_view frame = ledger.view(event.text);
    const rpc::Decoded reply = rpc::decode(frame, rpc::strict_reading(), tree);
    if (reply) add(reply.message.result);
    if (reply.fault != rpc::Fault::Batch || base::read_json(frame, {}, tree)) continue;
    for (const base::Value each : tree.root()) add(each.find("result"));
  }
  return lists;
}

bool promised_callable(const trace::Case& the_case, std::string_view tool) {
  const scenario::Promise& promise = the_case.promise;
  if (std::ranges::find(promise.callable, tool) != promise.callable.end()) return true;
  if (!promise.callable_rest) return false;
  // "The rest" is everything but the cancel tool; what is promised to be hidden is not callable
  // either.
  const auto cancel = the_case.traits.find("cancel.tool");
  if (cancel != the_case.traits.end() && cancel->second == tool) return false;
  return std::ranges::find(promise.hidden, tool) == promise.hidden.end();
}

}  // namespace gatecrash::oracle
