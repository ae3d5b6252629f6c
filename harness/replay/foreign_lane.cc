#include "harness/replay/foreign_lane.h"

#include <poll.h>

#include <algorithm>
#include <vector>

#include "harness/base/pack.h"
#include "harness/base/text.h"
#include "harness/transport/process_group.h"

namespace gatecrash::replay {
namespace {

using transport::Counts;
using transport::Word;

// How long a client may take to end after its input has, unless it still wants to run.
constexpr auto kGrace = std::chrono::milliseconds(500);
// How often the mock is asked whether a message has gone through: often at first.
constexpr auto kFirstLook = std::chrono::microseconds(50);
constexpr auto kPatientLook = std::chrono::milliseconds(1);
constexpr auto kLastLook = std::chrono::milliseconds(5);
// How long a wait goes on for a gateway that wants to run.
constexpr auto kMoment = std::chrono::milliseconds(10);

}  // namespace

ForeignLane::ForeignLane(ProcessPool& pool, const GatewayCommand& gateway,
                         const ForeignOptions& options, Tempo& tempo)
    : ProcessLane(pool, gateway), options_(options), tempo_(tempo) {}

bool ForeignLane::begin(const scenario::Plan& plan, trace::Run& run) {
  clients_.clear();
  awaited_.clear();
  received_ = in_vain_ = silences_ = 0;
  gave_up_.reset();
  faulty_ = broke_off_ = false;
  in_doubt_ = false;
  return ProcessLane::begin(plan, run);
}

bool ForeignLane::fail(std::string why) {
  clients_.clear();
  return ProcessLane::fail(std::move(why));
}

void ForeignLane::open(Connection connection, const Identity&) {
  if (session_ == nullptr) return;
  auto head = session_->start_client();
  if (!head) {
    fail(base::to_string(head.error().front()));
    return;
  }
  clients_[connection] = {.head = std::move(*head), .since = SteadyClock::now()};
}

void ForeignLane::drop(Client& client) {
  transport::ChildProcess& child = client.head->child();
  child.close_stdin();
  const auto end = SteadyClock::now() + limits_.answer;
  while (!child.wait(kGrace) && SteadyClock::now() < end && transport::wants_to_run(child.pid())) {
  }
  child.stop(kGrace);
}

void ForeignLane::close(Connection connection) {
  const auto found = clients_.find(connection);
  if (found == clients_.end()) return;
  drop(found->second);
  clients_.erase(found);
  // The mock has heard that the client is gone.
  mock_counts();
}

// Everything that was in the mock's sockets is dealt with when it answers.
std::optional<Counts> ForeignLane::mock_counts() {
  std::string body;
  base::Packer(body).u64(0).u64(0);
  const auto asked = SteadyClock::now();
  const auto reply = ask_mock(Word::Fence, body);
  if (!reply) return std::nullopt;
  tempo_.look(SteadyClock::now() - asked);
  base::Unpacker counts(*reply);
  return transport::unpack_counts(counts);
}

void ForeignLane::note_reply(Client& client, Heard heard) {
  if (heard == Heard::Message) return;
  const auto took = SteadyClock::now() - client.since;
  if (!client.answered) {
    tempo_.start_up(took);
  } else if (heard == Heard::Answer) {
    tempo_.round_trip(took);
  }
  client.answered = true;
  // It was given up too early.
  if (heard == Heard::Surprise) in_doubt_ = true;
}

void ForeignLane::take_frames(Connection connection, Client& client, Frames& to_agent) {
  while (const auto frame = client.head->reader().next()) {
    ++received_;
    note_reply(client, awaited_.heard(connection, frame->oversize ? "" : frame->line));
    if (!frame->oversize) to_agent.push(connection, frame->line);
  }
}

bool ForeignLane::read(SteadyClock::time_point end, Frames& to_agent, Client* writing) {
  std::vector<pollfd> polled;
  for (auto& [connection, client] : clients_) {
    polled.push_back({.fd = client.over ? -1 : client.head->reader().descriptor(),
                      .events = POLLIN,
                      .revents = 0});
  }
  if (writing != nullptr)
    polled.push_back({.fd = writing->head->writer().descriptor(), .events = POLLOUT, .revents = 0});
  const auto left =
      std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(end - SteadyClock::now()));
  const timespec at_most{.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000),
                         .tv_nsec = static_cast<long>(left.count() % 1'000'000'000)};
  if (::ppoll(polled.data(), polled.size(), &at_most, nullptr) <= 0) return true;
  std::size_t at = 0;
  for (auto& [connection, client] : clients_) {
    if (polled[at++].revents == 0) continue;
    client.over = client.head->reader().fill() == transport::LineReader::Filled::End;
    take_frames(connection, client, to_agent);
    // A gateway whose upstream has hung up may well end.
    if (!client.over || faulty_) continue;
    client.head->child().wait(limits_.answer);
    return gone(kGateway, client.head.get());
  }
  return true;
}

// What the gateway says meanwhile is read: it may not read on before.
bool ForeignLane::deliver(Client& client, Frames& to_agent) {
  const auto begun = SteadyClock::now();
  transport::LineWriter& writer = client.head->writer();
  while (true) {
    // As with its output: under a fault it may end.
    if (!writer.flush()) return faulty_ || gone(kGateway, client.head.get());
    if (writer.waiting() == 0 || client.over) return true;
    const auto now = SteadyClock::now();
    if (now >= begun + longest(&client) || (now >= begun + limit(&client) && !wants_to_run()))
      return silent("the gateway does not read");
    if (!read(std::max(begun + limit(&client), now + kMoment), to_agent, &client)) return false;
  }
}

bool ForeignLane::exchange(Frames& from_agent, Frames& to_agent) {
  if (session_ == nullptr) return false;
  while (const auto frame = from_agent.pop()) {
    const auto found = clients_.find(frame->connection);
    if (found == clients_.end()) return fail("the session is closed");
    Client& client = found->second;
    if (client.over) continue;
    const auto before = mark();
    if (!before) return false;
    awaited_.sent(frame->connection, frame->bytes);
    if (client.answered) client.since = SteadyClock::now();
    client.head->writer().add(frame->bytes);
    if (!deliver(client, to_agent) || !settle(*before, &client, Until::GoneThrough, to_agent))
      return false;
  }
  return true;
}

std::optional<ForeignLane::Mark> ForeignLane::mark() {
  const auto counts = mock_counts();
  if (!counts) return std::nullopt;
  // The last message went on after it had been given up.
  if (gave_up_ && *gave_up_ != *counts) in_doubt_ = true;
  gave_up_.reset();
  return Mark{*counts, received_};
}

std::chrono::nanoseconds ForeignLane::quiet() const {
  const std::chrono::nanoseconds usual =
      options_.quiet > base::Duration::zero() ? options_.quiet : tempo_.quiet();
  const std::chrono::nanoseconds quiet =
      std::min<std::chrono::nanoseconds>(usual, pool_.limits().answer);
  return options_.patience == Patience::Long ? kLonger * quiet : quiet;
}

// Once it is known that a reply does not come, however long the wait, the next need not be waited
// for as long.
base::Duration ForeignLane::limit(const Client* client) const {
  const bool longer = options_.patience == Patience::Long && in_vain_ == 0;
  const base::Duration answer = longer ? kLonger * limits_.answer : limits_.answer;
  return client != nullptr && !client->answered ? std::max(limits_.ready, answer) : answer;
}

// For a gateway that wants to run all the time.
base::Duration ForeignLane::longest(const Client* client) const {
  const base::Duration usual =
      client != nullptr && !client->answered ? limits_.ready : limits_.answer;
  return kLonger * usual;
}

bool ForeignLane::gone_through(const Wait& wait) const {
  return wait.mock.from_client - wait.before.mock.from_client == (wait.client != nullptr ? 1 : 0) &&
         wait.mock.to_client - wait.before.mock.to_client == received_ - wait.before.received;
}

bool ForeignLane::held_back(const Wait& wait) const {
  return faulty_ && wait.mock.from_client != wait.before.mock.from_client &&
         wait.mock.to_client - wait.before.mock.to_client <= received_ - wait.before.received;
}

bool ForeignLane::settle(const Mark& before, Client* client, Until until, Frames& to_agent) {
  const auto begun = SteadyClock::now();
  Wait wait{.before = before, .client = client, .still_since = begun, .mock = before.mock};
  const bool may_go_through =
      until == Until::GoneThrough && (options_.timeless || !awaited_.expected());
  const bool looks = may_go_through || faulty_;
  const auto at_latest = begun + limit(client);
  // A reply that is due comes by itself as a rule.
  bool looks_now = looks && (!awaited_.due() || faulty_);
  std::chrono::nanoseconds look = looks_now ? kFirstLook : kPatientLook;
  while (true) {
    if (awaited_.complete()) return true;
    if (client != nullptr && client->over) break;  // it can say no more
    if (looks_now) {
      const auto counts = mock_counts();
      if (!counts) return false;
      if (*counts != wait.mock) wait.still_since = SteadyClock::now();
      wait.mock = *counts;
      if (may_go_through && gone_through(wait)) break;
    }
    const bool due = awaited_.due() && !held_back(wait);
    const auto now = SteadyClock::now();
    const auto end =
        due ? at_latest : std::min<SteadyClock::time_point>(at_latest, wait.still_since + quiet());
    if (now >= end) {
      const bool last = now >= (due ? begun + longest(client) : at_latest);
      const Still still = look_around(wait, last, to_agent);
      if (still == Still::Failed) return false;
      if (still == Still::Yes) return awaited_.complete() || give_up(wait);
      continue;
    }
    const std::uint64_t known = received_;
    if (!read(looks ? std::min<SteadyClock::time_point>(end, now + look) : end, to_agent))
      return false;
    if (received_ != known) wait.still_since = SteadyClock::now();
    look = std::min<std::chrono::nanoseconds>(look * 2, kLastLook);
    looks_now = looks;
  }
  awaited_.give_up();
  return true;
}

bool ForeignLane::wants_to_run() {
  return std::ranges::any_of(clients_, [](auto& client) {
    return !client.second.over && transport::wants_to_run(client.second.head->child().pid());
  });
}

// Time alone decides nothing on a loaded machine: what is there has to be read, by the mock too,
// and a gateway that wants to run has to be let.
ForeignLane::Still ForeignLane::look_around(Wait& wait, bool last, Frames& to_agent) {
  const std::uint64_t known = received_;
  const bool wanted = !last && wants_to_run();
  if (!read(SteadyClock::now(), to_agent)) return Still::Failed;
  const auto counts = mock_counts();
  if (!counts) return Still::Failed;
  const bool moved = received_ != known || *counts != wait.mock;
  wait.mock = *counts;
  if (last) return Still::Yes;
  if (moved) wait.still_since = SteadyClock::now();
  if (!moved && !wanted && !wants_to_run()) return Still::Yes;
  return moved || read(SteadyClock::now() + kMoment, to_agent) ? Still::No : Still::Failed;
}

// No reply: that is an answer too, and the oracles see it, once it is sure.
bool ForeignLane::give_up(const Wait& wait) {
  const bool missing = awaited_.missing() && !held_back(wait);
  const std::string request = missing ? awaited_.request() : std::string();
  awaited_.give_up();
  gave_up_ = wait.mock;
  ++(missing ? in_vain_ : silences_);
  if (!missing) return true;
  if (options_.patience == Patience::Long) return true;
  broke_off_ = in_doubt_ = true;
  run_->problem = "no reply to " + request + " within " + base::to_string(limit(wait.client));
  return false;
}

bool ForeignLane::reload(Frames&) {
  return fail("a gateway of somebody else's cannot be told to reload");
}

bool ForeignLane::operate(std::string_view words, Frames&) {
  return fail("a gateway of somebody else's cannot be told `" + std::string(words) + "`");
}

bool ForeignLane::fault(std::string_view words, Frames& to_agent) {
  if (session_ == nullptr) return false;
  const auto before = mark();
  faulty_ = true;
  awaited_.give_up();
  awaited_.set_free();
  return before && tell_fault(words) && settle(*before, nullptr, Until::GoneThrough, to_agent);
}

bool ForeignLane::advance(base::Duration by, Frames& to_agent) {
  if (session_ == nullptr) return false;
  clock_.advance(by);
  run_->agent.set_time(clock_.now());
  const auto before = mark();
  awaited_.give_up();
  awaited_.set_free();
  if (!before || !tell_clock()) return false;
  // The one place where time has to pass for real: the gateway has no other clock.
  const auto end = SteadyClock::now() + (options_.timeless ? base::Duration::zero() : by);
  while (SteadyClock::now() < end) {
    if (!read(end, to_agent)) return false;
  }
  return settle(*before, nullptr, Until::GoneThrough, to_agent);
}

// Stragglers still have to show up in the ledger, and in the agent's trace.
bool ForeignLane::wind_down(Frames& to_agent) {
  if (session_ == nullptr) return false;
  const auto before = mark();
  if (!before) return false;
  if (options_.timeless) return true;
  awaited_.give_up();
  return settle(*before, nullptr, Until::Quiet, to_agent);
}

bool ForeignLane::last_frames() {
  while (!clients_.empty()) close(clients_.begin()->first);
  return session_ != nullptr;
}

}  // namespace gatecrash::replay
