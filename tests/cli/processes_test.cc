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

// Every class on one server, and what brings its own.
// Runs that settle take two seconds each, some side by side.
constexpr const char* kEveryClass = kNightly     ? ""
                                    : kWholePack ? "@binassist_hardened$|^apr/"
                                                 : "/[a-b].*@binassist_hardened$";
constexpr std::size_t kLeastCompared = kWholePack ? 60 : 5;

enum class Compared : std::uint8_t { Verdicts, Everything };

// Plays the selection on the built-in gateway and on the command, which has to be judged alike, but
// for what needs an operator or is slow. Returns how many scenarios were compared.
std::size_t check_alike(const std::vector<std::string>& selection, const std::string& built_in,
                        std::vector<std::string> command, Compared compared,
                        const std::set<std::string>& known_gaps = {}) {
  auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), selection.begin(), selection.end());
    more.insert(more.end(), {"--format", "json"});
    return run_replay(more);
  };
  const Ran own = with({"--gateway", built_in});
  const Ran foreign = with(std::move(command));
  INFO(own.err << foreign.err);
  const auto expected = verdicts(own), actual = verdicts(foreign);
  std::set<std::string> slow;
  const Json report = Json::parse(foreign.out);
  for (const Json& skipped : report["skipped"]) {
    if (std::string(skipped["reason"]).starts_with("slow: ")) slow.insert(skipped["id"]);
  }
  REQUIRE_FALSE(expected.empty());
  REQUIRE(actual.size() + slow.size() == expected.size());
  std::size_t count = 0;
  for (const auto& [id, entry] : expected) {
    INFO(id);
    if (slow.count(id) != 0) continue;
    REQUIRE(actual.count(id) == 1);
    const Json& seen = actual.at(id);
    if (seen["verdict"] == "not_applicable" && entry["verdict"] != "not_applicable") {
      const std::string reasons = seen["reasons"].dump();
      CHECK((reasons.find("the gateway has no operator") != std::string::npos ||
             reasons.find("the gateway shows no record") != std::string::npos));
      continue;
    }
    ++count;
    if (known_gaps.count(id) != 0) {
      CHECK(seen["verdict"] != entry["verdict"]);
    } else if (compared == Compared::Everything) {
      CHECK(seen.dump(1) == entry.dump(1));
    } else {
      INFO(seen.dump(1));
      CHECK(seen["verdict"] == entry["verdict"]);
    }
  }
  return count;
}

void check_relay_is_null(const std::vector<std::string>& selection) {
  CHECK(check_alike(selection, "null", {"--gateway-cmd", relay_command(), "--gateway-timeless"},
                    Compared::Everything) > 0);
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

// In real time, as any foreign gateway: many runs settle side by side.
TEST_CASE("A byte relay that may have a clock gets null's verdicts, and so does a slow one") {
  CHECK(check_alike({"scenarios", "--run", kEveryClass, "--exclude", "slow-drip"}, "null",
                    {"--gateway-cmd", relay_command()}, Compared::Verdicts) >= kLeastCompared);
  // Each line takes a second, either way.
  if (!kNightly) return;
  CHECK(check_alike({"scenarios", "--run", kEveryClass, "--exclude", "^loop/"}, "null",
                    {"--gateway-cmd",
                     replay::program_path("wayward-gateway") + " dawdles 1 1000 {upstream}", "-j64",
                     "--timeout", "30s"},
                    Compared::Verdicts) >= 50);
}

TEST_CASE(
    "The shipped gateway gets the verdicts of the built-in one when it is given as a command") {
  const std::string command = replay::program_path("policy-gateway") +
                              " --policy {policy} --dialect {dialect} --deny-style dialect "
                              "--principal {principal} --grant {grant} --tenant {tenant} "
                              "-- {upstream}";
  // measured.md G1: its state dies with the process, and each session is a process.
  const std::set<std::string> known_gaps = {
      "idt/cross-tenant-cancel@binassist_hardened", "idt/session-flood@binassist_hardened",
      "ops/crash-in-call@binassist_hardened",       "proto/hang-up@binassist_hardened",
      "rate/concurrent-burst@binassist_hardened",   "rate/flooded-table@binassist_hardened",
      "rate/grant-sharding@binassist_hardened",     "rate/rotated-token@binassist_hardened",
      "rate/session-rotation@binassist_hardened"};
  const std::string run = kWholePack ? "@binassist_hardened$" : "/[a-b].*@binassist_hardened$";
  CHECK(check_alike({"scenarios", "--run", run, "--exclude", "^loop/"}, "reference",
                    {"--gateway-cmd", command}, Compared::Verdicts,
                    known_gaps) >= kLeastCompared / 2);
}

TEST_CASE(
    "A scenario at the edge of a window is slow by name, or waits for the edge and is judged") {
  const std::string id = "rate/window-edge-burst@binassist_published";
  const std::vector<std::string> words = {
      "scenarios",
      "-v",
      "--run",
      "^" + id + "$",
      "--gateway-cmd",
      replay::program_path("policy-gateway") +
          " --gateway intercept-1.1 --policy {policy} --dialect {dialect} -- {upstream}"};
  const Ran skipped = run_replay(words);
  INFO(skipped.all());
  CHECK(skipped.says("skipped: " + id + ": slow: needs up to "));
  CHECK(skipped.says(" ran=0 "));
  if (!kNightly) return;
  // Ten calls pass before the minute ends, and ten after, where ten may in any minute.
  std::vector<std::string> patient = words;
  patient.insert(patient.end(), {"--max-wait", "2m"});
  const Ran waited = run_replay(patient);
  INFO(waited.all());
  CHECK(waited.says(" bypass=1 "));
}

TEST_CASE("The folders of a foreign gateway's runs are kept if one wants to see them") {
  const std::string temporary = scratch_path("cli/kept." + std::to_string(::getpid()));
  std::filesystem::remove_all(temporary);
  std::filesystem::create_directories(temporary);
  const std::string file = write_cli_file("kept.yaml", kGoodScenario);
  const auto play = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {file, "--gateway-cmd", relay_command(), "--gateway-timeless"});
    return run_program("replay", more, {"NO_COLOR=1", "TMPDIR=" + temporary});
  };
  CHECK_FALSE(play({}).says("are kept"));
  CHECK(std::filesystem::is_empty(temporary));
  const Ran kept = play({"--keep"});
  INFO(kept.all());
  const std::string said = "the folders of the gateway's runs are kept: " + temporary + "/";
  REQUIRE(kept.says(said));
  const std::size_t at = kept.err.find(said) + said.size() - temporary.size() - 1;
  const std::string folder = kept.err.substr(at, kept.err.find('\n', at) - at);
  CHECK(std::filesystem::exists(folder + "/00001.test.good.attack/home"));
  CHECK(std::filesystem::exists(folder + "/00003.test.good.benign/tmp"));
  std::filesystem::remove_all(temporary);
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
      // With the keeper of the gateway's folders.
      {"foreign gateway",
       {"scenarios", "--exclude", "^loop/", "--gateway-cmd", relay_command(), "--gateway-timeless",
        "-j1"},
       4},
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
