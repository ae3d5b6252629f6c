// `replay decide`: JSON lines of calls in, one decision line each out. Other people's test vectors
// run through here, so the forms are fixed (interface.md section 5).
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "harness/base/file.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/cli/options.h"
#include "harness/cli/problem_formats.h"
#include "harness/cli/subjects.h"
#include "harness/cli/verb.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"
#include "harness/decision/stores.h"
#include "harness/gateway/judged_call.h"
#include "harness/gateway/wire_rules.h"
#include "harness/mcp/methods.h"
#include "harness/policy/policy.h"

namespace gatecrash::cli {
namespace {

using decision::CallResult;
using decision::Outcome;

constexpr const char* kDecideExamples =
    "one JSON object per line on stdin:\n"
    "  "
    "{\"tool\":\"cancel_task\",\"args\":{\"task_id\":\"t1\"},\"at\":\"2026-01-01T10:00:00Z\","
    "\"principal\":\"p1\"}\n"
    "  {\"raw\":\"{\\\"jsonrpc\\\":\\\"2.0\\\",…}\"}\n"
    "  {\"operator\":\"approve\",\"approval\":\"…\"}\n"
    "example:\n"
    "  echo '{\"tool\":\"cancel_task\"}' | replay decide --policy policy.json\n";

constexpr std::string_view kOperators[] = {"approve", "deny", "expire"};

// What one input line says.
struct Input {
  std::string_view tool, raw, op, approval, principal, session;
  base::Value arguments;
  CallResult upstream = CallResult::Ok;
};

class Decider {
 public:
  Decider(std::shared_ptr<const policy::Policy> policy, std::string file,
          const decision::Semantics& semantics, const gateway::WireRules& wire,
          std::unique_ptr<decision::CounterStore> counters)
      : file_(std::move(file)),
        wire_(wire),
        counters_(std::move(counters)),
        engine_(std::move(policy), semantics, *counters_) {}

  // The answer to one line; false if it is no input (then the answer says why).
  bool answer(std::string_view line, std::string& out) {
    out.clear();
    Input input;
    const std::string problem = read(line, input);
    if (!problem.empty()) {
      out = "{\"error\":";
      base::write_json_string(problem, out);
      out += "}";
      return false;
    }
    if (!input.op.empty()) {
      operate(input, out);
    } else if (!input.raw.empty()) {
      decide_raw(input, out);
    } else {
      decide(input, input.tool, input.arguments, out);
    }
    return true;
  }

 private:
  std::string read(std::string_view line, Input& input) {
    if (const auto error = base::read_json(line, {}, tree_)) {
      return std::string(to_string(error->fault)) + " at byte " + std::to_string(error->offset + 1);
    }
    const base::Value root = tree_.root();
    if (!root.is_object()) return "not a JSON object";
    for (const base::Value each : root) {
      const std::string_view key = each.key();
      const auto text = [&](std::string_view& into) {
        into = each.text();
        return each.is_string() ? std::string() : "`" + std::string(key) + "` has to be a string";
      };
      std::string problem;
      if (key == "tool")
        problem = text(input.tool);
      else if (key == "raw")
        problem = text(input.raw);
      else if (key == "operator")
        problem = text(input.op);
      else if (key == "approval")
        problem = text(input.approval);
      else if (key == "principal")
        problem = text(input.principal);
      else if (key == "session")
        problem = text(input.session);
      else if (key == "args")
        input.arguments = each;
      else if (key == "at")
        problem = read_time(each);
      else if (key == "upstream")
        problem = read_upstream(each, input);
      else if (key != "id")
        problem = "unknown key " + base::quoted(key);
      if (!problem.empty()) return problem;
    }
    const int forms = !root.find("tool") ? 0 : 1;
    if (forms + (root.find("raw") ? 1 : 0) + (root.find("operator") ? 1 : 0) != 1) {
      return "exactly one of `tool`, `raw` and `operator` says what this is";
    }
    if (root.find("operator")) {
      if (std::ranges::find(kOperators, input.op) == std::end(kOperators)) {
        return "unknown operator " + base::quoted(input.op) + " (" +
               base::did_you_mean(input.op, kOperators) + ")";
      }
      if (!root.find("approval")) return "`operator` needs `approval`";
    }
    return {};
  }

  std::string read_time(base::Value value) {
    const auto at = value.is_string() ? base::parse_instant(value.text()) : std::nullopt;
    if (!at) return "`at` has to be a time like 2026-01-01T10:00:00Z";
    now_ = *at;
    return {};
  }

  static std::string read_upstream(base::Value value, Input& input) {
    if (value.text() == "ok")
      input.upstream = CallResult::Ok;
    else if (value.text() == "rpc_error")
      input.upstream = CallResult::RpcError;
    else if (value.text() == "tool_error")
      input.upstream = CallResult::ToolError;
    else
      return "`upstream` has to be `ok`, `rpc_error` or `tool_error`";
    return {};
  }

  void operate(const Input& input, std::string& out) {
    bool done = false;
    if (input.op == "approve")
      done = engine_.approve(input.approval, now_);
    else if (input.op == "deny")
      done = engine_.deny(input.approval, now_);
    else
      done = engine_.expire(input.approval);
    out = "{\"operator\":\"" + std::string(input.op) + "\",\"approval\":";
    base::write_json_string(input.approval, out);
    out += done ? ",\"done\":true}" : ",\"done\":false}";
  }

  // A wire line: what is not acceptable is refused, or let pass undecided where the semantics do
  // that.
  void decide_raw(const Input& input, std::string& out) {
    const bool forwards = wire_.unparsable == gateway::Unparsable::Forward;
    const rpc::Decoded decoded = rpc::decode(input.raw, wire_.reading, raw_tree_);
    const auto undecided = [&](std::string_view why) {
      write(
          {.outcome = forwards ? Outcome::Allow : Outcome::Refuse, .message = forwards ? "" : why},
          out);
    };
    if (!decoded) return undecided(rpc::to_string(decoded.fault));
    const rpc::Message& message = decoded.message;
    if (calls_.is_call(message)) {
      const gateway::JudgedCalls::Read call = calls_.read(message);
      if (call.fate != gateway::JudgedCalls::Fate::Judge) return undecided("bad_params");
      return decide(input, call.tool, call.arguments, out);
    }
    if (wire_.other_methods == gateway::OtherMethods::Forward) return undecided("");
    const mcp::MethodInfo* info = mcp::find_method(message.method);
    const bool listed = info != nullptr && wire_.from_client.has(info->method) &&
                        info->notification == (message.shape == rpc::Shape::Notification);
    write({.outcome = listed ? Outcome::Allow : Outcome::Refuse,
           .message = listed ? "" : "method_not_allowed"},
          out);
  }

  void decide(const Input& input, std::string_view tool, base::Value arguments, std::string& out) {
    const decision::Ruling ruling = engine_.decide({.tool = tool,
                                                    .arguments = arguments,
                                                    .caller = {.grant = input.principal,
                                                               .principal = input.principal,
                                                               .session = input.session},
                                                    .at = now_});
    write(ruling, out);
    if (ruling.ticket != 0) engine_.settle(ruling.ticket, input.upstream, now_);
  }

  void write(const decision::Ruling& ruling, std::string& out) const {
    const auto text_or_null = [&](std::string_view text) {
      if (text.empty())
        out += "null";
      else
        base::write_json_string(text, out);
    };
    out = "{\"decision\":\"" + std::string(to_string(ruling.outcome)) + "\",\"rule\":";
    text_or_null(ruling.rule);
    out += ",\"message\":";
    text_or_null(ruling.outcome == Outcome::Allow ? std::string_view{} : ruling.message);
    if (!ruling.approval.empty()) {
      out += ",\"approval\":";
      base::write_json_string(ruling.approval, out);
    }
    const bool placed = ruling.at.line != 0;
    out += ",\"file\":";
    text_or_null(placed ? std::string_view(file_) : std::string_view{});
    out += ",\"line\":" + (placed ? std::to_string(ruling.at.line) : std::string("null"));
    out += ",\"column\":" + (placed ? std::to_string(ruling.at.column) : std::string("null")) + "}";
  }

  std::string file_;
  gateway::WireRules wire_;
  gateway::JudgedCalls calls_{wire_};
  std::unique_ptr<decision::CounterStore> counters_;
  decision::Engine engine_;
  base::Instant now_ = base::default_start();
  base::Tree tree_;
  base::Tree raw_tree_;
};

int refuse_decide(const std::string& text) {
  std::cerr << "replay decide: " << text << "\n";
  return kUsage;
}

}  // namespace

int decide_main(int argc, char** argv) {
  std::string file, dialect, semantics_name = "hardened", store = "memory";
  bool lenient = false;
  const CommandLine command{
      .program = "replay decide",
      .summary = "Decides calls by a policy, one JSON line each.",
      .options = {{"--policy", &file, "policy file", {.required = true}},
                  {"--dialect", &dialect, "its language (default: by file name)"},
                  {"--semantics",
                   &semantics_name,
                   "hardened, or intercept_1_1: as the released proxy v1.1.0 loads and decides",
                   {.show_default = true}},
                  {"--lenient", &lenient, "forgive what the documents refuse, with warnings"},
                  {"--store", &store, "memory, sqlite:PATH or redis:URL", {.show_default = true}}},
      .footer = kDecideExamples};
  if (const auto ended = read_options(command, argc, argv)) return *ended;

  const auto which = dialect.empty() ? policy::dialect_of(file) : policy::parse_dialect(dialect);
  if (!which) {
    return refuse_decide(dialect.empty()
                             ? "which dialect " + base::quoted(file) +
                                   " is cannot be told from its name (say --dialect)"
                             : "there is no dialect " + base::quoted(dialect) + " (" +
                                   base::did_you_mean(dialect, policy::dialect_names()) + ")");
  }
  const auto semantics = decision::find_semantics(semantics_name);
  if (!semantics)
    return refuse_decide("there are no semantics " + base::quoted(semantics_name) +
                         " (one of `hardened`, `intercept_1_1`)");
  auto text = base::read_file(file);
  if (!text) {
    print_problems(text.error());
    return kUsage;
  }
  const std::string shown = shown_path(file);
  const policy::Loaded loaded = policy::load_text(
      shown, std::move(*text),
      {.dialect = *which, .lenient = lenient, .released = *semantics == decision::intercept_1_1()});
  print_problems(loaded.problems);
  if (loaded.policy == nullptr) return kUsage;
  auto counters = decision::make_counters(store);
  if (!counters) {
    print_problems(counters.error());
    return kUsage;
  }
  const gateway::WireRules wire =
      semantics_name == "hardened" ? gateway::hardened_wire() : gateway::intercept_1_1_wire();
  Decider decider(loaded.policy, shown, *semantics, wire, std::move(*counters));
  std::string answer;
  bool all_good = true;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    all_good &= decider.answer(line, answer);
    std::cout << answer << std::endl;  // each answer is flushed: callers talk back and forth
  }
  return all_good ? kOk : kUsage;
}

}  // namespace gatecrash::cli
