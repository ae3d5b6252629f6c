#include "harness/transport/unix_socket.h"

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "harness/base/text.h"

namespace gatecrash::transport {
namespace {

bool to_sockaddr(const std::string& address, sockaddr_un& out, socklen_t& size) {
  out = {};
  out.sun_family = AF_UNIX;
  if (address.size() < 2 || address.size() >= sizeof(out.sun_path)) return false;
  std::memcpy(out.sun_path, address.data(), address.size());
  size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  if (address[0] == '@')
    out.sun_path[0] = '\0';
  else
    ++size;
  return true;
}

base::Problems problems(const std::string& what, const std::string& address) {
  return {base::problem({}, {}, what + " " + base::quoted(address) + ": " + errno_text(errno))};
}

template <typename Call>
base::Result<Descriptor> open_socket(const std::string& address, const std::string& what,
                                     Call call) {
  sockaddr_un where;
  socklen_t size = 0;
  if (!to_sockaddr(address, where, size)) {
    errno = EINVAL;
    return problems(what, address);
  }
  Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!descriptor || !call(descriptor.get(), reinterpret_cast<const sockaddr*>(&where), size)) {
    return problems(what, address);
  }
  return descriptor;
}

}  // namespace

base::Result<Descriptor> connect_unix(const std::string& address) {
  return open_socket(address, "cannot reach the socket",
                     [](int socket, const sockaddr* where, socklen_t size) {
                       return ::connect(socket, where, size) == 0;
                     });
}

base::Result<Descriptor> listen_unix(const std::string& address) {
  return open_socket(address, "cannot listen on",
                     [](int socket, const sockaddr* where, socklen_t size) {
                       // The file gets the mode of the socket, so there is no moment at which
                       // others could reach it.
                       return ::fchmod(socket, S_IRUSR | S_IWUSR) == 0 &&
                              ::bind(socket, where, size) == 0 && ::listen(socket, 64) == 0;
                     });
}

Descriptor accept_unix(const Descriptor& listener, int* pid) {
  Descriptor peer(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ucred who{};
  socklen_t size = sizeof who;
  if (!peer || ::getsockopt(peer.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 ||
      who.uid != ::getuid()) {
    return {};
  }
  if (pid != nullptr) *pid = who.pid;
  return peer;
}

base::Result<std::string> fresh_address() {
  unsigned char random[16];
  if (::getrandom(random, sizeof random, 0) != sizeof random)
    return problems("no randomness for", "@");
  return "@gatecrash-" +
         base::to_hex(std::string_view(reinterpret_cast<char*>(random), sizeof random));
}

}  // namespace gatecrash::transport
