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
//   hangs-up TOOL     says why on stderr, and does so at each call of the tool
//   late TOOL MS      denies each call of the tool, and passes it on so many milliseconds later
//   counts FILE MOST  denies calls from the one after MOST on, as counted in the file
//   hermit            answers everything itself
//   chatters KIB      writes so much to stderr before each line that it passes on
//   refuses           says why on stderr and ends with exit code 2 before anything else
//   refuses-at-times FILE  does so in every other process, as counted in the file
//   refuses-late      does so after it has sent the upstream something
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
#include <utility>

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

void deny(const std::string& line, std::string_view why) {
  std::string reply = R"({"jsonrpc":"2.0","id":)" + id_of(line) +
                      R"(,"error":{"code":-32000,"message":")" + std::string(why) + "\"}}";
  reply += '\n';
  if (::write(STDOUT_FILENO, reply.data(), reply.size()) < 0) ::_exit(70);
}

bool calls_tool(std::string_view line, const std::string& tool) {
  return calls(line) && line.find("\"name\":\"" + tool + "\"") != std::string_view::npos;
}

class HangsUp final : public Habit {
 public:
  explicit HangsUp(std::string tool) : tool_(std::move(tool)) {}

 private:
  void down(const std::string& line) override {
    if (calls_tool(line, tool_)) {
      std::fprintf(stderr, "fatal: %s is more than I can take\n", tool_.c_str());
      ::_exit(3);
    }
    send_down(line);
  }
  std::string tool_;
};

class Late final : public Habit {
 public:
  Late(std::string tool, int milliseconds) : tool_(std::move(tool)), milliseconds_(milliseconds) {}

 private:
  void down(const std::string& line) override {
    if (!calls_tool(line, tool_)) return send_down(line);
    deny(line, "denied");
    if (::fork() != 0) return;
    ::usleep(static_cast<useconds_t>(milliseconds_) * 1000);
    send_down(line);
    ::_exit(0);
  }
  std::string tool_;
  int milliseconds_;
};

class Counts final : public Habit {
 public:
  Counts(std::string file, int most) : file_(std::move(file)), most_(most) {}

 private:
  void down(const std::string& line) override {
    if (!calls(line)) return send_down(line);
    int count = 0;
    std::ifstream(file_) >> count;
    std::ofstream(file_) << count + 1;
    count < most_ ? send_down(line) : deny(line, "too many");
  }
  std::string file_;
  int most_;
};

class Hermit final : public Habit {
  void down(const std::string& line) override {
    if (line.find("\"method\":\"initialize\"") != std::string::npos) {
      return send_up(R"({"jsonrpc":"2.0","id":)" + id_of(line) +
                     R"(,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},)"
                     R"("serverInfo":{"name":"hermit","version":"1"}}})");
    }
    if (!id_of(line).empty()) deny(line, "nothing is behind me");
  }
};

class Chatters final : public Habit {
 public:
  explicit Chatters(int kibibytes) : noise_(std::string(1023, '.') + '\n'), times_(kibibytes) {}

 private:
  void down(const std::string& line) override {
    for (int i = 0; i < times_; ++i) std::fwrite(noise_.data(), 1, noise_.size(), stderr);
    send_down(line);
  }
  std::string noise_;
  int times_;
};

Habit* refuse() {
  std::fputs("error: line 1: I do not know `hide`\n", stderr);
  ::_exit(2);
}

class RefusesLate final : public Habit {
  void down(const std::string& line) override {
    send_down(line);
    ::usleep(kMoment);
    refuse();
  }
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
  const int arguments = name == "dawdles" || name == "late" || name == "counts" ? 2
                        : name == "drops-at-times" || name == "refuses-at-times" ||
                                name == "hangs-up" || name == "chatters"
                            ? 1
                            : 0;
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
  if (name == "hangs-up") return new HangsUp(words[0]);
  if (name == "late") return new Late(words[0], std::atoi(words[1]));
  if (name == "counts") return new Counts(words[0], std::atoi(words[1]));
  if (name == "hermit") return new Hermit;
  if (name == "chatters") return new Chatters(std::atoi(words[0]));
  if (name == "refuses") return refuse();
  if (name == "refuses-at-times") return count_process(words[0]) ? new Habit : refuse();
  if (name == "refuses-late") return new RefusesLate;
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
