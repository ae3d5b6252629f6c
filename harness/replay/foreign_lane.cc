#include "harness/replay/foreign_lane.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "harness/base/pack.h"
#include "harness/base/text.h"
#include "harness/replay/real_time.h"
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
// After so many processes in a row that hang up at once no other is started.
constexpr int kMostUnanswered = 3;
// How long before the edge of a window the first step is taken.
constexpr auto kLead = std::chrono::seconds(2);

base::Instant real_now() {
  return std::chrono::floor<base::Duration>(std::chrono::system_clock::now());
}

}  // namespace

ForeignLane::ForeignLane(ProcessPool& pool, const GatewayCommand& gateway,
                         const ForeignOptions& options, Tempo& tempo, RunFolders& folders)
    : ProcessLane(pool, gateway), options_(options), tempo_(tempo), folders_(folders) {}

bool ForeignLane::begin(const scenario::Plan& plan, trace::Run& run) {
  clients_.clear();
  awaited_.clear();
  received_ = in_vain_ = silences_ = 0;
  gave_up_.reset();
  hang_ups_.clear();
  unanswered_ = 0;
  last_words_.clear();
  faulty_ = broke_off_ = refused_ = false;
  in_doubt_ = false;
  contact_due_ = std::ranges::any_of(plan.steps, [&](const scenario::Step& step) {
    return step.expect.outcome == scenario::Expect::Outcome::Allow ||
           (plan.kind == scenario::RunKind::Benign && step.kind == scenario::StepKind::Call);
  });
  period_ = options_.timeless ? base::Duration::zero() : real_time(plan).period;
  start_ = plan.start;
  run.unfenced = true;
  folder_.reset();
  auto folder = folders_.make(options_.label);
  if (!folder) {
    run.problem = base::to_string(folder.error().front());
    return false;
  }
  folder_ = std::move(*folder);
  return ProcessLane::begin(plan, run);
}

// What comes before the edge of a window has to be done by then: the first step is taken early.
void ForeignLane::fence(std::uint32_t step) {
  ProcessLane::fence(step);
  if (step != 0 || period_ == base::Duration::zero() || session_ == nullptr) return;
  real_start_ = next_like(start_, period_, real_now() + kLead);
  if (options_.turn != nullptr) options_.turn->pause();
  // The gateway has done its part by now: nothing has to be read.
  std::this_thread::sleep_for(real_start_ - kLead - real_now());
  if (options_.turn != nullptr) options_.turn->resume();
}

bool ForeignLane::fail(std::string why) {
  why += said();
  clients_.clear();
  return ProcessLane::fail(std::move(why));
}

std::string ForeignLane::said() {
  std::string words = last_words_;
  for (auto& [connection, client] : clients_) {
    client.head->last_words().read();
    const std::string text = client.head->last_words().text();
    if (text.empty()) continue;
    words = text;
    if (client.over) break;
  }
  return words.empty() ? words : "; it said " + words;
}

void ForeignLane::open(Connection connection, const Identity& identity) {
  if (session_ == nullptr) return;
  if (unanswered_ >= kMostUnanswered) {
    hang_ups_.push_back({connection, "it hangs up on every new connection"});
    return;
  }
  auto head = session_->start_client(identity, *folder_);
  if (!head) {
    fail(base::to_string(head.error().front()));
    return;
  }
  clients_[connection] = {.head = std::move(*head), .since = SteadyClock::now()};
}

void ForeignLane::let_end(Client& client, base::Duration idle) {
  transport::ChildProcess& child = client.head->child();
  LastWords& words = client.head->last_words();
  const auto begun = SteadyClock::now();
  while (true) {
    pollfd polled[2] = {{.fd = child.death_fd(), .events = POLLIN, .revents = 0},
                        {.fd = words.descriptor(), .events = POLLIN, .revents = 0}};
    ::poll(polled, 2, static_cast<int>(kMoment.count()));
    words.read();
    const bool dead = polled[0].revents != 0;
    // The dead may have left something to the process that is their upstream's end.
    const bool wanted = transport::wants_to_run(child.pid());
    if (dead && !wanted) return;
    const auto now = SteadyClock::now();
    if (now >= begun + limits_.answer || (!dead && !wanted && now >= begun + idle)) return;
  }
}

void ForeignLane::drop(Client& client) {
  client.head->child().close_stdin();
  if (!client.head->child().exited()) let_end(client, kGrace);
  client.head->child().stop(kGrace);
  client.head->last_words().read();
  if (std::string words = client.head->last_words().text(); !words.empty())
    last_words_ = std::move(words);
}

std::vector<HangUp> ForeignLane::take_hang_ups() {
  return std::exchange(hang_ups_, {});
}

// In the midst of a run that is an answer of the gateway's, and a sure one if it comes twice.
bool ForeignLane::hung_up(Connection connection, Client& client) {
  client.over = true;
  // A gateway whose upstream has hung up may well end.
  if (faulty_) return true;
  let_end(client, limits_.answer);
  const auto exit = client.head->child().exited();
  const std::string how = exit ? "it ended with " + to_string(*exit) : "it closed its output";
  if (run_->agent.step() == trace::kSetUp) {
    const bool answered = client.answered || received_ != 0;
    const auto counts = mock_counts();
    if (!counts) return false;
    // Shells use these two for a command that they cannot start.
    const bool started = exit && exit->code != 126 && exit->code != 127;
    refused_ =
        !answered && counts->from_client == 0 && started && exit->signal == 0 && !exit->clean();
    return refused_
               ? silent("the gateway ended with " + to_string(*exit) + " before its first answer")
               : gone(kGateway, client.head.get());
  }
  in_doubt_ = true;
  unanswered_ = client.answered ? 0 : unanswered_ + 1;
  hang_ups_.push_back({connection, how + said()});
  return true;
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
  unanswered_ = 0;
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
    polled.push_back(
        {.fd = client.head->last_words().descriptor(), .events = POLLIN, .revents = 0});
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
    const bool says = polled[at++].revents != 0;
    if (polled[at++].revents != 0) client.head->last_words().read();
    if (!says) continue;
    const bool ended = client.head->reader().fill() == transport::LineReader::Filled::End;
    take_frames(connection, client, to_agent);
    if (ended && !hung_up(connection, client)) return false;
  }
  return true;
}

// What the gateway says meanwhile is read: it may not read on before.
bool ForeignLane::deliver(Connection connection, Client& client, Frames& to_agent) {
  const auto begun = SteadyClock::now();
  transport::LineWriter& writer = client.head->writer();
  while (true) {
    if (client.over) return true;
    if (!writer.flush()) {
      // What it said before it hung up is still there.
      while (!client.over && client.head->reader().fill() == transport::LineReader::Filled::Some)
        take_frames(connection, client, to_agent);
      take_frames(connection, client, to_agent);
      return hung_up(connection, client);
    }
    if (writer.waiting() == 0) return true;
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
    if (found == clients_.end() && unanswered_ >= kMostUnanswered) continue;
    if (found == clients_.end()) return fail("the session is closed");
    Client& client = found->second;
    if (client.over) continue;
    const auto before = mark();
    if (!before) return false;
    awaited_.sent(frame->connection, frame->bytes);
    if (client.answered) client.since = SteadyClock::now();
    client.head->writer().add(frame->bytes);
    if (!deliver(frame->connection, client, to_agent) ||
        !settle(*before, &client, Until::GoneThrough, to_agent))
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
  base::Duration wait = options_.timeless ? base::Duration::zero() : by;
  if (period_ != base::Duration::zero()) {
    wait = real_start_ + (clock_.now() - start_) - real_now();
    // What was to come before the edge may have come after it.
    if (wait < by) in_doubt_ = true;
  }
  if (!let_pass(SteadyClock::now() + wait, to_agent)) return false;
  return settle(*before, nullptr, Until::GoneThrough, to_agent);
}

bool ForeignLane::let_pass(SteadyClock::time_point end, Frames& to_agent) {
  if (options_.turn != nullptr) options_.turn->pause();
  bool whole = true;
  while (whole && SteadyClock::now() < end) whole = read(end, to_agent);
  if (options_.turn != nullptr) options_.turn->resume();
  return whole;
}

// Stragglers still have to show up in the ledger, and in the agent's trace. What comes so late may
// have been held up by the machine.
bool ForeignLane::wind_down(Frames& to_agent) {
  if (session_ == nullptr) return false;
  auto before = mark();
  if (!before) return false;
  awaited_.give_up();
  if (!options_.timeless) {
    if (!settle(*before, nullptr, Until::Quiet, to_agent)) return false;
    gave_up_ = mock_counts();
    if (!gave_up_ || !let_pass(SteadyClock::now() + options_.settle, to_agent)) return false;
    before = mark();
    if (!before) return false;
  }
  awaited_.set_free();
  clock_.advance(kSettle);
  run_->agent.set_time(clock_.now());
  return tell_clock() && settle(*before, nullptr, Until::GoneThrough, to_agent);
}

bool ForeignLane::last_frames() {
  while (!clients_.empty()) close(clients_.begin()->first);
  return session_ != nullptr;
}

bool ForeignLane::end() {
  if (!ProcessLane::end()) return false;
  const bool contacted = std::ranges::any_of(run_->ledger.events(), [](const trace::Event& event) {
    return event.kind == trace::EventKind::Arrived;
  });
  return contacted || !contact_due_ || fail("the gateway never contacted {upstream}");
}

}  // namespace gatecrash::replay
