#include "harness/transport/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cctype>
#include <system_error>

namespace gatecrash::transport {
namespace {

bool move_up(Descriptor& descriptor) {
  constexpr int kFloor = 10;
  if (descriptor.get() >= kFloor) return true;
  const int moved = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, kFloor);
  if (moved < 0) return false;
  descriptor = Descriptor(moved);
  return true;
}

}  // namespace

void Descriptor::reset() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

bool make_pipe(Pipe& pipe) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe.read = Descriptor(ends[0]);
  pipe.write = Descriptor(ends[1]);
  return move_up(pipe.read) && move_up(pipe.write);
}

bool set_nonblocking(int descriptor, bool on) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0) return false;
  return ::fcntl(descriptor, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) == 0;
}

std::string errno_text(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace gatecrash::transport
