#include "harness/replay/processes.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "harness/base/text.h"
#include "harness/transport/unix_socket.h"

namespace gatecrash::replay {
namespace {

// Longer lines of a party are dropped, as a careful client would.
constexpr std::size_t kMaxLine = std::size_t{16} << 20;

base::Problems failure(std::string text) {
  return {base::problem("", {}, std::move(text))};
}

}  // namespace

std::string program_path(std::string_view name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = self.parent_path() / name;
  return !error && std::filesystem::exists(beside, error) ? beside.string() : std::string(name);
}

std::string GatewayCommand::key() const {
  return base::join(words, "\n") + (foreign ? "\nforeign" : "");
}

LastWords::LastWords(int descriptor) : descriptor_(descriptor) {
  if (descriptor_ >= 0) transport::set_nonblocking(descriptor_);
}

void LastWords::read() {
  char chunk[16 << 10];
  while (descriptor_ >= 0) {
    const ssize_t size = ::read(descriptor_, chunk, sizeof chunk);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (size <= 0) {
      descriptor_ = -1;
      return;
    }
    bytes_.append(chunk, static_cast<std::size_t>(size));
    if (bytes_.size() > kMost) bytes_.erase(0, bytes_.size() - kMost);
  }
}

std::string LastWords::text() const {
  std::string text;
  for (std::string_view line : base::split(bytes_, '\n')) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    text += text.empty() ? "`" : " `";
    while (!line.empty()) {
      // No longer than what base::quoted shows whole, and no character halved.
      std::size_t size = std::min<std::size_t>(line.size(), 80);
      while (size < line.size() && size > 1 &&
             (static_cast<unsigned char>(line[size]) & 0xc0) == 0x80)
        --size;
      const std::string piece = base::quoted(line.substr(0, size));
      text.append(piece, 1, piece.size() - 2);
      line.remove_prefix(size);
    }
    text += '`';
  }
  return text;
}

ProcessHead::ProcessHead(transport::ChildProcess child)
    : child_(std::move(child)),
      reader_(child_.stdout_fd(), kMaxLine),
      writer_(child_.stdin_fd()),
      last_words_(child_.stderr_fd()) {
  transport::set_nonblocking(child_.stdout_fd());
  transport::set_nonblocking(child_.stdin_fd());
}

base::Result<std::unique_ptr<ProcessHead>> ProcessHead::start(
    const transport::SpawnOptions& options) {
  auto child = transport::ChildProcess::spawn(options);
  if (!child) return child.error();
  return std::unique_ptr<ProcessHead>(new ProcessHead(std::move(*child)));
}

base::Result<std::unique_ptr<ProcessSession>> ProcessSession::start(const GatewayCommand& gateway,
                                                                    base::Duration ready) {
  std::unique_ptr<ProcessSession> session(new ProcessSession);
  session->command_ = gateway;
  auto listener = transport::ControlListener::listen();
  if (!listener) return listener.error();
  const std::string& address = listener->address();
  std::vector<std::string> mock{program_path("mock-server"), "--control", address};

  if (gateway.foreign) {
    auto own = transport::fresh_address();
    if (!own) return own.error();
    session->mock_address_ = *own;
    mock.insert(mock.end(), {"--listen", *own});
    auto child =
        transport::ChildProcess::spawn({.command = mock, .errors = transport::Errors::Discarded});
    if (!child) return child.error();
    session->daemon_.emplace(std::move(*child));
  } else {
    std::vector<std::string> command = gateway.words;
    if (!command.empty()) command.insert(command.end(), {"--control", address, "--"});
    command.insert(command.end(), mock.begin(), mock.end());
    auto head = ProcessHead::start({.command = command, .errors = transport::Errors::Discarded});
    if (!head) return head.error();
    session->head_ = std::move(*head);
  }
  // All introduce themselves, in any order.
  const std::size_t expected = gateway.foreign || gateway.words.empty() ? 1 : 2;
  for (std::size_t i = 0; i < expected; ++i) {
    auto arrival = listener->accept(ready);
    if (!arrival) {
      std::string why = "a process did not come up";
      if (session->head_) {
        if (const auto exit = session->head_->child().exited())
          why += " (it ended with " + to_string(*exit) + ")";
      }
      return failure(why);
    }
    if (arrival->role == "mock") {
      session->mock_.emplace(std::move(arrival->socket));
      session->mock_pid_ = arrival->pid;
    } else {
      session->gateway_.emplace(std::move(arrival->socket));
      session->gateway_pid_ = arrival->pid;
    }
  }
  if (!session->mock_) return failure("the mock did not come up");
  return session;
}

base::Result<std::unique_ptr<ProcessHead>> ProcessSession::start_client(
    const Identity& identity, const RunFolder& folder) const {
  const std::pair<std::string_view, std::string_view> placeholders[] = {
      {"{state}", folder.path()},
      {"{principal}", identity.principal},
      {"{grant}", identity.grant},
      {"{tenant}", identity.tenant}};
  std::vector<std::string> command;
  for (std::string word : command_.words) {
    if (word == "{upstream}") {
      command.insert(command.end(), {program_path("mock-server"), "--attach", mock_address_});
      continue;
    }
    for (const auto& [name, value] : placeholders) {
      for (std::size_t at = 0; (at = word.find(name, at)) != std::string::npos; at += value.size())
        word.replace(at, name.size(), value);
    }
    command.push_back(std::move(word));
  }
  return ProcessHead::start({.command = std::move(command),
                             .environment = folder.environment(),
                             .errors = transport::Errors::Piped});
}

bool ProcessSession::alive() {
  return !mock_->closed() && !(head_ && head_->child().exited()) && !(daemon_ && daemon_->exited());
}

base::Result<std::unique_ptr<ProcessSession>> ProcessPool::take(const GatewayCommand& command) {
  auto& kept = kept_[command.key()];
  while (!kept.empty()) {
    std::unique_ptr<ProcessSession> session = std::move(kept.back());
    kept.pop_back();
    if (session->alive()) return session;
  }
  return ProcessSession::start(command, limits_.ready);
}

void ProcessPool::give_back(const GatewayCommand& command,
                            std::unique_ptr<ProcessSession> session) {
  kept_[command.key()].push_back(std::move(session));
}

}  // namespace gatecrash::replay
