#include <string>
#include <string_view>
#include <vector>

#include "harness/base/seed.h"
#include "harness/rpc/framing.h"
#include "tests/support/catch.h"

using gatecrash::rpc::LineFramer;

namespace {

std::vector<std::string> drain(LineFramer& framer) {
  std::vector<std::string> frames;
  while (const auto frame = framer.next()) {
    frames.push_back(frame->oversize ? "(oversize)" : std::string(frame->line));
  }
  return frames;
}

// The frames when the bytes arrive in pieces that end at these places.
std::vector<std::string> frames_of(std::string_view bytes, const std::vector<std::size_t>& cuts,
                                   std::size_t limit) {
  LineFramer framer(limit);
  std::vector<std::string> frames;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t end = i == cuts.size() ? bytes.size() : cuts[i];
    framer.feed(bytes.substr(start, end - start));
    for (std::string& each : drain(framer)) frames.push_back(std::move(each));
    start = end;
  }
  if (framer.has_partial()) frames.push_back("(partial)");
  return frames;
}

}  // namespace

TEST_CASE("lines end at LF, one CR before it is dropped, the rest is not a frame") {
  const std::vector<std::string> expected = {"a", "", "b", "c\r", "(partial)"};
  CHECK(frames_of("a\n\nb\r\nc\r\r\nrest", {}, 100) == expected);
  CHECK(frames_of("", {}, 100).empty());
  CHECK(frames_of("\n", {}, 100) == std::vector<std::string>{""});
  CHECK(frames_of("no end", {}, 100) == std::vector<std::string>{"(partial)"});
}

TEST_CASE("only LF ends a line") {
  const std::string odd(
      "a\rb\0c\xe2\x80\xa8"
      "d\x0b\x0c\xc2\x85",
      13);
  CHECK(frames_of(odd + "\n", {}, 100) == std::vector<std::string>{odd});
}

TEST_CASE("a line over the limit is reported once and the next one is whole") {
  const std::vector<std::string> expected = {"12345", "(oversize)", "ok", "(oversize)", ""};
  CHECK(frames_of("12345\n123456\nok\n" + std::string(1000, 'x') + "\n\n", {}, 5) == expected);
  CHECK(frames_of("12345\r\n123456\r\n", {}, 5) == std::vector<std::string>{"12345", "(oversize)"});
}

TEST_CASE("a line over the limit is not kept in memory") {
  LineFramer framer(10);
  for (int i = 0; i < 1000; ++i) {
    framer.feed(std::string(1000, 'x'));
    CHECK_FALSE(framer.next());
    CHECK(framer.has_partial());
  }
  framer.feed("\nok\n");
  CHECK(drain(framer) == std::vector<std::string>{"(oversize)", "ok"});
  CHECK_FALSE(framer.has_partial());
}

TEST_CASE("every split in two gives the same frames") {
  for (const std::string& bytes :
       {std::string("a\r\nbb\n\r\n12345\r\n123456\n1234567\r\n\nx"),
        std::string("123456\r\n12345\r\n\r\r\n"), std::string("\n\n\n\n")}) {
    const auto whole = frames_of(bytes, {}, 5);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      CAPTURE(bytes, cut);
      CHECK(frames_of(bytes, {cut}, 5) == whole);
    }
    std::vector<std::size_t> every;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) every.push_back(cut);
    CHECK(frames_of(bytes, every, 5) == whole);
  }
}

TEST_CASE("random splits of random bytes give the same frames") {
  gatecrash::base::Seed random{7};
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    const auto size = random.below(60);
    for (std::uint64_t i = 0; i < size; ++i) bytes += "ab\r\n"[random.below(4)];
    std::vector<std::size_t> cuts;
    std::size_t at = 0;
    while (at < bytes.size()) {
      at += random.below(6);
      if (at < bytes.size()) cuts.push_back(at);
      if (cuts.size() > 100) break;
    }
    const std::size_t limit = random.below(8);
    CAPTURE(bytes, limit);
    CHECK(frames_of(bytes, cuts, limit) == frames_of(bytes, {}, limit));
  }
}

TEST_CASE("reset forgets what was fed") {
  LineFramer framer(5);
  framer.feed("1234567");
  CHECK_FALSE(framer.next());
  framer.reset();
  CHECK_FALSE(framer.has_partial());
  framer.feed("a\n");
  CHECK(drain(framer) == std::vector<std::string>{"a"});
}
