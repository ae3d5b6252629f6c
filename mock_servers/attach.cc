// The other end of a mock that serves a socket: a process that passes bytes on.
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "harness/transport/unix_socket.h"
#include "mock_servers/serve.h"

namespace gatecrash::mock_servers {

bool attach(const std::string& address) {
  auto socket = transport::connect_unix(address);
  if (!socket) return false;
  const int ends[2] = {STDIN_FILENO, socket->get()};
  const int outs[2] = {socket->get(), STDOUT_FILENO};
  std::vector<char> chunk(64u << 10);
  while (true) {
    pollfd polled[2] = {{.fd = ends[0], .events = POLLIN, .revents = 0},
                        {.fd = ends[1], .events = POLLIN, .revents = 0}};
    if (::poll(polled, 2, -1) < 0 && errno != EINTR) return true;
    for (int i = 0; i < 2; ++i) {
      if (polled[i].revents == 0) continue;
      const ssize_t size = ::read(ends[i], chunk.data(), chunk.size());
      if (size <= 0 && !(size < 0 && errno == EINTR)) return true;
      for (ssize_t written = 0; written < size;) {
        const ssize_t more =
            ::write(outs[i], chunk.data() + written, static_cast<std::size_t>(size - written));
        if (more < 0 && errno != EINTR) return true;
        if (more > 0) written += more;
      }
    }
  }
}

}  // namespace gatecrash::mock_servers
