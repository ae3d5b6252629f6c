// An owned file descriptor, and the few calls every process part needs. All descriptors made here
// are close-on-exec: nothing leaks into a child that was not handed over on purpose.
#pragma once

#include <string>
#include <utility>

namespace gatecrash::transport {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }
  void reset();

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};
// Both ends at 10 or above, so that they never collide with a child's standard descriptors.
bool make_pipe(Pipe& pipe);

bool set_nonblocking(int descriptor, bool on = true);
std::string errno_text(int error);  // "no such file or directory"

}  // namespace gatecrash::transport
