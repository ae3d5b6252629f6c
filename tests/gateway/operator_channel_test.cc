// The operator's socket of the real policy-gateway: its words, its answers, and what nobody may do
// to it.
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "harness/base/file.h"
#include "harness/replay/processes.h"
#include "harness/transport/line_stream.h"
#include "harness/transport/unix_socket.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"
#include "tests/support/wait.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

constexpr const char* kEcho =
    R"(s/.*"id":\([0-9]*\).*/{"jsonrpc":"2.0","id":\1,"result":{"content":[]}}/p)";
constexpr const char* kAsks =
    "version: \"1\"\ndefault: deny\ntools:\n  pay: {rules: [{name: ask, action: "
    "require_approval}]}\n"
    "  drop: {class: destructive}\n  look: {class: read}\nfreeze: {classes: [destructive]}\n";

// The next whole line, or what there is instead.
std::string next_line(transport::LineReader& reader) {
  while (true) {
    if (const auto frame = reader.next()) return std::string(frame->line);
    if (reader.ended()) return "(end)";
    pollfd input{.fd = reader.descriptor(), .events = POLLIN, .revents = 0};
    ::poll(&input, 1, -1);
    reader.fill();
  }
}

std::string file_of(const std::string& name) {
  return scratch_path("gateway/operator/" + name);
}

class RunningGateway {
 public:
  explicit RunningGateway(const std::string& name, std::vector<std::string> more = {})
      : socket(file_of(name + ".sock")) {
    policy = file_of(name + ".gatecrash.yaml");
    REQUIRE(base::write_file(policy, kAsks).has_value());
    std::vector<std::string> command{replay::program_path("policy-gateway"),
                                     "--policy",
                                     policy,
                                     "--operator",
                                     socket,
                                     "--grant",
                                     "g"};
    command.insert(command.end(), more.begin(), more.end());
    command.insert(command.end(), {"--", "sed", "-un", kEcho});
    auto started = replay::ProcessHead::start({.command = command});
    REQUIRE(started.has_value());
    head_ = std::move(*started);
    send(
        R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
    CHECK(next_line(head_->reader()).find(R"("id":1)") != std::string::npos);
    send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  }

  void send(std::string_view line) {
    head_->writer().add(line);
    CHECK(head_->writer().flush());
  }
  std::string call(std::string_view tool, std::string_view arguments = "{}") {
    send(R"({"jsonrpc":"2.0","id":)" + std::to_string(++id_) +
         R"(,"method":"tools/call","params":{"name":")" + std::string(tool) + R"(","arguments":)" +
         std::string(arguments) + "}}");
    return next_line(head_->reader());
  }
  bool passes(std::string_view tool, std::string_view arguments = "{}") {
    return call(tool, arguments).find(R"("result":{"content":[]})") != std::string::npos;
  }
  transport::ChildProcess& child() { return head_->child(); }

  const std::string socket;
  std::string policy;

 private:
  std::unique_ptr<replay::ProcessHead> head_;
  int id_ = 1;
};

class Operator {
 public:
  explicit Operator(const std::string& path) {
    auto connected = transport::connect_unix(path);
    REQUIRE(connected.has_value());
    socket_ = std::move(*connected);
    transport::set_nonblocking(socket_.get());
    reader_.emplace(socket_.get(), std::size_t{1} << 20);
  }
  void write(std::string_view bytes) {
    CHECK(::write(socket_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  std::string answer() { return next_line(*reader_); }
  std::string say(const std::string& words) {
    write(words + "\n");
    return answer();
  }

 private:
  transport::Descriptor socket_;
  std::optional<transport::LineReader> reader_;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string id_in(const std::string& list) {
  const std::size_t at = list.find("apr-");
  REQUIRE(at != std::string::npos);
  return list.substr(at, list.find('"', at) - at);
}

// Exit code and what was complained of.
int ends_with(const std::vector<std::string>& options, const std::string& complaint) {
  const std::string heard = file_of("stderr");
  std::string command = "cd " + file_of("") + " && " + replay::program_path("policy-gateway");
  for (const std::string& each : options) command += " '" + each + "'";
  const int status = std::system((command + " -- cat </dev/null >/dev/null 2>" + heard).c_str());
  INFO(*base::read_file(heard));
  CHECK(contains(*base::read_file(heard), complaint));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("What a person approves passes once, what a person denies does not") {
  RunningGateway gateway("approve");
  Operator human(gateway.socket);
  CHECK(human.say("list") == "ok []");
  CHECK(contains(gateway.call("pay", R"({"to":"ann"})"), "[APPROVAL REQUIRED]"));
  CHECK(contains(gateway.call("pay", R"({"to":"bob"})"), "[APPROVAL REQUIRED]"));
  const std::string waiting = human.say("list");
  CHECK(waiting.starts_with(R"(ok [{"id":"apr-)"));
  CHECK(contains(
      waiting,
      R"("tool":"pay","arguments":{"to":"ann"},"grant":"g","rule":"/tools/pay/rules/0","asked":")"));
  CHECK(human.say("approve " + id_in(waiting)) == "ok 1 decided");
  CHECK(gateway.passes("pay", R"({"to":"ann"})"));
  CHECK_FALSE(gateway.passes("pay", R"({"to":"ann"})"));
  CHECK(human.say("deny bob") == "ok 1 decided");
  CHECK(contains(gateway.call("pay", R"({"to":"bob"})"), "Denied by policy"));
  CHECK(human.say("approve nobody") == "error no waiting call is meant by that; `list` shows them");
  CHECK(human.say("approve") == "ok 1 decided");  // the second to ann
  CHECK(human.say("expire") == "ok");
  CHECK_FALSE(gateway.passes("pay", R"({"to":"ann"})"));
}

TEST_CASE("An approval by its id is nobody else's, though their arguments name it") {
  RunningGateway gateway("by_id");
  Operator human(gateway.socket);
  gateway.call("pay", R"({"to":"ann"})");
  const std::string id = id_in(human.say("list"));
  const std::string disguised = R"({"to":"eve","see":")" + id + R"("})";
  gateway.call("pay", disguised);
  CHECK(human.say("approve " + id) == "ok 1 decided");
  CHECK_FALSE(gateway.passes("pay", disguised));
  CHECK(gateway.passes("pay", R"({"to":"ann"})"));
}

TEST_CASE("The operator stops, freezes, and has the policy read again, and the audit says so") {
  const std::string audit = file_of("stops.jsonl");
  REQUIRE(base::write_file(audit, "").has_value());
  RunningGateway gateway("stops", {"--audit", audit});
  Operator human(gateway.socket);
  for (const auto& [stop, go] :
       {std::pair{"kill", "revive"}, {"revoke g", "restore g"}, {"freeze", "unfreeze"}}) {
    CHECK(gateway.passes("drop"));
    CHECK(human.say(stop) == "ok");
    CHECK_FALSE(gateway.passes("drop"));
    CHECK(human.say(go) == "ok");
  }
  CHECK(human.say("accept definitions") == "ok");
  REQUIRE(base::write_file(gateway.policy, "default: [").has_value());
  const std::string refused = human.say("reload");
  CHECK(refused.starts_with("error " + gateway.policy + ":1:"));
  CHECK(refused.ends_with(
      "; the policy before it stays in force, and nothing but reading passes until one loads"));
  CHECK_FALSE(gateway.passes("drop"));
  CHECK(gateway.passes("look"));
  REQUIRE(base::write_file(gateway.policy, kAsks).has_value());
  CHECK(human.say("reload") == "ok the new policy is in force");
  CHECK(gateway.passes("drop"));
  const std::string record = *base::read_file(audit);
  CHECK(contains(record, R"("decision":"operate","words":"revoke g","policy":")"));
  CHECK(contains(record, R"("decision":"keep","reason":")"));
}

TEST_CASE(
    "Unknown words, faults of a test, garbage and lines too long get an error; hang-ups harm "
    "nobody") {
  RunningGateway gateway("garbage");
  Operator human(gateway.socket);
  CHECK(human.say("aprove") ==
        "error unknown words to an operator `aprove` (did you mean `approve`?)");
  for (const char* const words : {"store down", "audit down", "clock -90s", "decide 50 seed 1"}) {
    CHECK(human.say(words) == "error `" + std::string(words) + "` is for scenarios only");
  }
  CHECK(human.say("").starts_with("error unknown words"));
  const std::string garbage = human.say(std::string("\xff\x01\r", 3) + std::string(1, '\0'));
  CHECK(garbage.starts_with("error unknown words"));
  CHECK(garbage.find_first_of(std::string("\x01\r\0", 3)) == std::string::npos);
  CHECK(human.say(std::string(100'000, 'a')) == "error the line is too long");
  for (int i = 0; i < 40;
       ++i) {  // more than may be there at once, none of whom listens or ends its line
    Operator rude(gateway.socket);
    rude.write("list\nlist\nkil");
  }
  std::vector<std::unique_ptr<Operator>> idle;
  for (int i = 0; i < 40; ++i) idle.push_back(std::make_unique<Operator>(gateway.socket));
  CHECK(gateway.passes("look"));
  CHECK(Operator(gateway.socket).say("list") == "ok []");
}

TEST_CASE("The socket is its user's alone, gone at the end, and taken from no running gateway") {
  std::optional<RunningGateway> gateway(std::in_place, "place");
  const std::string path = gateway->socket;
  struct stat file{};
  REQUIRE(::lstat(path.c_str(), &file) == 0);
  CHECK(S_ISSOCK(file.st_mode));
  CHECK((file.st_mode & 0777) == 0600);
  const std::vector<std::string> second{"--policy", gateway->policy, "--operator", path};
  CHECK(ends_with(second, "another gateway listens there") == 64);
  CHECK(Operator(path).say("list") == "ok []");
  gateway->child().signal(SIGTERM);
  gateway->child().wait(kNoLimit);
  CHECK(::lstat(path.c_str(), &file) != 0);
  // One that was killed leaves its socket behind, which is no obstacle.
  gateway.emplace("place");
  gateway->child().kill();
  CHECK(::lstat(path.c_str(), &file) == 0);
  gateway.emplace("place");
  CHECK(Operator(path).say("list") == "ok []");
}

TEST_CASE(
    "A place that cannot be had, and a gateway that takes no orders, end it before it starts "
    "anything") {
  const std::string policy = file_of("usage.gatecrash.yaml");
  REQUIRE(base::write_file(policy, kAsks).has_value());
  CHECK(ends_with({"--policy", policy, "--operator", policy},
                  "is there already, and is no socket") == 64);
  CHECK(ends_with({"--policy", policy, "--operator", "/no/such/folder/s"},
                  "cannot open its folder") == 64);
  CHECK(ends_with({"--policy", policy, "--operator", "@abstract"}, "needs a path") == 64);
  CHECK(ends_with({"--policy", policy, "--operator", std::string(200, 'x')}, "cannot listen on") ==
        64);
  CHECK(ends_with({"--gateway", "null", "--operator", "s"}, "null takes no orders") == 64);
}
