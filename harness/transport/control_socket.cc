#include "harness/transport/control_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "harness/transport/unix_socket.h"

namespace gatecrash::transport {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::size_t kMaxBody = 64u << 20;

// True when readable before the deadline.
bool await_input(int descriptor, SteadyClock::time_point end) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::now()).count();
    pollfd input{.fd = descriptor, .events = POLLIN, .revents = 0};
    const int ready =
        ::poll(&input, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    if (left <= 0) return false;
  }
}

}  // namespace

void pack(const Counts& value, base::Packer& out) {
  out.u64(value.from_client).u64(value.to_client).u64(value.from_upstream).u64(value.to_upstream);
}

Counts unpack_counts(base::Unpacker& in) {
  Counts value;
  value.from_client = in.u64();
  value.to_client = in.u64();
  value.from_upstream = in.u64();
  value.to_upstream = in.u64();
  return value;
}

// ---- socket ------------------------------------------------------------------------------------

base::Result<ControlSocket> ControlSocket::connect(const std::string& address,
                                                   std::string_view role) {
  auto descriptor = connect_unix(address);
  if (!descriptor) return descriptor.error();
  ControlSocket socket(std::move(*descriptor));
  std::string hello;
  base::Packer(hello).text(role).u64(static_cast<std::uint64_t>(::getpid()));
  if (!socket.send(Word::Hello, hello)) {
    return base::Problems{
        base::problem({}, {}, "the control socket is gone: " + errno_text(errno))};
  }
  return socket;
}

bool ControlSocket::send(Word word, std::string_view body) {
  std::string message;
  message.reserve(body.size() + 5);
  base::Packer(message)
      .u32(static_cast<std::uint32_t>(body.size() + 1))
      .u8(static_cast<std::uint8_t>(word));
  message += body;
  std::size_t sent = 0;
  while (sent < message.size()) {
    const ssize_t size =
        ::send(descriptor_.get(), message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
    if (size > 0) {
      sent += static_cast<std::size_t>(size);
    } else if (size < 0 && errno != EINTR) {
      closed_ = true;
      return false;
    }
  }
  return true;
}

bool ControlSocket::fill() {
  char chunk[16384];
  const ssize_t size = ::recv(descriptor_.get(), chunk, sizeof chunk, MSG_DONTWAIT);
  if (size > 0) {
    received_.append(chunk, static_cast<std::size_t>(size));
    return true;
  }
  if (size == 0 || (errno != EAGAIN && errno != EINTR)) closed_ = true;
  return false;
}

std::optional<ControlMessage> ControlSocket::parse() {
  const std::string_view waiting = std::string_view(received_).substr(parsed_);
  if (waiting.size() < 4) return std::nullopt;
  const std::uint32_t size = base::Unpacker(waiting).u32();
  if (size == 0 || size > kMaxBody) {
    closed_ = true;
    return std::nullopt;
  }
  if (waiting.size() < 4 + std::size_t{size}) return std::nullopt;
  ControlMessage message;
  message.word = static_cast<Word>(waiting[4]);
  message.body = waiting.substr(5, size - 1);
  parsed_ += 4 + std::size_t{size};
  if (parsed_ == received_.size()) {
    received_.clear();
    parsed_ = 0;
  }
  return message;
}

std::optional<ControlMessage> ControlSocket::poll() {
  while (true) {
    if (auto message = parse()) return message;
    if (closed_ || !fill()) return std::nullopt;
  }
}

std::optional<ControlMessage> ControlSocket::receive(base::Duration at_most) {
  const auto end = SteadyClock::now() + at_most;
  while (true) {
    if (auto message = poll()) return message;
    if (closed_ || !await_input(fd(), end)) return std::nullopt;
  }
}

// ---- listener ----------------------------------------------------------------------------------

base::Result<ControlListener> ControlListener::listen() {
  auto address = fresh_address();
  if (!address) return address.error();
  auto descriptor = listen_unix(*address);
  if (!descriptor) return descriptor.error();
  return ControlListener(std::move(*descriptor), std::move(*address));
}

std::optional<ControlListener::Arrival> ControlListener::accept(base::Duration at_most) {
  const auto end = SteadyClock::now() + at_most;
  while (await_input(descriptor_.get(), end)) {
    int pid = 0;
    Descriptor peer = accept_unix(descriptor_, &pid);
    if (!peer) continue;
    ControlSocket socket(std::move(peer));
    const auto hello = socket.receive(std::chrono::duration_cast<base::Duration>(
        std::max(end - SteadyClock::now(), SteadyClock::duration::zero())));
    if (!hello || hello->word != Word::Hello) continue;
    base::Unpacker body(hello->body);
    std::string role(body.text());
    body.u64();  // its own idea of its pid; the kernel's is better (the same but in another
                 // namespace)
    return Arrival{std::move(socket), std::move(role), pid};
  }
  return std::nullopt;
}

}  // namespace gatecrash::transport
