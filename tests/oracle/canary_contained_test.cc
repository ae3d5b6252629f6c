#include "harness/base/text.h"
#include "harness/oracle/disguise.h"
#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"
#include "tests/support/spellings.h"

namespace gatecrash::oracle {
namespace {

using namespace test;
using Kind = scenario::Invariant::Kind;

constexpr std::string_view kSecret = "AKIA-CANARY-7f3d-zq81";

std::vector<Finding> findings(trace::Run run) {
  const trace::Case made = case_of(std::move(run), kLimitPolicy);
  return judge_run(*find_oracle("canary_contained"), made, made.attack[0]);
}

RunBuilder watched(Kind kind) {
  return RunBuilder().always(kind).canary("key", kSecret);
}

// A call that sends this text.
std::string sends(std::string_view text) {
  std::string arguments = R"({"text":)";
  base::write_json_string(text, arguments);
  return arguments + "}";
}

TEST_CASE("a secret in a call's arguments is found in every spelling") {
  for (const Spelling& spelling : spellings()) {
    INFO(spelling.name);
    const std::string text = spelling.write(kSecret);
    INFO(text);
    const auto found = findings(watched(Kind::CanarySent).passes("post", {}, sends(text)));
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == FindingKind::Leak);
    CHECK(found[0].part == Part::Security);
    CHECK(found[0].observed == "it was sent with `post`");
    CHECK(found[0].step == 0);
    CHECK(found[0].fingerprint.size() == 16);
  }
}

TEST_CASE("a secret is found where JSON escapes it, in names and deep inside") {
  for (const std::string arguments :
       {R"({"text":"\u0041KIA-CANARY-7f3d-zq81"})", R"({"AKIA-CANARY-7f3d-zq81":1})",
        R"({"a":[{"b":["AKIA-CANARY-7f3d-zq81"]}]})"}) {
    INFO(arguments);
    CHECK(findings(watched(Kind::CanarySent).passes("post", {}, arguments)).size() == 1);
  }
}

TEST_CASE("a secret beside the arguments is sent as well, one that did not arrive is not") {
  const std::string frame =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"x/y":")" +
      std::string(kSecret) + "\"}}}";
  const auto found =
      findings(watched(Kind::CanarySent).raw(frame, scenario::Expect::Outcome::Any).misread());
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed == "it was sent in a message that is no call");
  CHECK(findings(watched(Kind::CanarySent).raw(frame, scenario::Expect::Outcome::Any)).empty());
}

TEST_CASE("pieces that follow each other over several calls are the secret") {
  const auto found =
      findings(watched(Kind::CanarySent)
                   .passes("post", {}, sends("AKIA-CAN"))
                   .passes("list_tasks")
                   .passes("post", {}, sends(base::to_base64("xx" + std::string("ARY-7f3d")))));
  REQUIRE(found.size() == 1);
  CHECK(found[0].step == 2);
  CHECK(found[0].observed == "it was sent with `post`, in pieces over 2 messages");
  // In one call, apart.
  CHECK(findings(
            watched(Kind::CanarySent).passes("post", {}, R"({"a":"AKIA-CAN","b":"ARY-7f3d-zq81"})"))
            .size() == 1);
}

TEST_CASE("what is no secret, did not arrive or is not asked about is no finding") {
  CHECK(findings(watched(Kind::CanarySent).passes("post", {}, sends("AKIA-CANARY is a name")))
            .empty());
  CHECK(findings(watched(Kind::CanarySent)
                     .passes("post", {}, sends("ARY-7f3d-zq81"))
                     .passes("post", {}, sends("AKIA-CAN")))
            .empty());
  CHECK(findings(watched(Kind::CanarySent).call("post", sends(kSecret)).denied("(default deny)"))
            .empty());
  CHECK(findings(RunBuilder().canary("key", kSecret).passes("post", {}, sends(kSecret))).empty());
  CHECK(findings(watched(Kind::CanaryShown).passes("post", {}, sends(kSecret))).empty());
}

TEST_CASE("a secret that the agent gets, or that the gateway writes down, is shown") {
  const std::string secret(kSecret);
  const auto got = findings(watched(Kind::CanaryShown)
                                .call("list_tasks")
                                .allowed()
                                .arrived()
                                .reply_from_upstream(mcp::ReplyShape::Ok, "key: " + secret));
  REQUIRE(got.size() == 1);
  CHECK(got[0].kind == FindingKind::Leak);
  CHECK(got[0].observed == "the agent got it");
  CHECK(findings(watched(Kind::CanaryShown)
                     .call("list_tasks")
                     .denied("(hidden)", {}, base::to_base64(secret)))
            .size() == 2);
  const auto recorded = findings(watched(Kind::CanaryShown)
                                     .call("list_tasks")
                                     .decided(decision::Outcome::Deny, "r", {}, secret));
  REQUIRE(recorded.size() == 1);
  CHECK(recorded[0].observed == "it stands in the gateway's record");
  // Upstream's own reply that never came through.
  CHECK(findings(watched(Kind::CanaryShown)
                     .call("list_tasks")
                     .arrived()
                     .upstream_replies(mcp::ReplyShape::Ok, secret))
            .empty());
  // Half of it is not it.
  CHECK(findings(watched(Kind::CanaryShown)
                     .call("list_tasks")
                     .reply_to_agent(mcp::ReplyShape::Ok, "AKIA-CANARY-7f3d-"))
            .empty());
}

TEST_CASE("a short secret is looked for as it is, with no letter or digit beside it") {
  const auto sent = [](std::string_view text) {
    return findings(RunBuilder()
                        .always(Kind::CanarySent)
                        .canary("pin", "4711")
                        .passes("post", {}, sends(text)))
        .size();
  };
  CHECK(sent("4711") == 1);
  CHECK(sent("the pin is 4711.") == 1);
  CHECK(sent("14711") == 0);
  CHECK(sent("4711a") == 0);
  CHECK(sent("4-7-1-1") == 0);
  CHECK(sent("47 11") == 0);
}

TEST_CASE("a secret that belongs to a principal may be shown to that one and to nobody else") {
  const auto shown_to = [](std::string_view who) {
    return findings(RunBuilder()
                        .always(Kind::CanaryShown)
                        .canary("key", kSecret, "alice")
                        .as(who)
                        .call("list_tasks")
                        .allowed()
                        .arrived()
                        .reply_from_upstream(mcp::ReplyShape::Ok, kSecret))
        .size();
  };
  CHECK(shown_to("alice") == 0);
  CHECK(shown_to("bob") == 1);
}

TEST_CASE("a leaked secret is harm enough for the teeth of an attack that acts") {
  trace::Case made = case_of(RunBuilder().refuses("post", "(default deny)"), kLimitPolicy);
  made.promise.cancel.reset();
  RunBuilder teeth(scenario::RunKind::Teeth);
  made.teeth[0] = teeth.always(Kind::CanarySent)
                      .canary("key", kSecret)
                      .passes("list_tasks", {}, sends(kSecret))
                      .no_gateway_log();
  CHECK(judge(made).validity == Verdict::Pass);
  RunBuilder harmless(scenario::RunKind::Teeth);
  made.teeth[0] = harmless.always(Kind::CanarySent)
                      .canary("key", kSecret)
                      .passes("list_tasks")
                      .no_gateway_log();
  CHECK(judge(made).validity == Verdict::Broken);
}

TEST_CASE("reading what is written otherwise takes time in proportion to it") {
  const std::string small = undisguised(std::string(1'000, 'a'));
  const std::string large = undisguised(std::string(1'000'000, 'a'));
  CHECK(large.size() <= 1'001 * small.size());
}

}  // namespace
}  // namespace gatecrash::oracle
