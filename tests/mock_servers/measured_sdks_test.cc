// A personality named after an SDK reads each message as that SDK was measured to (protocol.md
// appendix A and section 3.1; the Go SDK by its source before 1.3.1).
#include <map>
#include <set>

#include "tests/mock_servers/driver.h"

namespace gatecrash::mock_servers {
namespace {

// Which SDKs carry the call out.
struct Measured {
  std::string name;  // of the row in protocol.md
  std::string line;
  bool typescript;
  bool python;
};

std::string message(std::string_view members) {
  return R"({"jsonrpc":"2.0",)" + std::string(members) + "}";
}

std::string with_params(std::string_view params) {
  return message(R"("id":1,"method":"tools/call","params":)" + std::string(params));
}

const std::string kParams = R"({"name":"cancel_task","arguments":{"task_id":"t"}})";

std::string with_id(std::string_view id) {
  return message(R"("id":)" + std::string(id) + R"(,"method":"tools/call","params":)" + kParams);
}

std::string with_name(std::string_view name) {
  return with_params(R"({"name":)" + std::string(name) + R"(,"arguments":{"task_id":"t"}})");
}

std::string with_arguments(std::string_view arguments) {
  return with_params(R"({"name":"cancel_task","arguments":)" + std::string(arguments) + "}");
}

std::string with_method(std::string_view method) {
  return message(R"("id":1,)" + std::string(method) + R"(,"params":)" + kParams);
}

const std::vector<Measured>& measured() {
  const std::string call = with_params(kParams);
  static const std::vector<Measured> rows{
      {"baseline", call, true, true},
      {"batch_array", "[" + call + "]", false, false},
      {"notification_form", message(R"("method":"tools/call","params":)" + kParams), false, false},
      {"id_null", with_id("null"), false, false},
      {"id_bool", with_id("true"), false, false},
      {"id_obj", with_id("{}"), false, false},
      {"id_negative", with_id("-1"), true, true},
      {"id_huge", with_id("123456789012345678901234567890"), false, true},
      {"id_1e400", with_id("1e400"), false, false},
      {"id_emptystr", with_id(R"("")"), true, true},
      {"id_2^53+1", with_id("9007199254740993"), false, true},
      {"no_jsonrpc", R"({"id":1,"method":"tools/call","params":)" + kParams + "}", false, false},
      {"jsonrpc_1.0", R"({"jsonrpc":"1.0","id":1,"method":"tools/call","params":)" + kParams + "}",
       false, false},
      {"jsonrpc_num", R"({"jsonrpc":2.0,"id":1,"method":"tools/call","params":)" + kParams + "}",
       false, false},
      {"dup_method_last_call", with_method(R"("method":"tools/list","method":"tools/call")"), true,
       true},
      {"dup_method_first_call", with_method(R"("method":"tools/call","method":"tools/list")"),
       false, false},
      {"dup_name_last_cancel", with_name(R"("list_tasks","name":"cancel_task")"), true, true},
      {"dup_name_first_cancel", with_name(R"("cancel_task","name":"list_tasks")"), false, false},
      {"dup_params_last", with_params(R"({"name":"list_tasks"},"params":)" + kParams), true, true},
      {"dup_arg", with_arguments(R"({"task_id":"x","task_id":"t"})"), true, true},
      {"key_escaped_name",
       with_params(R"({"n\u0061me":"cancel_task","arguments":{"task_id":"t"}})"), true, true},
      {"value_escaped_name", with_name(R"("c\u0061ncel_task")"), true, true},
      {"method_escaped", with_method(R"("method":"tools\/c\u0061ll")"), true, true},
      {"key_case_Name", with_params(R"({"Name":"cancel_task","arguments":{"task_id":"t"}})"), false,
       false},
      {"key_case_METHOD", with_method(R"("METHOD":"tools/call")"), false, false},
      {"method_case", with_method(R"("method":"Tools/Call")"), false, false},
      {"method_trailing_space", with_method(R"("method":"tools/call ")"), false, false},
      {"name_case", with_name(R"("Cancel_Task")"), false, false},
      {"name_space", with_name(R"(" cancel_task")"), false, false},
      {"name_trailing_nl", with_name(R"("cancel_task\n")"), false, false},
      {"name_nul", with_name(R"("cancel_task\u0000")"), false, false},
      {"name_zwsp", with_name(R"("cancel\u200b_task")"), false, false},
      {"name_fullwidth", with_name(R"("\uff43ancel_task")"), false, false},
      {"name_array", with_name(R"(["cancel_task"])"), false, false},
      {"method_and_result", with_method(R"("result":{},"method":"tools/call")"), false, true},
      {"method_and_error", with_method(R"("error":{"code":1,"message":""},"method":"tools/call")"),
       false, false},
      {"params_array", with_params(R"(["cancel_task",{"task_id":"t"}])"), false, false},
      {"args_string", with_arguments(R"("{\"task_id\":\"t\"}")"), false, false},
      {"args_extra", with_arguments(R"({"task_id":"t","force":true})"), true, true},
      {"args_proto", with_arguments(R"({"task_id":"t","__proto__":{"x":1}})"), true, true},
      {"leading_ws", "  " + call, true, true},
      {"bom", "\xef\xbb\xbf" + call, false, false},
      {"two_values_space", call + " " + call, false, false},
      {"trailing_garbage", call + "x", false, false},
      {"raw_ctrl_in_string", with_arguments("{\"task_id\":\"t\",\"n\":\"\x01\"}"), false, false},
      {"raw_u2028", with_arguments("{\"task_id\":\"t\",\"n\":\"\xe2\x80\xa8\"}"), true, true},
      {"comment", "/* x */" + call, false, false},
      {"trailing_comma", with_arguments(R"({"task_id":"t",})"), false, false},
      {"single_quotes", with_arguments("{'task_id':'t'}"), false, false},
      {"nan", with_arguments(R"({"task_id":"t","n":NaN})"), false, true},
      {"inf_1e400", with_arguments(R"({"task_id":"t","n":1e400})"), true, true},
      {"leading_zero", with_arguments(R"({"task_id":"t","n":01})"), false, false},
      {"hex", with_arguments(R"({"task_id":"t","n":0x1})"), false, false},
      {"invalid_utf8_arg", with_arguments("{\"task_id\":\"t\",\"n\":\"\xff\"}"), true, true},
      {"invalid_utf8_name", with_name("\"cancel_task\xff\""), false, false},
      {"tasks_cancel_unsupported",
       message(R"("id":1,"method":"tasks/cancel","params":{"taskId":"t"})"), false, false},
      {"unknown_tool", with_name(R"("nope")"), false, false},
      {"proto_tool", with_name(R"("__proto__")"), false, false},
  };
  return rows;
}

// Rows in which the mock differs from the SDK, by personality. It takes integer ids of any size,
// and no number that a double cannot hold.
const std::map<std::string, std::set<std::string>> kDiffers{
    {"sdk-typescript", {"id_huge", "id_2^53+1", "inf_1e400"}},
    {"sdk-python", {"inf_1e400"}},
};

bool carried_out(const std::string& personality, const std::string& line) {
  Driver driver("generic", world_of({{.id = "t", .state = "", .owner = "", .work = {}}}),
                {.personalities = {personality}});
  driver.send(line);
  const std::vector<std::string> effects = driver.effects();
  return std::ranges::count(effects, "task.cancelled t") == 1;
}

void check_row(const std::string& personality, const Measured& row, bool expected) {
  CAPTURE(personality, row.name, row.line);
  const bool differs = kDiffers.at(personality).contains(row.name);
  CHECK(carried_out(personality, row.line) == (expected != differs));
}

TEST_CASE("The TypeScript and Python personalities carry out the messages that the SDKs do") {
  for (const Measured& row : measured()) {
    check_row("sdk-typescript", row, row.typescript);
    check_row("sdk-python", row, row.python);
  }
}

TEST_CASE("The TypeScript personality serves a connection without a handshake, the others do not") {
  for (const std::string personality : {"sdk-typescript", "sdk-python", "sdk-go"}) {
    CAPTURE(personality);
    Driver driver("generic", world_of({{.id = "t", .state = "", .owner = "", .work = {}}}),
                  {.personalities = {personality}});
    driver.mock().open(1);
    driver.send(with_params(kParams), 1);
    CHECK(driver.effects().empty() == (personality != "sdk-typescript"));
  }
}

TEST_CASE("The Go personality folds names, takes the last duplicate and ignores answers") {
  for (const std::string& line :
       {with_params(R"({"NAME":"cancel_task","Arguments":{"task_id":"t"}})"),
        with_params(R"({"name":"list_tasks","Name":"cancel_task","arguments":{"task_id":"t"}})"),
        with_name(R"("list_tasks","name":"cancel_task")"), with_method(R"("METHOD":"tools/call")"),
        with_method(R"("result":{},"method":"tools/call")"),
        with_method(R"("error":{"code":1,"message":""},"method":"tools/call")"),
        with_method(R"("x":1,"method":"tools/call")")}) {
    CAPTURE(line);
    CHECK(carried_out("sdk-go", line));
  }
  for (const std::string& line :
       {with_name(R"("cancel_task","name":"list_tasks")"), "[" + with_params(kParams) + "]",
        with_arguments(R"({"task_id":"t","n":NaN})"), with_name(R"("Cancel_Task")")}) {
    CAPTURE(line);
    CHECK_FALSE(carried_out("sdk-go", line));
  }
}

}  // namespace
}  // namespace gatecrash::mock_servers
