// wayward-gateway HABIT [ARGUMENT]... COMMAND...: starts the command and passes lines on between it
// and its own stdin and stdout, as byte-relay does, but for one bad habit:
//   repeats           sends each reply twice, the second time just before the next reply, which
//   then
//                     takes a moment
//   keeps             keeps the reply to the first tools/call until the next line comes
//   dawdles N MS      every Nth line, either way, takes so many milliseconds
//   drops             drops the replies to tools/call
//   drops-at-times FILE   does so in every other process, as counted in the file
//   falls-over        ends with exit code 3 at the first tools/call
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <string_view>

#include "tests/programs/upstream.h"

namespace {

constexpr useconds_t kMoment = 30'000;

// The text of `"id":…`, which our agent and our mocks write without spaces; empty if there is none.
std::string id_of(std::string_view line) {
  const std::size_t at = line.find("\"id\":");
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + 5;
  return std::string(line.substr(begin, line.find_first_of(",}", begin) - begin));
}

bool calls(std::string_view line) {
  return line.find("\"method\":\"tools/call\"") != std::string_view::npos;
}

class Habit {
 public:
  virtual ~Habit() = default;
  virtual void down(const std::string& line) { send_down(line); }
  virtual void up(const std::string& line) { send_up(line); }
  int to_upstream = -1;

 protected:
  void send_down(const std::string& line) const { send(to_upstream, line); }
  static void send_up(const std::string& line) { send(STDOUT_FILENO, line); }

 private:
  static void send(int descriptor, std::string line) {
    line += '\n';
    for (std::size_t done = 0; done < line.size();) {
      const ssize_t more = ::write(descriptor, line.data() + done, line.size() - done);
      if (more < 0) return;
      done += static_cast<std::size_t>(more);
    }
  }
};

class Repeats final : public Habit {
  void up(const std::string& line) override {
    if (!last_.empty()) {
      send_up(last_);
      ::usleep(kMoment);
    }
    send_up(line);
    last_ = line;
  }
  std::string last_;
};

class Keeps final : public Habit {
  void down(const std::string& line) override {
    if (first_call_.empty() && calls(line)) first_call_ = id_of(line);
    if (!kept_.empty()) {
      send_up(kept_);
      kept_.clear();
      ::usleep(kMoment);
    }
    send_down(line);
  }
  void up(const std::string& line) override {
    if (!over_ && !first_call_.empty() && id_of(line) == first_call_) {
      kept_ = line;
      over_ = true;
    } else {
      send_up(line);
    }
  }
  std::string first_call_, kept_;
  bool over_ = false;
};

class Dawdles final : public Habit {
 public:
  Dawdles(int every, int milliseconds) : every_(every), milliseconds_(milliseconds) {}

 private:
  void wait() {
    if (++lines_ % every_ == 0) ::usleep(static_cast<useconds_t>(milliseconds_) * 1000);
  }
  void down(const std::string& line) override {
    wait();
    send_down(line);
  }
  void up(const std::string& line) override {
    wait();
    send_up(line);
  }
  int every_, milliseconds_, lines_ = 0;
};

class Drops final : public Habit {
 public:
  explicit Drops(bool now) : now_(now) {}

 private:
  void down(const std::string& line) override {
    if (calls(line)) calls_.insert(id_of(line));
    send_down(line);
  }
  void up(const std::string& line) override {
    if (!now_ || calls_.count(id_of(line)) == 0) send_up(line);
  }
  bool now_;
  std::set<std::string> calls_;
};

class FallsOver final : public Habit {
  void down(const std::string& line) override {
    if (calls(line)) ::_exit(3);
    send_down(line);
  }
};

// True in the first process, and every other after it.
bool count_process(const char* path) {
  int count = 0;
  std::ifstream(path) >> count;
  std::ofstream(path) << count + 1;
  return count % 2 == 0;
}

// Takes the habit's words off the command line.
Habit* habit(int& argc, char**& argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  const int arguments = name == "dawdles" ? 2 : name == "drops-at-times" ? 1 : 0;
  if (argc < arguments + 3) return nullptr;
  char** const words = argv + 2;
  argc -= arguments + 2;
  argv += arguments + 2;
  if (name == "repeats") return new Repeats;
  if (name == "keeps") return new Keeps;
  if (name == "dawdles" && std::atoi(words[0]) > 0)
    return new Dawdles(std::atoi(words[0]), std::atoi(words[1]));
  if (name == "drops") return new Drops(true);
  if (name == "falls-over") return new FallsOver;
  if (name == "drops-at-times") return new Drops(count_process(words[0]));
  return nullptr;
}

// Whole lines of what there is to read. False: it has ended.
template <typename Take>
bool read_lines(int descriptor, std::string& rest, Take take) {
  static char chunk[64 << 10];
  const ssize_t size = ::read(descriptor, chunk, sizeof chunk);
  if (size <= 0) return false;
  rest.append(chunk, static_cast<std::size_t>(size));
  for (std::size_t end; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1))
    take(rest.substr(0, end));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Habit* const gateway = habit(argc, argv);
  if (gateway == nullptr) {
    std::fputs("usage: wayward-gateway HABIT [ARGUMENT]... COMMAND [ARGUMENT]...\n", stderr);
    return 64;
  }
  const auto upstream = gatecrash::test::start_upstream(argv);
  if (!upstream) return 70;
  gateway->to_upstream = upstream->to;
  std::string from_client, from_upstream;
  pollfd polled[2] = {{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                      {.fd = upstream->from, .events = POLLIN, .revents = 0}};
  while (polled[1].fd >= 0) {
    if (::poll(polled, 2, -1) < 0) return 70;
    if (polled[0].revents != 0 &&
        !read_lines(STDIN_FILENO, from_client,
                    [&](const std::string& line) { gateway->down(line); })) {
      ::close(upstream->to);  // the end of the input is passed on too
      polled[0].fd = -1;
    }
    if (polled[1].revents != 0 &&
        !read_lines(upstream->from, from_upstream,
                    [&](const std::string& line) { gateway->up(line); })) {
      polled[1].fd = -1;
    }
  }
  int status = 0;
  ::waitpid(upstream->pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 70;
}
