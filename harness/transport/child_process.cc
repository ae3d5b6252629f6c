#include "harness/transport/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstring>

#define BOOST_PROCESS_V2_SEPARATE_COMPILATION 1
#define BOOST_PROCESS_USE_STD_FS 1
// Boost.Process 1.81 leans on headers it does not include: Asio and these come first.
#include <boost/asio.hpp>
#include <boost/optional.hpp>
#include <boost/type_traits.hpp>

// After them, and in this block of their own, so that the formatter leaves the order.
#include <boost/process/v2/process_handle.hpp>
#include <boost/process/v2/src.hpp>

#include "harness/transport/descriptor.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): not in every unistd.h

namespace gatecrash::transport {
namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;
using Handle = process::basic_process_handle<asio::io_context::executor_type>;

Exit from_status(int status) {
  if (WIFSIGNALED(status)) return {.signal = WTERMSIG(status)};
  return {.code = WEXITSTATUS(status)};
}

std::string_view name_of(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

// Ours, with the given entries in place of those of the same name.
std::vector<char*> merged_environment(const std::vector<std::string>& extra) {
  std::vector<char*> merged;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    bool replaced = false;
    for (const std::string& entry : extra) replaced = replaced || name_of(entry) == name_of(*each);
    if (!replaced) merged.push_back(*each);
  }
  for (const std::string& entry : extra) merged.push_back(const_cast<char*>(entry.c_str()));
  merged.push_back(nullptr);
  return merged;
}

// posix_spawn's two bags of settings, freed whatever happens.
struct Settings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  Settings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~Settings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;
};

int launch(const SpawnOptions& options, const Pipe& in, const Pipe& out, const Pipe& errors,
           pid_t& pid) {
  Settings settings;
  posix_spawn_file_actions_adddup2(&settings.actions, in.read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&settings.actions, out.write.get(), STDOUT_FILENO);
  if (options.errors == Errors::Discarded) {
    posix_spawn_file_actions_addopen(&settings.actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  } else if (options.errors == Errors::Piped) {
    posix_spawn_file_actions_adddup2(&settings.actions, errors.write.get(), STDERR_FILENO);
  }
  posix_spawn_file_actions_addclosefrom_np(&settings.actions, STDERR_FILENO + 1);

  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&settings.attributes, &none);
  posix_spawnattr_setsigdefault(&settings.attributes, &all);
  posix_spawnattr_setpgroup(&settings.attributes, 0);
  posix_spawnattr_setflags(&settings.attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  std::vector<char*> arguments;
  for (const std::string& each : options.command)
    arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  std::vector<char*> environment = merged_environment(options.environment);
  return ::posix_spawnp(&pid, arguments[0], &settings.actions, &settings.attributes,
                        arguments.data(), environment.data());
}

base::Problems failure(const SpawnOptions& options, int error) {
  const std::string name = options.command.empty() ? "" : options.command[0];
  return {base::problem({}, {}, "cannot start `" + name + "`: " + errno_text(error))};
}

}  // namespace

struct ChildProcess::Impl {
  Impl(pid_t child, int pid_descriptor)
      : handle(context.get_executor(), child, pid_descriptor), death(pid_descriptor) {}

  asio::io_context context{1};
  Handle handle;  // owns the pidfd
  int death;      // its number
  Descriptor in;
  Descriptor out;
  Descriptor errors;
  std::optional<Exit> exit;
};

ChildProcess::ChildProcess(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ChildProcess::ChildProcess(ChildProcess&&) noexcept = default;

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    if (impl_) kill();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

ChildProcess::~ChildProcess() {
  if (impl_) kill();
}

base::Result<ChildProcess> ChildProcess::spawn(const SpawnOptions& options) {
  if (options.command.empty() || options.command[0].empty()) return failure(options, EINVAL);
  Pipe in, out, errors;
  if (!make_pipe(in) || !make_pipe(out) || (options.errors == Errors::Piped && !make_pipe(errors)))
    return failure(options, errno);
  pid_t pid = -1;
  if (const int error = launch(options, in, out, errors, pid); error != 0)
    return failure(options, error);
  const int pid_descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pid_descriptor < 0) {
    const int error = errno;
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return failure(options, error);
  }
  auto impl = std::make_unique<Impl>(pid, pid_descriptor);
  impl->in = std::move(in.write);
  impl->out = std::move(out.read);
  impl->errors = std::move(errors.read);
  return ChildProcess(std::move(impl));
}

pid_t ChildProcess::pid() const {
  return impl_->handle.id();
}
int ChildProcess::stdin_fd() const {
  return impl_->in.get();
}
int ChildProcess::stdout_fd() const {
  return impl_->out.get();
}
int ChildProcess::stderr_fd() const {
  return impl_->errors ? impl_->errors.get() : -1;
}
int ChildProcess::death_fd() const {
  return impl_->death;
}
void ChildProcess::close_stdin() {
  impl_->in.reset();
}

std::optional<Exit> ChildProcess::exited() {
  if (impl_->exit) return impl_->exit;
  siginfo_t info{};
  const auto id = static_cast<id_t>(pid());
  if (::waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) {
    return std::nullopt;
  }
  reap();
  return impl_->exit;
}

// What is left of the group dies while the leader still holds its number, which is nobody else's
// then.
void ChildProcess::reap() {
  signal(SIGKILL);
  int status = 0;
  boost::system::error_code error;
  impl_->handle.wait(status, error);
  impl_->exit = error ? Exit{.signal = SIGKILL} : from_status(status);
}

std::optional<Exit> ChildProcess::wait(base::Duration at_most) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + at_most;
  while (!exited()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return std::nullopt;
    pollfd death{.fd = impl_->death, .events = POLLIN, .revents = 0};
    ::poll(&death, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
  }
  return impl_->exit;
}

void ChildProcess::signal(int number) {
  if (!impl_->exit) ::kill(-pid(), number);
}

Exit ChildProcess::stop(base::Duration grace) {
  close_stdin();
  if (!wait(grace)) {
    signal(SIGTERM);
    wait(grace);
  }
  return kill();
}

Exit ChildProcess::kill() {
  if (!impl_->exit) reap();
  impl_->in.reset();
  impl_->out.reset();
  impl_->errors.reset();
  return *impl_->exit;
}

std::string to_string(const Exit& exit) {
  if (exit.signal == 0) return "exit code " + std::to_string(exit.code);
  std::string name = ::strsignal(exit.signal);
  if (!name.empty()) name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
  return "signal " + std::to_string(exit.signal) + " (" + name + ")";
}

bool die_with_parent(pid_t parent) {
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent;
}

}  // namespace gatecrash::transport
