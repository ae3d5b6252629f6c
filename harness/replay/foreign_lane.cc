#include "harness/replay/foreign_lane.h"

#include <poll.h>

#include <algorithm>
#include <vector>

#include "harness/base/pack.h"
#include "harness/rpc/message.h"

namespace gatecrash::replay {
namespace {

using transport::Counts;
using transport::Word;

// A message whose reply does not come is settled when nothing has moved for that long, and so is a
// run.
constexpr auto kQuiet = std::chrono::milliseconds(100);
// How long a client may take to end after its input has.
constexpr auto kGrace = std::chrono::milliseconds(500);
// How often the mock is asked whether a message has gone through: often at first.
constexpr auto kFirstLook = std::chrono::microseconds(50);
constexpr auto kLastLook = std::chrono::milliseconds(5);

// Anything but a message of the server's own.
bool is_reply(std::string_view frame) {
  base::Tree tree;
  const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree);
  return !decoded || decoded.message.shape == rpc::Shape::Result ||
         decoded.message.shape == rpc::Shape::Error;
}

bool asks(const rpc::Decoded& decoded) {
  return decoded && decoded.message.shape == rpc::Shape::Request;
}

}  // namespace

ForeignLane::Due ForeignLane::due_for(std::string_view frame) {
  base::Tree tree;
  if (const rpc::Decoded strict = rpc::decode(frame, rpc::strict_reading(), tree))
    return {.sure = asks(strict) ? 1U : 0U};
  const rpc::Decoded lenient = rpc::decode(frame, rpc::go_reading(), tree);
  if (lenient.fault != rpc::Fault::Batch)
    return {.perhaps = asks(lenient) || lenient.id.kind != rpc::Id::Kind::None ? 1U : 0U};
  Due due;
  for (const base::Value each : tree.root()) due.perhaps += each.find("id") ? 1 : 0;
  return due;
}

bool ForeignLane::begin(const scenario::Plan& plan, trace::Run& run) {
  heads_.clear();
  received_ = replies_ = 0;
  faulty_ = false;
  return ProcessLane::begin(plan, run);
}

bool ForeignLane::fail(std::string why) {
  heads_.clear();
  return ProcessLane::fail(std::move(why));
}

void ForeignLane::open(Connection connection, const Identity&) {
  if (session_ == nullptr) return;
  auto head = session_->start_client();
  if (!head) {
    fail(base::to_string(head.error().front()));
    return;
  }
  heads_[connection] = std::move(*head);
}

void ForeignLane::close(Connection connection) {
  const auto found = heads_.find(connection);
  if (found == heads_.end()) return;
  found->second->child().stop(kGrace);
  heads_.erase(found);
}

std::optional<Counts> ForeignLane::mock_counts() {
  std::string body;
  base::Packer(body).u64(0).u64(0);
  const auto reply = ask_mock(Word::Fence, body);
  if (!reply) return std::nullopt;
  base::Unpacker counts(*reply);
  return transport::unpack_counts(counts);
}

void ForeignLane::take_frames(Connection connection, ProcessHead& head, Frames& to_agent) {
  while (const auto frame = head.reader().next()) {
    ++received_;
    if (frame->oversize || is_reply(frame->line)) ++replies_;
    if (!frame->oversize) to_agent.push(connection, frame->line);
  }
}

bool ForeignLane::read(SteadyClock::time_point end, Frames& to_agent) {
  std::vector<pollfd> polled;
  for (const auto& [connection, head] : heads_) {
    polled.push_back({.fd = head->reader().ended() ? -1 : head->reader().descriptor(),
                      .events = POLLIN,
                      .revents = 0});
  }
  const auto left =
      std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(end - SteadyClock::now()));
  const timespec at_most{.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000),
                         .tv_nsec = static_cast<long>(left.count() % 1'000'000'000)};
  if (::ppoll(polled.data(), polled.size(), &at_most, nullptr) <= 0) return true;
  std::size_t at = 0;
  for (const auto& [connection, head] : heads_) {
    if (polled[at++].revents == 0) continue;
    const bool over = head->reader().fill() == transport::LineReader::Filled::End;
    take_frames(connection, *head, to_agent);
    // A gateway whose upstream has hung up may well end.
    if (over && !faulty_) return gone("the gateway", head.get());
  }
  return true;
}

bool ForeignLane::exchange(Frames& from_agent, Frames& to_agent) {
  if (session_ == nullptr) return false;
  while (const auto frame = from_agent.pop()) {
    const auto head = heads_.find(frame->connection);
    if (head == heads_.end()) return fail("the session is closed");
    if (faulty_ && head->second->reader().ended()) continue;
    const auto before = mock_counts();
    if (!before) return false;
    Due due = due_for(frame->bytes);
    // Under a fault no reply is sure to come.
    if (faulty_) due = {.sure = 0, .perhaps = due.sure + due.perhaps};
    head->second->writer().add(frame->bytes);
    if (!flush(*head->second) || !settle(due, 1, *before, to_agent)) return false;
  }
  return true;
}

bool ForeignLane::settle(Due due, std::uint64_t sent, const Counts& before, Frames& to_agent) {
  const std::uint64_t all_replies = replies_ + due.sure + due.perhaps;
  const std::uint64_t received_before = received_;
  const bool silent = due.sure + due.perhaps == 0;
  const bool may_have_gone_through = timeless_ || silent;
  const auto limit = SteadyClock::now() + pool_.at_most();
  auto quiet_since = SteadyClock::now();
  Counts last = before;
  std::chrono::nanoseconds look = kFirstLook;
  while (true) {
    if (!silent && replies_ >= all_replies) return true;
    if (may_have_gone_through) {
      const auto counts = mock_counts();
      if (!counts) return false;
      if (*counts != last) quiet_since = SteadyClock::now();
      last = *counts;
      if (last.from_client - before.from_client == sent &&
          last.to_client - before.to_client == received_ - received_before) {
        return true;
      }
    }
    const auto end =
        due.sure != 0 ? limit : std::min<SteadyClock::time_point>(limit, quiet_since + kQuiet);
    const auto now = SteadyClock::now();
    if (now >= end) return true;  // no reply: that is an answer too, and the oracles see it
    const std::uint64_t known = received_;
    if (!read(may_have_gone_through ? std::min<SteadyClock::time_point>(end, now + look) : end,
              to_agent))
      return false;
    if (received_ != known) quiet_since = SteadyClock::now();
    look = std::min<std::chrono::nanoseconds>(look * 2, kLastLook);
  }
}

bool ForeignLane::reload(Frames&) {
  return fail("a gateway of somebody else's cannot be told to reload");
}

bool ForeignLane::operate(std::string_view words, Frames&) {
  return fail("a gateway of somebody else's cannot be told `" + std::string(words) + "`");
}

bool ForeignLane::fault(std::string_view words, Frames& to_agent) {
  if (session_ == nullptr) return false;
  const auto before = mock_counts();
  faulty_ = true;
  return before && tell_fault(words) && settle({}, 0, *before, to_agent);
}

bool ForeignLane::advance(base::Duration by, Frames& to_agent) {
  if (session_ == nullptr) return false;
  clock_.advance(by);
  run_->agent.set_time(clock_.now());
  const auto before = mock_counts();
  if (!before || !tell_clock()) return false;
  if (timeless_) return settle({}, 0, *before, to_agent);
  // The one place where time has to pass for real: the gateway has no other clock.
  const auto end = SteadyClock::now() + by;
  while (SteadyClock::now() < end) {
    if (!read(end, to_agent)) return false;
  }
  return true;
}

// Stragglers still have to show up in the ledger.
bool ForeignLane::last_frames() {
  auto quiet_since = SteadyClock::now();
  Frames late;
  while (!timeless_ && SteadyClock::now() < quiet_since + kQuiet) {
    const std::uint64_t known = received_;
    if (!read(quiet_since + kQuiet, late)) return false;
    if (received_ != known) quiet_since = SteadyClock::now();
  }
  while (!heads_.empty()) close(heads_.begin()->first);
  return true;
}

}  // namespace gatecrash::replay
