// stdio framing: one message per line, ended by LF. Any split of the bytes gives the same frames.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatecrash::rpc {

// Collects bytes and hands out whole lines. One trailing CR is stripped. A line over `limit` bytes
// is dropped up to its LF and reported once, so that one oversize message cannot stop the stream or
// pass uninspected. Bytes after the last LF are never a frame.
class LineFramer {
 public:
  explicit LineFramer(std::size_t limit = 1u << 20) : limit_(limit) {}

  void feed(std::string_view bytes);

  struct Frame {
    std::string_view line;  // valid until the next feed()
    bool oversize = false;  // then `line` is empty
  };
  // The next line, or nothing when more bytes are needed. Empty lines are frames too.
  std::optional<Frame> next();

  // The next `count` bytes, whatever they are; nothing when more are needed. For a reader that
  // knows from the lines before how long what follows is.
  std::optional<std::string_view> take(std::size_t count);

  bool has_partial() const;  // bytes are waiting for their LF
  void reset();

 private:
  std::size_t limit_;
  std::string buffer_;
  std::size_t taken_ = 0;    // bytes already handed out
  std::size_t scanned_ = 0;  // bytes known to hold no LF
  bool dropping_ = false;
};

}  // namespace gatecrash::rpc
