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

// How long an eager lane waits for a reply before it asks whether there will be one.
constexpr auto kPatience = std::chrono::milliseconds(2);

// Does the frame look as if it were owed a reply? A wrong guess costs time only.
bool asks(std::string_view frame) {
  return frame.find("\"id\"") != std::string_view::npos &&
         frame.find("\"method\"") != std::string_view::npos;
}

Counts counts_of(const std::string& reply) {
  base::Unpacker body(reply);
  return transport::unpack_counts(body);
}

}  // namespace

bool StdioLane::begin(const scenario::Plan& plan, trace::Run& run) {
  sent_ = received_ = mock_said_ = 0;
  current_ = 0;
  marks_.clear();
  quiet_ = true;
  return ProcessLane::begin(plan, run);
}

void StdioLane::open(Connection connection, const Identity& identity) {
  if (session_ != nullptr) tell_connection(connection, identity, true);
}

bool StdioLane::tell_connection(Connection connection, const Identity& identity, bool fresh) {
  std::string body;
  base::Packer(body)
      .u32(connection)
      .text(identity.principal)
      .text(identity.grant)
      .text(identity.tenant)
      .u8(fresh ? 1 : 0);
  if (!(eager_ ? post(Word::Connection, body) : tell_all(Word::Connection, body))) return false;
  current_ = connection;
  return true;
}

bool StdioLane::tell_step(std::uint32_t step) {
  if (!eager_) return ProcessLane::tell_step(step);
  std::string body;
  base::Packer(body).u32(step);
  return post(Word::Step, body);
}

bool StdioLane::post(Word word, std::string_view body) {
  std::string posted;
  base::Packer(posted).u8(static_cast<std::uint8_t>(word));
  posted += body;
  marks_.push_back({sent_, received_});
  if (session_->gateway() != nullptr && !say(*session_->gateway(), kGateway, Word::Post, posted))
    return false;
  return say(session_->mock(), kMock, Word::Post, posted);
}

void StdioLane::close(Connection connection) {
  if (session_ == nullptr) return;
  std::string body;
  base::Packer(body).u32(connection);
  tell_all(Word::Close, body);
}

bool StdioLane::switch_to(Connection connection) {
  return connection == current_ || tell_connection(connection, {}, false);
}

void StdioLane::take_frames(Frames& to_agent) {
  while (const auto frame = session_->head()->reader().next()) {
    ++received_;
    if (!frame->oversize) to_agent.push(current_, frame->line);
  }
}

bool StdioLane::read_until(std::uint64_t frames, Frames& to_agent) {
  const auto end = SteadyClock::now() + limits_.answer;
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
    if (!(eager_ && asks(frame->bytes) ? read_reply(to_agent) : settle(to_agent))) return false;
  }
  return true;
}

bool StdioLane::read_reply(Frames& to_agent) {
  const std::uint64_t before = received_;
  ProcessHead& head = *session_->head();
  const auto end = SteadyClock::now() + kPatience;
  while (received_ == before) {
    if (SteadyClock::now() >= end) return settle(to_agent);  // no reply, it seems
    if (!await(head.reader().descriptor(), POLLIN, end)) continue;
    const bool over = head.reader().fill() == transport::LineReader::Filled::End;
    take_frames(to_agent);
    if (over && received_ == before) return gone(next_party(), &head);
  }
  return true;
}

bool StdioLane::say_last() {
  if (!eager_) return true;
  marks_.push_back({sent_, received_});
  transport::ControlSocket* const gateway = session_->gateway();
  return say(session_->mock(), kMock, Word::Marks) &&
         (gateway == nullptr || say(*gateway, kGateway, Word::Marks));
}

// Had everybody dealt with everything at each mark, and when the evidence was asked for?
bool StdioLane::hear_last() {
  if (!eager_) return true;
  transport::ControlSocket* const gateway = session_->gateway();
  const auto mock = hear(session_->mock(), kMock);
  if (!mock) return false;
  std::optional<std::string> between;
  if (gateway != nullptr && !(between = hear(*gateway, kGateway))) return false;
  base::Unpacker of_mock(*mock),
      of_gateway(between ? std::string_view(*between) : std::string_view());
  quiet_ = of_mock.u32() == marks_.size() && (!between || of_gateway.u32() == marks_.size());
  for (const Mark& mark : marks_) {
    if (!quiet_) break;
    const Counts upstream = transport::unpack_counts(of_mock);
    if (of_mock.u8() != 0) quiet_ = false;  // it had more to say
    const Counts own = between ? transport::unpack_counts(of_gateway)
                               : Counts{.from_client = mark.sent,
                                        .to_client = mark.received,
                                        .from_upstream = mark.received,
                                        .to_upstream = mark.sent};
    quiet_ = quiet_ && own.from_client == mark.sent && own.to_client == mark.received &&
             own.to_upstream == upstream.from_client && own.from_upstream == upstream.to_client;
  }
  return true;
}

bool StdioLane::leave_nothing() {
  Frames late;
  return quiet_ || settle(late);
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
  while (true) {
    const auto first =
        ask(*session_->gateway(), kGateway, Word::Fence, fence_body(sent_, mock_said_));
    if (!first) return std::nullopt;
    const Counts gateway = counts_of(*first);
    auto second = ask_mock(Word::Fence, fence_body(gateway.to_upstream, 0));
    if (!second) return std::nullopt;
    // The mock has dealt with all the gateway passed on, and the gateway with all the mock said to
    // it.
    mock_said_ = counts_of(*second).to_client;
    if (gateway.from_upstream >= mock_said_) {
      if (!read_until(gateway.to_client, to_agent)) return std::nullopt;
      return second;
    }
  }
}

bool StdioLane::reload(Frames& to_agent) {
  if (session_ == nullptr) return false;
  if (session_->gateway() == nullptr) return true;
  return tell_policy(Word::Reload, *policies_.tested) && settle(to_agent);
}

bool StdioLane::operate(std::string_view words, Frames& to_agent) {
  if (session_ == nullptr) return false;
  if (session_->gateway() == nullptr) return true;
  std::string body;
  base::Packer(body).text(words);
  return ask(*session_->gateway(), kGateway, Word::Operate, body) && settle(to_agent);
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

// What is still on its way belongs to the time before.
bool StdioLane::wind_down(Frames& to_agent) {
  return session_ != nullptr && settle(to_agent) && advance(kSettle, to_agent);
}

}  // namespace gatecrash::replay
