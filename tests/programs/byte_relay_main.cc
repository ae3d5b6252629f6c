// byte-relay COMMAND…: starts the command and copies bytes between it and its own stdin and stdout.
// The gateway that does nothing at all, and cannot be mistaken for one of ours: it knows no
// protocol.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "tests/programs/upstream.h"

namespace {

// Copies what is there. False: the source has ended, or the other side takes no more.
bool copy(int from, int to) {
  static char chunk[64 << 10];
  const ssize_t size = ::read(from, chunk, sizeof chunk);
  if (size < 0 && errno == EINTR) return true;
  if (size <= 0) return false;
  for (ssize_t done = 0; done < size;) {
    const ssize_t more = ::write(to, chunk + done, static_cast<size_t>(size - done));
    if (more > 0) {
      done += more;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

int usage() {
  std::fputs("usage: byte-relay COMMAND [ARGUMENT]...\n", stderr);
  return 64;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return usage();
  const auto upstream = gatecrash::test::start_upstream(argv + 1);
  if (!upstream) return 70;
  pollfd polled[2] = {{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                      {.fd = upstream->from, .events = POLLIN, .revents = 0}};
  while (polled[1].fd >= 0) {
    if (::poll(polled, 2, -1) < 0 && errno != EINTR) return 70;
    if (polled[0].revents != 0 && !copy(STDIN_FILENO, upstream->to)) {
      ::close(upstream->to);  // the end of the input is passed on too
      polled[0].fd = -1;
    }
    if (polled[1].revents != 0 && !copy(upstream->from, STDOUT_FILENO)) polled[1].fd = -1;
  }
  int status = 0;
  if (polled[0].fd >= 0) ::close(upstream->to);
  ::waitpid(upstream->pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 70;
}
