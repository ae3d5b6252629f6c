// A real Redis server on a Unix socket of its own, or none where it is not installed. It dies with
// the object.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <string>
#include <vector>

#include "tests/support/scratch.h"
#include "tests/support/wait.h"

namespace gatecrash::test {

class RedisServer {
 public:
  explicit RedisServer(const std::string& password = {}) {
    std::vector<std::string> words{
        "redis-server", "--port", "0",     "--unixsocket",  socket(), "--save", "",
        "--appendonly", "no",     "--dir", folder_.path("")};
    if (!password.empty()) words.insert(words.end(), {"--requirepass", password});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid_, "redis-server", &actions, nullptr, arguments.data(), environ) != 0)
      pid_ = 0;
    posix_spawn_file_actions_destroy(&actions);
    // The server says in no other way that it is ready; its socket is there before it is listened
    // to.
    wait_until("redis-server listens or has ended", [this] {
      if (pid_ != 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
      return pid_ == 0 || listens();
    });
  }
  ~RedisServer() { stop(); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  void stop() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  bool running() const { return pid_ != 0; }
  std::string socket() const { return folder_.path("redis.sock"); }

 private:
  bool listens() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket().copy(address.sun_path, sizeof address.sun_path - 1);
    const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected =
        ::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(client);
    return connected;
  }

  Scratch folder_;
  pid_t pid_ = 0;
};

}  // namespace gatecrash::test
