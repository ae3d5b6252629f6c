#include "harness/oracle/oracle.h"
#include "tests/support/case_builder.h"
#include "tests/support/catch.h"

namespace gatecrash::oracle {
namespace {

using namespace test;
using mcp::ReplyShape;

std::vector<Finding> shape_findings(const trace::Run& run) {
  const trace::Case made = case_of(run);
  return judge_run(*find_oracle("reply_shape"), made, made.attack[0]);
}

TEST_CASE("one well-formed reply per request is clean") {
  CHECK(shape_findings(RunBuilder().passes("a").refuses("b").list({"a"})).empty());
}

TEST_CASE("a request without a reply is found") {
  const auto found = shape_findings(RunBuilder().passes("a").call("b"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == FindingKind::Protocol);
  CHECK(found[0].part == Part::Conformance);
  CHECK(found[0].observed == "no reply");
  CHECK(found[0].step == 1);
}

TEST_CASE("a run that broke off owes no replies") {
  CHECK(shape_findings(RunBuilder().call("b").incomplete("gone")).empty());
}

TEST_CASE("a second reply is found") {
  const auto found = shape_findings(RunBuilder().passes("a").reply_to_agent(ReplyShape::Ok));
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed.starts_with("a second reply"));
}

TEST_CASE("an id has to come back to the byte") {
  const auto found =
      shape_findings(RunBuilder()
                         .raw(R"({"jsonrpc":"2.0","id":1,"method":"ping"})")
                         .received(R"({"jsonrpc":"2.0","id":"1","result":{}})", ReplyShape::Ok));
  CHECK(found.size() == 2);  // a reply that nothing asked for, and no reply
}

TEST_CASE("a reply on another connection answers nothing") {
  CHECK(shape_findings(RunBuilder().call("a").session().reply_to_agent(ReplyShape::Ok)).size() ==
        2);
}

TEST_CASE("a malformed reply is found") {
  const auto found = shape_findings(RunBuilder()
                                        .call("a")
                                        .reply_to_agent(ReplyShape::Ok)
                                        .received("{\"jsonrpc\":", ReplyShape::Malformed));
  REQUIRE(found.size() == 1);
  CHECK(found[0].observed.starts_with("a malformed reply (not_json)"));
}

TEST_CASE("a notification gets no reply") {
  const std::string notification =
      R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"a"}})";
  CHECK(shape_findings(RunBuilder().raw(notification)).empty());
  CHECK(shape_findings(RunBuilder()
                           .raw(notification)
                           .received(R"({"jsonrpc":"2.0","id":1,"result":{}})", ReplyShape::Ok))
            .size() == 1);
}

TEST_CASE("what cannot be read may be answered once, or not at all") {
  const std::string twice = R"({"jsonrpc":"2.0","id":7,"id":8,"method":"ping"})";
  const std::string error = R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"no"}})";
  CHECK(shape_findings(RunBuilder().raw(twice)).empty());
  CHECK(shape_findings(RunBuilder().raw(twice).received(R"({"jsonrpc":"2.0","id":7,"result":{}})",
                                                        ReplyShape::Ok))
            .empty());
  CHECK(shape_findings(RunBuilder().raw(twice).received(error, ReplyShape::RpcError)).empty());
  CHECK(shape_findings(RunBuilder()
                           .raw(twice)
                           .received(R"({"jsonrpc":"2.0","id":7,"result":{}})", ReplyShape::Ok)
                           .received(R"({"jsonrpc":"2.0","id":8,"result":{}})", ReplyShape::Ok))
            .size() == 1);
}

TEST_CASE("requests and notifications of the server are no replies") {
  CHECK(shape_findings(
            RunBuilder()
                .received(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})",
                          ReplyShape::None)
                .passes("a"))
            .empty());
}

TEST_CASE("a teeth run has no gateway to judge") {
  const trace::Case made = case_of(RunBuilder().passes("a"));
  trace::Run teeth = RunBuilder(scenario::RunKind::Teeth).call("a");
  CHECK(judge_run(*find_oracle("reply_shape"), made, teeth).empty());
}

}  // namespace
}  // namespace gatecrash::oracle
