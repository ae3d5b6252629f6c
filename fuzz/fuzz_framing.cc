// Property: however the bytes of a stream are split, LineFramer gives the same frames, and they are
// those of a definition in five lines: cut at LF, drop one CR before it, over the limit is
// oversize. Input: one byte limit, one byte number of cuts, that many bytes of piece sizes, then
// the stream.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "fuzz/target.h"
#include "harness/rpc/framing.h"

namespace {

using namespace gatecrash;

enum Point { Line, EmptyLine, Oversize, CarriageReturn, Partial, SeveralPieces, PointCount };
std::array<fuzz::ReachPoint, PointCount> points = {
    {{"line"}, {"empty_line"}, {"oversize"}, {"carriage_return"}, {"partial"}, {"several_pieces"}}};

constexpr std::string_view kOversize = "\n(oversize)";  // no line can hold an LF

// Frames as text: LF ends each, a stream that does not end with LF ends with `+`.
void by_definition(std::string_view stream, std::size_t limit, std::string& frames) {
  frames.clear();
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
}

// Feeds pieces of the stream and collects frames in the same form.
class Framed {
 public:
  Framed(std::size_t limit, std::string& frames) : framer_(limit), frames_(frames) {
    frames_.clear();
  }
  void feed(std::string_view piece) {
    framer_.feed(piece);
    while (const auto frame = framer_.next()) {
      frames_ += frame->oversize ? kOversize : frame->line;
      frames_ += '\n';
    }
  }
  const std::string& finish() {
    if (framer_.has_partial()) frames_ += '+';
    return frames_;
  }

 private:
  rpc::LineFramer framer_;
  std::string& frames_;
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
  static std::string expected;
  static std::string frames;
  by_definition(stream, limit, expected);

  Framed whole(limit, frames);
  whole.feed(stream);
  fuzz::check(whole.finish() == expected, "one piece gives the frames of the definition", expected,
              frames);

  Framed split(limit, frames);
  for (const char piece : sizes) {
    const auto length = std::min<std::size_t>(static_cast<unsigned char>(piece), stream.size());
    split.feed(stream.substr(0, length));
    stream.remove_prefix(length);
    if (stream.empty()) break;
  }
  split.feed(stream);
  if (cuts > 1) ++points[SeveralPieces].hits;
  fuzz::check(split.finish() == expected, "any split gives the frames of the definition", expected,
              frames);
  return 0;
}
