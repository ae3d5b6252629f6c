#include "harness/replay/stdio_lane.h"

#include <poll.h>

#include "harness/base/pack.h"

namespace gatecrash::replay {
namespace {

using transport::Counts;
using transport::Word;

std::string fence_body(std::uint64_t client, std::uint64_t upstream) {
  std::string body;
  base::Packer(body).u64(client).u64(upstream);
  return body;
}

Counts counts_of(const std::string& reply) {
  base::Unpacker body(reply);
  return transport::unpack_counts(body);
}

}  // namespace

bool StdioLane::begin(const scenario::Plan& plan, trace::Run& run) {
  sent_ = received_ = 0;
  current_ = 0;
  return ProcessLane::begin(plan, run);
}

void StdioLane::open(Connection connection, const Identity& identity) {
  if (session_ == nullptr) return;
  std::string body;
  base::Packer(body).u32(connection).text(identity.principal).text(identity.grant).u8(1);
  if (tell_all(Word::Connection, body)) current_ = connection;
}

void StdioLane::close(Connection connection) {
  if (session_ == nullptr) return;
  std::string body;
  base::Packer(body).u32(connection);
  tell_all(Word::Close, body);
}

bool StdioLane::switch_to(Connection connection) {
  if (connection == current_) return true;
  std::string body;
  base::Packer(body).u32(connection).text("").text("").u8(0);
  if (!tell_all(Word::Connection, body)) return false;
  current_ = connection;
  return true;
}

void StdioLane::take_frames(Frames& to_agent) {
  while (const auto frame = session_->head()->reader().next()) {
    ++received_;
    if (!frame->oversize) to_agent.push(current_, frame->line);
  }
}

bool StdioLane::read_until(std::uint64_t frames, Frames& to_agent) {
  const auto end = SteadyClock::now() + pool_.at_most();
  ProcessHead& head = *session_->head();
  take_frames(to_agent);
  while (received_ < frames) {
    if (SteadyClock::now() >= end) return gone(next_party(), &head);
    if (!await(head.reader().descriptor(), POLLIN, end)) continue;
    const bool over = head.reader().fill() == transport::LineReader::Filled::End;
    take_frames(to_agent);
    if (over) return received_ >= frames || gone(next_party(), &head);
  }
  return true;
}

bool StdioLane::exchange(Frames& from_agent, Frames& to_agent) {
  if (session_ == nullptr) return false;
  while (const auto frame = from_agent.pop()) {
    if (!switch_to(frame->connection)) return false;
    session_->head()->writer().add(frame->bytes);
    if (!flush(*session_->head())) return false;
    ++sent_;
    if (!settle(to_agent)) return false;
  }
  return true;
}

bool StdioLane::settle(Frames& to_agent) {
  while (true) {
    const auto mock = pass_on(to_agent);
    if (!mock) return false;
    base::Unpacker body(*mock);
    transport::unpack_counts(body);
    if (body.u8() == 0) return true;
    // The mock has more to say: on this connection.
    if (!switch_to(body.u32()) || !ask_mock(Word::Resume)) return false;
  }
}

std::optional<std::string> StdioLane::pass_on(Frames& to_agent) {
  if (session_->gateway() == nullptr) {
    auto reply = ask_mock(Word::Fence, fence_body(sent_, 0));
    if (!reply || !read_until(counts_of(*reply).to_client, to_agent)) return std::nullopt;
    return reply;
  }
  // What the gateway passes on can make the mock answer, which can make the gateway speak again.
  Counts mock;
  while (true) {
    const auto first = ask(*session_->gateway(), "the gateway", Word::Fence, fence_body(sent_, mock.to_client));
    if (!first) return std::nullopt;
    const Counts gateway = counts_of(*first);
    auto second = ask_mock(Word::Fence, fence_body(gateway.to_upstream, 0));
    if (!second) return std::nullopt;
    const std::uint64_t before = mock.to_client;
    mock = counts_of(*second);
    if (mock.to_client == before && gateway.from_upstream >= mock.to_client) {
      if (!read_until(gateway.to_client, to_agent)) return std::nullopt;
      return second;
    }
  }
}

bool StdioLane::fault(std::string_view words, Frames& to_agent) {
  return session_ != nullptr && tell_fault(words) && settle(to_agent);
}

bool StdioLane::advance(base::Duration by, Frames& to_agent) {
  if (session_ == nullptr) return false;
  clock_.advance(by);
  run_->agent.set_time(clock_.now());
  return tell_clock() && settle(to_agent);
}

}  // namespace gatecrash::replay
