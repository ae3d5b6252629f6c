#include "harness/replay/process_lane.h"

#include <poll.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "harness/base/pack.h"
#include "harness/gateway/serve.h"
#include "harness/trace/pack.h"
#include "mock_servers/order.h"

namespace gatecrash::replay {

using transport::Word;

bool ProcessLane::begin(const scenario::Plan& plan, trace::Run& run) {
  run_ = &run;
  lost_ = false;
  clock_.set(plan.start);
  auto session = pool_.take(gateway_);
  if (!session) return silent(base::to_string(session.error().front()));
  session_ = std::move(*session);
  std::string order;
  mock_servers::pack(plan.mock, mock_servers::options_of(plan), plan.world, plan.start, order);
  // Both begin anew at the same time; the order tells the mock what time it is.
  transport::ControlSocket* const gateway = session_->gateway();
  std::string time;
  base::Packer(time).i64(plan.start.time_since_epoch().count());
  if (!say(session_->mock(), kMock, Word::Reset, order)) return false;
  if (gateway != nullptr &&
      !(say(*gateway, kGateway, Word::Reset) && say(*gateway, kGateway, Word::Clock, time))) {
    return false;
  }
  const auto digest = hear(session_->mock(), kMock);
  if (!digest) return false;
  run.digest_before = base::Unpacker(*digest).u64();
  if (gateway != nullptr && !(hear(*gateway, kGateway) && hear(*gateway, kGateway))) return false;
  restarted_ = gateway != nullptr && plan.reloaded_from != nullptr;
  if (restarted_ &&
      !tell_policy(Word::Restart, earlier_input(*plan.reloaded_from, *policies_.tested)))
    return false;
  fence(trace::kSetUp);
  run.agent.set_time(clock_.now());
  return session_ != nullptr;
}

bool ProcessLane::fail(std::string why) {
  if (run_->problem.empty()) run_->problem = std::move(why);
  session_.reset();
  return false;
}

bool ProcessLane::silent(std::string why) {
  lost_ = true;
  return fail(std::move(why));
}

bool ProcessLane::gone(std::string_view who, ProcessHead* head) {
  std::string why = std::string(who) + " is gone or silent";
  if (head != nullptr) {
    if (const auto exit = head->child().exited()) why += ": it ended with " + to_string(*exit);
  }
  return silent(std::move(why));
}

std::optional<std::string> ProcessLane::ask(transport::ControlSocket& socket, std::string_view who,
                                            Word word, std::string_view body) {
  if (!say(socket, who, word, body)) return std::nullopt;
  return hear(socket, who);
}

bool ProcessLane::say(transport::ControlSocket& socket, std::string_view who, Word word,
                      std::string_view body) {
  return socket.send(word, body) || gone(who, session_->head());
}

std::optional<std::string> ProcessLane::hear(transport::ControlSocket& socket,
                                             std::string_view who) {
  // The mock is ours: it answers, or is gone, which its socket tells.
  auto answer = socket.receive(who == kMock ? limits_.ready : limits_.answer);
  if (!answer) {
    gone(who, session_->head());
    return std::nullopt;
  }
  if (answer->word != Word::Done) {
    base::Unpacker text(answer->body);
    fail(std::string(who) + ": " + std::string(text.text()));
    return std::nullopt;
  }
  return std::move(answer->body);
}

bool ProcessLane::tell_all(Word word, std::string_view body) {
  if (session_->gateway() != nullptr && !ask(*session_->gateway(), kGateway, word, body))
    return false;
  return ask_mock(word, body).has_value();
}

bool ProcessLane::tell_clock() {
  std::string body;
  base::Packer(body).i64(clock_.now().time_since_epoch().count());
  // The mock first: work that is over by now was over before the gateway's window moved on.
  if (!ask_mock(Word::Clock, body)) return false;
  return session_->gateway() == nullptr ||
         ask(*session_->gateway(), kGateway, Word::Clock, body).has_value();
}

bool ProcessLane::tell_fault(std::string_view words) {
  std::string body;
  base::Packer(body).text(words);
  return ask_mock(Word::Fault, body).has_value();
}

void ProcessLane::fence(std::uint32_t step) {
  run_->agent.set_step(step);
  if (session_ != nullptr) tell_step(step);
}

bool ProcessLane::tell_step(std::uint32_t step) {
  std::string body;
  base::Packer(body).u32(step);
  return tell_all(Word::Step, body);
}

bool ProcessLane::tell_policy(Word word, const gateway::PolicyInput& policy) {
  std::string body;
  base::Packer packer(body);
  gateway::pack(policy, packer);
  return ask(*session_->gateway(), kGateway, word, body).has_value();
}

bool ProcessLane::flush(ProcessHead& head) {
  const auto end = SteadyClock::now() + limits_.answer;
  while (true) {
    if (!head.writer().flush()) return gone(next_party(), &head);
    if (head.writer().waiting() == 0) return true;
    if (SteadyClock::now() >= end) return silent(std::string(next_party()) + " does not read");
    await(head.writer().descriptor(), POLLOUT, end);
  }
}

bool ProcessLane::end() {
  if (session_ == nullptr || !last_frames() || !say_last()) return false;
  transport::ControlSocket* const gateway = session_->gateway();
  if (!say(session_->mock(), kMock, Word::Digest) || !say(session_->mock(), kMock, Word::Take))
    return false;
  if (gateway != nullptr && !say(*gateway, kGateway, Word::Take)) return false;
  if (!hear_last()) return false;
  const auto digest = hear(session_->mock(), kMock);
  if (!digest) return false;
  run_->digest_after = base::Unpacker(*digest).u64();
  const auto ledger = hear(session_->mock(), kMock);
  if (!ledger) return false;
  if (!trace::unpack(*ledger, run_->ledger)) return fail("the mock's ledger cannot be read");
  if (gateway != nullptr) {
    const auto decisions = hear(*gateway, kGateway);
    if (!decisions) return false;
    if (!trace::unpack(*decisions, run_->gateway))
      return fail("the gateway's decisions cannot be read");
    if (restarted_ && !tell_policy(Word::Restart, *policies_.started)) return false;
  } else {
    run_->gateway.mark_end();  // it shows no decisions
  }
  if (!leave_nothing()) return false;
  pool_.give_back(gateway_, std::move(session_));
  return true;
}

bool await(int descriptor, short events, std::chrono::steady_clock::time_point end) {
  const auto left = std::max(std::chrono::nanoseconds(0),
                             std::chrono::nanoseconds(end - std::chrono::steady_clock::now()));
  const timespec at_most{.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000),
                         .tv_nsec = static_cast<long>(left.count() % 1'000'000'000)};
  pollfd polled{.fd = descriptor, .events = events, .revents = 0};
  return ::ppoll(&polled, 1, &at_most, nullptr) > 0;
}

}  // namespace gatecrash::replay
