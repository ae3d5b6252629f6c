#include "harness/replay/stdio_lane.h"

#include <poll.h>

#include <algorithm>

#include "harness/base/pack.h"
#include "harness/rpc/message.h"
#include "harness/trace/pack.h"
#include "mock_servers/order.h"

namespace gatecrash::replay {
namespace {

using transport::Counts;
using transport::Word;

// A foreign gateway says nothing about being done: a step whose replies do not come is over when nothing
// has moved for that long, and a run when nothing more comes at its end.
constexpr auto kQuiet = std::chrono::milliseconds(100);

std::string packed_time(base::Instant at) {
  std::string body;
  base::Packer(body).i64(at.time_since_epoch().count());
  return body;
}

// Replies that the frame asks for: one per request, as far as it can be read.
std::uint64_t replies_due(std::string_view frame) {
  base::Tree tree;
  const rpc::Decoded decoded = rpc::decode(frame, rpc::strict_reading(), tree);
  return decoded && decoded.message.shape == rpc::Shape::Request ? 1 : 0;
}

}  // namespace

StdioLane::~StdioLane() = default;

bool StdioLane::fail(std::string why) {
  if (run_->problem.empty()) run_->problem = std::move(why);
  session_.reset();
  return false;
}

bool StdioLane::gone(std::string_view who) {
  std::string why = std::string(who) + " is gone or silent";
  if (const auto exit = session_->head().exited()) why += ": it ended with " + to_string(*exit);
  return fail(std::move(why));
}

std::optional<std::string> StdioLane::ask(transport::ControlSocket& socket, std::string_view who, Word word,
                                          std::string_view body) {
  auto answer = socket.ask(word, body, pool_.at_most());
  if (!answer) {
    gone(who);
    return std::nullopt;
  }
  if (answer->word != Word::Done) {
    base::Unpacker text(answer->body);
    fail(std::string(who) + ": " + std::string(text.text()));
    return std::nullopt;
  }
  return std::move(answer->body);
}

bool StdioLane::begin(const scenario::Plan& plan, trace::Run& run) {
  run_ = &run;
  clock_.set(plan.start);
  sent_ = received_ = 0;
  current_ = 0;
  foreign_running_ = false;
  auto session = pool_.take(gateway_);
  if (!session) return fail(base::to_string(session.error().front()));
  session_ = std::move(*session);
  std::string order;
  mock_servers::pack(plan.mock, {.profile = plan.mock_profile, .personalities = plan.personalities, .extra_tools = plan.extra_tools},
                     plan.world, plan.start, order);
  const auto digest = ask(session_->mock(), "the mock", Word::Reset, order);
  if (!digest) return false;
  run.digest_before = base::Unpacker(*digest).u64();
  if (session_->gateway() != nullptr && !ask(*session_->gateway(), "the gateway", Word::Reset)) return false;
  if (!tell_clock()) return false;
  fence(trace::kSetUp);
  run.agent.set_time(clock_.now());
  return session_ != nullptr;
}

bool StdioLane::tell_clock() {
  const std::string time = packed_time(clock_.now());
  if (!ask(session_->mock(), "the mock", Word::Clock, time)) return false;
  return session_->gateway() == nullptr || ask(*session_->gateway(), "the gateway", Word::Clock, time).has_value();
}

void StdioLane::open(Connection connection, const Identity& identity) {
  if (session_ == nullptr) return;
  if (gateway_.foreign) {
    // One stdio process is one client: a new session is a new process.
    if (auto started = session_->restart_gateway(); !started) {
      fail(base::to_string(started.error().front()));
      return;
    }
    received_ = 0;
    foreign_running_ = true;
    current_ = connection;
    return;
  }
  std::string body;
  base::Packer(body).u32(connection).text(identity.principal).text(identity.grant).u8(1);
  if (session_->gateway() != nullptr && !ask(*session_->gateway(), "the gateway", Word::Connection, body)) return;
  if (!ask(session_->mock(), "the mock", Word::Connection, body)) return;
  current_ = connection;
}

void StdioLane::close(Connection connection) {
  if (session_ == nullptr || gateway_.foreign) return;
  std::string body;
  base::Packer(body).u32(connection);
  if (session_->gateway() != nullptr && !ask(*session_->gateway(), "the gateway", Word::Close, body)) return;
  ask(session_->mock(), "the mock", Word::Close, body);
}

void StdioLane::fence(std::uint32_t step) {
  step_ = step;
  run_->agent.set_step(step);
  if (session_ == nullptr) return;
  std::string body;
  base::Packer(body).u32(step);
  if (session_->gateway() != nullptr && !ask(*session_->gateway(), "the gateway", Word::Step, body)) return;
  ask(session_->mock(), "the mock", Word::Step, body);
}

bool StdioLane::switch_to(Connection connection) {
  if (connection == current_ || gateway_.foreign) return true;
  std::string body;
  base::Packer(body).u32(connection).text("").text("").u8(0);
  if (session_->gateway() != nullptr && !ask(*session_->gateway(), "the gateway", Word::Connection, body)) return false;
  if (!ask(session_->mock(), "the mock", Word::Connection, body)) return false;
  current_ = connection;
  return true;
}

bool StdioLane::flush(SteadyClock::time_point end) {
  while (true) {
    if (!session_->writer().flush()) return gone(gateway_.words.empty() ? "the mock" : "the gateway");
    if (session_->writer().waiting() == 0) return true;
    pollfd output{.fd = session_->writer().descriptor(), .events = POLLOUT, .revents = 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::now()).count();
    if (left <= 0 || ::poll(&output, 1, static_cast<int>(left)) < 0) return fail("the gateway does not read");
  }
}

void StdioLane::take_frames(Frames& to_agent) {
  while (const auto frame = session_->reader().next()) {
    ++received_;
    if (!frame->oversize) to_agent.push(current_, frame->line);
  }
}

bool StdioLane::read_until(std::uint64_t frames, Frames& to_agent) {
  const auto end = SteadyClock::now() + pool_.at_most();
  take_frames(to_agent);
  while (received_ < frames) {
    pollfd input{.fd = session_->reader().descriptor(), .events = POLLIN, .revents = 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::now()).count();
    if (left <= 0 || ::poll(&input, 1, static_cast<int>(left)) <= 0) return gone("the gateway");
    if (session_->reader().fill() == transport::LineReader::Filled::End) {
      take_frames(to_agent);
      return received_ >= frames || gone(gateway_.words.empty() ? "the mock" : "the gateway");
    }
    take_frames(to_agent);
  }
  return true;
}

bool StdioLane::exchange(Frames& from_agent, Frames& to_agent) {
  if (session_ == nullptr) return false;
  std::uint64_t due = 0;
  while (const auto frame = from_agent.pop()) {
    if (!switch_to(frame->connection)) return false;
    session_->writer().add(frame->bytes);
    if (!flush(SteadyClock::now() + pool_.at_most())) return false;
    ++sent_;
    if (gateway_.foreign) {
      due += replies_due(frame->bytes);
    } else if (!settle(to_agent)) {
      return false;
    }
  }
  return gateway_.foreign ? settle_foreign(to_agent, due) : true;
}

bool StdioLane::settle(Frames& to_agent) {
  const auto fence_body = [](std::uint64_t client, std::uint64_t upstream) {
    std::string body;
    base::Packer(body).u64(client).u64(upstream);
    return body;
  };
  const auto counts_of = [](const std::string& reply) {
    base::Unpacker body(reply);
    return transport::unpack_counts(body);
  };
  if (session_->gateway() == nullptr) {
    const auto reply = ask(session_->mock(), "the mock", Word::Fence, fence_body(sent_, 0));
    return reply && read_until(counts_of(*reply).to_client, to_agent);
  }
  // What the gateway passes on can make the mock answer, which can make the gateway speak again.
  Counts mock;
  while (true) {
    const auto first = ask(*session_->gateway(), "the gateway", Word::Fence, fence_body(sent_, mock.to_client));
    if (!first) return false;
    const Counts gateway = counts_of(*first);
    const auto second = ask(session_->mock(), "the mock", Word::Fence, fence_body(gateway.to_upstream, 0));
    if (!second) return false;
    const std::uint64_t before = mock.to_client;
    mock = counts_of(*second);
    if (mock.to_client == before && gateway.from_upstream >= mock.to_client) {
      return read_until(gateway.to_client, to_agent);
    }
  }
}

bool StdioLane::settle_foreign(Frames& to_agent, std::uint64_t expected) {
  const std::uint64_t goal = received_ + expected;
  const auto limit = SteadyClock::now() + pool_.at_most();
  auto quiet_since = SteadyClock::now();
  take_frames(to_agent);
  while (expected == 0 || received_ < goal) {
    const auto wait_until = expected == 0 ? quiet_since + kQuiet : limit;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::min(wait_until, limit) - SteadyClock::now()).count();
    if (left <= 0) return true;  // no reply: that is an answer too, and the oracles see it
    pollfd input{.fd = session_->reader().descriptor(), .events = POLLIN, .revents = 0};
    if (::poll(&input, 1, static_cast<int>(left)) <= 0) continue;
    if (session_->reader().fill() == transport::LineReader::Filled::End) {
      take_frames(to_agent);
      return gone("the gateway");
    }
    quiet_since = SteadyClock::now();
    take_frames(to_agent);
  }
  return true;
}

bool StdioLane::advance(base::Duration by, Frames& to_agent) {
  if (session_ == nullptr) return false;
  clock_.advance(by);
  run_->agent.set_time(clock_.now());
  if (!tell_clock()) return false;
  if (!gateway_.foreign) return settle(to_agent);
  if (timeless_) return true;
  // The one place where time has to pass for real: the gateway has no other clock.
  const auto end = SteadyClock::now() + by;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::now()).count();
    if (left <= 0) return true;
    pollfd input{.fd = session_->reader().descriptor(), .events = POLLIN, .revents = 0};
    if (::poll(&input, 1, static_cast<int>(left)) <= 0) continue;
    if (session_->reader().fill() == transport::LineReader::Filled::End) return gone("the gateway");
    take_frames(to_agent);
  }
}

bool StdioLane::end() {
  if (session_ == nullptr) return false;
  if (gateway_.foreign) {
    // Stragglers still have to show up in the ledger.
    Frames late;
    if (!settle_foreign(late, 0)) return false;
  }
  const auto digest = ask(session_->mock(), "the mock", Word::Digest);
  if (!digest) return false;
  run_->digest_after = base::Unpacker(*digest).u64();
  const auto ledger = ask(session_->mock(), "the mock", Word::Take);
  if (!ledger) return false;
  if (!trace::unpack(*ledger, run_->ledger)) return fail("the mock's ledger cannot be read");
  if (session_->gateway() != nullptr) {
    const auto decisions = ask(*session_->gateway(), "the gateway", Word::Take);
    if (!decisions) return false;
    if (!trace::unpack(*decisions, run_->gateway)) return fail("the gateway's decisions cannot be read");
  }
  pool_.give_back(gateway_, std::move(session_));
  return true;
}

}  // namespace gatecrash::replay
