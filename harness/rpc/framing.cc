#include "harness/rpc/framing.h"

namespace gatecrash::rpc {

void LineFramer::feed(std::string_view bytes) {
  if (taken_ != 0) {
    buffer_.erase(0, taken_);
    scanned_ -= taken_;
    taken_ = 0;
  }
  if (dropping_) {
    const std::size_t end = bytes.find('\n');
    if (buffer_.empty() && end == std::string_view::npos) return;
    if (buffer_.empty()) bytes.remove_prefix(end);
  }
  buffer_.append(bytes);
}

std::optional<LineFramer::Frame> LineFramer::next() {
  const std::size_t end = buffer_.find('\n', scanned_);
  if (end == std::string::npos) {
    // One byte more than the limit may still be the CR of a line that fits.
    if (dropping_ || buffer_.size() - taken_ > limit_ + 1) {
      dropping_ = true;
      buffer_.resize(taken_);
    }
    scanned_ = buffer_.size();
    return std::nullopt;
  }
  std::string_view line = std::string_view(buffer_).substr(taken_, end - taken_);
  taken_ = scanned_ = end + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (dropping_ || line.size() > limit_) {
    dropping_ = false;
    return Frame{.line = {}, .oversize = true};
  }
  return Frame{.line = line, .oversize = false};
}

std::optional<std::string_view> LineFramer::take(std::size_t count) {
  if (dropping_ || buffer_.size() - taken_ < count) return std::nullopt;
  const std::string_view bytes = std::string_view(buffer_).substr(taken_, count);
  taken_ += count;
  scanned_ = taken_;
  return bytes;
}

bool LineFramer::has_partial() const {
  return dropping_ || taken_ != buffer_.size();
}

void LineFramer::reset() {
  buffer_.clear();
  taken_ = scanned_ = 0;
  dropping_ = false;
}

}  // namespace gatecrash::rpc
