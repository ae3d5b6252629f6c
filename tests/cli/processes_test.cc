// `replay` with real processes, seen from outside: a foreign gateway that does nothing gets the
// verdicts of the one built in, and whatever ends replay, nothing of it stays behind.
#include <fcntl.h>

#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"
#include "tests/support/build.h"
#include "tests/transport/process_support.h"

using namespace gatecrash;
using namespace gatecrash::test;
using Json = nlohmann::json;

namespace {

std::string relay_command() {
  return replay::program_path("byte-relay") + " {upstream}";
}

// Everything but who it was.
std::map<std::string, Json> verdicts(const Ran& ran) {
  std::map<std::string, Json> by_id;
  Json report = Json::parse(ran.out);
  for (Json& each : report["scenarios"]) {
    const std::string id = each["id"];
    for (const char* key : {"gateway", "lane", "reproduce"}) each.erase(key);
    // What a gateway says about its own decisions is there only if it is asked.
    for (Json& finding : each["findings"]) finding.erase("policy_said");
    by_id[id] = std::move(each);
  }
  return by_id;
}

void check_relay_is_null(const std::vector<std::string>& selection) {
  auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), selection.begin(), selection.end());
    more.insert(more.end(), {"--format", "json"});
    return run_replay(more);
  };
  const Ran null = with({"--gateway", "null"});
  const Ran relay = with({"--gateway-cmd", relay_command(), "--gateway-timeless"});
  INFO(null.err << relay.err);
  CHECK_FALSE(relay.says("in vain"));
  CHECK(null.code == 1);
  CHECK(relay.code == 1);
  const auto expected = verdicts(null), actual = verdicts(relay);
  REQUIRE_FALSE(expected.empty());
  REQUIRE(actual.size() == expected.size());
  for (const auto& [id, entry] : expected) {
    INFO(id);
    REQUIRE(actual.count(id) == 1);
    // Somebody else's gateway has no operator of ours; that is said, and nothing is concluded.
    const std::string reasons = actual.at(id)["reasons"].dump();
    if (reasons.find("cannot be told") != std::string::npos) {
      CHECK(actual.at(id)["verdict"] != "pass");
      continue;
    }
    CHECK(actual.at(id).dump(1) == entry.dump(1));
  }
}

struct Process {
  pid_t pid = 0, parent = 0;
  std::string command;
};

// What the process file says, empty if the process has ended: it can do so between opening and
// reading, which an ifstream may report by an exception.
std::string process_file(const std::string& path) {
  std::string text;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char chunk[4096];
  ssize_t size;
  while ((size = ::read(fd, chunk, sizeof chunk)) > 0)
    text.append(chunk, static_cast<std::size_t>(size));
  ::close(fd);
  return text;
}

std::vector<Process> processes() {
  std::vector<Process> all;
  for (const auto& each : std::filesystem::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(each.path().filename().c_str());
    if (pid <= 0) continue;
    const std::string line = process_file(each.path() / "stat");
    const std::size_t end = line.rfind(')');
    if (end == std::string::npos) continue;
    Process made{.pid = pid};
    made.parent = std::atoi(line.c_str() + end + 4);
    made.command = process_file(each.path() / "cmdline");
    all.push_back(std::move(made));
  }
  return all;
}

std::vector<Process> descendants(pid_t root) {
  const std::vector<Process> all = processes();
  std::set<pid_t> known{root};
  std::vector<Process> found;
  for (bool more = true; more;) {
    more = false;
    for (const Process& each : all) {
      if (known.count(each.pid) != 0 || known.count(each.parent) == 0) continue;
      known.insert(each.pid);
      found.push_back(each);
      more = true;
    }
  }
  return found;
}

// Socket addresses on command lines.
std::set<std::string> addresses(const std::vector<Process>& processes) {
  std::set<std::string> found;
  for (const Process& each : processes) {
    for (std::size_t at = 0; (at = each.command.find("@gatecrash-", at)) != std::string::npos;
         ++at) {
      found.insert(each.command.substr(at, each.command.find('\0', at) - at));
    }
  }
  return found;
}

// No socket has this address any more. A child that was started after we looked goes too.
void wait_until_closed(const std::string& address) {
  wait_until("no socket is called " + address,
             [&] { return process_file("/proc/net/unix").find(address) == std::string::npos; });
}

struct Left {
  int code = 0;
  std::vector<Process> children;  // that it had when it was ended
};

// Starts a run that takes long, ends it with the signal in its midst, and waits for it.
Left end_midway(const std::vector<std::string>& arguments, int signal, std::size_t children,
                const std::string& temporary) {
  transport::ChildProcess replay = start("replay", arguments, {"TMPDIR=" + temporary});
  Left left;
  wait_until("replay has its children, or has ended", [&] {
    left.children = descendants(replay.pid());
    return left.children.size() >= children || replay.exited();
  });
  // Only replay itself: what it started has to go by itself.
  ::kill(replay.pid(), signal);
  left.code = exit_code_of(replay);
  return left;
}

}  // namespace

TEST_CASE(
    "A byte relay given as a command gets exactly null's verdicts, but for the long slow drip") {
  // Each scenario starts a gateway for each of its sessions: every class on one server will do.
  check_relay_is_null({"scenarios", "--run", kNightly ? "" : "^[^l].*@binassist_hardened$",
                       "--exclude", "slow-drip"});
}

TEST_CASE(
    "A byte relay in front of a server that misbehaves gets null's verdicts too, and nothing is "
    "waited for in vain") {
  constexpr std::string_view kCalls =
      "  - {call: {tool: cancel_task, args: {task_id: t-1}}, expect: deny}\n"
      "  - {as: bob, call: {tool: cancel_task, args: {task_id: t-1}}}\n";
  const std::string before(kGoodScenario.substr(0, kGoodScenario.find("  - {call"))),
      after(kGoodScenario.substr(kGoodScenario.find("benign:")));
  int number = 0;
  for (const auto& [first, last] : std::initializer_list<std::pair<std::string, std::string>>{
           {"hold", "  - fault: release reverse\n"},
           {"slow answers 5s", "  - advance: 5s\n"},
           {"disconnect after effect", ""},
           {"rug-pull", ""}}) {
    INFO(first);
    std::string text = before + "  - fault: " + first + "\n" + std::string(kCalls) + last + after;
    const std::string id = "test/fault-" + std::to_string(number);
    text.replace(text.find("test/good"), 9, id);
    const std::string file =
        write_cli_file("relay-fault-" + std::to_string(number++) + ".yaml", text);
    check_relay_is_null({file});
  }
}

TEST_CASE("A byte relay gets null's verdict for the slow drip on one target") {
  check_relay_is_null({"scenarios", "--run", "^loop/slow-drip@binassist_published$"});
}

TEST_CASE(
    "Replay killed or interrupted in the midst of a run leaves no child, socket or file behind") {
  const std::string file =
      write_cli_file("inline.yaml", kGoodScenario);  // an inline policy has no file of its own
  struct Way {
    const char* name;
    std::vector<std::string> arguments;
    std::size_t children;
  };
  const std::vector<Way> ways = {
      {"gateway and mock", {"scenarios", file, "--exclude", "^loop/", "--lane", "stdio", "-j1"}, 2},
      {"foreign gateway",
       {"scenarios", "--exclude", "^loop/", "--gateway-cmd", relay_command(), "--gateway-timeless",
        "-j1"},
       3},
  };
  for (const Way& way : ways) {
    for (const int signal : {SIGKILL, SIGINT, SIGTERM}) {
      INFO(way.name << ", signal " << signal);
      const std::string temporary = scratch_path("cli/tmp." + std::to_string(::getpid()));
      std::filesystem::remove_all(temporary);
      std::filesystem::create_directories(temporary);
      const Left left = end_midway(way.arguments, signal, way.children, temporary);
      CHECK(left.children.size() >= way.children);
      CHECK(left.code == 128 + signal);
      for (const Process& each : left.children) {
        INFO(each.command);
        wait_until_gone(each.pid);
      }
      for (const std::string& each : addresses(left.children)) wait_until_closed(each);
      CHECK(std::filesystem::is_empty(temporary));
      std::filesystem::remove_all(temporary);
    }
  }
}
