// Lines over non-blocking descriptors: what the stdio programs read and write. A reader never hands
// out a partial line; a writer never blocks and says how much waits, so that its owner can stop
// reading (backpressure) instead of buffering without bound.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "harness/rpc/framing.h"

namespace gatecrash::transport {

class LineReader {
 public:
  // The descriptor stays its owner's; it should be non-blocking.
  LineReader(int descriptor, std::size_t limit) : descriptor_(descriptor), framer_(limit) {}

  enum class Filled { Some, Nothing, End };
  Filled fill();  // one read(2)
  std::optional<rpc::LineFramer::Frame> next() { return framer_.next(); }
  std::optional<std::string_view> take(std::size_t count) { return framer_.take(count); }
  bool ended() const { return ended_; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  bool ended_ = false;
  rpc::LineFramer framer_;
  std::string chunk_;
};

class LineWriter {
 public:
  explicit LineWriter(int descriptor) : descriptor_(descriptor) {}

  void add(std::string_view line) {
    bytes_ += line;
    bytes_ += '\n';
  }
  void add_bytes(std::string_view bytes) { bytes_ += bytes; }
  // Writes what the descriptor takes now. False: the other side is gone; what waits is dropped.
  bool flush();
  std::size_t waiting() const { return bytes_.size() - written_; }
  bool broken() const { return broken_; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  bool broken_ = false;
  std::string bytes_;
  std::size_t written_ = 0;
};

}  // namespace gatecrash::transport
