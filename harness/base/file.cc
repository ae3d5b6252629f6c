#include "harness/base/file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "harness/base/text.h"

namespace gatecrash::base {
namespace {

Problems failed(const std::string& path, std::string message, std::string hint = {}) {
  return {problem(path, {}, std::move(message), std::move(hint))};
}

Problems failed_with(const std::string& path, const char* what, int error) {
  return failed(path, std::string(what) + ": " + std::strerror(error));
}

// Closes on every way out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  bool close() {
    const int fd = fd_;
    fd_ = -1;
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_;
};

std::string size_text(std::size_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

// 0, or errno.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {  // a slow reader
        pollfd output{.fd = fd, .events = POLLOUT, .revents = 0};
        ::poll(&output, 1, -1);
        continue;
      }
      return errno;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// Waits for a byte or the end.
bool has_input(int fd, Duration patience) {
  pollfd input{.fd = fd, .events = POLLIN, .revents = 0};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  return ::poll(&input, 1, static_cast<int>(milliseconds)) != 0;
}

// A pipe, a socket or a device: a rename would replace it by a file. A named pipe without a reader
// cannot be opened (ENXIO).
Descriptor open_device(const std::string& path) {
  return Descriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
}

}  // namespace

Result<void> check_writable(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) return failed(path, "is a folder, not a file");
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    // Not opened: the reader of a pipe would take that for the end.
    if (::access(path.c_str(), W_OK) != 0) return failed_with(path, "cannot be written", errno);
    return {};
  }
  // The nearest folder that is there.
  fs::path parent = fs::absolute(path, error).parent_path();
  while (!fs::exists(parent, error) && !error && parent.has_relative_path())
    parent = parent.parent_path();
  if (error || !fs::is_directory(parent, error))
    return failed(path, "cannot be written: " + parent.string() + " is no folder");
  if (::access(parent.c_str(), W_OK | X_OK) != 0)
    return failed_with(path, "cannot be written", errno);
  return {};
}

Result<std::string> read_file(const std::string& path, std::size_t limit, Duration patience) {
  // Without O_NONBLOCK a named pipe is not even opened before somebody writes to it.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    return errno == ENOENT ? failed(path, "no such file")
                           : failed_with(path, "cannot be read", errno);
  }
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return failed_with(path, "cannot be read", errno);
  if (S_ISDIR(info.st_mode)) return failed(path, "is a folder, not a file");
  const auto too_large = [&] {
    return failed(path, "is larger than " + size_text(limit), "no policy or scenario needs that");
  };
  if (S_ISREG(info.st_mode) && static_cast<std::size_t>(info.st_size) > limit) return too_large();

  std::string bytes;
  if (S_ISREG(info.st_mode)) bytes.reserve(static_cast<std::size_t>(info.st_size));
  char buffer[64 * 1024];
  while (true) {
    if (!S_ISREG(info.st_mode) && !has_input(file.get(), patience)) {
      return failed(path, "nothing came out of this pipe for " + to_string(patience),
                    "it needs a program that writes to it");
    }
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0) {
      if (errno == EAGAIN) continue;
      if (errno == EINTR) continue;
      return failed_with(path, "cannot be read", errno);
    }
    if (count == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(count) > limit) return too_large();
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
}

Result<void> write_file(const std::string& path, std::string_view bytes) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::path target = path;
  if (const fs::path parent = target.parent_path(); !parent.empty()) {
    fs::create_directories(parent, error);
    if (error) return failed(path, "its folder cannot be made: " + error.message());
  }
  const fs::file_status status = fs::status(target, error);
  if (fs::is_directory(status)) return failed(path, "is a folder, not a file");
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    const Descriptor file = open_device(path);
    if (file.get() < 0) {
      return errno == ENXIO ? failed(path, "cannot be written: no program reads from this pipe")
                            : failed_with(path, "cannot be written", errno);
    }
    if (const int failure = write_all(file.get(), bytes); failure != 0) {
      return failed_with(path, "cannot be written", failure);
    }
    return {};
  }
  // Through a symbolic link, the file it points to is replaced, not the link.
  if (fs::is_symlink(fs::symlink_status(target, error)) && fs::exists(status)) {
    const fs::path real = fs::canonical(target, error);
    if (!error) target = real;
  }

  static std::atomic<unsigned> serial{0};
  const fs::path beside =
      target.parent_path() / ("." + target.filename().string() + "." + std::to_string(::getpid()) +
                              "." + std::to_string(serial++) + ".tmp");
  Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) return failed_with(path, "cannot be written", errno);
  int failure = write_all(file.get(), bytes);
  if (!file.close() && failure == 0) failure = errno;
  if (failure == 0 && std::rename(beside.c_str(), target.c_str()) != 0) failure = errno;
  if (failure != 0) {
    ::unlink(beside.c_str());
    return failed_with(path, "cannot be written", failure);
  }
  return {};
}

}  // namespace gatecrash::base
