// decode ∘ encode ∘ decode is the identity on what a strict reading accepts.
#include <string>
#include <string_view>

#include "harness/base/json.h"
#include "harness/base/seed.h"
#include "harness/rpc/message.h"
#include "tests/support/catch.h"

using namespace gatecrash;

namespace {

// Random messages, spelt at random: escapes, white space, order of members.
class Generator {
 public:
  explicit Generator(base::Seed seed) : seed_(seed) {}

  std::string message() {
    std::string params = object(3);
    std::string members[] = {R"("jsonrpc":"2.0")", "\"id\":" + id(), "", ""};
    switch (seed_.below(4)) {
      case 0:
        members[2] = "\"method\":" + string();
        members[3] = "\"params\":" + params;
        break;
      case 1: members[1] = "\"method\":" + string(); break;
      case 2: members[2] = "\"result\":" + params; break;
      default: members[2] = R"("error":{"code":-7,"message":)" + string() + "}";
    }
    for (std::size_t i = 3; i > 0; --i) std::swap(members[i], members[seed_.below(i + 1)]);
    std::string out = space() + "{";
    bool first = true;
    for (const std::string& each : members) {
      if (each.empty()) continue;
      if (!first) out += "," + space();
      first = false;
      out += each + space();
    }
    return out + "}" + space();
  }

 private:
  std::string space() { return std::string(seed_.below(3), " \t"[seed_.below(2)]); }
  std::string id() { return seed_.below(2) ? std::to_string(seed_.below(1000)) : string(); }

  std::string string() {
    static constexpr std::string_view kPieces[] = {"a",
                                                   "tools/call",
                                                   "\\/",
                                                   "\\u0041",
                                                   "\\n",
                                                   "\\u0000",
                                                   "\\ud83d\\ude00",
                                                   "\xc3\xbc",
                                                   "\xf0\x9f\x98\x80",
                                                   "\\\"",
                                                   "\\\\",
                                                   "\xe2\x80\xa8",
                                                   "\x7f",
                                                   "\\u001f",
                                                   "\\b",
                                                   "\\f",
                                                   "\\t",
                                                   "\\r"};
    std::string out = "\"x";
    for (auto n = seed_.below(6); n > 0; --n) out += kPieces[seed_.below(std::size(kPieces))];
    return out + "\"";
  }

  std::string value(int depth) {
    switch (seed_.below(depth > 0 ? 7 : 5)) {
      case 0: return "null";
      case 1: return seed_.below(2) ? "true" : "false";
      case 2: return std::to_string(seed_.below(1u << 30));
      case 3: return "-" + std::to_string(seed_.below(100)) + ".50e" + "+-"[seed_.below(2)] + "3";
      case 4: return string();
      case 5: return object(depth - 1);
      default: {
        std::string out = "[" + space();
        for (auto n = seed_.below(4), i = n; i > 0; --i)
          out += (i == n ? "" : ",") + value(depth - 1);
        return out + "]";
      }
    }
  }

  std::string object(int depth) {
    std::string out = "{" + space();
    for (auto n = seed_.below(5), i = n; i > 0; --i) {
      out += (i == n ? "" : ",") + std::string("\"k") + std::to_string(i) + "\"" + space() + ":" +
             space() + value(depth);
    }
    return out + "}";
  }

  base::Seed seed_;
};

}  // namespace

TEST_CASE("what is decoded and encoded decodes to the same message") {
  Generator generator{base::Seed{11}};
  base::Tree tree;
  base::Tree again_tree;
  for (int round = 0; round < 5000; ++round) {
    const std::string line = generator.message();
    CAPTURE(line);
    const rpc::Decoded decoded = rpc::decode(line, rpc::strict_reading(), tree);
    REQUIRE(to_string(decoded.fault) == "none");
    std::string encoded;
    rpc::encode(decoded.message.root, rpc::strict_reading(), encoded);
    const rpc::Decoded again = rpc::decode(encoded, rpc::strict_reading(), again_tree);
    REQUIRE(to_string(again.fault) == "none");
    CHECK(base::equal(decoded.message.root, again.message.root));
    CHECK(decoded.id == again.id);
    CHECK(decoded.message.shape == again.message.shape);
    CHECK(decoded.message.method == again.message.method);
    std::string twice;
    rpc::encode(again.message.root, rpc::strict_reading(), twice);
    CHECK(twice == encoded);
    CHECK(encoded.find_first_of("\r\n") == std::string::npos);
  }
}

TEST_CASE("the canonical form is compact and keeps order and lexemes") {
  const std::string line =
      R"( { "id" : 1 , "jsonrpc":"2.0", "method":"t\u006fols\/call","params":{"b":1.50e+3,"a":[ ] ,"\u00fc":"\u2028\u0001"} } )";
  base::Tree tree;
  const rpc::Decoded decoded = rpc::decode(line, rpc::strict_reading(), tree);
  REQUIRE(decoded);
  std::string out;
  rpc::encode(decoded.message.root, rpc::strict_reading(), out);
  CHECK(
      out ==
      "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{\"b\":1.50e+3,\"a\":[],"
      "\"\xc3\xbc\":\"\xe2\x80\xa8\\u0001\"}}");
}

TEST_CASE("a tree is reused without traces of the line before") {
  base::Tree tree;
  const std::string escaped = R"({"jsonrpc":"2.0","id":"\u0061","method":"\u0062"})";
  for (int round = 0; round < 3; ++round) {
    REQUIRE(rpc::decode(escaped, rpc::strict_reading(), tree));
    CHECK_FALSE(rpc::decode("{", rpc::strict_reading(), tree));
    CHECK(tree.empty());
    const rpc::Decoded decoded = rpc::decode(escaped, rpc::strict_reading(), tree);
    CHECK(decoded.message.id.lexeme == "a");
    CHECK(decoded.message.method == "b");
  }
}
