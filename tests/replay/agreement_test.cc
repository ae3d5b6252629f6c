// Two runs of one plan agree when they came out alike in what a verdict can depend on.
#include "harness/replay/agreement.h"

#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

using namespace gatecrash;
using namespace gatecrash::test;
using mcp::ReplyShape;
using replay::disagreement;
using trace::EventKind;

namespace {

trace::Run built_run(RunBuilder built) {
  return built.build();
}

RunBuilder one_passed_call() {
  return RunBuilder().passes("cancel_task", "t-1");
}

// The run, cut off after so many events of the agent.
trace::Run cut_off(const trace::Run& whole, std::size_t events) {
  trace::Run part = whole;
  part.complete = false;
  part.problem = "no reply";
  part.agent.clear();
  for (const trace::Event& event : whole.agent.events()) {
    if (events-- == 0) break;
    part.agent.set_step(event.step);
    part.agent.add(event.kind, whole.agent.view(event.text)).detail = event.detail;
  }
  return part;
}

}  // namespace

TEST_CASE("Runs that came out alike agree, whenever and in whatever words") {
  CHECK_FALSE(disagreement(built_run(one_passed_call()), built_run(one_passed_call()), false));
  // In another order.
  const trace::Run left = built_run(RunBuilder().refuses("a", "x").passes("b", "t-1"));
  trace::Run right = left;
  right.agent.clear();
  for (const EventKind kind : {EventKind::Sent, EventKind::Received}) {
    for (const trace::Event& event : left.agent.events()) {
      if (event.kind == kind)
        right.agent.add(kind, left.agent.view(event.text)).detail = event.detail;
    }
  }
  CHECK_FALSE(disagreement(left, right, false));
}

TEST_CASE("A reply, an effect, a call, a listed tool or the state at the end can differ") {
  const trace::Run whole = built_run(one_passed_call());
  const trace::Run refused = built_run(RunBuilder().refuses("cancel_task", "x"));
  CHECK(disagreement(whole, refused, false) ==
        "request `1` of connection 0 got ok in one and tool_error in the other");

  const trace::Run unanswered = built_run(RunBuilder().call("cancel_task"));
  CHECK(disagreement(unanswered, whole, false) ==
        "request `1` of connection 0 got no reply in one and ok in the other");

  trace::Run twice = whole;
  twice.ledger.add(EventKind::Effected, "t-2").detail =
      static_cast<std::uint8_t>(Effect::TaskCancelled);
  for (const bool order : {false, true}) {
    CHECK(disagreement(order ? twice : whole, order ? whole : twice, false) ==
          "one has the effect task.cancelled on `t-2` once, the other never");
  }

  trace::Run called = whole;
  called.ledger.add(EventKind::Understood, "read_file", "{}");
  CHECK(disagreement(whole, called, false) ==
        "one has the call `read_file` with `{}` at the upstream once, the other never");

  CHECK(disagreement(built_run(RunBuilder().list({"a", "b"})), built_run(RunBuilder().list({"a"})),
                     false)
            .value_or("")
            .find("the tool `b` in a list once, the other never") != std::string::npos);

  trace::Run elsewhere = whole;
  elsewhere.digest_after ^= 1;
  CHECK(disagreement(whole, elsewhere, false) == "they left the upstream in different states");
}

TEST_CASE("A run that the lane broke off is compared as far as it goes") {
  const trace::Run whole = built_run(RunBuilder().call("a").call("b"));  // neither is answered
  trace::Run answered = whole;
  answered.agent.add(EventKind::Received, R"({"jsonrpc":"2.0","id":1,"result":{}})").detail =
      static_cast<std::uint8_t>(ReplyShape::Ok);
  const trace::Run first = cut_off(whole, 1);
  CHECK_FALSE(disagreement(first, whole, true));
  // The reply came only after the next message: by then the first run had been broken off.
  CHECK_FALSE(disagreement(first, answered, true));
  // It came in time.
  trace::Run prompt = cut_off(whole, 1);
  prompt.agent.add(EventKind::Received, R"({"jsonrpc":"2.0","id":1,"result":{}})").detail =
      static_cast<std::uint8_t>(ReplyShape::Ok);
  prompt.complete = true;
  CHECK(disagreement(first, prompt, true) ==
        "request `1` of connection 0 got no reply in one and ok in the other");
  // It broke off by itself.
  CHECK(disagreement(first, whole, false) ==
        "one of them came to its end, the other did not: no reply");
}
