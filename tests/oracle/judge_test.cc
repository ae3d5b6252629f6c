#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::oracle {
namespace {

using namespace test;
using mcp::ReplyShape;
using scenario::RunKind;

trace::Case good() {
  trace::Case made = case_of(
      RunBuilder().refuses("cancel_task", "(hidden)", Expect::Outcome::Deny),
      R"({"version":"1","default":"deny","hide":["cancel_task"],"tools":{"list_tasks":{}}})");
  made.promise.callable_rest = true;
  return made;
}

bool mentions(const Judged& judged, std::string_view text) {
  for (const std::string& each : judged.reasons) {
    if (each.find(text) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("worse takes the worse of any two, in any order") {
  for (int a = 0; a <= static_cast<int>(Verdict::Broken); ++a) {
    for (int b = 0; b <= static_cast<int>(Verdict::Broken); ++b) {
      CHECK(worse(static_cast<Verdict>(a), static_cast<Verdict>(b)) ==
            static_cast<Verdict>(std::max(a, b)));
    }
  }
  CHECK(Verdict::Pass < Verdict::Inconclusive);
  CHECK(Verdict::Inconclusive < Verdict::Overblock);
  CHECK(Verdict::Overblock < Verdict::Drift);
  CHECK(Verdict::Drift < Verdict::Bypass);
  CHECK(Verdict::Bypass < Verdict::Broken);
}

TEST_CASE("verdict names read back") {
  for (int i = 0; i <= static_cast<int>(Verdict::NotApplicable); ++i) {
    CHECK(parse_verdict(to_string(static_cast<Verdict>(i))) == static_cast<Verdict>(i));
  }
  CHECK_FALSE(parse_verdict("passed"));
}

TEST_CASE("a contained attack with teeth and a working twin passes in every part") {
  const Judged judged = judge(good());
  CHECK(judged.verdict == Verdict::Pass);
  CHECK(judged.validity == Verdict::Pass);
  CHECK(judged.security == Verdict::Pass);
  CHECK(judged.promise == Verdict::Pass);
  CHECK(judged.conformance == Verdict::Pass);
  CHECK(judged.findings.empty());
  CHECK(judged.reasons.empty());
}

TEST_CASE(
    "a gateway that does not start with the policy contains an attack that says so, if it has "
    "teeth") {
  trace::Case made = good();
  made.attack.clear();
  made.benign = {};
  CHECK(judge(made).verdict == Verdict::Inconclusive);
  made.contained_by_refusal = true;
  const Judged contained = judge(made);
  CHECK(contained.verdict == Verdict::Pass);
  CHECK(contained.security == Verdict::Pass);
  CHECK(contained.promise == Verdict::NotApplicable);
  CHECK(contained.conformance == Verdict::NotApplicable);
  made.teeth[0] = RunBuilder(RunKind::Teeth)
                      .call("cancel_task")
                      .arrived()
                      .reply_from_upstream(ReplyShape::ToolError);
  CHECK(judge(made).verdict == Verdict::Broken);
}

TEST_CASE("everyday traffic is judged by its one run, and only by that") {
  trace::Case made = good();
  made.teeth.clear();
  made.attack.clear();
  CHECK(judge(made).verdict == Verdict::Inconclusive);
  made.null_verdict = "pass";
  const Judged passes = judge(made);
  CHECK(passes.verdict == Verdict::Pass);
  CHECK(passes.reasons.empty());
  made.benign =
      RunBuilder(RunKind::Benign).refuses("list_tasks", "(default deny)", Expect::Outcome::Allow);
  CHECK(judge(made).verdict == Verdict::Overblock);
}

TEST_CASE(
    "what everyday traffic gets to see is for the attacks to judge, that it is answered is not") {
  trace::Case made = good();
  made.teeth.clear();
  made.attack.clear();
  made.null_verdict = "pass";
  made.benign = RunBuilder(RunKind::Benign)
                    .list({"cancel_task", "list_tasks"})
                    .passes("list_tasks", "", "{}", Expect::Outcome::Allow);
  CHECK_FALSE(judge_run(*find_oracle("hidden_stays_hidden"), made, made.benign).empty());
  CHECK(judge(made).verdict == Verdict::Pass);
  made.benign = RunBuilder(RunKind::Benign)
                    .call("list_tasks", "{}")
                    .allowed()
                    .arrived()
                    .reply_from_upstream()
                    .reply_to_agent(ReplyShape::Ok);
  const Judged twice = judge(made);
  CHECK(twice.verdict == Verdict::Drift);
  REQUIRE(twice.findings.size() == 1);
  CHECK(twice.findings[0].kind == FindingKind::Protocol);
}

TEST_CASE("an attack without teeth is broken, whatever else is fine") {
  trace::Case made = good();
  made.teeth[0] = RunBuilder(RunKind::Teeth)
                      .call("cancel_task")
                      .arrived()
                      .reply_from_upstream(ReplyShape::ToolError);
  const Judged judged = judge(made);
  CHECK(judged.verdict == Verdict::Broken);
  CHECK(judged.validity == Verdict::Broken);
  CHECK(judged.security == Verdict::Pass);
  CHECK(mentions(judged, "does no harm even without a gateway"));
}

TEST_CASE("teeth of another kind than the attack claims do not count") {
  trace::Case made = good();
  made.null_verdict = "drift";
  CHECK(judge(made).verdict == Verdict::Broken);
}

TEST_CASE("a listed name alone gives no teeth to an attack that calls") {
  trace::Case made = good();
  made.teeth[0] = RunBuilder(RunKind::Teeth)
                      .list({"cancel_task"}, {"cancel_task"})
                      .call("cancel_task")
                      .arrived()
                      .reply_from_upstream(ReplyShape::ToolError);
  CHECK(judge(made).validity == Verdict::Broken);
  made.teeth[0] = RunBuilder(RunKind::Teeth).list({"cancel_task"}, {"cancel_task"});
  CHECK(judge(made).validity == Verdict::Pass);
}

TEST_CASE("one biting cell gives teeth to all") {
  trace::Case made = good();
  made.teeth.push_back(made.teeth[0]);
  made.attack.push_back(made.attack[0]);
  made.teeth[0] = RunBuilder(RunKind::Teeth)
                      .variant("a")
                      .call("cancel_task")
                      .arrived()
                      .reply_from_upstream(ReplyShape::ToolError);
  CHECK(judge(made).verdict == Verdict::Pass);
}

TEST_CASE("every cell has to be contained; equal findings of several cells are one") {
  trace::Case made = good();
  for (const char* cell : {"a", "b", "c"}) {
    made.teeth.push_back(made.teeth[0]);
    made.attack.push_back(RunBuilder().variant(cell).passes(
        "cancel_task", "t-1", "{\"task_id\":\"t-1\"}", Expect::Outcome::Deny));
  }
  const Judged judged = judge(made);
  CHECK(judged.verdict == Verdict::Bypass);
  REQUIRE(judged.findings.size() == 1);
  CHECK(judged.findings[0].oracle == "no_denied_effect");
  CHECK(judged.findings[0].variant == "a");
  CHECK(judged.findings[0].also_in == std::vector<std::string>{"b", "c"});
  // The other claims that broke in the same step are told with it.
  CHECK(judged.conformance == Verdict::Drift);
  REQUIRE(judged.findings[0].seconded_by.size() == 3);
  CHECK(judged.findings[0].seconded_by[0].starts_with("promise_kept: no task.cancelled at all"));
  CHECK(judged.findings[0].seconded_by[1].starts_with("model_agreement: "));
  CHECK(judged.findings[0].seconded_by[2].starts_with("expect: "));
}

TEST_CASE("missing evidence makes a case inconclusive, never a pass") {
  SECTION("incomplete attack run") {
    trace::Case made = good();
    made.attack[0].complete = false;
    made.attack[0].problem = "the mock went away";
    const Judged judged = judge(made);
    CHECK(judged.verdict == Verdict::Inconclusive);
    CHECK(mentions(judged, "attack run is incomplete: the mock went away"));
  }
  SECTION("incomplete benign run") {
    trace::Case made = good();
    made.benign.complete = false;
    CHECK(judge(made).verdict == Verdict::Inconclusive);
  }
  SECTION("incomplete teeth run") {
    trace::Case made = good();
    made.teeth[0].complete = false;
    CHECK(judge(made).verdict == Verdict::Inconclusive);
  }
  SECTION("no teeth run") {
    trace::Case made = good();
    made.teeth.clear();
    CHECK(judge(made).verdict == Verdict::Inconclusive);
  }
  SECTION("no attack run") {
    trace::Case made = good();
    made.attack.clear();
    CHECK(judge(made).verdict == Verdict::Inconclusive);
  }
  SECTION("no benign run") {
    trace::Case made = good();
    made.benign = {};
    CHECK(judge(made).verdict == Verdict::Inconclusive);
  }
  SECTION("a step that was not taken") {
    trace::Case made = good();
    made.attack[0] = RunBuilder().refuses("cancel_task", "(hidden)").untaken("cancel_task");
    const Judged judged = judge(made);
    CHECK(judged.verdict == Verdict::Inconclusive);
    CHECK(mentions(judged, "did not take step 2"));
  }
  SECTION("a twin that reaches nobody and is refused by nobody") {
    trace::Case made = good();
    made.benign = RunBuilder(RunKind::Benign).advance(std::chrono::seconds(1));
    const Judged judged = judge(made);
    CHECK(judged.verdict == Verdict::Inconclusive);
    CHECK(mentions(judged, "no call of the benign run reached the upstream"));
  }
  SECTION("an upstream that refuses the twin by itself") {
    trace::Case made = good();
    made.benign = RunBuilder(RunKind::Benign)
                      .call("list_tasks", "{}", Expect::Outcome::Allow)
                      .allowed()
                      .arrived()
                      .reply_from_upstream(ReplyShape::RpcError, "unknown");
    const Judged judged = judge(made);
    CHECK(judged.verdict == Verdict::Inconclusive);
    CHECK(mentions(judged, "the upstream itself refused"));
  }
  SECTION("nothing to judge") {
    trace::Case made = good();
    made.policy = {};
    made.promise = {};
    made.attack[0] = RunBuilder();
    made.teeth[0] = RunBuilder(RunKind::Teeth);
    made.benign = RunBuilder(RunKind::Benign);
    made.null_verdict = "pass";
    CHECK(judge(made).verdict != Verdict::Pass);
  }
}

TEST_CASE("missing evidence does not hide a bypass") {
  trace::Case made = good();
  made.attack[0] = RunBuilder().passes("cancel_task", "t-1").incomplete("gone");
  const Judged judged = judge(made);
  CHECK(judged.verdict == Verdict::Bypass);
  CHECK(judged.validity == Verdict::Inconclusive);
}

TEST_CASE("a gateway that denies everything is overblock, with or without expectations") {
  trace::Case made = good();
  made.benign = RunBuilder(RunKind::Benign).refuses("list_tasks");
  CHECK(judge(made).verdict == Verdict::Overblock);
  made.promise = {};
  made.benign = RunBuilder(RunKind::Benign)
                    .raw(R"({"jsonrpc":"2.0","id":1,"method":"ping"})")
                    .received(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"no"}})",
                              ReplyShape::RpcError);
  const Judged judged = judge(made);
  CHECK(judged.verdict == Verdict::Overblock);
  REQUIRE(judged.findings.size() == 1);
  CHECK(judged.findings[0].claim == "everyday traffic reaches the upstream");
}

TEST_CASE("a gateway that passes everything shows the attack's own verdict") {
  trace::Case made = good();
  made.attack[0] = RunBuilder().call("cancel_task").arrived().cancels("t-1").reply_from_upstream();
  CHECK(judge(made).verdict == Verdict::Bypass);
  made.attack[0] = RunBuilder()
                       .always(scenario::Invariant::Kind::WorkStops)
                       .call("list_tasks")
                       .arrived()
                       .cancels("t-1")
                       .reply_from_upstream()
                       .effect(Effect::WorkCompleted, "t-1");
  made.teeth[0] = made.attack[0];
  made.teeth[0].kind = RunKind::Teeth;
  made.promise = {};
  made.null_verdict = "drift";
  CHECK(judge(made).verdict == Verdict::Drift);
}

TEST_CASE("parts are judged apart") {
  trace::Case made = good();
  made.benign = RunBuilder(RunKind::Benign).passes("list_tasks").call("list_tasks").arrived();
  const Judged judged = judge(made);
  CHECK(judged.security == Verdict::Pass);
  CHECK(judged.promise == Verdict::Pass);
  CHECK(judged.conformance == Verdict::Drift);
  CHECK(judged.verdict == Verdict::Drift);
}

TEST_CASE("findings come worst first and the same case is judged the same") {
  trace::Case made = good();
  made.attack[0] = RunBuilder().call("list_tasks").arrived().passes("cancel_task", "t-1");
  made.benign = RunBuilder(RunKind::Benign).refuses("list_tasks");
  const Judged judged = judge(made);
  for (std::size_t i = 1; i < judged.findings.size(); ++i) {
    CHECK(verdict_of(judged.findings[i - 1]) >= verdict_of(judged.findings[i]));
  }
  const Judged again = judge(made);
  REQUIRE(again.findings.size() == judged.findings.size());
  for (std::size_t i = 0; i < again.findings.size(); ++i) {
    CHECK(again.findings[i].fingerprint == judged.findings[i].fingerprint);
    CHECK(again.findings[i].observed == judged.findings[i].observed);
  }
}

TEST_CASE("a saved case is judged as the one that ran") {
  trace::Case made = good();
  made.attack[0] = RunBuilder().passes("cancel_task", "t-1");
  const auto read = trace::read_case("case.json", trace::write_case(made));
  REQUIRE(read.has_value());
  const Judged ran = judge(made);
  const Judged saved = judge(**read);
  CHECK(saved.verdict == ran.verdict);
  REQUIRE(saved.findings.size() == ran.findings.size());
  CHECK(saved.findings[0].fingerprint == ran.findings[0].fingerprint);
  CHECK(saved.findings[0].why == ran.findings[0].why);
}

TEST_CASE("a case without any run is not applicable and says why") {
  trace::Case made;
  made.scenario = "x@y";
  made.policy.file = "p.yaml";
  made.policy.gateway_problems.push_back(base::problem("p.yaml", {1, 1}, "`version` is missing"));
  const Judged judged = judge(made);
  CHECK(judged.verdict == Verdict::NotApplicable);
  CHECK(mentions(judged, "p.yaml:1:1: `version` is missing"));

  base::Problem dropped = base::problem("p.yaml", {2, 1}, "unknown key `freeze`");
  dropped.severity = base::Severity::Warning;
  made.policy.gateway_problems.push_back(dropped);
  CHECK(judge(made).reasons == judged.reasons);

  // Not even a warning keeps a gateway from starting: the runs are lost.
  made.policy.gateway_problems = {dropped};
  const Judged lost = judge(made);
  CHECK(lost.verdict == Verdict::Inconclusive);
  CHECK(mentions(lost, "nothing was run"));
}

TEST_CASE("of the probed run only the agreement of lists and calls is judged") {
  trace::Case made = good();
  made.probed.push_back(RunBuilder(RunKind::Probe)
                            .list({"cancel_task"})  // a leak, if this were the attack's own run
                            .upstream_lists({"cancel_task"})
                            .passes("list_tasks"));
  CHECK(judge(made).verdict == Verdict::Pass);
  made.probed[0] = RunBuilder(RunKind::Probe)
                       .list({"list_tasks"})
                       .upstream_lists({"list_tasks", "cancel_task"})
                       .passes("cancel_task", "t-1");
  const Judged judged = judge(made);
  CHECK(judged.verdict == Verdict::Bypass);
  REQUIRE(judged.findings.size() == 1);
  CHECK(judged.findings[0].oracle == "list_call_agree");
  made.probed[0].complete = false;
  CHECK(judge(made).verdict == Verdict::Bypass);
  made.probed[0].disputed = true;
  const Judged disputed = judge(made);
  CHECK(disputed.verdict == Verdict::Inconclusive);
  CHECK(disputed.findings.empty());
  made.probed[0].plan = nullptr;
  CHECK(mentions(judge(made), "the probed run is missing"));
}

TEST_CASE("a run that a second one of the same contradicts is no evidence, for nothing at all") {
  const auto disputed = [](trace::Run run) {
    run.complete = false;
    run.disputed = true;
    run.problem = "two runs disagree: one is so, the other is not";
    return run;
  };
  trace::Case made = good();
  made.attack[0] = RunBuilder().passes("cancel_task", "t-1");
  CHECK(judge(made).verdict == Verdict::Bypass);
  made.attack[0] = disputed(made.attack[0]);
  const Judged harmful = judge(made);
  CHECK(harmful.verdict == Verdict::Inconclusive);
  CHECK(harmful.findings.empty());
  CHECK(mentions(harmful, "the attack run is incomplete: two runs disagree: one is so"));

  made = good();
  made.benign = disputed(made.benign);
  const Judged harmless = judge(made);
  CHECK(harmless.verdict == Verdict::Inconclusive);
  CHECK(mentions(harmless, "the benign run is incomplete: two runs disagree"));

  // What another run of the case shows beyond doubt stays.
  made.attack[0] = RunBuilder().passes("cancel_task", "t-1");
  CHECK(judge(made).verdict == Verdict::Bypass);
}

TEST_CASE("The teeth of a matrix are checked: one cell has to bite") {
  const auto harmless = [](std::string_view cell) {
    return RunBuilder(RunKind::Teeth)
        .variant(cell)
        .call("cancel_task")
        .arrived()
        .reply_from_upstream(ReplyShape::ToolError)
        .no_gateway_log()
        .build();
  };
  trace::Case made = good();
  made.attack.push_back(made.attack[0]);
  made.teeth = {harmless("a"), harmless("b")};
  const Judged toothless = judge(made);
  CHECK(toothless.verdict == Verdict::Broken);
  CHECK(mentions(toothless, "the attack does no harm even without a gateway"));
  made.teeth[1] =
      RunBuilder(RunKind::Teeth).variant("b").passes("cancel_task", "t-1").no_gateway_log();
  CHECK(judge(made).verdict == Verdict::Pass);
}

TEST_CASE("Equal findings of the attack and of its benign twin stay two, of different prints") {
  trace::Case made = good();
  const auto refused = [](RunKind kind) {
    return RunBuilder(kind)
        .refuses("list_tasks", "(default deny)", Expect::Outcome::Allow)
        .passes("list_tasks")
        .build();
  };
  made.promise = {};
  made.attack[0] = refused(RunKind::Attack);
  made.benign = refused(RunKind::Benign);
  const Judged judged = judge(made);
  REQUIRE(judged.findings.size() == 2);
  CHECK(judged.findings[0].oracle == judged.findings[1].oracle);
  CHECK(judged.findings[0].claim == judged.findings[1].claim);
  CHECK(judged.findings[0].run != judged.findings[1].run);
  CHECK(judged.findings[0].fingerprint != judged.findings[1].fingerprint);
}

// The judgement of `good()` with this attack run.
Judged judged_with(trace::Run attack) {
  trace::Case made = good();
  made.attack[0] = std::move(attack);
  return judge(made);
}

TEST_CASE("A run whose record is not whole is no evidence, and the reason says what is wrong") {
  const trace::Run whole = RunBuilder().passes("cancel_task", "t-1");
  CHECK(judged_with(whole).verdict == Verdict::Bypass);
  struct Row {
    const char* reason;
    // Makes the ledger of the saved one.
    void (*spoil)(const trace::Trace& saved, trace::Trace& ledger);
  };
  const auto copy = [](const trace::Trace& saved, std::size_t from, std::size_t to,
                       trace::Trace& out) {
    for (std::size_t i = from; i < to; ++i) {
      const trace::Event& event = saved.events()[i];
      trace::Event& made = out.add(event.kind, saved.view(event.text), saved.view(event.more));
      made.detail = event.detail;
      made.step = event.step;
      made.at = event.at;
      made.number = event.number;
    }
  };
  static const auto part = copy;
  const Row rows[] = {
      {"it has 0 of 4 records",
       [](const trace::Trace& saved, trace::Trace& out) { out.set_end(saved.end()); }},
      {"it has 2 of 4 records",
       [](const trace::Trace& saved, trace::Trace& out) {
         part(saved, 0, 2, out);
         out.set_end(saved.end());
       }},
      {"record 1 is missing",
       [](const trace::Trace& saved, trace::Trace& out) {
         part(saved, 0, 1, out);
         part(saved, 2, 4, out);
         out.mark_end();
       }},
      {"record 3 is there twice",
       [](const trace::Trace& saved, trace::Trace& out) {
         part(saved, 0, 4, out);
         part(saved, 3, 4, out);
         out.mark_end();
       }},
      {"a record is not as it was written",
       [](const trace::Trace& saved, trace::Trace& out) {
         part(saved, 0, 3, out);
         out.add(EventKind::Failed);
         out.set_end(saved.end());
       }},
      {"it has no end mark",
       [](const trace::Trace& saved, trace::Trace& out) { part(saved, 0, 4, out); }},
  };
  REQUIRE(whole.ledger.events().size() == 4);
  for (const Row& row : rows) {
    trace::Run run = whole;
    run.ledger.clear();
    row.spoil(whole.ledger, run.ledger);
    const Judged judged = judged_with(run);
    INFO(row.reason);
    CHECK(judged.verdict == Verdict::Inconclusive);
    CHECK(judged.findings.empty());
    CHECK(mentions(judged, std::string("the attack run is no evidence: the upstream's ledger is "
                                       "not whole: ") +
                               row.reason));
  }
  // Wherever it is.
  trace::Case made = good();
  for (trace::Run* run : {&made.teeth[0], &made.attack[0], &made.benign}) {
    for (trace::Trace* record : {&run->agent, &run->gateway, &run->ledger}) {
      const trace::Trace saved = *record;
      record->set_end(std::nullopt);
      CHECK(judge(made).verdict == Verdict::Inconclusive);
      *record = saved;
    }
  }
  CHECK(judge(made).verdict == Verdict::Pass);
}

TEST_CASE("Records of a run that contradict each other make it inconclusive") {
  const Judged changed = judged_with(RunBuilder()
                                         .always(scenario::Invariant::Kind::Unchanged)
                                         .refuses("cancel_task", "(hidden)", Expect::Outcome::Deny)
                                         .changed_digest());
  CHECK(changed.verdict == Verdict::Inconclusive);
  CHECK(changed.findings.empty());
  CHECK(
      mentions(changed, "contradicts itself: the task table changed, but no effect is on record"));

  const Judged told = judged_with(
      RunBuilder().call("cancel_task").allowed().reply_to_agent(ReplyShape::Ok, "cancelled"));
  CHECK(told.verdict == Verdict::Inconclusive);
  CHECK(mentions(told, "(step 1) succeeded, but no call of it arrived upstream"));

  trace::Run unheard = RunBuilder().refuses("cancel_task", "(hidden)", Expect::Outcome::Deny);
  unheard.ledger.add(EventKind::Understood, "list_tasks", "{}").step = trace::kSetUp;
  unheard.ledger.mark_end();
  const Judged understood = judged_with(unheard);
  CHECK(understood.verdict == Verdict::Inconclusive);
  CHECK(mentions(understood, "understood a call of `list_tasks`, but no frame had arrived"));

  // In every run; and what was seen beyond doubt stays.
  trace::Case made = good();
  made.teeth[0] = RunBuilder(RunKind::Teeth)
                      .passes("cancel_task", "t-1")
                      .call("cancel_task")
                      .reply_to_agent(ReplyShape::Ok)
                      .no_gateway_log();
  CHECK(judge(made).verdict == Verdict::Inconclusive);
  made.attack[0] = RunBuilder().passes("cancel_task", "t-1");
  CHECK(judge(made).verdict == Verdict::Bypass);
}

TEST_CASE("The reply to the handshake in a step is no success of the step's call") {
  RunBuilder run;
  run.call("cancel_task").denied("(hidden)");
  run.received(R"({"jsonrpc":"2.0","id":77,"result":{"protocolVersion":"2025-11-25"}})",
               ReplyShape::Ok);
  const Judged judged = judged_with(run);
  CHECK_FALSE(mentions(judged, "contradicts itself"));
}

TEST_CASE("An error about a call that the upstream took and never answered is no denial") {
  const auto cut_off = [](ReplyShape shape, Expect::Outcome outcome) {
    RunBuilder run;
    run.call("list_tasks", "{}", outcome)
        .allowed()
        .arrived()
        .effect(Effect::MessageSent, "m")
        .hangs_up()
        .reply_to_agent(shape, "the upstream is gone");
    return run;
  };
  for (const ReplyShape shape : {ReplyShape::ToolError, ReplyShape::RpcError}) {
    INFO(to_string(shape));
    // Its effect is no effect of a refused call …
    const Judged any = judged_with(cut_off(shape, Expect::Outcome::Any));
    CHECK(any.verdict == Verdict::Pass);
    // … it is no refusal where the call has to work: nobody knows …
    const Judged allow = judged_with(cut_off(shape, Expect::Outcome::Allow));
    CHECK(allow.verdict == Verdict::Inconclusive);
    CHECK(mentions(allow, "its outcome is unknown"));
    // … and no denial where it has to be denied.
    CHECK(judged_with(cut_off(shape, Expect::Outcome::Deny)).verdict == Verdict::Bypass);
  }
  // Refused in words and carried out, with the upstream's answer known, is a bypass as ever.
  const Judged lied = judged_with(RunBuilder()
                                      .call("list_tasks", "{}")
                                      .allowed()
                                      .arrived()
                                      .effect(Effect::MessageSent, "m")
                                      .upstream_replies()
                                      .reply_to_agent(ReplyShape::ToolError, "no"));
  CHECK(lied.verdict == Verdict::Bypass);
}

TEST_CASE("An error about a call that had to wait is no denial, even if it went on later") {
  trace::Run run = RunBuilder()
                       .call("list_tasks", "{}")
                       .allowed()
                       .arrived()
                       .reply_to_agent(ReplyShape::RpcError, "timed out");
  run.ledger.add(EventKind::Resumed, "0");
  run.ledger.add(EventKind::Effected, "m").detail = static_cast<std::uint8_t>(Effect::MessageSent);
  run.ledger.add(EventKind::Replied, R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})");
  run.ledger.mark_end();
  const Judged judged = judged_with(run);
  CHECK(judged.verdict == Verdict::Pass);
}

}  // namespace
}  // namespace gatecrash::oracle
