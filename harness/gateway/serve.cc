#include "harness/gateway/serve.h"

#include <signal.h>
#include <sys/epoll.h>

#include <algorithm>

#include "harness/base/check.h"
#include "harness/gateway/operator_channel.h"
#include "harness/gateway/server.h"
#include "harness/gateway/words.h"

namespace gatecrash::gateway {

using transport::LineReader;

Server::Server(Gateway& gateway, const ServeOptions& options, const base::Clock& clock,
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
  for (const int each : {child_.death_fd(), signals_.descriptor(),
                         options.operators != nullptr ? options.operators->descriptor() : -1}) {
    if (each < 0) continue;
    epoll_event event{.events = EPOLLIN, .data = {.fd = each}};
    GATECRASH_CHECK(::epoll_ctl(rare_.get(), EPOLL_CTL_ADD, each, &event) == 0);
  }
}

ServeResult Server::run() {
  gateway_.set_audit(audit_);
  gateway_.open(0, options_.principal);
  while (!result_) {
    if (!wait()) continue;
    if (polled_[kRare].revents != 0) {
      take_signals();
      if (options_.operators != nullptr)
        options_.operators->serve([this](std::string_view line) { return obey(line); });
    }
    // What the harness said before it let a frame go is heard before the frame: it may have come
    // since the descriptors were looked at.
    if (control_) answer_control();
    if (polled_[kUpstreamIn].revents != 0) read_upstream();
    if (polled_[kClientIn].revents != 0) {
      if ((polled_[kClientIn].events & POLLIN) != 0)
        read_client();
      else
        hang_up();
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
  // A client that is not read from may still hang up; that is seen once. Each time it then stops
  // taking what is due to it, it gets its time, and no more.
  if (hung_up_ && !client_left_) {
    if (!paused)
      grace_ends_.reset();
    else if (!grace_ends_)
      grace_ends_ = SteadyClock::now() + options_.grace;
  }
  set(kClientIn, options_.client_in,
      client_left_ || (paused && hung_up_) ? short{0}
      : paused                             ? short{POLLRDHUP}
                                           : short{POLLIN});
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
Replaced Server::reload() {
  const base::Result<PolicyInput> policy = options_.read_policy();
  const Replaced replaced = policy ? gateway_.reload(*policy, now(), to_client_, log_)
                                   : gateway_.not_reloaded(policy.error(), now(), log_);
  if (replaced.done && audit_ != nullptr) audit_->set_policy(policy->path, policy->text);
  if (options_.replaced) options_.replaced(replaced);
  return replaced;
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

// Its last words are passed on, then everybody who still waits is answered. A stray of its group
// may hold the pipe open: the death of the process counts, not the end of the file.
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
