#include "harness/replay/processes.h"

#include <filesystem>

#include "harness/base/text.h"
#include "harness/transport/unix_socket.h"

namespace gatecrash::replay {
namespace {

base::Problems failure(std::string text) { return {base::problem("", {}, std::move(text))}; }

}  // namespace

std::string program_path(std::string_view name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = self.parent_path() / name;
  return !error && std::filesystem::exists(beside, error) ? beside.string() : std::string(name);
}

std::string GatewayCommand::key() const { return base::join(words, "\n") + (foreign ? "\nforeign" : ""); }

base::Result<void> ProcessSession::start_head(const std::vector<std::string>& command) {
  auto child = transport::ChildProcess::spawn({.command = command, .environment = {}, .discard_stderr = true});
  if (!child) return child.error();
  head_.emplace(std::move(*child));
  transport::set_nonblocking(head_->stdout_fd());
  transport::set_nonblocking(head_->stdin_fd());
  reader_.emplace(head_->stdout_fd(), std::size_t{16} << 20);
  writer_.emplace(head_->stdin_fd());
  return {};
}

base::Result<std::unique_ptr<ProcessSession>> ProcessSession::start(const GatewayCommand& gateway,
                                                                    base::Duration at_most) {
  std::unique_ptr<ProcessSession> session(new ProcessSession);
  session->command_ = gateway;
  auto listener = transport::ControlListener::listen();
  if (!listener) return listener.error();
  session->listener_.emplace(std::move(*listener));
  const std::string& address = session->listener_->address();
  std::vector<std::string> mock{program_path("mock-server"), "--control", address};

  if (gateway.foreign) {
    auto own = transport::fresh_address();
    if (!own) return own.error();
    session->mock_address_ = *own;
    mock.insert(mock.end(), {"--listen", *own});
    auto child = transport::ChildProcess::spawn({.command = mock, .environment = {}, .discard_stderr = true});
    if (!child) return child.error();
    session->daemon_.emplace(std::move(*child));
  } else {
    std::vector<std::string> command = gateway.words;
    if (!command.empty()) {
      command.insert(command.end(), {"--control", address, "--"});
    }
    command.insert(command.end(), mock.begin(), mock.end());
    if (auto started = session->start_head(command); !started) return started.error();
  }
  // Both introduce themselves, in any order.
  const std::size_t expected = gateway.foreign || gateway.words.empty() ? 1 : 2;
  for (std::size_t i = 0; i < expected; ++i) {
    auto arrival = session->listener_->accept(at_most);
    if (!arrival) {
      std::string why = "a process did not come up";
      if (session->head_) {
        if (const auto exit = session->head_->exited()) why += " (it ended with " + to_string(*exit) + ")";
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

base::Result<void> ProcessSession::restart_gateway() {
  if (head_) head_->stop(std::chrono::milliseconds(500));
  reader_.reset();
  writer_.reset();
  head_.reset();
  std::vector<std::string> command;
  for (const std::string& word : command_.words) {
    if (word != "{upstream}") {
      command.push_back(word);
      continue;
    }
    for (const std::string& each : {program_path("mock-server"), std::string("--attach"), mock_address_}) {
      command.push_back(each);
    }
  }
  auto started = start_head(command);
  if (started) gateway_pid_ = head_->pid();
  return started;
}

ProcessSession::~ProcessSession() = default;

base::Result<std::unique_ptr<ProcessSession>> ProcessPool::take(const GatewayCommand& command) {
  auto& kept = kept_[command.key()];
  while (!kept.empty()) {
    std::unique_ptr<ProcessSession> session = std::move(kept.back());
    kept.pop_back();
    if (!session->mock().closed()) return session;
  }
  return ProcessSession::start(command, at_most_);
}

void ProcessPool::give_back(const GatewayCommand& command, std::unique_ptr<ProcessSession> session) {
  kept_[command.key()].push_back(std::move(session));
}

}  // namespace gatecrash::replay
