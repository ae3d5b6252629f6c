// A gateway under test between the test's own hand and a fake upstream that records effects: what
// it executed, not what it was asked.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/gateway/builtin.h"
#include "harness/mcp/messages.h"
#include "tests/support/catch.h"

namespace gatecrash::test {

inline const base::Instant kStart = base::default_start();

// As careless as servers are: last duplicate wins, no lifecycle, notifications execute too.
class FakeUpstream {
 public:
  enum class Answer { Ok, RpcError, ToolError };

  std::vector<std::string> arrived;   // raw frames
  std::vector<std::string> executed;  // tool names
  Answer answer = Answer::Ok;
  bool accepts_batch = false;
  std::map<std::string, std::string> describe;  // descriptions by tool
  std::vector<std::vector<std::string>> pages = {{"get_task", "cancel_task"}, {"list_tasks"}};

  void on_frame(std::string_view frame, transport::Connection connection, transport::Frames& out) {
    arrived.emplace_back(frame);
    base::Tree tree;
    rpc::Reading reading = rpc::go_reading();
    reading.fold_keys = false;
    base::JsonRules rules = reading.json;
    rules.keep_duplicates = true;
    if (base::read_json(frame, rules, tree)) return;
    if (tree.root().is_list()) {
      if (!accepts_batch) return;
      for (const base::Value each : tree.root()) handle(each, reading, connection, out);
      return;
    }
    handle(tree.root(), reading, connection, out);
  }

 private:
  void handle(base::Value root, const rpc::Reading& reading, transport::Connection connection,
              transport::Frames& out) {
    const std::string method(rpc::member(root, "method", reading).text());
    const base::Value id = rpc::member(root, "id", reading);
    const base::Value params = rpc::member(root, "params", reading);
    if (method == "tools/call") executed.emplace_back(rpc::member(params, "name", reading).text());
    if (!id || method.empty()) return;
    std::string body;
    if (method == "initialize") {
      body =
          R"("result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true},)"
          R"("tasks":{"cancel":{}},"experimental":{"x":{}},"logging":{}},)"
          R"("serverInfo":{"name":"fake","version":"1"}})";
    } else if (method == "tools/list") {
      const std::string cursor(params.find("cursor").text());
      const std::size_t page = cursor.empty() ? 0 : std::stoul(cursor);
      body = R"("result":{"tools":[)";
      for (std::size_t i = 0; i < pages[page].size(); ++i) {
        body += (i == 0 ? "" : ",") + std::string(R"({"name":")") + pages[page][i] +
                R"(","description":")" + describe[pages[page][i]] +
                R"(","inputSchema":{"type":"object"}})";
      }
      body += "]";
      if (page + 1 < pages.size()) body += R"(,"nextCursor":")" + std::to_string(page + 1) + "\"";
      body += "}";
    } else if (method == "tools/call") {
      switch (answer) {
        case Answer::Ok: body = R"("result":{"content":[{"type":"text","text":"done"}]})"; break;
        case Answer::RpcError: body = R"("error":{"code":-32000,"message":"failed"})"; break;
        case Answer::ToolError: body = R"("result":{"content":[],"isError":true})"; break;
      }
    } else {
      body = R"("error":{"code":-32601,"message":"method not found"})";
    }
    std::string& frame = out.begin(connection);
    frame += R"({"jsonrpc":"2.0","id":)";
    base::write_json(id, frame);
    frame += "," + body + "}";
    out.end();
  }
};

inline gateway::PolicyInput policy_input(std::string text,
                                         policy::Dialect dialect = policy::Dialect::PolicyLayer) {
  gateway::PolicyInput input;
  input.path = dialect == policy::Dialect::PolicyLayer ? "policy.json" : "policy.yaml";
  input.text = std::move(text);
  input.dialect = dialect;
  return input;
}

class Rig {
 public:
  Rig(std::string_view gateway, const gateway::PolicyInput& input)
      : Rig(gateway::find_gateway(gateway)->make(input)) {}
  explicit Rig(gateway::Made made) : made_(std::move(made)) {
    INFO(base::to_string(made_.problems));
    REQUIRE(made_.gateway != nullptr);
    gateway().open(0, {});
  }
  Rig(std::unique_ptr<gateway::Gateway> gateway) {
    made_.gateway = std::move(gateway);
    this->gateway().open(0, {});
  }

  gateway::Gateway& gateway() { return *made_.gateway; }
  const gateway::Made& made() const { return made_; }

  // Sends a frame and lets it run until all is quiet; with `hold` the upstream does not see it yet.
  std::vector<std::string> send(std::string_view frame, transport::Connection connection = 0) {
    replies_.clear();
    gateway().from_client(connection, frame, now, to_upstream_, to_client_, log);
    if (!hold) settle();
    collect();
    return replies_;
  }
  std::vector<std::string> flush() {
    replies_.clear();
    settle();
    collect();
    return replies_;
  }
  // The upstream says something of its own accord.
  std::vector<std::string> upstream_says(std::string_view frame) {
    replies_.clear();
    gateway().from_upstream(0, frame, now, to_upstream_, to_client_, log);
    settle();
    collect();
    return replies_;
  }

  void handshake(transport::Connection connection = 0) {
    send(
        R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
        R"("capabilities":{"roots":{},"sampling":{},"elicitation":{},"tasks":{}},)"
        R"("clientInfo":{"name":"t","version":"1"}}})",
        connection);
    send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", connection);
    if (connection != 0) return;
    upstream.arrived.clear();
    log.clear();
  }
  std::vector<std::string> call(std::string_view tool, std::string_view arguments = "{}",
                                transport::Connection connection = 0) {
    std::string frame = R"({"jsonrpc":"2.0","id":)" + std::to_string(++next_id_) +
                        R"(,"method":"tools/call","params":{"name":")" + std::string(tool) +
                        R"(","arguments":)" + std::string(arguments) + "}}";
    return send(frame, connection);
  }

  std::size_t count(trace::EventKind kind) const {
    std::size_t n = 0;
    for (const trace::Event& each : log.events()) n += each.kind == kind;
    return n;
  }
  // `more` of the last event of a kind: the rule of a decision, the reason of a refusal.
  std::string last_reason(trace::EventKind kind) const {
    std::string reason;
    for (const trace::Event& each : log.events()) {
      if (each.kind == kind) reason = log.view(each.more);
    }
    return reason;
  }

  FakeUpstream upstream;
  trace::Trace log;
  base::Instant now = kStart;
  bool hold = false;

 private:
  void settle() {
    while (true) {
      bool quiet = true;
      while (const auto frame = to_upstream_.pop()) {
        quiet = false;
        const std::string bytes(frame->bytes);
        upstream.on_frame(bytes, frame->connection, from_upstream_);
      }
      while (const auto frame = from_upstream_.pop()) {
        quiet = false;
        const std::string bytes(frame->bytes);
        gateway().from_upstream(frame->connection, bytes, now, to_upstream_, to_client_, log);
      }
      if (quiet) return;
    }
  }
  void collect() {
    while (const auto frame = to_client_.pop()) replies_.emplace_back(frame->bytes);
  }

  gateway::Made made_;
  transport::Frames to_upstream_;
  transport::Frames from_upstream_;
  transport::Frames to_client_;
  std::vector<std::string> replies_;
  std::uint64_t next_id_ = 100;
};

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline constexpr std::string_view kHidesCancel =
    R"({"version":"1","default":"deny","hide":["cancel_task"],"tools":{"get_task":{},"list_tasks":{}}})";
inline constexpr std::string_view kTwoPerMinute =
    R"({"version":"1","default":"deny","tools":{"cancel_task":{"limits":[)"
    R"({"counter":"c","window":"minute","max":2,"scope":"grant"}]}}})";
inline constexpr std::string_view kInterceptTwoPerMinute =
    "version: \"1\"\ndefault: deny\ntools:\n  cancel_task:\n    rules:\n      - name: cap\n"
    "        rate_limit: 2/minute\n";

}  // namespace gatecrash::test
