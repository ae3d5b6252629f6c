// Children: started with nothing but what they are given, noticed when they die, gone when we are
// done.
#include "harness/transport/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "harness/transport/descriptor.h"
#include "tests/support/catch.h"
#include "tests/transport/process_support.h"

using namespace gatecrash;
using namespace gatecrash::test;
using transport::ChildProcess;
using transport::Exit;
using namespace std::chrono_literals;

namespace {

ChildProcess spawn(std::vector<std::string> command, std::vector<std::string> environment = {}) {
  auto child =
      ChildProcess::spawn({.command = std::move(command), .environment = std::move(environment)});
  REQUIRE(child.has_value());
  return std::move(*child);
}

ChildProcess shell(const std::string& script) {
  return spawn({"/bin/sh", "-c", script});
}

std::string read_all(int descriptor) {
  std::string text;
  char chunk[4096];
  ssize_t size;
  while ((size = ::read(descriptor, chunk, sizeof chunk)) > 0) text.append(chunk, size);
  return text;
}

}  // namespace

TEST_CASE("A child echoes what it is sent and ends at the end of its input") {
  ChildProcess child = spawn({"cat"});
  REQUIRE(::write(child.stdin_fd(), "hello\n", 6) == 6);
  child.close_stdin();
  CHECK(read_all(child.stdout_fd()) == "hello\n");
  CHECK(child.wait(kNoLimit) == Exit{.code = 0});
}

TEST_CASE("How a child ended is told, and told again") {
  ChildProcess child = shell("exit 7");
  CHECK(child.wait(kNoLimit) == Exit{.code = 7});
  CHECK(child.exited() == Exit{.code = 7});
  CHECK(child.kill() == Exit{.code = 7});
  ChildProcess killed = shell("kill -9 $$");
  CHECK(killed.wait(kNoLimit) == Exit{.signal = SIGKILL});
  CHECK(transport::to_string(Exit{.signal = SIGKILL}) == "signal 9 (killed)");
  CHECK(transport::to_string(Exit{.code = 3}) == "exit code 3");
}

TEST_CASE("A command that cannot be started is an error with its name") {
  for (const std::string name : {"/no/such/program", "no-such-program-anywhere", ""}) {
    const auto child = ChildProcess::spawn({.command = {name}});
    REQUIRE_FALSE(child.has_value());
    CHECK(base::to_string(child.error()).find("cannot start `" + name + "`") != std::string::npos);
  }
  CHECK_FALSE(ChildProcess::spawn({}).has_value());
  CHECK(has_no_children());
}

TEST_CASE("Death is noticed by poll, without waiting for the pipe") {
  ChildProcess child = shell("sleep 1000 & exec sleep 0.05");  // the stray holds stdout open
  pollfd death{.fd = child.death_fd(), .events = POLLIN, .revents = 0};
  CHECK(::poll(&death, 1, -1) == 1);
  CHECK(child.exited() == Exit{.code = 0});
}

TEST_CASE("Waiting has an end") {
  ChildProcess child = spawn({"sleep", "1000"});
  CHECK_FALSE(child.wait(20ms));
  CHECK_FALSE(child.exited());
  CHECK(child.kill() == Exit{.signal = SIGKILL});
}

TEST_CASE("The whole group dies with the child, grandchildren too") {
  ChildProcess child = shell("sleep 1000 & echo $!; wait");
  char text[32] = {};
  REQUIRE(::read(child.stdout_fd(), text, sizeof text - 1) > 0);
  const pid_t grandchild = std::atoi(text);
  REQUIRE(::kill(grandchild, 0) == 0);
  SECTION("when it is killed") {
    child.kill();
  }
  SECTION("when its owner goes") {
    ChildProcess gone = std::move(child);
  }
  SECTION("when it dies by itself") {
    ::kill(child.pid(), SIGKILL);  // NOLINT(bugprone-use-after-move): sections are alternatives
    CHECK(child.wait(kNoLimit));
  }
  wait_until_gone(grandchild);
}

TEST_CASE("A child that ignores the end of input and TERM is killed in the end") {
  ChildProcess child =
      shell("exec 2>/dev/null; trap '' TERM; echo ready; while :; do sleep 0.01; done");
  char text[8];
  REQUIRE(::read(child.stdout_fd(), text, sizeof text) > 0);
  const Exit exit = child.stop(30ms);
  CHECK(exit == Exit{.signal = SIGKILL});
  ChildProcess polite = spawn({"cat"});
  CHECK(polite.stop(kNoLimit) == Exit{.code = 0});
  // It does not read, and does nothing about TERM: that ends it, however late it gets to run.
  ChildProcess deaf = spawn({"sleep", "1000"});
  CHECK(deaf.stop(30ms) == Exit{.signal = SIGTERM});
}

TEST_CASE("A child inherits three descriptors and nothing else, whatever is open here") {
  transport::Descriptor leaky(::open("/dev/null", O_RDONLY));  // not close-on-exec on purpose
  transport::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  ChildProcess other = spawn({"sleep", "1000"});
  ChildProcess child = shell("ls /proc/self/fd | tr '\\n' ' '");
  // `ls` itself opens the folder it lists as one more.
  CHECK(read_all(child.stdout_fd()) == "0 1 2 3 ");
}

TEST_CASE("A child starts with an empty signal mask and default handlers") {
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  auto old = ::signal(SIGPIPE, SIG_IGN);
  ChildProcess child = shell("sed -n 's/^Sig\\(Blk\\|Ign\\):.//p' /proc/self/status");
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGPIPE, old);
  // glibc keeps two real-time signals to itself; they stay as whoever started us had them.
  constexpr unsigned long kOthers = ~(1ul << 31 | 1ul << 32);
  const std::string text = read_all(child.stdout_fd());
  REQUIRE(text.size() == 34);
  CHECK((std::strtoul(text.c_str(), nullptr, 16) & kOthers) == 0);
  CHECK((std::strtoul(text.c_str() + 17, nullptr, 16) & kOthers) == 0);
}

TEST_CASE("Environment entries are added or take the place of ours") {
  ::setenv("GATECRASH_TEST_A", "old", 1);
  ChildProcess child = spawn({"/bin/sh", "-c", "echo $GATECRASH_TEST_A-$GATECRASH_TEST_B-$HOME"},
                             {"GATECRASH_TEST_A=new", "GATECRASH_TEST_B=b=c"});
  const char* home = std::getenv("HOME");
  CHECK(read_all(child.stdout_fd()) ==
        "new-b=c-" + std::string(home != nullptr ? home : "") + "\n");
  ::unsetenv("GATECRASH_TEST_A");
}

TEST_CASE("Two hundred children leave no descriptor and no zombie behind") {
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 200; ++i) {
    auto child = ChildProcess::spawn({.command = {"/bin/true"}});
    REQUIRE(child.has_value());
    switch (i % 4) {
      case 0: child->wait(kNoLimit); break;
      case 1: child->kill(); break;
      case 2: child->stop(1s); break;
      default: break;  // the destructor's business
    }
  }
  CHECK(open_descriptors() == before);
  CHECK(has_no_children());
}

TEST_CASE("A moved-over child is ended first") {
  ChildProcess child = spawn({"sleep", "1000"});
  const pid_t first = child.pid();
  child = spawn({"cat"});
  wait_until_gone(first);
  CHECK(child.pid() != first);
}
