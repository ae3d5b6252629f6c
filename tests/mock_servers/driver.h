// Drives one mock by frames and reads its ledger; what the tests of all mocks share.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/tree.h"
#include "harness/mcp/messages.h"
#include "harness/scenario/effect.h"
#include "harness/trace/trace.h"
#include "harness/transport/frames.h"
#include "mock_servers/mock.h"
#include "tests/support/catch.h"

namespace gatecrash::mock_servers {

class Driver {
 public:
  explicit Driver(std::string_view mock, scenario::WorldSpec world = {},
                  const MockOptions& options = {})
      : world_(std::move(world)) {
    base::Result<std::unique_ptr<Mock>> made = make_mock(mock, options);
    REQUIRE(made.has_value());
    mock_ = std::move(*made);
    start();
  }

  // As new, with an open and initialized connection 0.
  void start() {
    now_ = base::default_start();
    ledger_.clear();
    mock_->reset(world_, now_);
    connect(0);
    ledger_.clear();
  }

  void connect(transport::Connection connection) {
    mock_->open(connection);
    std::string line;
    mcp::write_initialize(0, mcp::kDefaultEra, "test", line);
    send(line, connection);
    line.clear();
    mcp::write_initialized(line);
    send(line, connection);
  }

  // The reply frames to one frame, notifications to anybody included.
  std::vector<std::string> send(std::string_view line, transport::Connection connection = 0) {
    transport::Frames replies;
    mock_->on_frame(connection, line, now_, replies, ledger_);
    return rest(replies);
  }

  std::string one(std::string_view line, transport::Connection connection = 0) {
    const std::vector<std::string> replies = send(line, connection);
    INFO("to " << line);
    REQUIRE(replies.size() == 1);
    return replies.front();
  }

  // Whole reply to a tools/call; `arguments` is JSON text.
  std::string call(std::string_view tool, std::string_view arguments) {
    std::string line;
    mcp::write_tools_call(++id_, tool, arguments, line);
    return one(line);
  }

  std::vector<std::string> advance(base::Duration by) {
    now_ += by;
    transport::Frames replies;
    mock_->advance(now_, ledger_);
    return rest(replies);
  }

  // What is sent when the fault begins, and by all calls that it lets go on.
  std::vector<std::string> fault(std::string_view words) {
    const auto fault = parse_fault(words);
    INFO(words);
    REQUIRE(fault.has_value());
    mock_->fault(*fault, ledger_);
    transport::Frames replies;
    return rest(replies);
  }

  // The ledger, an event a line: its kind and its text, frames left out.
  std::vector<std::string> recorded() const {
    std::vector<std::string> list;
    for (const trace::Event& each : ledger_.events()) {
      const bool frame =
          each.kind == trace::EventKind::Arrived || each.kind == trace::EventKind::Replied;
      list.push_back(std::string(to_string(each.kind)) + (frame ? "" : " " + text_of(each)));
    }
    return list;
  }

  // "task.cancelled t-1" …, in order.
  std::vector<std::string> effects() const {
    std::vector<std::string> list;
    for (const trace::Event& each : ledger_.events()) {
      if (each.kind != trace::EventKind::Effected) continue;
      list.push_back(std::string(to_string(static_cast<scenario::Effect>(each.detail))) + " " +
                     std::string(ledger_.view(each.text)));
    }
    return list;
  }
  // Effects since the last call of this function.
  std::vector<std::string> new_effects() {
    std::vector<std::string> all = effects();
    std::vector<std::string> list(all.begin() + static_cast<std::ptrdiff_t>(seen_), all.end());
    seen_ = all.size();
    return list;
  }

  Mock& mock() { return *mock_; }
  trace::Trace& ledger() { return ledger_; }
  base::Instant now() const { return now_; }
  const scenario::WorldSpec& world() const { return world_; }

 private:
  std::string text_of(const trace::Event& event) const {
    if (event.kind != trace::EventKind::Effected) return std::string(ledger_.view(event.text));
    return std::string(to_string(static_cast<scenario::Effect>(event.detail)));
  }
  std::vector<std::string> rest(transport::Frames& replies) {
    while (mock_->resumable()) mock_->resume(now_, replies, ledger_);
    std::vector<std::string> list;
    while (const auto frame = replies.pop()) list.emplace_back(frame->bytes);
    return list;
  }

  scenario::WorldSpec world_;
  std::unique_ptr<Mock> mock_;
  trace::Trace ledger_;
  base::Instant now_{};
  std::uint64_t id_ = 0;
  std::size_t seen_ = 0;
};

// What a test wants to know of a tools/call reply.
struct Reply {
  std::string text;                // of the first item
  std::vector<std::string> items;  // of all items
  bool is_error = false;
  bool is_rpc_error = false;
  std::int64_t code = 0;
  std::string structured;  // structuredContent.result
};

inline Reply read_reply(const std::string& line) {
  base::Tree tree;
  INFO(line);
  REQUIRE_FALSE(base::read_json(line, {}, tree));
  Reply reply;
  const base::Value root = tree.root();
  if (const base::Value error = root.find("error")) {
    reply.is_rpc_error = true;
    reply.code = std::stoll(std::string(error.find("code").text()));
    reply.text = error.find("message").text();
    return reply;
  }
  const base::Value result = root.find("result");
  REQUIRE(result.is_object());
  for (const base::Value item : result.find("content")) {
    reply.items.emplace_back(item.find("text").text());
  }
  if (!reply.items.empty()) reply.text = reply.items.front();
  reply.is_error = result.find("isError").is_true();
  reply.structured = result.find("structuredContent").find("result").text();
  return reply;
}

// `member` of a result that is one JSON object in a text item; scalars as their text.
inline std::string member_of(const Reply& reply, std::string_view member) {
  base::Tree tree;
  INFO(reply.text);
  REQUIRE_FALSE(base::read_json(reply.text, {}, tree));
  const base::Value value = tree.root().find(member);
  if (!value) return "(absent)";
  if (value.is_null()) return "null";
  if (!value.is_list() && !value.is_object()) return std::string(value.text());
  std::string text;
  base::write_json(value, text);
  return text;
}

inline scenario::WorldSpec world_of(std::vector<scenario::TaskSpec> tasks) {
  return {std::move(tasks)};
}

// As world_of for one task.
inline scenario::WorldSpec one_task(std::string id, std::string state,
                                    std::optional<base::Duration> work = {}) {
  return {{{.id = std::move(id), .state = std::move(state), .owner = {}, .work = work}}};
}

}  // namespace gatecrash::mock_servers
