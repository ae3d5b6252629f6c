// policy-gateway's main loop over real pipes and real children: limits, backpressure, deaths on
// either side, shutdown, the write-ahead audit and the harness's control socket.
#include "harness/gateway/serve.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "harness/base/digest.h"
#include "harness/base/file.h"
#include "harness/base/pack.h"
#include "harness/trace/pack.h"
#include "harness/transport/control_socket.h"
#include "harness/transport/line_stream.h"
#include "tests/gateway/rig.h"
#include "tests/support/paths.h"
#include "tests/transport/process_support.h"

using namespace gatecrash;
using namespace gatecrash::test;
using gateway::Served;
using transport::Word;
using namespace std::chrono_literals;

namespace {

// Answers every request that has a number id; lists one tool on demand.
const std::vector<std::string> kEchoCommand = {
    "sed", "-un", R"(s/.*"id":\([0-9]*\).*/{"jsonrpc":"2.0","id":\1,"result":{"content":[]}}/p)"};

class SteadyClockForTests final : public base::Clock {
 public:
  base::Instant now() const override { return kStart; }
};

// A gateway served by a thread, the test's hand on the client's end of the pipes.
class Process {
 public:
  explicit Process(std::vector<std::string> upstream, std::string_view policy = kHidesCancel,
                   gateway::ServeOptions options = {}, gateway::JsonLinesAudit* audit = nullptr,
                   std::string_view gateway = "reference")
      : made_(gateway::find_gateway(gateway)->make(policy_input(std::string(policy)))) {
    transport::make_pipe(in_);
    transport::make_pipe(out_);
    options.upstream = std::move(upstream);
    options.client_in = in_.read.get();
    options.client_out = out_.write.get();
    if (options.grace == gateway::ServeOptions{}.grace) options.grace = kNoLimit;
    options_ = options;
    transport::set_nonblocking(out_.read.get());
    reader_.emplace(out_.read.get(), 64u << 20);
    thread_ = std::thread([this, audit] {
      result_ = gateway::serve(*made_.gateway, options_, clock_, audit);
      done_ = true;
    });
  }
  ~Process() {
    if (thread_.joinable()) finish();
  }

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t size = ::write(in_.write.get(), text.data(), text.size());
      if (size <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  void send(std::string_view line) {
    write(line);
    write("\n");
  }
  // The next line, or "(nothing)" if none will come (or none came, where a limit is said).
  std::string receive(std::chrono::milliseconds at_most = kNoLimit) {
    const auto end = std::chrono::steady_clock::now() + at_most;
    while (true) {
      if (const auto frame = reader_->next()) return std::string(frame->line);
      if (std::chrono::steady_clock::now() > end) return "(nothing)";
      pollfd input{.fd = out_.read.get(), .events = POLLIN, .revents = 0};
      ::poll(&input, 1, 10);
      const bool over = done_;
      if (reader_->fill() != transport::LineReader::Filled::Some && over) {
        if (const auto frame = reader_->next()) return std::string(frame->line);
        return "(nothing)";
      }
    }
  }
  void handshake() {
    send(
        R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
    CHECK(contains(receive(), R"("id":0)"));
    send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  }
  std::string call(int id, std::string_view tool) {
    send(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
         R"(,"method":"tools/call","params":{"name":")" + std::string(tool) + R"("}})");
    return receive();
  }
  gateway::ServeResult finish() {
    in_.write.reset();
    thread_.join();
    return result_;
  }
  gateway::ServeResult join() {
    thread_.join();
    return result_;
  }
  bool done() const { return done_; }
  transport::Pipe& in() { return in_; }
  transport::Pipe& out() { return out_; }

 private:
  gateway::Made made_;
  SteadyClockForTests clock_;
  gateway::ServeOptions options_;
  transport::Pipe in_, out_;
  std::optional<transport::LineReader> reader_;
  std::thread thread_;
  std::atomic<bool> done_ = false;
  gateway::ServeResult result_;
};

std::string scratch(const std::string& name) {
  const std::string path = scratch_path("serve/" + name);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::filesystem::remove(path);
  return path;
}

}  // namespace

TEST_CASE("A client talks to a real server through the gateway; a denied call stays away from it") {
  const std::string seen = scratch("seen.txt");
  Process process({"/bin/sh", "-c",
                   "tee " + seen + " | " + kEchoCommand[0] + " -un '" + kEchoCommand[2] + "'"});
  process.handshake();
  CHECK(contains(process.call(1, "get_task"), R"("id":1,"result":{"content":[]})"));
  CHECK(contains(process.call(2, "cancel_task"), "[POLICY DENIED]"));
  process.send("rubbish");
  CHECK(contains(process.receive(), R"("error":{"code":-32700)"));
  CHECK(process.finish().how == Served::ClientLeft);
  std::ifstream file(seen);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  CHECK(contains(text, "get_task"));
  CHECK_FALSE(contains(text, "cancel_task"));
  CHECK_FALSE(contains(text, "rubbish"));
}

TEST_CASE("What the client sent before it left is still delivered and answered") {
  Process process(kEchoCommand);
  std::string script =
      R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}})"
      "\n"
      R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
      "\n";
  for (int i = 1; i <= 100; ++i) {
    script += R"({"jsonrpc":"2.0","id":)" + std::to_string(i) +
              R"(,"method":"tools/call","params":{"name":"get_task"}})" + "\n";
  }
  process.write(script +
                R"({"jsonrpc":"2.0","id":101,"method":"ping"})");  // the last without its LF
  process.in().write.reset();
  std::size_t answers = 0;
  std::string last;
  for (std::string line = process.receive(); line != "(nothing)"; line = process.receive()) {
    ++answers;
    last = line;
  }
  CHECK(answers == 101);
  CHECK(contains(last, R"("id":100,)"));
  CHECK(process.join().how == Served::ClientLeft);
}

TEST_CASE("An upstream that dies is noticed, and whoever waits is answered") {
  // Answers the handshake, swallows one line, dies at the next; a stray keeps its pipes open.
  Process process(
      {"/bin/sh", "-c",
       R"(sleep 1000 & read a; echo '{"jsonrpc":"2.0","id":0,"result":{}}'; read b; read c; exit 3)"});
  process.handshake();
  CHECK(contains(process.call(7, "get_task"), R"("id":7,"error":{"code":-32603)"));
  const gateway::ServeResult result = process.join();
  CHECK(result.how == Served::UpstreamFailed);
  CHECK(result.detail == "the upstream ended: exit code 3");
  CHECK(has_no_children());
}

TEST_CASE("An upstream that cannot be started is an error in words") {
  Process process({"/no/such/server"});
  const gateway::ServeResult result = process.join();
  CHECK(result.how == Served::UpstreamFailed);
  CHECK(contains(result.detail, "cannot start `/no/such/server`"));
}

TEST_CASE("An upstream that ignores the end of its input is terminated, then killed") {
  gateway::ServeOptions options;
  options.grace = 50ms;
  Process process({"/bin/sh", "-c", "exec 2>/dev/null; trap '' TERM; while :; do sleep 0.01; done"},
                  kHidesCancel, options);
  CHECK(process.finish().how == Served::ClientLeft);
  CHECK(has_no_children());
}

TEST_CASE("A line over the limit is refused without being held, and the next one is read") {
  gateway::ServeOptions options;
  options.max_line = 1000;
  Process process(kEchoCommand, kHidesCancel, options);
  process.handshake();
  process.send(std::string(5'000'000, 'x'));
  CHECK(contains(process.receive(), R"("error":{"code":-32)"));
  CHECK(contains(process.call(1, "get_task"), R"("id":1,"result")"));
}

TEST_CASE("A client that does not read is not read from: the gateway's memory stays bounded") {
  gateway::ServeOptions options;
  options.buffer = 64u << 10;
  options.grace = 500ms;
  Process process(kEchoCommand, kHidesCancel, options);
  process.handshake();
  transport::set_nonblocking(process.in().write.get());
  const std::string line =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel_task"}})"
      "\n";
  std::size_t taken = 0;
  const auto end = std::chrono::steady_clock::now() + 500ms;
  while (std::chrono::steady_clock::now() < end && taken < (64u << 20)) {
    const ssize_t size = ::write(process.in().write.get(), line.data(), line.size());
    if (size > 0)
      taken += static_cast<std::size_t>(size);
    else
      ::usleep(1000);
    if (size > 0 && static_cast<std::size_t>(size) != line.size()) break;
  }
  // Two pipes of 64 KiB, our buffers and no more.
  CHECK(taken < (2u << 20));
  CHECK_FALSE(process.done());
  SECTION("when it reads again, everything is there") {
    CHECK(contains(process.receive(), "[POLICY DENIED]"));
  }
  SECTION("when it hangs up without reading, the gateway does not wait for ever") {
    CHECK(process.finish().how == Served::ClientLeft);
  }
}

TEST_CASE("An upstream that does not read holds the client back and loses nothing") {
  gateway::ServeOptions options;
  options.buffer = 64u << 10;
  const std::string go = scratch("go");
  Process process({"/bin/sh", "-c",
                   R"(read a; echo '{"jsonrpc":"2.0","id":0,"result":{}}'; while [ ! -e )" + go +
                       R"( ]; do sleep 0.02; done; exec sed -un ')" + kEchoCommand[2] + "'"},
                  kHidesCancel, options);
  process.handshake();
  std::thread writer([&] {
    for (int i = 1; i <= 900; ++i) {
      process.send(R"({"jsonrpc":"2.0","id":)" + std::to_string(i) +
                   R"(,"method":"tools/call","params":{"name":"get_task","arguments":{"pad":")" +
                   std::string(2000, 'p') + R"("}}})");
    }
  });
  ::usleep(200'000);
  CHECK(process.receive(10ms) == "(nothing)");
  std::ofstream(go).put('\n');
  for (int i = 1; i <= 900; ++i) {
    const std::string reply = process.receive();
    REQUIRE(contains(reply, "\"id\":" + std::to_string(i) + ","));
  }
  writer.join();
  CHECK(process.finish().how == Served::ClientLeft);
}

TEST_CASE("No call goes on when its record cannot be written") {
  const std::string seen = scratch("unseen.txt");
  auto audit = gateway::JsonLinesAudit::open("/dev/full", "k");
  REQUIRE(audit.has_value());
  Process process(
      {"/bin/sh", "-c", "tee " + seen + " | " + kEchoCommand[0] + " -un '" + kEchoCommand[2] + "'"},
      kHidesCancel, {}, audit->get());
  process.handshake();
  CHECK(process.call(1, "get_task") == "(nothing)");
  CHECK(process.join().how == Served::AuditFailed);
  std::ifstream file(seen);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  CHECK(contains(text, "initialize"));
  CHECK_FALSE(contains(text, "get_task"));
}

TEST_CASE("A record is in the file before the server has seen the call") {
  const std::string path = scratch("ahead.jsonl");
  auto audit = gateway::JsonLinesAudit::open(path, "k");
  REQUIRE(audit.has_value());
  // This server answers with the number of records it finds when the call arrives.
  Process process(
      {"/bin/sh", "-c",
       R"(read a; echo '{"jsonrpc":"2.0","id":0,"result":{}}'; read b; read c; n=$(wc -l <)" +
           path +
           R"(); echo '{"jsonrpc":"2.0","id":1,"result":{"records":'$n'}}'; cat >/dev/null)"},
      kHidesCancel, {}, audit->get());
  process.handshake();
  CHECK(contains(process.call(1, "get_task"), R"("records":1)"));
}

TEST_CASE("TERM ends the gateway and its server") {
  Process process(kEchoCommand);
  process.handshake();
  // Blocked in the serving thread; blocked here too, so that it is taken from the descriptor.
  sigset_t term, before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &term, &before);
  ::kill(::getpid(), SIGTERM);
  CHECK(process.join().how == Served::Signalled);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(has_no_children());
}

TEST_CASE(
    "HUP reads the policy again; after one that cannot be read or does not load nothing but "
    "reading passes") {
  std::string text(kHidesCancel);
  std::vector<bool> done;
  std::atomic<int> reloads = 0;
  gateway::ServeOptions options;
  options.read_policy = [&]() -> base::Result<gateway::PolicyInput> {
    if (text.empty()) return base::problem("policy.json", {}, "cannot read");
    return policy_input(text);
  };
  options.replaced = [&](const gateway::Replaced& replaced) {
    done.push_back(replaced.done);
    ++reloads;
  };
  // Blocked here before the serving thread is made, so that the signal waits for its descriptor.
  sigset_t hup, before;
  sigemptyset(&hup);
  sigaddset(&hup, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &hup, &before);
  const std::string path = scratch("reloaded.jsonl");
  auto audit = gateway::JsonLinesAudit::open(path, "k");
  REQUIRE(audit.has_value());
  (*audit)->set_policy("policy.json", kHidesCancel);
  Process process(kEchoCommand, kHidesCancel, options, audit->get());
  process.handshake();
  const auto hang_up = [&](const char* policy) {
    const int seen = reloads;
    text = policy;
    ::kill(::getpid(), SIGHUP);
    // The next answer comes after the reload or before it; the count says when it is through.
    for (int i = 0; reloads == seen && i < 2000; ++i)
      CHECK(process.call(100 + i, "get_task") != "(nothing)");
    CHECK(reloads == seen + 1);
  };
  CHECK(contains(process.call(1, "cancel_task"), "[POLICY DENIED]"));
  hang_up(R"({"version":"1","default":"allow"})");
  CHECK(contains(process.call(2, "cancel_task"), R"("result":{"content":[]})"));
  for (const char* const bad : {"{", ""}) {
    hang_up(bad);
    CHECK(contains(process.call(3, "cancel_task"), "[POLICY DENIED] The new policy does not load"));
    hang_up(R"({"version":"1","default":"allow"})");
    CHECK(contains(process.call(4, "cancel_task"), R"("result":{"content":[]})"));
  }
  hang_up(kHidesCancel.data());
  CHECK(contains(process.call(5, "cancel_task"), "[POLICY DENIED]"));
  CHECK(process.finish().how == Served::ClientLeft);
  CHECK(done == std::vector<bool>{true, false, true, false, true, true});
  // Every record names the policy that decided.
  const auto named = [&](std::string_view policy) {
    return "\"policy\":\"" + base::sha256_hex(policy).substr(0, 16);
  };
  const auto text_of_audit = base::read_file(path);
  REQUIRE(text_of_audit.has_value());
  const std::size_t second = text_of_audit->find(named(R"({"version":"1","default":"allow"})"));
  CHECK(text_of_audit->find(named(kHidesCancel)) < second);
  CHECK(second < text_of_audit->rfind(named(kHidesCancel)));
  CHECK_FALSE(contains(*text_of_audit, named("{")));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("Fifty sessions leave no descriptor and no process behind") {
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 50; ++i) {
    Process process(kEchoCommand);
    process.handshake();
    CHECK(contains(process.call(1, "get_task"), "result"));
    CHECK(process.finish().how == Served::ClientLeft);
  }
  CHECK(open_descriptors() == before);
  CHECK(has_no_children());
}

TEST_CASE("The null gateway is a byte relay between real processes") {
  Process process({"cat"}, "{}", {}, nullptr, "null");
  for (const std::string_view line : {"anything", "", "[1,2]", "\xff\xfe", "{\"id\":1,\"id\":2}"}) {
    process.send(line);
    CHECK(process.receive() == line);
  }
}

// ---- control -----------------------------------------------------------------------------------

namespace {

// As a lane does it: clock, steps and fences from outside.
struct Controlled {
  transport::ControlListener listener = *transport::ControlListener::listen();
  Process process;
  std::optional<transport::ControlListener::Arrival> arrival;

  explicit Controlled(std::string_view policy)
      : process(kEchoCommand, policy, options()), arrival(listener.accept(kNoLimit)) {
    REQUIRE(arrival.has_value());
  }
  gateway::ServeOptions options() const {
    gateway::ServeOptions made;
    made.control = listener.address();
    return made;
  }
  std::optional<transport::ControlMessage> exchange(Word word, const std::string& body = {}) {
    REQUIRE(arrival->socket.send(word, body));
    return arrival->socket.receive(kNoLimit);
  }
  std::string ask(Word word, const std::string& body = {}) {
    const auto answer = exchange(word, body);
    REQUIRE(answer.has_value());
    CHECK(answer->word == Word::Done);
    return answer->body;
  }
  void clock(base::Instant at) {
    std::string body;
    base::Packer(body).i64(at.time_since_epoch().count());
    ask(Word::Clock, body);
  }
  transport::Counts fence(std::uint64_t from_client, std::uint64_t from_upstream) {
    std::string body;
    base::Packer(body).u64(from_client).u64(from_upstream);
    const std::string answer = ask(Word::Fence, body);
    base::Unpacker unpacker(answer);
    return transport::unpack_counts(unpacker);
  }
};

}  // namespace

TEST_CASE("Under control time stands still until told, and a fence says what has been seen") {
  Controlled run(kTwoPerMinute);
  run.clock(kStart);
  run.process.handshake();
  CHECK(contains(run.process.call(1, "cancel_task"), "result\":{\"content\":[]}"));
  CHECK(contains(run.process.call(2, "cancel_task"), "result\":{\"content\":[]}"));
  CHECK(contains(run.process.call(3, "cancel_task"), "[POLICY DENIED]"));
  run.clock(kStart + 61s);
  CHECK(contains(run.process.call(4, "cancel_task"), "result\":{\"content\":[]}"));
  CHECK(run.fence(6, 4) == transport::Counts{6, 5, 4, 5});
  // A fence ahead of the traffic is answered when the traffic has caught up.
  std::thread late([&] {
    ::usleep(50'000);
    run.process.send("rubbish");
  });
  CHECK(run.fence(7, 4).from_client == 7);
  late.join();
}

TEST_CASE(
    "Under control evidence is handed over, reset makes the gateway as new, connections switch") {
  Controlled run(kTwoPerMinute);
  run.clock(kStart);
  std::string step;
  base::Packer(step).u32(4);
  run.ask(Word::Step, step);
  run.process.handshake();
  for (int i = 1; i <= 3; ++i) run.process.call(i, "cancel_task");
  trace::Trace trace;
  REQUIRE(trace::unpack(run.ask(Word::Take), trace));
  REQUIRE(trace.events().size() == 3);
  CHECK(trace.events()[2].step == 4);
  CHECK(trace.events()[2].at == kStart);
  CHECK(trace.view(trace.events()[2].more) == "/tools/cancel_task/limits/c");
  trace::Trace nothing;
  REQUIRE(trace::unpack(run.ask(Word::Take), nothing));
  CHECK(nothing.empty());

  std::string second;  // a new session of the same grant: the counters stay
  base::Packer(second).u32(1).text("").text("").text("").u8(1);
  run.ask(Word::Connection, second);
  run.process.handshake();
  CHECK(contains(run.process.call(9, "cancel_task"), "[POLICY DENIED]"));

  run.ask(Word::Reset);
  run.ask(Word::Connection, second);
  run.process.handshake();
  CHECK(contains(run.process.call(1, "cancel_task"), "result\":{\"content\":[]}"));
}

TEST_CASE("Under control the operator acts on the gateway, and unknown words are refused") {
  Controlled run(kTwoPerMinute);
  run.clock(kStart);
  run.process.handshake();
  const auto body = [](std::string_view words) {
    std::string packed;
    base::Packer(packed).text(words);
    return packed;
  };
  run.ask(Word::Operate, body("kill"));
  CHECK_FALSE(contains(run.process.call(1, "cancel_task"), "result\":{\"content\":[]}"));
  run.ask(Word::Operate, body("revive"));
  CHECK(contains(run.process.call(2, "cancel_task"), "result\":{\"content\":[]}"));
  CHECK(run.exchange(Word::Operate, body("revve"))->word == Word::Failed);
  CHECK(run.exchange(Word::Operate)->word == Word::Failed);
}

TEST_CASE("A gateway whose harness is gone goes too; Quit is answered first; nonsense is refused") {
  SECTION("gone") {
    Controlled run(kTwoPerMinute);
    run.arrival.reset();
    CHECK(run.process.join().how == Served::ControlLost);
  }
  SECTION("quit") {
    Controlled run(kTwoPerMinute);
    run.ask(Word::Quit);
    CHECK(run.process.join().how == Served::ControlLost);
  }
  SECTION("nonsense") {
    Controlled run(kTwoPerMinute);
    CHECK(run.exchange(Word::Digest)->word == Word::Failed);
    CHECK(run.exchange(Word::Clock, "x")->word == Word::Failed);
    CHECK(run.exchange(static_cast<Word>(99))->word == Word::Failed);
  }
  CHECK(has_no_children());
}

TEST_CASE("A control address nobody listens at ends the gateway before it starts anything") {
  gateway::ServeOptions options;
  options.control = "@gatecrash-nobody";
  Process process({"sleep", "1000"}, kHidesCancel, options);
  CHECK(process.join().how == Served::ControlLost);
  CHECK(has_no_children());
}
