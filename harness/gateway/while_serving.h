// What a served gateway changes of its process, and puts back when it is done.
#pragma once

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "harness/transport/descriptor.h"

namespace gatecrash::gateway {

// TERM, INT and HUP as a descriptor for the time of its life; PIPE is ignored. The old mask and
// handler come back, so that a program that only embeds serve() is not changed by it.
class Signals {
 public:
  Signals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int each : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&wanted, each);
    ::pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    descriptor_ = transport::Descriptor(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    struct sigaction ignore{};
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

// Non-blocking for the time of its life. The flag belongs to the open file, which we may share with
// the shell that started us.
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

}  // namespace gatecrash::gateway
