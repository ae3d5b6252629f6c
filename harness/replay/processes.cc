#include "harness/replay/processes.h"

#include <filesystem>

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

ProcessHead::ProcessHead(transport::ChildProcess child)
    : child_(std::move(child)), reader_(child_.stdout_fd(), kMaxLine), writer_(child_.stdin_fd()) {
  transport::set_nonblocking(child_.stdout_fd());
  transport::set_nonblocking(child_.stdin_fd());
}

base::Result<std::unique_ptr<ProcessHead>> ProcessHead::start(
    const std::vector<std::string>& command) {
  auto child = transport::ChildProcess::spawn(
      {.command = command, .environment = {}, .discard_stderr = true});
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
    auto child = transport::ChildProcess::spawn(
        {.command = mock, .environment = {}, .discard_stderr = true});
    if (!child) return child.error();
    session->daemon_.emplace(std::move(*child));
  } else {
    std::vector<std::string> command = gateway.words;
    if (!command.empty()) command.insert(command.end(), {"--control", address, "--"});
    command.insert(command.end(), mock.begin(), mock.end());
    auto head = ProcessHead::start(command);
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

base::Result<std::unique_ptr<ProcessHead>> ProcessSession::start_client() const {
  std::vector<std::string> command;
  for (const std::string& word : command_.words) {
    if (word == "{upstream}") {
      command.insert(command.end(), {program_path("mock-server"), "--attach", mock_address_});
    } else {
      command.push_back(word);
    }
  }
  return ProcessHead::start(command);
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
