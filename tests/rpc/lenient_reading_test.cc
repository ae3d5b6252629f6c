// Readings that reproduce how real parsers differ: Go's encoding/json (attacks.md section 4) and
// parsers that take the first or the last of duplicate names (protocol.md 3.1 row 6, appendix A).
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/rpc/message.h"
#include "tests/support/catch.h"

using namespace gatecrash;
using rpc::DuplicateKeys;
using rpc::Fault;
using rpc::Id;
using rpc::Reading;
using rpc::Shape;

namespace {

Reading duplicates(DuplicateKeys rule) {
  Reading reading;
  reading.duplicates = rule;
  return reading;
}

std::string encoded(base::Value value, const Reading& reading) {
  std::string out;
  rpc::encode(value, reading, out);
  return out;
}

}  // namespace

TEST_CASE("first and last of duplicate members can be taken") {
  const std::string line = R"({"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call",)"
                           R"("params":{"name":"list_tasks","name":"cancel_task"}})";
  base::Tree tree;
  for (const auto rule : {DuplicateKeys::FirstWins, DuplicateKeys::LastWins}) {
    const Reading reading = duplicates(rule);
    const rpc::Decoded decoded = rpc::decode(line, reading, tree);
    const bool first = rule == DuplicateKeys::FirstWins;
    REQUIRE(decoded);
    CHECK(decoded.message.method == (first ? "tools/list" : "tools/call"));
    CHECK(rpc::member(decoded.message.params, "name", reading).text() ==
          (first ? "list_tasks" : "cancel_task"));
    CHECK(decoded.message.forgave(Fault::DuplicateKey));
  }
}

TEST_CASE("encoding resolves duplicates at every level as the reading does") {
  const std::string line = R"({"a":1,"b":{"x":1,"y":[{"z":1,"z":2}],"x":3},"a":2})";
  base::Tree tree;
  REQUIRE_FALSE(base::read_json(line, {.keep_duplicates = true}, tree));
  CHECK(encoded(tree.root(), duplicates(DuplicateKeys::FirstWins)) ==
        R"({"a":1,"b":{"x":1,"y":[{"z":1}]}})");
  CHECK(encoded(tree.root(), duplicates(DuplicateKeys::LastWins)) ==
        R"({"b":{"y":[{"z":2}],"x":3},"a":2})");
}

TEST_CASE("encoding of large objects takes the same members as encoding of small ones") {
  for (const int members : {1, 8, 16, 17, 200}) {
    std::string line = "{";
    std::string first = "{";
    std::string last = "{";
    for (int i = 0; i < members; ++i) {
      const std::string name = "\"k" + std::to_string(i) + "\":";
      line += name + "1,";
      first += (i ? "," : "") + name + "1";
    }
    for (int i = 0; i < members; ++i) {
      const std::string member = "\"k" + std::to_string(i) + "\":2";
      line += (i ? "," : "") + member;
      last += (i ? "," : "") + member;
    }
    line += '}';
    base::Tree tree;
    REQUIRE_FALSE(base::read_json(line, {.keep_duplicates = true}, tree));
    CHECK(encoded(tree.root(), duplicates(DuplicateKeys::FirstWins)) == first + "}");
    CHECK(encoded(tree.root(), duplicates(DuplicateKeys::LastWins)) == last + "}");
  }
}

TEST_CASE("Go reading folds the names of the envelope and takes the last") {
  base::Tree tree;
  const Reading go = rpc::go_reading();
  struct Case {
    std::string line;
    std::string method;
  };
  const std::vector<Case> cases = {
      {R"({"jsonrpc":"2.0","id":1,"METHOD":"tools/call"})", "tools/call"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/list","Method":"tools/call"})", "tools/call"},
      {R"({"jsonrpc":"2.0","id":1,"Method":"tools/call","method":"tools/list"})", "tools/list"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","method":null})", "tools/call"},
      {R"({"id":1,"method":"tools/call"})", "tools/call"},
      {R"({"jsonrpc":"1.0","id":1,"method":"tools/call"})", "tools/call"},
      {R"({"jsonrpc":null,"id":1,"method":"tools/call"})", "tools/call"},
      {R"({"jsonrpc":"2.0","id":null,"method":"tools/call"})", "tools/call"},
      {R"({"jsonrpc":"2.0","id":[1],"method":"tools/call"})", "tools/call"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","result":1,"error":2,"extra":3})",
       "tools/call"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]})", "tools/call"},
      {R"({"jsonrpc":"2.0","id":1,"method":null})", ""},
      {R"({"jsonrpc":"2.0","id":1,"method ":"tools/call"})", ""},
      {"{}", ""},
  };
  for (const Case& each : cases) {
    CAPTURE(each.line);
    const rpc::Decoded decoded = rpc::decode(each.line, go, tree);
    REQUIRE(to_string(decoded.fault) == "none");
    CHECK(decoded.message.method == each.method);
  }
}

TEST_CASE("Go reading folds the two letters that Unicode folds into ASCII") {
  base::Tree tree;
  const rpc::Decoded decoded =
      rpc::decode("{\"method\":\"tools/call\",\"param\xc5\xbf\":{\"TA\xc5\xbf\xe2\x84\xaa\":1}}",
                  rpc::go_reading(), tree);
  REQUIRE(decoded);
  REQUIRE(decoded.message.params);
  CHECK(rpc::member(decoded.message.params, "task", rpc::go_reading()).text() == "1");
  CHECK_FALSE(rpc::same_name("tas\xe2\x84", "task", rpc::go_reading()));
  CHECK_FALSE(rpc::same_name("tas", "task", rpc::go_reading()));
  CHECK_FALSE(rpc::same_name("tasks", "task", rpc::go_reading()));
  CHECK_FALSE(rpc::same_name("Task", "task", rpc::strict_reading()));
}

TEST_CASE("Go reading does not decode what Go would not") {
  struct Case {
    std::string line;
    Fault fault;
  };
  const std::vector<Case> cases = {
      {R"([{"jsonrpc":"2.0","id":1,"method":"tools/call"}])", Fault::Batch},
      {R"("tools/call")", Fault::NotObject},
      {"null", Fault::NotObject},
      {"not JSON", Fault::NotJson},
      {R"({"jsonrpc":"2.0","id":1,"method":7})", Fault::BadMethod},
      {R"({"jsonrpc":"2.0","id":1,"method":7,"method":"tools/call"})", Fault::BadMethod},
      {R"({"jsonrpc":2.0,"id":1,"method":"tools/call"})", Fault::BadVersion},
      {R"({"jsonrpc":"2.0","id":NaN,"method":"tools/call"})", Fault::NotJson},
      {"\xef\xbb\xbf{}", Fault::NotJson},
      {"{\"a\":" + std::string(10'000, '[') + std::string(10'000, ']') + "}", Fault::TooDeep},
  };
  base::Tree tree;
  for (const Case& each : cases) {
    CAPTURE(each.line.substr(0, 100));
    CHECK(to_string(rpc::decode(each.line, rpc::go_reading(), tree).fault) ==
          to_string(each.fault));
  }
  const std::string deep = "{\"a\":" + std::string(9'999, '[') + std::string(9'999, ']') + "}";
  CHECK(rpc::decode(deep, rpc::go_reading(), tree));
  const std::string large = R"({"id":)" + std::string(2u << 20, '1') + "}";
  CHECK(rpc::decode(large, rpc::go_reading(), tree));
}

TEST_CASE("Go reading repairs text") {
  base::Tree tree;
  const rpc::Decoded decoded =
      rpc::decode("{\"method\":\"a\xff\xc0\xaf\\ud800z\"}", rpc::go_reading(), tree);
  REQUIRE(decoded);
  CHECK(decoded.message.method == "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
}

TEST_CASE("a lenient reading says what it forgave") {
  base::Tree tree;
  const auto forgiven = [&](std::string_view line) {
    const rpc::Decoded decoded = rpc::decode(line, rpc::go_reading(), tree);
    REQUIRE(decoded);
    return decoded.message;
  };
  CHECK(forgiven(R"({"jsonrpc":"2.0","id":1,"method":"x"})").forgiven == 0);
  CHECK(forgiven(R"({"jsonrpc":"2.0","id":1,"Method":"x"})").forgave(Fault::CaseVariantKey));
  CHECK(forgiven(R"({"jsonrpc":"2.0","id":1,"method":"x","y":1})").forgave(Fault::UnknownMember));
  CHECK(forgiven(R"({"jsonrpc":"2.0","id":1.0,"method":"x"})").forgave(Fault::BadId));
  CHECK(forgiven(R"({"jsonrpc":"2.0","id":1,"method":"x","params":7})").forgave(Fault::BadParams));
  CHECK(forgiven(R"({"id":1,"method":"x"})").forgave(Fault::BadVersion));
  CHECK(
      forgiven(R"({"jsonrpc":"2.0","id":1,"method":"x","result":{}})").forgave(Fault::MixedShape));
}

TEST_CASE("ids of any kind keep what was written") {
  struct Case {
    std::string id;
    Id::Kind kind;
    std::string lexeme;
  };
  const std::vector<Case> cases = {
      {"1.0", Id::Kind::Other, "1.0"},   {"null", Id::Kind::Other, "null"},
      {"true", Id::Kind::Other, "true"}, {R"({"a": [1]})", Id::Kind::Other, R"({"a":[1]})"},
      {"-0", Id::Kind::Other, "-0"},     {"5", Id::Kind::Integer, "5"}};
  Reading reading;
  reading.any_id = true;
  base::Tree tree;
  for (const Case& each : cases) {
    CAPTURE(each.id);
    const std::string line = R"({"jsonrpc":"2.0","id":)" + each.id + R"(,"method":"x"})";
    const rpc::Decoded decoded = rpc::decode(line, reading, tree);
    REQUIRE(decoded);
    CHECK(decoded.message.shape == Shape::Request);
    CHECK(decoded.id == Id{each.kind, each.lexeme, {}});
    std::string out;
    rpc::write_id(decoded.id, out);
    CHECK(out == each.lexeme);
  }
}

// Found by fuzz_rpc_decode.
TEST_CASE("the null id of an error is no id under any reading") {
  const std::string line = R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}})";
  for (const Reading& reading : {rpc::strict_reading(), rpc::go_reading()}) {
    base::Tree tree;
    const rpc::Decoded decoded = rpc::decode(line, reading, tree);
    REQUIRE(decoded);
    CHECK(decoded.message.shape == Shape::Error);
    CHECK(decoded.id.kind == Id::Kind::None);
    CHECK(decoded.message.forgiven == 0);
  }
}

TEST_CASE("an element of a batch is read like a line of its own") {
  const std::string line =
      R"([{"jsonrpc":"2.0","id":1,"method":"tools/call"},{"jsonrpc":"2.0","id":2,"result":{}},7])";
  base::Tree tree;
  REQUIRE_FALSE(base::read_json(line, {}, tree));
  std::vector<rpc::Decoded> read;
  for (const base::Value each : tree.root())
    read.push_back(rpc::classify(each, rpc::strict_reading(), tree));
  REQUIRE(read.size() == 3);
  CHECK(read[0].message.method == "tools/call");
  CHECK(read[1].message.shape == Shape::Result);
  CHECK(read[2].fault == Fault::NotObject);
}

TEST_CASE("readings are compared by every choice") {
  CHECK(rpc::strict_reading() == Reading{});
  CHECK_FALSE(rpc::strict_reading() == rpc::go_reading());
  const auto differs = [](auto change) {
    Reading reading;
    change(reading);
    return !(reading == Reading{});
  };
  CHECK(differs([](Reading& r) { r.duplicates = DuplicateKeys::FirstWins; }));
  CHECK(differs([](Reading& r) { r.fold_keys = true; }));
  CHECK(differs([](Reading& r) { r.case_variants_ok = true; }));
  CHECK(differs([](Reading& r) { r.unknown_members_ok = true; }));
  CHECK(differs([](Reading& r) { r.result_ignored = true; }));
  CHECK(differs([](Reading& r) { r.error_ignored = true; }));
  CHECK(differs([](Reading& r) { r.any_id = true; }));
  CHECK(differs([](Reading& r) { r.any_number = true; }));
  CHECK(differs([](Reading& r) { r.any_params = true; }));
  CHECK(differs([](Reading& r) { r.loose_envelope = true; }));
  CHECK(differs([](Reading& r) { r.json.depth = 1; }));
  CHECK(differs([](Reading& r) { r.json.bytes = 1; }));
  CHECK(differs([](Reading& r) { r.json.number_length = 1; }));
  CHECK(differs([](Reading& r) { r.json.lone_surrogates = true; }));
  CHECK(differs([](Reading& r) { r.json.repair_utf8 = true; }));
  CHECK(differs([](Reading& r) { r.json.accept_nan = true; }));
}
