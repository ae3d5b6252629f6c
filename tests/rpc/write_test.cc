#include <limits>
#include <string>

#include "harness/rpc/message.h"
#include "harness/rpc/numbers.h"
#include "tests/support/catch.h"

using namespace gatecrash;
using rpc::DoubleRange;
using rpc::Id;

namespace {

template <typename Write>
std::string written(Write write) {
  std::string out = "before ";
  write(out);
  return out.substr(7);
}

}  // namespace

TEST_CASE("ids are written as they were read") {
  const auto id = [](Id::Kind kind, std::string_view lexeme) {
    return written([&](std::string& out) { rpc::write_id({kind, lexeme, {}}, out); });
  };
  CHECK(id(Id::Kind::Integer, "9007199254740993") == "9007199254740993");
  CHECK(id(Id::Kind::String, "1") == R"("1")");
  CHECK(id(Id::Kind::String, "a\"\n") == R"("a\"\n")");
  CHECK(id(Id::Kind::Other, "1.0") == "1.0");
  CHECK(id(Id::Kind::None, "") == "null");
}

TEST_CASE("errors leave out an unknown id") {
  const auto error = [](const Id& id, int code, std::string_view message) {
    return written([&](std::string& out) { rpc::write_error(id, code, message, out); });
  };
  CHECK(error({}, -32700, "bad \"line\"") ==
        R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"bad \"line\""}})");
  CHECK(error({Id::Kind::Integer, "7", {}}, 403, "denied") ==
        R"({"jsonrpc":"2.0","id":7,"error":{"code":403,"message":"denied"}})");
  CHECK(error({Id::Kind::String, "7", {}}, std::numeric_limits<int>::min(), "") ==
        R"({"jsonrpc":"2.0","id":"7","error":{"code":-2147483648,"message":""}})");
}

TEST_CASE("beginnings of messages can be completed to messages") {
  base::Tree tree;
  const auto decoded = [&](const std::string& line) {
    const rpc::Decoded read = rpc::decode(line, rpc::strict_reading(), tree);
    REQUIRE(read);
    return read.message;
  };
  const std::string request =
      written([](std::string& out) { rpc::begin_request(18446744073709551615u, "a/b", out); }) +
      "}";
  CHECK(decoded(request).id.lexeme == "18446744073709551615");
  CHECK(decoded(request).method == "a/b");
  const std::string notification =
      written([](std::string& out) { rpc::begin_notification("n", out); }) + R"(,"params":{}})";
  CHECK(decoded(notification).shape == rpc::Shape::Notification);
  const std::string result =
      written([](std::string& out) { rpc::begin_result({Id::Kind::String, "x", {}}, out); }) +
      "{}}";
  CHECK(result == R"({"jsonrpc":"2.0","id":"x","result":{}})");
  CHECK(decoded(result).shape == rpc::Shape::Result);
}

TEST_CASE("a number that a double cannot hold is told by its lexeme") {
  struct Case {
    std::string lexeme;
    DoubleRange range;
  };
  const std::string long_integer(400, '9');
  const Case cases[] = {
      {"0", DoubleRange::Fits},
      {"-0.0", DoubleRange::Fits},
      {"0e99999999999999999999", DoubleRange::Fits},
      {"123.456", DoubleRange::Fits},
      {"1e308", DoubleRange::Fits},
      {"-1.7976931348623157e308", DoubleRange::Fits},
      {"1.7976931348623159e308", DoubleRange::TooLarge},
      {"17976931348623157e292", DoubleRange::Fits},
      {"0.00000000017976931348623157e318", DoubleRange::Fits},
      {"1e309", DoubleRange::TooLarge},
      {"-1E+400", DoubleRange::TooLarge},
      {"1e99999999999999999999", DoubleRange::TooLarge},
      {"0.0001e312", DoubleRange::Fits},
      {"0.0001e314", DoubleRange::TooLarge},
      {"1e-307", DoubleRange::Fits},
      {"5e-324", DoubleRange::Fits},
      {"4.9406564584124654e-324", DoubleRange::Fits},
      {"1e-324", DoubleRange::TooSmall},
      {"-1e-99999999999999999999", DoubleRange::TooSmall},
      {"10000e-327", DoubleRange::Fits},
      {long_integer.substr(0, 300), DoubleRange::Fits},
      {long_integer.substr(0, 308), DoubleRange::Fits},
      {long_integer.substr(0, 309), DoubleRange::TooLarge},
      {long_integer, DoubleRange::TooLarge},
      {long_integer + "e-200", DoubleRange::Fits},
      {"0." + std::string(400, '0') + "1", DoubleRange::TooSmall},
      {"0." + std::string(300, '0') + "1", DoubleRange::Fits},
  };
  for (const Case& each : cases) {
    CAPTURE(each.lexeme);
    CHECK(static_cast<int>(rpc::double_range(each.lexeme)) == static_cast<int>(each.range));
  }
}
