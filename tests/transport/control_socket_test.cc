// The side channel: whole messages, answers in order, and a process that notices when it is alone.
#include "harness/transport/control_socket.h"

#include <thread>

#include "tests/support/catch.h"
#include "tests/transport/process_support.h"

using namespace gatecrash;
using namespace gatecrash::transport;
using namespace std::chrono_literals;

namespace {

struct Ends {
  ControlListener listener = *ControlListener::listen();
  ControlSocket process = *ControlSocket::connect(listener.address(), "gateway");
  std::optional<ControlListener::Arrival> arrival = listener.accept(test::kNoLimit);
  ControlSocket& harness() { return arrival->socket; }
};

}  // namespace

TEST_CASE("A process says who it is, and the kernel says which") {
  Ends ends;
  REQUIRE(ends.arrival);
  CHECK(ends.arrival->role == "gateway");
  CHECK(ends.arrival->pid == ::getpid());
  CHECK(ends.listener.address().starts_with("@gatecrash-"));
}

TEST_CASE("Messages arrive whole and in order, whatever their size") {
  Ends ends;
  const std::string big(3'000'000, 'z');
  std::thread sender([&] {
    ends.harness().send(Word::Reset, big);
    ends.harness().send(Word::Clock);
    ends.harness().send(Word::Fault, std::string("\0\n\xff", 3));
  });
  const auto first = ends.process.receive(test::kNoLimit);
  REQUIRE(first);
  CHECK(first->word == Word::Reset);
  CHECK(first->body == big);
  CHECK(ends.process.receive(test::kNoLimit)->word == Word::Clock);
  CHECK(ends.process.receive(test::kNoLimit)->body == std::string("\0\n\xff", 3));
  CHECK_FALSE(ends.process.poll());
  CHECK_FALSE(ends.process.closed());
  sender.join();
}

TEST_CASE("Asking waits for the answer, and not for ever") {
  Ends ends;
  std::thread process([&] {
    const auto question = ends.process.receive(test::kNoLimit);
    ends.process.send(Word::Done, question ? question->body + "!" : "");
  });
  REQUIRE(ends.harness().send(Word::Digest, "x"));
  CHECK(ends.harness().receive(test::kNoLimit)->body == "x!");
  process.join();
  REQUIRE(ends.harness().send(Word::Digest, "x"));
  CHECK_FALSE(ends.harness().receive(10ms));
  CHECK_FALSE(ends.harness().closed());
}

TEST_CASE("When the other side goes, that is noticed at once") {
  Ends ends;
  ends.arrival.reset();
  CHECK_FALSE(ends.process.receive(test::kNoLimit));
  CHECK(ends.process.closed());
  CHECK_FALSE(ends.process.send(Word::Done));
}

TEST_CASE("A length that makes no sense ends the connection") {
  Ends ends;
  const char nonsense[] = {'\xff', '\xff', '\xff', '\xff', 1};
  REQUIRE(::write(ends.harness().fd(), nonsense, sizeof nonsense) == sizeof nonsense);
  CHECK_FALSE(ends.process.receive(test::kNoLimit));
  CHECK(ends.process.closed());
}

TEST_CASE("Nobody listens at an address that is gone, and bad addresses are errors") {
  std::string address;
  {
    address = ControlListener::listen()->address();
  }
  for (const std::string& each :
       {address, std::string("@"), std::string(), std::string(300, 'x')}) {
    CHECK_FALSE(ControlSocket::connect(each, "mock").has_value());
  }
}

TEST_CASE("Waiting for an arrival has an end; a stranger without a hello is not one") {
  auto listener = *ControlListener::listen();
  CHECK_FALSE(listener.accept(10ms));
}

TEST_CASE("Control sockets leave no descriptor behind") {
  const std::size_t before = test::open_descriptors();
  for (int i = 0; i < 100; ++i) Ends ends;
  CHECK(test::open_descriptors() == before);
}
