// What arrives upstream is what was judged, whoever reads it: each frame is read as every
// personality of the mocks would (mcp/readers.h), and each call that one of them sees has to be, in
// tool and arguments, one that the gateway says it judged in that step. Of a gateway that says
// nothing, the readers have to agree with each other; and whatever is said, nothing arrives that
// no reader sees in what the agent sent, or that is a call to this upstream and none to a strict
// one. A gateway that makes an ambiguous message canonical may forward a meaning that the policy
// allows. Catches
// gateways that forward what they could not parse, resolve duplicates and forward the original
// bytes, or change what they forward.
//
// What all readers see alike (nearly every frame) is settled by one strict reading.
#include <algorithm>
#include <map>

#include "harness/base/text.h"
#include "harness/mcp/messages.h"
#include "harness/mcp/readers.h"
#include "harness/oracle/table.h"
#include "harness/oracle/words.h"

namespace gatecrash::oracle {
namespace {

using mcp::CallRead;
using trace::Event;
using trace::EventKind;

struct Difference {
  std::uint64_t times = 0;
  std::uint32_t frame = kNone;  // the ledger's record
  std::string observed;
};

class Comparison {
 public:
  explicit Comparison(const Evidence& evidence)
      : evidence_(evidence), log_(evidence.run().gateway), judged_(evidence.steps().size()) {
    const trace::Trace& agent = evidence.run().agent;
    for (const Event& event : agent.events()) {
      if (event.kind == EventKind::Sent) sent_[event.step].push_back(agent.view(event.text));
    }
    for (const Event& event : log_.events()) {
      if (event.kind == EventKind::Decided && event.step < judged_.size())
        judged_[event.step].push_back(&event);
    }
  }

  void judge(std::vector<Finding>& findings) {
    const trace::Trace& ledger = evidence_.run().ledger;
    for (const Event& event : ledger.events()) {
      if (event.kind == EventKind::Arrived && event.step < judged_.size())
        arrived(event, ledger.view(event.text));
    }
    for (const auto& [shape, each] : wrong_) {
      Finding made = finding(evidence_, kForwardedEqualsJudged.name, FindingKind::Divergence,
                             Part::Conformance);
      made.claim = "what arrives upstream is what was judged, to every reader";
      made.observed = each.observed;
      if (each.times > 1) made.observed += " (" + count(each.times, "time") + ")";
      const auto& calls = evidence_.calls();
      const auto call = std::ranges::find(calls, each.frame, &UpstreamCall::frame);
      at_deed(evidence_,
              call == calls.end()
                  ? deed_of_frame(evidence_, each.frame)
                  : deed_of_call(evidence_, static_cast<std::uint32_t>(call - calls.begin())),
              made);
      seal(evidence_, shape, made);
      findings.push_back(std::move(made));
    }
  }

 private:
  void arrived(const Event& event, std::string_view frame) {
    const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree_);
    if (decoded && decoded.message.method != "tools/call") return;
    if (decoded && decoded.message.shape == rpc::Shape::Request) {
      const mcp::ToolCall call = mcp::read_tools_call(decoded.message, rpc::strict_reading());
      if (call.valid && mcp::reads_alike(call.tool, call.arguments)) {
        return settle(event, frame,
                      {std::string(call.tool), digest_.of(call.tool, call.arguments)});
      }
    }
    const bool spoke = std::ranges::any_of(judged_[event.step], [&](const Event* each) {
      return each->connection == event.connection;
    });
    const bool differs =
        spoke || evidence_.gateway_tells() ? compare(event, frame) : confront(event, frame);
    if (!differs && reader_.read(frame, {}, {}).empty()) only_here(event, frame);
  }

  // All readers see this one call.
  void settle(const Event& event, std::string_view frame, const CallRead& call) {
    const Event* other = nullptr;
    bool judged = false;
    for (const Event* const each : judged_[event.step]) {
      if (each->connection != event.connection) continue;
      judged = judged || is_about(*each, call);
      other = each;
    }
    // A call without any decision is the audit's business.
    if (other != nullptr && !judged) {
      return add("judged another", event,
                 "the gateway judged " + difference(*other, call, "the upstream read"));
    }
    const auto origin = sent_.find(event.step);
    if (origin == sent_.end() || std::ranges::find(origin->second, frame) != origin->second.end())
      return;
    std::string meant;
    for (const std::string_view each : origin->second) {
      for (const CallRead& one : reader_.read(each, {}, {})) {
        if (one.digest == call.digest) return;
        meant = one.tool;
      }
    }
    // An ambiguous message may be made canonical and forwarded, in a meaning that is allowed.
    if (reads_so(origin->second, call)) {
      const UpstreamCall* const made = call_in(event);
      if (made == nullptr || evidence_.policy() == nullptr ||
          evidence_.ruling(*made).outcome == decision::Outcome::Allow) {
        return;
      }
      return add("other meaning", event,
                 "of what an ambiguous message can mean, the call of " + base::quoted(call.tool) +
                     " reached the upstream, which the policy refuses");
    }
    if (meant.empty()) {
      add("made up", event,
          "the agent sent no readable call, yet one of " + base::quoted(call.tool) +
              " reached the upstream");
    } else {
      add("changed", event,
          "the agent called " + base::quoted(meant) + ", " + base::quoted(call.tool) +
              " with other arguments reached the upstream");
    }
  }

  // Does any reader, however lenient, see this call in one of the frames?
  bool reads_so(const std::vector<std::string_view>& frames, const CallRead& call) {
    return std::ranges::any_of(frames, [&](std::string_view frame) {
      return std::ranges::any_of(readers(), [&](const mcp::Reader& reader) {
        const std::vector<CallRead> calls = reader_.read(frame, reader.how, tools());
        return std::ranges::find(calls, call.digest, &CallRead::digest) != calls.end();
      });
    });
  }

  // The first call that the upstream understood in the frame.
  const UpstreamCall* call_in(const Event& arrived) const {
    const auto& calls = evidence_.calls();
    const auto found = std::ranges::find(calls, arrived.number, &UpstreamCall::frame);
    return found == calls.end() ? nullptr : &*found;
  }

  // Every reader has to see what the gateway says it judged, or no call.
  bool compare(const Event& event, std::string_view frame) {
    for (const mcp::Reader& reader : readers()) {
      for (const CallRead& call : reader_.read(frame, reader.how, tools())) {
        const Event* other = nullptr;
        bool judged = false;
        for (const Event* const each : judged_[event.step]) {
          if (each->connection != event.connection) continue;
          judged = judged || is_about(*each, call);
          other = each;
        }
        if (judged) continue;
        const std::string who =
            "a server that reads as " + base::quoted(reader.name) + " does sees";
        add("ambiguous", event,
            other != nullptr
                ? "the gateway judged " + difference(*other, call, who)
                : "the gateway judged no call, " + who + " one of " + base::quoted(call.tool));
        return true;
      }
    }
    return false;
  }

  // Nobody says what was judged: no two readers may see different calls.
  bool confront(const Event& event, std::string_view frame) {
    const mcp::Reader* first = nullptr;
    std::vector<CallRead> seen;
    for (const mcp::Reader& reader : readers()) {
      std::vector<CallRead> calls = reader_.read(frame, reader.how, tools());
      if (calls.empty()) continue;
      if (first == nullptr) {
        first = &reader;
        seen = std::move(calls);
      } else if (!std::ranges::equal(seen, calls, {}, &CallRead::digest, &CallRead::digest)) {
        add("ambiguous", event,
            "a server that reads as " + base::quoted(first->name) + " does sees a call of " +
                base::quoted(seen.front().tool) + ", one that reads as " +
                base::quoted(reader.name) + " does " +
                (calls.front().tool == seen.front().tool
                     ? "another call of it"
                     : "one of " + base::quoted(calls.front().tool)));
        return true;
      }
    }
    return false;
  }

  // A strict reader sees no call in it; does this upstream?
  void only_here(const Event& event, std::string_view frame) {
    const mcp::Reader& own = *std::ranges::find(readers(), own_, &mcp::Reader::how);
    const std::vector<CallRead> calls = reader_.read(frame, own.how, tools());
    if (calls.empty()) return;
    add("ambiguous", event,
        "a server that reads as `strict` does sees no call, one that reads as " +
            base::quoted(own.name) + " does one of " + base::quoted(calls.front().tool));
  }

  bool is_about(const Event& decided, const CallRead& call) const {
    return decided.call != 0 ? decided.call == call.digest : log_.view(decided.text) == call.tool;
  }

  std::string difference(const Event& decided, const CallRead& call, const std::string& who) const {
    const std::string_view judged = log_.view(decided.text);
    return base::quoted(judged) + ", " + who + " " +
           (judged == call.tool ? "other arguments" : base::quoted(call.tool));
  }

  void add(const std::string& shape, const Event& arrived, std::string observed) {
    Difference& each = wrong_[shape];
    if (each.times++ == 0) each = {1, arrived.number, std::move(observed)};
  }

  // The personalities, and the one that this very upstream has been put together of.
  const std::vector<mcp::Reader>& readers() {
    if (!readers_.empty()) return readers_;
    readers_.assign(mcp::readers().begin(), mcp::readers().end());
    for (const std::string& name : evidence_.plan().personalities) {
      if (const mcp::Reader* const known = mcp::find_reader(name)) own_.add(known->how);
    }
    if (std::ranges::find(readers_, own_, &mcp::Reader::how) == readers_.end()) {
      own_name_ = base::join(evidence_.plan().personalities, " with ");
      readers_.push_back({own_name_, own_});
    }
    return readers_;
  }

  // Names that the upstream may have tools of.
  const std::vector<std::string_view>& tools() {
    if (!tools_.empty()) return tools_;
    const trace::Run& run = evidence_.run();
    for (const Event& event : run.agent.events()) {
      if (event.kind == EventKind::Listed) tools_.push_back(run.agent.view(event.text));
    }
    for (const UpstreamCall& each : evidence_.calls()) {
      // What it takes for a tool it need not have; a plain name it is likely to.
      if (mcp::reads_alike(each.tool, {})) tools_.push_back(each.tool);
    }
    for (const scenario::ExtraTool& each : evidence_.plan().extra_tools)
      tools_.push_back(each.name);
    if (evidence_.policy() != nullptr) {
      for (const policy::ToolPolicy& each : evidence_.policy()->tools) tools_.push_back(each.name);
      for (const policy::HideEntry& each : evidence_.policy()->hide) tools_.push_back(each.name);
    }
    if (const auto cancel = evidence_.the_case().traits.find("cancel.tool");
        cancel != evidence_.the_case().traits.end()) {
      tools_.push_back(cancel->second);
    }
    return tools_;
  }

  const Evidence& evidence_;
  const trace::Trace& log_;
  std::vector<std::vector<const Event*>> judged_;  // decisions by step
  std::map<std::uint32_t, std::vector<std::string_view>> sent_;
  std::vector<mcp::Reader> readers_;
  mcp::Leniencies own_;  // of this run's upstream
  std::string own_name_;
  std::vector<std::string_view> tools_;
  mcp::CallReader reader_;
  mcp::CallDigest digest_;
  base::Tree tree_;
  std::map<std::string, Difference> wrong_;
};

bool forwarded_equals_judged_applies(const Evidence& evidence) {
  if (evidence.is(scenario::RunKind::Teeth)) return false;
  return std::ranges::any_of(evidence.steps(),
                             [](const StepSeen& each) { return each.arrived != 0; });
}

void judge_forwarded_equals_judged(const Evidence& evidence, std::vector<Finding>& findings) {
  Comparison(evidence).judge(findings);
}

}  // namespace

const OracleEntry kForwardedEqualsJudged{
    .name = "forwarded_equals_judged",
    .claim = "what arrives upstream is what was judged, and reads the same to every server",
    .part = Part::Conformance,
    .applies = forwarded_equals_judged_applies,
    .judge = judge_forwarded_equals_judged};

}  // namespace gatecrash::oracle
