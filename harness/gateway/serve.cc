#include "harness/gateway/serve.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "harness/base/check.h"
#include "harness/gateway/words.h"
#include "harness/trace/pack.h"
#include "harness/transport/child_process.h"
#include "harness/transport/control_socket.h"
#include "harness/transport/line_stream.h"

namespace gatecrash::gateway {
namespace {

using transport::ControlMessage;
using transport::LineReader;
using transport::LineWriter;
using base::Unpacker;
using transport::Word;
using SteadyClock = std::chrono::steady_clock;

// TERM, INT and HUP as a descriptor for the time of its life; PIPE is ignored. The old mask and handler
// come back, so that a program that only embeds serve() is not changed by it.
class Signals {
 public:
  Signals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int each : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&wanted, each);
    ::pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    descriptor_ = transport::Descriptor(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &pipe_before_);
  }
  ~Signals() {
    ::sigaction(SIGPIPE, &pipe_before_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  int descriptor() const { return descriptor_.get(); }
  struct Arrived {
    bool hang_up = false;  // HUP
    bool end = false;      // TERM, INT
  };
  // Takes what arrived, so that it is not delivered again when the old mask comes back.
  Arrived take() {
    Arrived arrived;
    signalfd_siginfo info;
    while (::read(descriptor_.get(), &info, sizeof info) == sizeof info) {
      (info.ssi_signo == SIGHUP ? arrived.hang_up : arrived.end) = true;
    }
    return arrived;
  }

 private:
  sigset_t before_;
  struct sigaction pipe_before_;
  transport::Descriptor descriptor_;
};

// Non-blocking for the time of its life. The flag belongs to the open file, which we may share with the
// shell that started us.
class NonBlocking {
 public:
  explicit NonBlocking(int descriptor) : descriptor_(descriptor) {
    transport::set_nonblocking(descriptor_, true);
  }
  ~NonBlocking() { transport::set_nonblocking(descriptor_, false); }
  NonBlocking(const NonBlocking&) = delete;
  NonBlocking& operator=(const NonBlocking&) = delete;

 private:
  int descriptor_;
};

PolicyInput unpack_policy(Unpacker& in) {
  PolicyInput policy;
  policy.path = in.text();
  policy.text = in.text();
  policy.dialect = static_cast<policy::Dialect>(in.u8());
  policy.lenient_if_refused = in.u8() != 0;
  policy.list_tool = in.text();
  policy.list_argument = in.text();
  return policy;
}

class Server {
 public:
  Server(Gateway& gateway, const ServeOptions& options, const base::Clock& clock,
         JsonLinesAudit* audit, transport::ChildProcess child,
         std::optional<transport::ControlSocket> control)
      : gateway_(gateway),
        options_(options),
        clock_(clock),
        audit_(audit),
        child_(std::move(child)),
        control_(std::move(control)),
        client_flag_in_(options.client_in),
        client_flag_out_(options.client_out),
        client_in_(options.client_in, options.max_line),
        client_out_(options.client_out),
        upstream_in_(child_.stdout_fd(), options.max_upstream_line),
        upstream_out_(child_.stdin_fd()) {
    transport::set_nonblocking(child_.stdout_fd());
    transport::set_nonblocking(child_.stdin_fd());
    rare_ = transport::Descriptor(::epoll_create1(EPOLL_CLOEXEC));
    for (const int each : {child_.death_fd(), signals_.descriptor()}) {
      epoll_event event{.events = EPOLLIN, .data = {.fd = each}};
      GATECRASH_CHECK(::epoll_ctl(rare_.get(), EPOLL_CTL_ADD, each, &event) == 0);
    }
  }

  ServeResult run();

 private:
  enum Input : std::size_t {
    kClientIn, kClientOut, kUpstreamIn, kUpstreamOut, kRare, kControl, kInputs
  };

  base::Instant now() const { return control_ ? virtual_clock_.now() : clock_.now(); }
  bool wait();
  void take_signals();
  void reload();
  void read_client();
  bool read_upstream();
  void upstream_gone();
  void deliver();
  void answer_control();
  void answer(const ControlMessage& message);
  void answer_fence();
  void set_step(std::uint32_t step);
  void set_connection(Unpacker& body);
  void forget();
  void hang_up();
  void begin_shutdown();
  void finish(Served how, std::string detail = {});

  Gateway& gateway_;
  const ServeOptions& options_;
  const base::Clock& clock_;
  JsonLinesAudit* audit_;
  Signals signals_;  // before anything can be signalled
  transport::ChildProcess child_;
  std::optional<transport::ControlSocket> control_;
  NonBlocking client_flag_in_;
  NonBlocking client_flag_out_;
  LineReader client_in_;
  LineWriter client_out_;
  LineReader upstream_in_;
  LineWriter upstream_out_;
  std::array<pollfd, kInputs> polled_{};
  // The upstream's death and signals: looked at in one go, since every descriptor that is polled costs
  // every message.
  transport::Descriptor rare_;

  Frames to_upstream_;
  Frames to_client_;
  trace::Trace log_;
  base::VirtualClock virtual_clock_;
  Connection connection_ = 0;
  std::uint32_t step_ = trace::kSetUp;
  transport::Counts counts_;
  std::vector<transport::Counts> marks_;
  struct Fence {
    std::uint64_t from_client = 0;
    std::uint64_t from_upstream = 0;
  };
  std::optional<Fence> fence_;

  bool hung_up_ = false;      // its end of our input is closed, whatever is still unread
  bool client_left_ = false;  // and all it sent was read
  std::optional<SteadyClock::time_point> grace_ends_;
  bool terminated_ = false;  // TERM was sent
  std::optional<ServeResult> result_;
};

ServeResult Server::run() {
  gateway_.set_audit(audit_);
  gateway_.open(0, options_.principal);
  while (!result_) {
    if (!wait()) continue;
    if (polled_[kRare].revents != 0) take_signals();
    // What the harness said before it let a frame go is heard before the frame: it may have come since
    // the descriptors were looked at.
    if (control_) answer_control();
    if (polled_[kUpstreamIn].revents != 0) read_upstream();
    if (polled_[kClientIn].revents != 0) {
      if ((polled_[kClientIn].events & POLLIN) != 0) read_client();
      else hang_up();
    }
    deliver();
    if (upstream_in_.ended() || (polled_[kRare].revents != 0 && child_.exited())) upstream_gone();
  }
  gateway_.set_audit(nullptr);
  const transport::Exit exit = terminated_ ? child_.kill() : child_.stop(options_.grace);
  if (result_->how == Served::UpstreamFailed && result_->detail.empty()) {
    result_->detail = "the upstream ended: " + transport::to_string(exit);
  }
  return *result_;
}

// False: nothing happened (or only a stage of the shutdown ended).
bool Server::wait() {
  const bool client_full = client_out_.waiting() > options_.buffer;
  const bool upstream_full = upstream_out_.waiting() > options_.buffer;
  const auto set = [&](Input which, int descriptor, short events) {
    polled_[which] = {.fd = events != 0 ? descriptor : -1, .events = events, .revents = 0};
  };
  const bool paused = upstream_full || client_full;
  // A client that is not read from may still hang up; that is seen once. Each time it then stops taking
  // what is due to it, it gets its time, and no more.
  if (hung_up_ && !client_left_) {
    if (!paused) grace_ends_.reset();
    else if (!grace_ends_) grace_ends_ = SteadyClock::now() + options_.grace;
  }
  set(kClientIn, options_.client_in,
      client_left_ || (paused && hung_up_) ? short{0} : paused ? short{POLLRDHUP} : short{POLLIN});
  set(kClientOut, options_.client_out, client_out_.waiting() > 0 ? short{POLLOUT} : short{0});
  set(kUpstreamIn, upstream_in_.descriptor(),
      upstream_in_.ended() || client_full ? short{0} : short{POLLIN});
  set(kUpstreamOut, child_.stdin_fd(),
      child_.stdin_fd() >= 0 && upstream_out_.waiting() > 0 ? short{POLLOUT} : short{0});
  set(kRare, rare_.get(), POLLIN);
  set(kControl, control_ ? control_->fd() : -1, control_ ? short{POLLIN} : short{0});

  int timeout = -1;
  if (grace_ends_) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*grace_ends_ - SteadyClock::now()).count();
    if (left <= 0) {
      if (terminated_) {
        finish(Served::ClientLeft);
      } else {
        child_.signal(SIGTERM);
        terminated_ = true;
        grace_ends_ = SteadyClock::now() + options_.grace;
      }
      return false;
    }
    timeout = static_cast<int>(std::min<std::int64_t>(left, 60'000));
  }
  return ::poll(polled_.data(), polled_.size(), timeout) > 0;
}

void Server::take_signals() {
  const Signals::Arrived arrived = signals_.take();
  if (arrived.end || (arrived.hang_up && !options_.read_policy)) return finish(Served::Signalled);
  if (arrived.hang_up) reload();
}

// What cannot be read or does not load leaves the policy in force that is.
void Server::reload() {
  const base::Result<PolicyInput> policy = options_.read_policy();
  const Replaced replaced = policy ? gateway_.reload(*policy, now(), to_client_, log_)
                                   : gateway_.not_reloaded(policy.error(), now(), log_);
  if (replaced.done && audit_ != nullptr) audit_->set_policy(policy->path, policy->text);
  if (options_.replaced) options_.replaced(replaced);
}

void Server::read_client() {
  const LineReader::Filled filled = client_in_.fill();
  const base::Instant at = now();
  while (const auto frame = client_in_.next()) {
    ++counts_.from_client;
    if (frame->oversize) {
      gateway_.oversize(connection_, at, to_client_, log_);
    } else {
      gateway_.from_client(connection_, frame->line, at, to_upstream_, to_client_, log_);
    }
  }
  // What came without its LF is not a message: it goes nowhere (protocol.md 3.2 row 25).
  if (filled == LineReader::Filled::End) begin_shutdown();
}

// False: there is nothing more to read for now.
bool Server::read_upstream() {
  const LineReader::Filled filled = upstream_in_.fill();
  const base::Instant at = now();
  while (const auto frame = upstream_in_.next()) {
    ++counts_.from_upstream;
    if (!frame->oversize) {
      gateway_.from_upstream(connection_, frame->line, at, to_upstream_, to_client_, log_);
    }
  }
  return filled == LineReader::Filled::Some;
}

// Its last words are passed on, then everybody who still waits is answered. A stray of its group may
// hold the pipe open: the death of the process counts, not the end of the file.
void Server::upstream_gone() {
  if (result_) return;
  while (read_upstream()) deliver();
  gateway_.upstream_lost(connection_, now(), to_client_, log_);
  deliver();
  // A slow client gets what is due to it, but not for ever.
  const auto end = SteadyClock::now() + options_.grace;
  while (client_out_.waiting() > 0 && !client_out_.broken() && SteadyClock::now() < end) {
    pollfd output{.fd = options_.client_out, .events = POLLOUT, .revents = 0};
    ::poll(&output, 1, 50);
    client_out_.flush();
  }
  finish(client_left_ || hung_up_ ? Served::ClientLeft : Served::UpstreamFailed);
}

// Audit first, then the frames.
void Server::deliver() {
  if (audit_ != nullptr && !audit_->write_out()) {
    return finish(Served::AuditFailed, "the audit cannot be written; nothing more is let through");
  }
  while (const auto frame = to_upstream_.pop()) {
    ++counts_.to_upstream;
    upstream_out_.add(frame->bytes);
  }
  while (const auto frame = to_client_.pop()) {
    ++counts_.to_client;
    client_out_.add(frame->bytes);
  }
  if (upstream_out_.waiting() > 0 && child_.stdin_fd() >= 0) upstream_out_.flush();
  if (upstream_out_.waiting() > 4 * options_.buffer) {
    return finish(Served::UpstreamFailed, "the upstream keeps asking and does not read");
  }
  if (client_out_.waiting() > 0 && !client_out_.flush() && !client_left_) begin_shutdown();
  if (!control_) log_.clear();
  if (client_left_ && child_.stdin_fd() >= 0 &&
      (upstream_out_.waiting() == 0 || upstream_out_.broken())) {
    child_.close_stdin();
  }
  answer_fence();
}

void Server::hang_up() {
  hung_up_ = true;
  grace_ends_ = SteadyClock::now() + options_.grace;
}

// The client is gone: what it sent before is still delivered, then the upstream is told by EOF.
void Server::begin_shutdown() {
  if (client_left_) return;
  client_left_ = true;
  grace_ends_ = SteadyClock::now() + options_.grace;
}

void Server::finish(Served how, std::string detail) {
  if (!result_) result_ = ServeResult{how, std::move(detail)};
}

// ---- control -----------------------------------------------------------------------------------

void Server::answer_control() {
  while (!result_) {
    const auto message = control_->poll();
    if (!message) break;
    answer(*message);
  }
  if (control_->closed()) finish(Served::ControlLost);
}

void Server::answer(const ControlMessage& message) {
  Unpacker body(message.body);
  if (message.word == Word::Post) {
    marks_.push_back(counts_);
    if (body.u8() == static_cast<std::uint8_t>(Word::Step)) return set_step(body.u32());
    return set_connection(body);
  }
  std::string reply;
  base::Packer packer(reply);
  Word word = Word::Done;
  switch (message.word) {
    case Word::Clock: {
      virtual_clock_.set(base::Instant{base::Duration{body.i64()}});
      log_.set_time(virtual_clock_.now());
      break;
    }
    case Word::Step: set_step(body.u32()); break;
    case Word::Connection: set_connection(body); break;
    case Word::Marks:
      marks_.push_back(counts_);
      packer.u32(static_cast<std::uint32_t>(marks_.size()));
      for (const transport::Counts& each : marks_) transport::pack(each, packer);
      break;
    case Word::Close: gateway_.close(body.u32()); break;
    case Word::Fence:
      fence_ = Fence{body.u64(), body.u64()};
      if (body.good()) return;  // answered when it is reached
      fence_.reset();
      break;
    case Word::Reset:
      gateway_.reset();
      counts_ = {};
      marks_.clear();
      connection_ = 0;
      step_ = trace::kSetUp;
      forget();
      break;
    case Word::Restart:
    case Word::Reload: {
      const PolicyInput policy = unpack_policy(body);
      if (!body.good()) break;
      const Replaced replaced = message.word == Word::Restart
                                    ? gateway_.restart(policy)
                                    : gateway_.reload(policy, now(), to_client_, log_);
      // A reload that was refused is an event of the trace.
      if (replaced.done || message.word == Word::Reload) break;
      word = Word::Failed;
      packer.text(words(replaced.problems));
      break;
    }
    case Word::Operate: {
      const auto action = parse_operator(body.text());
      if (action) {
        gateway_.operate(*action, now(), to_client_);
        break;
      }
      word = Word::Failed;
      packer.text(words(action.error()));
      break;
    }
    case Word::Take:
      trace::pack(log_, reply);
      forget();
      break;
    case Word::Quit: finish(Served::ControlLost); break;
    default:
      word = Word::Failed;
      packer.text("a gateway knows no such word");
  }
  if (!body.good()) {
    word = Word::Failed;
    reply.clear();
    packer.text("the message is too short");
  }
  control_->send(word, reply);
}

void Server::set_step(std::uint32_t step) {
  step_ = step;
  log_.set_step(step);
}

void Server::set_connection(Unpacker& body) {
  connection_ = body.u32();
  const std::string principal(body.text());
  const std::string grant(body.text());
  const std::string tenant(body.text());
  if (body.u8() != 0) gateway_.open(connection_, {principal, grant, tenant});
  log_.set_connection(connection_);
}

// The trace begins anew where it is.
void Server::forget() {
  log_.clear();
  log_.set_step(step_);
  log_.set_connection(connection_);
  log_.set_time(virtual_clock_.now());
}

void Server::answer_fence() {
  if (!fence_ || counts_.from_client < fence_->from_client ||
      counts_.from_upstream < fence_->from_upstream) {
    return;  // frames may still wait for their readers, who ask this before reading: their number is said
  }
  fence_.reset();
  std::string reply;
  base::Packer packer(reply);
  transport::pack(counts_, packer);
  control_->send(Word::Done, reply);
}

}  // namespace

void pack(const PolicyInput& policy, base::Packer& out) {
  out.text(policy.path).text(policy.text).u8(static_cast<std::uint8_t>(policy.dialect));
  out.u8(policy.lenient_if_refused ? 1 : 0).text(policy.list_tool).text(policy.list_argument);
}

ServeResult serve(Gateway& gateway, const ServeOptions& options, const base::Clock& clock,
                  JsonLinesAudit* audit) {
  std::optional<transport::ControlSocket> control;
  if (!options.control.empty()) {
    auto connected = transport::ControlSocket::connect(options.control, "gateway");
    if (!connected) return {Served::ControlLost, words(connected.error())};
    control.emplace(std::move(*connected));
  }
  auto child = transport::ChildProcess::spawn({.command = options.upstream});
  if (!child) return {Served::UpstreamFailed, words(child.error())};
  Server server(gateway, options, clock, audit, std::move(*child), std::move(control));
  return server.run();
}

}  // namespace gatecrash::gateway
