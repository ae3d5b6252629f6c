// The message-shape channels of protocol.md section 3.1, row by row, against the strict reading.
#include <string>
#include <string_view>
#include <vector>

#include "harness/rpc/message.h"
#include "tests/support/catch.h"

using namespace gatecrash;
using rpc::Fault;
using rpc::Id;
using rpc::Shape;

namespace {

struct Case {
  std::string row;
  std::string line;
  Fault fault;
};

std::string call_with(std::string_view params) {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + std::string(params) + "}";
}

std::string call_with_id(std::string_view id) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) +
         R"(,"method":"tools/call","params":{"name":"cancel_task","arguments":{"task_id":"t-1"}}})";
}

std::string call_with_arguments(std::string_view arguments) {
  return call_with(R"({"name":"cancel_task","arguments":)" + std::string(arguments) + "}");
}

void check_all(const std::vector<Case>& cases) {
  base::Tree tree;
  for (const Case& each : cases) {
    CAPTURE(each.row, each.line.substr(0, 300));
    const rpc::Decoded decoded = rpc::decode(each.line, rpc::strict_reading(), tree);
    CHECK(to_string(decoded.fault) == to_string(each.fault));
    CHECK(decoded.offset <= each.line.size());
  }
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("strict reading takes the messages MCP defines") {
  check_all({
      {"request", call_with_id("1"), Fault::None},
      {"request without params", R"({"jsonrpc":"2.0","id":1,"method":"ping"})", Fault::None},
      {"notification", R"({"jsonrpc":"2.0","method":"notifications/initialized"})", Fault::None},
      {"result", R"({"jsonrpc":"2.0","id":1,"result":{}})", Fault::None},
      {"error", R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}})", Fault::None},
      {"error with data",
       R"({"jsonrpc":"2.0","id":"a","error":{"code":403,"message":"","data":[1]}})", Fault::None},
      {"error without id", R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"no"}})",
       Fault::None},
      {"error with id null",
       R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}})", Fault::None},
      {"members in any order", R"({"method":"ping","id":1,"jsonrpc":"2.0"})", Fault::None},
      {"vendor members in params",
       call_with(R"({"name":"t","arguments":{},"_meta":{"x/y":1},"v":1})"), Fault::None},
      {"white space around", " \t" + call_with_id("1") + " \r", Fault::None},
  });
}

TEST_CASE("strict reading refuses batches, whatever is in them (row 1)") {
  const std::string call = call_with_id("1");
  check_all({
      {"1 empty", "[]", Fault::Batch},
      {"1 one", "[" + call + "]", Fault::Batch},
      {"1 two", "[" + call + "," + call + "]", Fault::Batch},
      {"1 nested", "[[" + call + "]]", Fault::Batch},
      {"1 with initialize", R"([{"jsonrpc":"2.0","id":0,"method":"initialize"}])", Fault::Batch},
      {"1 with space before", " \n [" + call + "]", Fault::Batch},
      {"1 unfinished", "[" + call, Fault::Batch},
      {"1 not even JSON", "[}", Fault::Batch},
  });
}

TEST_CASE("strict reading tells the notification form from a request (row 2)") {
  base::Tree tree;
  const rpc::Decoded decoded =
      rpc::decode(R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"t"}})",
                  rpc::strict_reading(), tree);
  REQUIRE(decoded);
  CHECK(decoded.message.shape == Shape::Notification);
  CHECK(decoded.message.method == "tools/call");
  CHECK(decoded.id.kind == Id::Kind::None);
}

TEST_CASE("strict reading takes only strings and integers as ids (rows 3 and 4)") {
  check_all({
      {"3 null", call_with_id("null"), Fault::BadId},
      {"3 fraction", call_with_id("1.0"), Fault::BadId},
      {"3 exponent", call_with_id("1e0"), Fault::BadId},
      {"3 capital exponent", call_with_id("1E0"), Fault::BadId},
      {"3 true", call_with_id("true"), Fault::BadId},
      {"3 object", call_with_id("{}"), Fault::BadId},
      {"3 list", call_with_id("[1]"), Fault::BadId},
      {"3 minus zero", call_with_id("-0"), Fault::BadId},
      {"3 overlong integer", call_with_id(std::string(65, '9')), Fault::NotJson},
      {"3 overlong string", call_with_id('"' + std::string(257, 'x') + '"'), Fault::BadId},
      {"3 result without id", R"({"jsonrpc":"2.0","result":{}})", Fault::BadId},
      {"3 result with id null", R"({"jsonrpc":"2.0","id":null,"result":{}})", Fault::BadId},
      {"4 huge number", call_with_id("1e400"), Fault::BadId},
      {"4 zero", call_with_id("0"), Fault::None},
      {"4 negative", call_with_id("-7"), Fault::None},
      {"4 beyond 2^53", call_with_id("9007199254740993"), Fault::None},
      {"4 longest integer", call_with_id(std::string(64, '9')), Fault::None},
      {"4 string", call_with_id(R"("1")"), Fault::None},
      {"4 hexadecimal string", call_with_id(R"("0x2")"), Fault::None},
      {"4 empty string", call_with_id(R"("")"), Fault::None},
      {"4 longest string", call_with_id('"' + std::string(256, 'x') + '"'), Fault::None},
  });
}

TEST_CASE("ids keep their type and exact lexeme") {
  const auto id_of = [](std::string_view text, base::Tree& tree, const std::string& line) {
    (void)text;
    return rpc::decode(line, rpc::strict_reading(), tree).id;
  };
  const std::vector<std::string> spellings = {
      "1", R"("1")", "-1", "9007199254740993", "9007199254740992", R"("")", R"("01")"};
  for (const std::string& left : spellings) {
    for (const std::string& right : spellings) {
      CAPTURE(left, right);
      base::Tree left_tree;
      base::Tree right_tree;
      const std::string left_line = call_with_id(left);
      const std::string right_line = call_with_id(right);
      CHECK((id_of(left, left_tree, left_line) == id_of(right, right_tree, right_line)) ==
            (left == right));
    }
  }
  base::Tree tree;
  const std::string line = call_with_id(R"("\u0031")");
  CHECK(rpc::decode(line, rpc::strict_reading(), tree).id == Id{Id::Kind::String, "1", {}});
}

TEST_CASE("strict reading refuses duplicate names at any depth, escapes resolved (row 6)") {
  check_all({
      {"6 method", R"({"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"})",
       Fault::DuplicateKey},
      {"6 id", R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})", Fault::DuplicateKey},
      {"6 params", R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{},"params":{}})",
       Fault::DuplicateKey},
      {"6 name", call_with(R"({"name":"a","name":"b"})"), Fault::DuplicateKey},
      {"6 escaped name", call_with(R"({"name":"a","n\u0061me":"b"})"), Fault::DuplicateKey},
      {"6 arguments", call_with(R"({"name":"a","arguments":{},"arguments":{}})"),
       Fault::DuplicateKey},
      {"6 inside arguments", call_with_arguments(R"({"x":1,"y":2,"x":3})"), Fault::DuplicateKey},
      {"6 deep inside", call_with_arguments(R"({"x":[{"y":{"z":1,"\u007a":2}}]})"),
       Fault::DuplicateKey},
      {"6 empty names", call_with_arguments(R"({"":1,"":2})"), Fault::DuplicateKey},
      {"6 prototype names once", call_with_arguments(R"({"__proto__":{},"constructor":1})"),
       Fault::None},
      {"6 the same name in two objects", call_with_arguments(R"({"a":{"x":1},"b":{"x":1}})"),
       Fault::None},
  });
}

TEST_CASE("a duplicate among many members is found") {
  for (const std::size_t members : {2u, 12u, 13u, 14u, 40u, 1000u}) {
    for (const std::size_t again : {std::size_t{0}, members / 2, members - 1}) {
      std::string arguments = "{";
      for (std::size_t i = 0; i < members; ++i) arguments += "\"k" + std::to_string(i) + "\":0,";
      CAPTURE(members, again);
      check_all({{"none", call_with_arguments(arguments + "\"last\":0}"), Fault::None},
                 {"one", call_with_arguments(arguments + "\"k" + std::to_string(again) + "\":0}"),
                  Fault::DuplicateKey}});
    }
  }
}

TEST_CASE("strict reading refuses names that only look like known ones (row 7)") {
  check_all({
      {"7 METHOD", R"({"jsonrpc":"2.0","id":1,"METHOD":"ping"})", Fault::CaseVariantKey},
      {"7 beside", R"({"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"})",
       Fault::CaseVariantKey},
      {"7 ID", R"({"jsonrpc":"2.0","id":1,"ID":2,"method":"ping"})", Fault::CaseVariantKey},
      {"7 escaped", R"({"jsonrpc":"2.0","id":1,"method":"ping","\u004dethod":"x"})",
       Fault::CaseVariantKey},
      {"7 padded before", R"({"jsonrpc":"2.0","id":1," method":"ping"})", Fault::CaseVariantKey},
      {"7 padded after", R"({"jsonrpc":"2.0","id":1,"method\n":"ping"})", Fault::CaseVariantKey},
      {"7 NUL", R"({"jsonrpc":"2.0","id":1,"method\u0000":"ping"})", Fault::CaseVariantKey},
      {"7 zero width", R"({"jsonrpc":"2.0","id":1,"meth\u200bod":"ping"})", Fault::CaseVariantKey},
      {"7 byte order mark", R"({"jsonrpc":"2.0","id":1,"\ufeffmethod":"ping"})",
       Fault::CaseVariantKey},
      {"7 long s", R"({"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{}})",
       Fault::CaseVariantKey},
      {"7 fullwidth", R"({"jsonrpc":"2.0","id":1,"\uff4dethod":"ping"})", Fault::CaseVariantKey},
      {"7 Name", call_with(R"({"Name":"cancel_task"})"), Fault::CaseVariantKey},
      {"7 name and Name", call_with(R"({"name":"list_tasks","Name":"cancel_task"})"),
       Fault::CaseVariantKey},
      {"7 Arguments", call_with(R"({"name":"a","Arguments":{}})"), Fault::CaseVariantKey},
      {"7 Kelvin sign", call_with(R"({"name":"a","tas\u212a":{}})"), Fault::CaseVariantKey},
      {"7 _Meta", call_with(R"({"name":"a","_Meta":{}})"), Fault::CaseVariantKey},
      {"7 requestid",
       R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestid":1}})",
       Fault::CaseVariantKey},
      {"7 padded cursor",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor ":"x"}})",
       Fault::CaseVariantKey},
      {"7 URI", R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"URI":"x"}})",
       Fault::CaseVariantKey},
      {"7 in a reply", R"({"jsonrpc":"2.0","id":1,"result":{"tools":[],"Tools":[]}})",
       Fault::CaseVariantKey},
      {"7 user data is free",
       call_with_arguments(R"({"Name":1,"name":2," name":3,"METHOD":{"ID":1,"id":2}})"),
       Fault::None},
      {"7 other names are free",
       call_with(R"({"name":"a","names":1,"nam":2,"_":3,"":4,"ünïcode":5})"), Fault::None},
  });
}

TEST_CASE("strict reading wants exactly one shape and no other member (row 8)") {
  check_all({
      {"8 method and result", R"({"jsonrpc":"2.0","id":1,"method":"tools/call","result":{}})",
       Fault::MixedShape},
      {"8 method and error",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","error":{"code":1,"message":""}})",
       Fault::MixedShape},
      {"8 result and error",
       R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}})",
       Fault::MixedShape},
      {"8 result and params", R"({"jsonrpc":"2.0","id":1,"result":{},"params":{}})",
       Fault::MixedShape},
      {"8 nothing", R"({"jsonrpc":"2.0","id":1})", Fault::BadMethod},
      {"8 empty", "{}", Fault::BadVersion},
      {"8 extra member", R"({"jsonrpc":"2.0","id":1,"method":"ping","extra":1})",
       Fault::UnknownMember},
      {"8 __proto__", R"({"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{}})",
       Fault::UnknownMember},
      {"8 empty name", R"({"jsonrpc":"2.0","id":1,"method":"ping","":1})", Fault::UnknownMember},
      {"8 result no object", R"({"jsonrpc":"2.0","id":1,"result":"ok"})", Fault::BadResult},
      {"8 error no object", R"({"jsonrpc":"2.0","id":1,"error":"no"})", Fault::BadResult},
      {"8 error without code", R"({"jsonrpc":"2.0","id":1,"error":{"message":"no"}})",
       Fault::BadResult},
      {"8 error with a fraction as code",
       R"({"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"no"}})", Fault::BadResult},
      {"8 error without message", R"({"jsonrpc":"2.0","id":1,"error":{"code":1}})",
       Fault::BadResult},
      {"8 a value", "1", Fault::NotObject},
      {"8 null", "null", Fault::NotObject},
      {"8 text", R"("tools/call")", Fault::NotObject},
  });
}

TEST_CASE("strict reading wants jsonrpc to be exactly 2.0 (row 9)") {
  check_all({
      {"9 missing", R"({"id":1,"method":"ping"})", Fault::BadVersion},
      {"9 1.0", R"({"jsonrpc":"1.0","id":1,"method":"ping"})", Fault::BadVersion},
      {"9 number", R"({"jsonrpc":2.0,"id":1,"method":"ping"})", Fault::BadVersion},
      {"9 padded", R"({"jsonrpc":"2.0 ","id":1,"method":"ping"})", Fault::BadVersion},
      {"9 null", R"({"jsonrpc":null,"id":1,"method":"ping"})", Fault::BadVersion},
      {"9 escaped is equal", R"({"jsonrpc":"\u0032.0","id":1,"method":"ping"})", Fault::None},
  });
}

TEST_CASE("strict reading wants params and method of their kind (rows 10 to 12)") {
  check_all({
      {"10 list", call_with(R"(["cancel_task"])"), Fault::BadParams},
      {"10 text", call_with(R"("cancel_task")"), Fault::BadParams},
      {"10 null", call_with("null"), Fault::BadParams},
      {"10 method list", R"({"jsonrpc":"2.0","id":1,"method":["tools/call"]})", Fault::BadMethod},
      {"10 method null", R"({"jsonrpc":"2.0","id":1,"method":null})", Fault::BadMethod},
      {"10 method empty", R"({"jsonrpc":"2.0","id":1,"method":""})", Fault::BadMethod},
  });
  base::Tree tree;
  const auto method_of = [&](std::string_view line) {
    const rpc::Decoded decoded = rpc::decode(line, rpc::strict_reading(), tree);
    REQUIRE(decoded);
    return std::string(decoded.message.method);
  };
  CHECK(method_of(R"({"jsonrpc":"2.0","id":1,"method":"tools\/c\u0061ll"})") == "tools/call");
  CHECK(method_of(R"({"jsonrpc":"2.0","id":1,"method":"Tools/Call"})") == "Tools/Call");
  CHECK(method_of(R"({"jsonrpc":"2.0","id":1,"method":"tools/call "})") == "tools/call ");
}

TEST_CASE("strict reading decodes names and arguments without touching them (rows 13 to 15)") {
  base::Tree tree;
  const auto name_of = [&](const std::string& line) {
    const rpc::Decoded decoded = rpc::decode(line, rpc::strict_reading(), tree);
    REQUIRE(decoded);
    return std::string(decoded.message.params.find("name").text());
  };
  CHECK(name_of(call_with(R"({"name":"Cancel_Task"})")) == "Cancel_Task");
  CHECK(name_of(call_with(R"({"name":" cancel_task\n"})")) == " cancel_task\n");
  CHECK(name_of(call_with(R"({"name":"cancel_task\u0000"})")) == std::string("cancel_task\0", 12));
  CHECK(name_of(call_with(R"({"name":"c\u0430ncel_task"})")) == "c\xd0\xb0ncel_task");
  CHECK(name_of(call_with(R"({"name":"__proto__"})")) == "__proto__");
  check_all({
      {"13 overlong UTF-8", call_with("{\"name\":\"c\xc0\xa1ncel\"}"), Fault::BadText},
      {"13 lone surrogate", call_with(R"({"name":"\ud800"})"), Fault::BadText},
      {"13 surrogate as bytes", call_with("{\"name\":\"\xed\xa0\x80\"}"), Fault::BadText},
      {"13 surrogate pair", call_with(R"({"name":"\ud83d\ude00"})"), Fault::None},
      {"13 invalid UTF-8 in arguments", call_with_arguments("{\"x\":\"\xff\"}"), Fault::BadText},
      {"13 invalid UTF-8 in a name", call_with_arguments("{\"\xff\":1}"), Fault::BadText},
      {"15 extra arguments", call_with_arguments(R"({"task_id":"t-1","force":true})"), Fault::None},
  });
}

TEST_CASE("strict reading is RFC 8259 and refuses numbers no double holds (rows 16 and 17)") {
  check_all({
      {"16 NaN", call_with_arguments(R"({"x":NaN})"), Fault::NotJson},
      {"16 Infinity", call_with_arguments(R"({"x":Infinity})"), Fault::NotJson},
      {"16 -Infinity", call_with_arguments(R"({"x":-Infinity})"), Fault::NotJson},
      {"16 1e400", call_with_arguments(R"({"x":1e400})"), Fault::BadNumber},
      {"16 -1e400", call_with_arguments(R"({"x":[-1E+400]})"), Fault::BadNumber},
      {"16 1e-400", call_with_arguments(R"({"x":1e-400})"), Fault::BadNumber},
      {"16 largest double", call_with_arguments(R"({"x":1.7976931348623157e308})"), Fault::None},
      {"16 just beyond", call_with_arguments(R"({"x":1.8e308})"), Fault::BadNumber},
      {"16 smallest double", call_with_arguments(R"({"x":5e-324})"), Fault::None},
      {"16 zero in any clothes", call_with_arguments(R"({"x":0e999,"y":-0.0E-999})"), Fault::None},
      {"16 leading zero", call_with_arguments(R"({"x":01})"), Fault::NotJson},
      {"16 plus", call_with_arguments(R"({"x":+1})"), Fault::NotJson},
      {"16 hexadecimal", call_with_arguments(R"({"x":0x10})"), Fault::NotJson},
      {"16 no digit after the point", call_with_arguments(R"({"x":1.})"), Fault::NotJson},
      {"16 no digit before the point", call_with_arguments(R"({"x":.5})"), Fault::NotJson},
      {"16 overlong number", call_with_arguments(R"({"x":)" + std::string(65, '1') + "}"),
       Fault::NotJson},
      {"17 comment", call_with_arguments(R"({"x":1/*c*/})"), Fault::NotJson},
      {"17 line comment", call_with_arguments("{\"x\":1//c\n}"), Fault::NotJson},
      {"17 trailing comma", call_with_arguments(R"({"x":1,})"), Fault::NotJson},
      {"17 trailing comma in a list", call_with_arguments(R"({"x":[1,]})"), Fault::NotJson},
      {"17 single quotes", call_with_arguments(R"({'x':1})"), Fault::NotJson},
      {"17 bare name", call_with_arguments(R"({x:1})"), Fault::NotJson},
      {"17 two values", call_with_id("1") + call_with_id("2"), Fault::NotJson},
      {"17 trailing text", call_with_id("1") + " x", Fault::NotJson},
      {"17 control character", call_with_arguments("{\"x\":\"a\tb\"}"), Fault::NotJson},
      {"17 raw line feed", call_with_arguments("{\"x\":\"a\nb\"}"), Fault::NotJson},
      {"17 bad escape", call_with_arguments(R"({"x":"\x41"})"), Fault::NotJson},
      {"17 byte order mark", "\xef\xbb\xbf" + call_with_id("1"), Fault::NotJson},
      {"17 NUL before", std::string(1, '\0') + call_with_id("1"), Fault::NotJson},
      {"17 NUL after", call_with_id("1") + std::string(1, '\0'), Fault::NotJson},
      {"17 UTF-16", std::string("{\0}\0", 4), Fault::NotJson},
      {"17 Content-Length framing", "Content-Length: 20", Fault::NotJson},
      {"17 nothing", "", Fault::NotJson},
      {"17 blank", "  ", Fault::NotJson},
      {"17 unfinished", R"({"jsonrpc":"2.0","id":1,"method":"pi)", Fault::NotJson},
  });
}

TEST_CASE("strict reading has limits of depth and size (row 18)") {
  const auto sized = [](std::size_t size) {
    const std::string empty = call_with_arguments(R"({"x":""})");
    return call_with_arguments(R"({"x":")" + std::string(size - empty.size(), 'x') + R"("})");
  };
  const std::size_t outer = 3;  // message, params, arguments
  check_all({
      {"18 as deep as allowed", call_with_arguments(R"({"x":)" + nested(64 - outer) + "}"),
       Fault::None},
      {"18 one deeper", call_with_arguments(R"({"x":)" + nested(65 - outer) + "}"), Fault::TooDeep},
      {"18 depth bomb", call_with_arguments(R"({"x":)" + std::string(100'000, '[')),
       Fault::TooDeep},
      {"18 largest line", sized(1u << 20), Fault::None},
      {"18 too large", sized((1u << 20) + 1), Fault::TooLarge},
  });
}

TEST_CASE("a refused line still gives the id to answer, if it can be read without doubt") {
  struct IdCase {
    std::string line;
    Id id;
  };
  const Id one{Id::Kind::Integer, "1", {}};
  const std::vector<IdCase> cases = {
      {call_with("[]"), one},
      {R"({"jsonrpc":"1.0","id":"a","method":"ping"})", {Id::Kind::String, "a", {}}},
      {call_with_arguments(R"({"x":1,"x":2})"), one},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","method":"x"})", one},
      {R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})", {}},
      {R"({"jsonrpc":"2.0","id":1,"ID":2,"method":"ping","method":"x"})", {}},
      {call_with_id("1.0"), {}},
      {call_with_id("null"), {}},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping",})", {}},
      {"[" + call_with_id("1") + "]", {}},
  };
  base::Tree tree;
  for (const IdCase& each : cases) {
    CAPTURE(each.line);
    const rpc::Decoded decoded = rpc::decode(each.line, rpc::strict_reading(), tree);
    CHECK_FALSE(decoded);
    CHECK(decoded.id == each.id);
    CHECK_FALSE(decoded.message.root);
  }
}

TEST_CASE("a fault says where it is") {
  base::Tree tree;
  const std::string line = R"({"jsonrpc":"2.0","id":1,"method":"ping","Params":{}})";
  CHECK(rpc::decode(line, rpc::strict_reading(), tree).offset == line.find(R"("Params")"));
  const std::string second = R"({"jsonrpc":"2.0","id":true,"method":"ping"})";
  CHECK(rpc::decode(second, rpc::strict_reading(), tree).offset == second.find("true"));
  const std::string third = call_with_arguments(R"({"x":1,"x":2})");
  CHECK(rpc::decode(third, rpc::strict_reading(), tree).offset == third.rfind(R"("x")"));
}

TEST_CASE("every fault has a name of its own and a JSON-RPC code") {
  std::vector<std::string_view> names;
  for (unsigned i = 0; i <= static_cast<unsigned>(Fault::BadNumber); ++i) {
    const auto fault = static_cast<Fault>(i);
    for (const std::string_view other : names) CHECK(other != to_string(fault));
    names.push_back(to_string(fault));
    CHECK(to_string(fault) != "?");
    CHECK((rpc::rpc_error_code(fault) == -32700 || rpc::rpc_error_code(fault) == -32600));
  }
  CHECK(rpc::rpc_error_code(Fault::NotJson) == -32700);
  CHECK(rpc::rpc_error_code(Fault::Batch) == -32600);
  CHECK(rpc::rpc_error_code(Fault::DuplicateKey) == -32600);
}

TEST_CASE("What cannot be decoded leaves nothing of the message before in the tree") {
  for (const std::string_view line : {"[1]", "{", "", "{\"a\":1,\"a\":2}", "7"}) {
    gatecrash::base::Tree tree;
    REQUIRE(gatecrash::rpc::decode(R"({"jsonrpc":"2.0","id":1,"method":"ping"})",
                                   gatecrash::rpc::strict_reading(), tree));
    const gatecrash::rpc::Decoded decoded =
        gatecrash::rpc::decode(line, gatecrash::rpc::strict_reading(), tree);
    INFO(line);
    CHECK_FALSE(decoded);
    CHECK_FALSE(tree.root().find("jsonrpc"));
  }
}
