#include "harness/gateway/operator_channel.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "harness/base/check.h"
#include "harness/transport/unix_socket.h"

namespace gatecrash::gateway {
namespace {

constexpr std::size_t kMaxLine = 64u << 10;
constexpr std::size_t kMaxPeers = 16;

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out += "; ";
    else
      out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return out;
}

base::Problems problem(const std::string& path, const std::string& message) {
  return {base::problem(path, {}, message)};
}

}  // namespace

base::Result<std::unique_ptr<OperatorChannel>> OperatorChannel::open(const std::string& path) {
  if (path.empty() || path.front() == '@')
    return problem({}, "the operator's socket needs a path, so that only its user can reach it");
  // Of two that start at once only one looks and binds at a time.
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const transport::Descriptor turn(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!turn || ::flock(turn.get(), LOCK_EX) != 0)
    return problem(path, "cannot open its folder: " + transport::errno_text(errno));
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) return problem(path, "is there already, and is no socket");
    if (transport::connect_unix(path)) return problem(path, "another gateway listens there");
    if (::unlink(path.c_str()) != 0)
      return problem(path, "cannot be replaced: " + transport::errno_text(errno));
  }
  auto listener = transport::listen_unix(path);
  if (!listener) return listener.error();
  transport::set_nonblocking(listener->get());
  return std::unique_ptr<OperatorChannel>(new OperatorChannel(path, std::move(*listener)));
}

OperatorChannel::OperatorChannel(std::string path, transport::Descriptor listener)
    : path_(std::move(path)),
      listener_(std::move(listener)),
      ready_(::epoll_create1(EPOLL_CLOEXEC)) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener_.get()}};
  GATECRASH_CHECK(::epoll_ctl(ready_.get(), EPOLL_CTL_ADD, listener_.get(), &event) == 0);
}

OperatorChannel::~OperatorChannel() {
  ::unlink(path_.c_str());
}

OperatorChannel::Peer::Peer(transport::Descriptor made)
    : socket(std::move(made)), reader(socket.get(), kMaxLine), writer(socket.get()) {}

void OperatorChannel::take_new() {
  while (transport::Descriptor socket = transport::accept_unix(listener_)) {
    if (peers_.size() == kMaxPeers)
      peers_.pop_front();  // or those who never leave would keep the operator out
    transport::set_nonblocking(socket.get());
    await(peers_.emplace_back(std::move(socket)), EPOLLIN);
  }
}

void OperatorChannel::await(Peer& peer, unsigned events) {
  if (peer.awaited == events) return;
  epoll_event event{.events = events, .data = {.fd = peer.socket.get()}};
  const int change = peer.awaited == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  GATECRASH_CHECK(::epoll_ctl(ready_.get(), change, peer.socket.get(), &event) == 0);
  peer.awaited = events;
}

void OperatorChannel::serve(const Answer& answer) {
  std::erase_if(peers_, [&](Peer& each) { return !serve(each, answer); });
  take_new();
}

bool OperatorChannel::serve(Peer& peer, const Answer& answer) {
  if (peer.writer.waiting() == 0 && !peer.reader.ended()) peer.reader.fill();
  while (peer.writer.flush() && peer.writer.waiting() == 0) {
    const auto frame = peer.reader.next();
    if (!frame) break;
    peer.writer.add(one_line(frame->oversize ? "error the line is too long" : answer(frame->line)));
  }
  if (peer.writer.broken() || (peer.reader.ended() && peer.writer.waiting() == 0)) return false;
  await(peer, peer.writer.waiting() == 0 ? EPOLLIN : EPOLLOUT);
  return true;
}

}  // namespace gatecrash::gateway
