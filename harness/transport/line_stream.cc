#include "harness/transport/line_stream.h"

#include <unistd.h>

#include <cerrno>

namespace gatecrash::transport {
namespace {

constexpr std::size_t kChunk = 64u << 10;

}  // namespace

LineReader::Filled LineReader::fill() {
  if (ended_) return Filled::End;
  if (chunk_.empty()) chunk_.resize(kChunk);
  ssize_t size;
  do {
    size = ::read(descriptor_, chunk_.data(), chunk_.size());
  } while (size < 0 && errno == EINTR);
  if (size > 0) {
    framer_.feed(std::string_view(chunk_.data(), static_cast<std::size_t>(size)));
    return Filled::Some;
  }
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Filled::Nothing;
  ended_ = true;  // end of file, or an error no reading on can mend
  return Filled::End;
}

bool LineWriter::flush() {
  while (!broken_ && written_ < bytes_.size()) {
    const ssize_t size = ::write(descriptor_, bytes_.data() + written_, bytes_.size() - written_);
    if (size >= 0) {
      written_ += static_cast<std::size_t>(size);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      broken_ = true;
    }
  }
  if (broken_ || written_ == bytes_.size()) {
    bytes_.clear();
    written_ = 0;
  } else if (written_ >= kChunk) {
    bytes_.erase(0, written_);
    written_ = 0;
  }
  return !broken_;
}

}  // namespace gatecrash::transport
