// Lines in, lines out, over descriptors that take and give what they like.
#include "harness/transport/line_stream.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

#include "harness/transport/descriptor.h"
#include "tests/support/catch.h"

using namespace gatecrash;
using transport::LineReader;
using transport::LineWriter;

namespace {

transport::Pipe pipe_pair() {
  transport::Pipe pipe;
  REQUIRE(transport::make_pipe(pipe));
  transport::set_nonblocking(pipe.read.get());
  transport::set_nonblocking(pipe.write.get());
  return pipe;
}

void put(const transport::Pipe& pipe, std::string_view text) {
  REQUIRE(::write(pipe.write.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}  // namespace

TEST_CASE("A line is handed out when its LF has come, however it was split") {
  const transport::Pipe pipe = pipe_pair();
  LineReader reader(pipe.read.get(), 100);
  CHECK(reader.fill() == LineReader::Filled::Nothing);
  put(pipe, "ab");
  CHECK(reader.fill() == LineReader::Filled::Some);
  CHECK_FALSE(reader.next());
  put(pipe, "c\nde\r\n\nf");
  reader.fill();
  CHECK(reader.next()->line == "abc");
  CHECK(reader.next()->line == "de");
  CHECK(reader.next()->line.empty());
  CHECK_FALSE(reader.next());
}

TEST_CASE("What comes without its LF before the end is no line") {
  transport::Pipe pipe = pipe_pair();
  LineReader reader(pipe.read.get(), 100);
  put(pipe, "whole\npart");
  pipe.write.reset();
  CHECK(reader.fill() == LineReader::Filled::Some);
  CHECK(reader.next()->line == "whole");
  CHECK(reader.fill() == LineReader::Filled::End);
  CHECK_FALSE(reader.next());
  CHECK(reader.ended());
}

TEST_CASE("An oversize line is reported once and the next one is read") {
  const transport::Pipe pipe = pipe_pair();
  LineReader reader(pipe.read.get(), 10);
  put(pipe, std::string(50, 'x'));
  reader.fill();
  put(pipe, std::string(50, 'x') + "\nok\n");
  reader.fill();
  std::size_t oversize = 0;
  std::string last;
  while (const auto frame = reader.next()) {
    oversize += frame->oversize;
    last = frame->line;
  }
  CHECK(oversize == 1);
  CHECK(last == "ok");
}

TEST_CASE("A writer never blocks, keeps what is not taken, and loses nothing") {
  const transport::Pipe pipe = pipe_pair();
  LineWriter writer(pipe.write.get());
  const std::string line(1000, 'y');
  for (int i = 0; i < 1000; ++i) writer.add(line);
  CHECK(writer.flush());
  CHECK(writer.waiting() > 0);
  std::size_t seen = 0;
  LineReader reader(pipe.read.get(), 2000);
  while (true) {
    reader.fill();
    bool any = false;
    while (const auto frame = reader.next()) {
      any = true;
      ++seen;
      REQUIRE(frame->line == line);
    }
    if (!any && writer.waiting() == 0) break;
    REQUIRE(writer.flush());
  }
  CHECK(seen == 1000);
}

TEST_CASE("A writer whose reader is gone says so and holds nothing") {
  const auto old = ::signal(SIGPIPE, SIG_IGN);
  transport::Pipe pipe = pipe_pair();
  LineWriter writer(pipe.write.get());
  pipe.read.reset();
  writer.add("x");
  CHECK_FALSE(writer.flush());
  CHECK(writer.broken());
  CHECK(writer.waiting() == 0);
  ::signal(SIGPIPE, old);
}
