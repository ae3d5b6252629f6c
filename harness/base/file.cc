#include "harness/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

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
      return errno;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
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
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0) {
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
    // /dev/stdout, /dev/null, a pipe: a rename would replace the device by a file.
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() < 0) return failed_with(path, "cannot be written", errno);
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
