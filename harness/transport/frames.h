// A queue of frames (whole messages, no LF) between two parties of the memory lane, and the buffer
// that process lanes write from. Writers build a frame in place; nothing is allocated once warm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatecrash::transport {

// Which of several client connections a frame belongs to; 0 is the first.
using Connection = std::uint32_t;

class Frames {
 public:
  // Append to the returned string, then end() the frame (or abandon() it).
  std::string& begin(Connection connection) {
    pending_ = connection;
    return bytes_;
  }
  void end() {
    frames_.push_back({pending_, start_, bytes_.size() - start_});
    start_ = bytes_.size();
  }
  void abandon() { bytes_.resize(start_); }
  // The frame that was ended last; there has to be one. Valid until the next begin().
  std::string_view last() const {
    return std::string_view(bytes_).substr(frames_.back().offset, frames_.back().size);
  }
  void push(Connection connection, std::string_view frame) {
    begin(connection).append(frame);
    end();
  }

  struct Frame {
    Connection connection;
    std::string_view bytes;  // valid until the next begin() or pop of the last frame
  };
  bool empty() const { return taken_ == frames_.size(); }
  std::optional<Frame> pop() {
    if (empty()) {
      clear();
      return std::nullopt;
    }
    const Slot& slot = frames_[taken_++];
    return Frame{slot.connection, std::string_view(bytes_).substr(slot.offset, slot.size)};
  }
  void clear() {
    bytes_.clear();
    frames_.clear();
    taken_ = start_ = 0;
  }

 private:
  struct Slot {
    Connection connection;
    std::size_t offset;
    std::size_t size;
  };
  std::string bytes_;
  std::vector<Slot> frames_;
  std::size_t taken_ = 0;
  std::size_t start_ = 0;  // of the frame under construction
  Connection pending_ = 0;
};

}  // namespace gatecrash::transport
