// byte-relay COMMAND…: starts the command and copies bytes between it and its own stdin and stdout.
// The gateway that does nothing at all, and cannot be mistaken for one of ours: it knows no
// protocol.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

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
  ::signal(SIGPIPE, SIG_IGN);
  int down[2], up[2];
  if (::pipe2(down, O_CLOEXEC) != 0 || ::pipe2(up, O_CLOEXEC) != 0) return 70;
  const pid_t child = ::fork();
  if (child < 0) return 70;
  if (child == 0) {
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(down[0], STDIN_FILENO);
    ::dup2(up[1], STDOUT_FILENO);
    ::execvp(argv[1], argv + 1);
    std::perror(argv[1]);
    ::_exit(127);
  }
  ::close(down[0]);
  ::close(up[1]);
  pollfd polled[2] = {{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                      {.fd = up[0], .events = POLLIN, .revents = 0}};
  while (polled[1].fd >= 0) {
    if (::poll(polled, 2, -1) < 0 && errno != EINTR) return 70;
    if (polled[0].revents != 0 && !copy(STDIN_FILENO, down[1])) {
      ::close(down[1]);  // the end of the input is passed on too
      polled[0].fd = -1;
    }
    if (polled[1].revents != 0 && !copy(up[0], STDOUT_FILENO)) polled[1].fd = -1;
  }
  int status = 0;
  if (polled[0].fd >= 0) ::close(down[1]);
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 70;
}
