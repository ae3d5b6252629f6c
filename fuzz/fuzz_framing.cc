// Property: however the bytes of a stream are split, LineFramer gives the same frames, and they are
// those of a definition in five lines: cut at LF, drop one CR before it, over the limit is
// oversize. Input: one byte limit, one byte number of cuts, that many bytes of piece sizes, then
// the stream.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/target.h"
#include "harness/rpc/framing.h"

namespace {

using namespace gatecrash;

enum Point { Line, EmptyLine, Oversize, CarriageReturn, Partial, SeveralPieces, PointCount };
std::array<fuzz::ReachPoint, PointCount> points = {
    {{"line"}, {"empty_line"}, {"oversize"}, {"carriage_return"}, {"partial"}, {"several_pieces"}}};

constexpr std::string_view kOversize = "\n(oversize)";  // no line can hold an LF

// Frames as text: LF ends each, a stream that does not end with LF ends with `+`.
std::string by_definition(std::string_view stream, std::size_t limit) {
  std::string frames;
  while (true) {
    const std::size_t end = stream.find('\n');
    if (end == std::string_view::npos) break;
    std::string_view line = stream.substr(0, end);
    stream.remove_prefix(end + 1);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
      ++points[CarriageReturn].hits;
    }
    ++points[line.empty() ? EmptyLine : Line].hits;
    if (line.size() > limit) ++points[Oversize].hits;
    frames += line.size() > limit ? kOversize : line;
    frames += '\n';
  }
  if (!stream.empty()) {
    frames += '+';
    ++points[Partial].hits;
  }
  return frames;
}

class Framed {
 public:
  explicit Framed(std::size_t limit) : framer_(limit) {}
  void feed(std::string_view piece) {
    // A copy at exact size: a view that outlives its bytes is seen by the sanitizer.
    const std::vector<char> bytes(piece.begin(), piece.end());
    framer_.feed({bytes.data(), bytes.size()});
    while (const auto frame = framer_.next()) {
      frames_ += frame->oversize ? kOversize : frame->line;
      frames_ += '\n';
    }
  }
  std::string finish() { return framer_.has_partial() ? frames_ + '+' : frames_; }

 private:
  rpc::LineFramer framer_;
  std::string frames_;
};

}  // namespace

std::span<const fuzz::ReachPoint> gatecrash::fuzz::reach_points() {
  return points;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size - 2 < data[1]) return -1;
  const std::size_t limit = data[0];
  const std::size_t cuts = data[1];
  const std::string_view sizes(reinterpret_cast<const char*>(data) + 2, cuts);
  std::string_view stream(reinterpret_cast<const char*>(data) + 2 + cuts, size - 2 - cuts);
  const std::string expected = by_definition(stream, limit);

  Framed whole(limit);
  whole.feed(stream);
  fuzz::check(whole.finish() == expected, "one piece gives the frames of the definition", expected,
              whole.finish());

  Framed split(limit);
  for (const char piece : sizes) {
    const std::size_t length =
        std::min<std::size_t>(static_cast<unsigned char>(piece), stream.size());
    split.feed(stream.substr(0, length));
    stream.remove_prefix(length);
  }
  split.feed(stream);
  if (cuts > 1) ++points[SeveralPieces].hits;
  fuzz::check(split.finish() == expected, "any split gives the frames of the definition", expected,
              split.finish());
  return 0;
}
