// Replays what the released proxy v1.1.0 did (tests/vectors/README.md) through `replay decide` and
// through the gateway `intercept-1.1`: the same policies load, and every call gets the same
// decision and the same text. Prints every difference, and counts them by kind.
#include "tests/support/catch.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/file.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/base/time.h"
#include "harness/base/tree.h"
#include "harness/cli/verb.h"
#include "harness/gateway/gateway.h"
#include "harness/mcp/messages.h"
#include "harness/rpc/message.h"
#include "harness/trace/trace.h"
#include "tests/cli/program.h"
#include "tests/support/paths.h"

using namespace gatecrash;
using base::Value;

namespace {

constexpr std::string_view kPrefix = "[INTERCEPT POLICY DENIED] ";

// What the proxy, or we in its place, did with a call.
struct Answer {
  std::string decision;
  std::string message;
  friend bool operator==(const Answer&, const Answer&) = default;
};

class Differences {
 public:
  void add(std::string_view kind, Value policy, const std::string& step,
           const std::string& expected, const std::string& actual) {
    ++count_[std::string(kind)];
    std::cerr << kind << ": policy " << policy.find("id").text() << step << "\n  expected "
              << expected << "\n  actual   " << actual << "\n";
  }
  void check_load(Value policy, bool loads) {
    const bool expected = policy.find("loads").is_true();
    if (loads == expected) return;
    add("load", policy, "", expected ? "loads" : std::string(policy.find("why").text()),
        loads ? "loads" : "does not load");
  }
  void check(Value policy, std::size_t step, const Answer& expected, const Answer& actual) {
    ++answers;
    if (expected == actual) return;
    add(expected.decision == actual.decision ? "text" : "decision", policy,
        ", step " + std::to_string(step), expected.decision + " " + base::quoted(expected.message),
        actual.decision + " " + base::quoted(actual.message));
  }
  // One line per kind; empty if there is none.
  std::string summary() const {
    std::string text;
    for (const auto& [kind, count] : count_) text += kind + ": " + std::to_string(count) + "\n";
    return text;
  }

  std::size_t answers = 0;

 private:
  std::map<std::string, std::size_t> count_;
};

Answer expected_of(Value step) {
  return {std::string(step.find("decision").text()), std::string(step.find("message").text())};
}

// Calls `use(policy)` for every recorded policy.
template <typename Use>
void for_each_recorded(Use use) {
  const auto text =
      base::read_file(test::source_path("tests/vectors/intercept_1_1_recorded.jsonl"));
  REQUIRE(text.has_value());
  std::size_t policies = 0;
  base::Tree tree;
  for (const std::string_view line : base::split(*text, '\n')) {
    if (line.empty()) continue;
    REQUIRE_FALSE(base::read_json(line, {}, tree).has_value());
    use(tree.root());
    ++policies;
  }
  CHECK(policies == 1240);
}

// The standard streams, taken over while it lives.
class Streams {
 public:
  explicit Streams(const std::string& input)
      : in(input),
        before_{std::cin.rdbuf(in.rdbuf()), std::cout.rdbuf(out.rdbuf()),
                std::cerr.rdbuf(err.rdbuf())} {
    std::cin.clear();
  }
  ~Streams() {
    std::cin.rdbuf(before_[0]);
    std::cout.rdbuf(before_[1]);
    std::cerr.rdbuf(before_[2]);
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  std::istringstream in;
  std::ostringstream out, err;

 private:
  std::array<std::streambuf*, 3> before_;
};

// What `replay decide` answers to the steps of a policy; absent if it does not load.
std::optional<std::vector<std::string>> decide(Value policy) {
  std::string file = test::write_cli_file("recorded.yaml", policy.find("policy").text());
  std::string input;
  for (const Value step : policy.find("steps")) {
    input += "{\"raw\":" + base::to_json(step.find("raw"));
    for (const std::string_view key : {"at", "upstream"}) {
      if (const Value said = step.find(key); said)
        input += ",\"" + std::string(key) + "\":" + base::to_json(said);
    }
    input += "}\n";
  }
  std::vector<std::string> words{"replay decide", "--policy", std::move(file), "--semantics",
                                 "intercept_1_1"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  Streams streams(input);
  if (cli::decide_main(static_cast<int>(arguments.size()), arguments.data()) != 0)
    return std::nullopt;
  std::vector<std::string> answers;
  for (const std::string_view line : base::split(streams.out.view(), '\n')) {
    if (!line.empty()) answers.emplace_back(line);
  }
  return answers;
}

// One client of the gateway, and its upstream.
class Client {
 public:
  explicit Client(gateway::Gateway& gateway) : gateway_(gateway) { gateway_.open(0, {}); }

  Answer call(Value step) {
    const std::string_view line = step.find("raw").text();
    if (const Value at = step.find("at"); at) now_ = base::parse_instant(at.text()).value();
    gateway::Frames to_upstream, to_client;
    gateway_.from_client(0, line, now_, to_upstream, to_client, log_);
    const auto forwarded = to_upstream.pop();
    const auto answered = to_client.pop();
    REQUIRE(forwarded.has_value() != answered.has_value());
    if (forwarded) {
      CHECK(forwarded->bytes == line);
      answer_call(line, step.find("upstream").text());
      return {"allow", ""};
    }
    base::Tree tree;
    const rpc::Decoded reply = rpc::decode(answered->bytes, rpc::go_reading(), tree);
    REQUIRE(reply);
    CHECK(mcp::reply_shape(reply.message) == mcp::ReplyShape::ToolError);
    const std::string_view text = mcp::reply_text(reply.message);
    CHECK(text.starts_with(kPrefix));
    return {"deny", std::string(text.substr(std::min(kPrefix.size(), text.size())))};
  }

 private:
  // The upstream answers at once, by the id of the call.
  void answer_call(std::string_view line, std::string_view how) {
    base::Tree tree;
    const rpc::Decoded call = rpc::decode(line, rpc::go_reading(), tree);
    if (!call || call.message.id.kind == rpc::Id::Kind::None) return;
    std::string reply;
    if (how == "rpc_error")
      rpc::write_error(call.message.id, rpc::kInternalError, "failed", reply);
    else
      mcp::write_text_result(call.message.id, "done", how == "tool_error", reply);
    gateway::Frames to_upstream, to_client;
    gateway_.from_upstream(0, reply, now_, to_upstream, to_client, log_);
  }

  gateway::Gateway& gateway_;
  trace::Trace log_;
  base::Instant now_ = base::default_start();
};

}  // namespace

TEST_CASE("decide answers every recorded call as the released proxy did") {
  Differences differences;
  for_each_recorded([&](Value policy) {
    const auto answers = decide(policy);
    differences.check_load(policy, answers.has_value());
    if (!answers || !policy.find("steps")) return;
    REQUIRE(answers->size() == policy.find("steps").size());
    base::Tree tree;
    std::size_t step = 0;
    for (const Value said : policy.find("steps")) {
      REQUIRE_FALSE(base::read_json((*answers)[step], {}, tree).has_value());
      const Value message = tree.root().find("message");
      differences.check(policy, step, expected_of(said),
                        {std::string(tree.root().find("decision").text()),
                         message.is_string() ? std::string(message.text()) : std::string()});
      ++step;
    }
  });
  CHECK(differences.answers == 11613);
  CHECK(differences.summary().empty());
}

TEST_CASE("the gateway intercept-1.1 answers every recorded call as the released proxy did") {
  Differences differences;
  const gateway::Maker make = gateway::find_maker("intercept-1.1");
  REQUIRE(make != nullptr);
  for_each_recorded([&](Value policy) {
    const gateway::Made made =
        make({.path = "recorded.yaml",
              .text = std::string(policy.find("policy").text()),
              .dialect = policy::Dialect::Intercept,
              .lenient_if_refused = true,  // a product that does not start has nothing to forgive
              .list_tool = {},
              .list_argument = {}});
    differences.check_load(policy, made.gateway != nullptr);
    CHECK(made.refused == (made.gateway == nullptr));
    if (made.gateway == nullptr) return;
    Client client(*made.gateway);
    std::size_t step = 0;
    for (const Value said : policy.find("steps"))
      differences.check(policy, step++, expected_of(said), client.call(said));
  });
  CHECK(differences.answers == 11613);
  CHECK(differences.summary().empty());
}
