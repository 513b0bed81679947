#include "worker/sandbox/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace callboard::sandbox {
namespace {

constexpr std::size_t kReadBytes = 64 * limits::kKiB;

/// A descriptor that is closed unless it is taken.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(other.take()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  int take() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

std::unexpected<Error> out_of(const char* what) {
  return fail(ErrorCode::unavailable, std::string(what) + ": " + std::strerror(errno));
}

Result<Pipe> make_pipe() {
  std::array<int, 2> fds{};
  if (pipe2(fds.data(), O_CLOEXEC) != 0) return out_of("no pipe");
  return Pipe{Descriptor(fds[0]), Descriptor(fds[1])};
}

/// Standard input as a file in memory: it never blocks, and never waits for a reader.
Result<Descriptor> make_input(const std::string& bytes) {
  Descriptor file(memfd_create("stdin", MFD_CLOEXEC));
  if (file.get() < 0) return out_of("no memory for standard input");
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t written = write(file.get(), bytes.data() + at, bytes.size() - at);
    if (written < 0) return out_of("no memory for standard input");
    at += static_cast<std::size_t>(written);
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<ResourceLimit> make_limits(const ProcessLimits& limits) {
  std::vector<ResourceLimit> made{{RLIMIT_CORE, {0, 0}}};
  const auto add = [&made](int resource, std::uint64_t most) {
    rlimit now{};
    getrlimit(static_cast<__rlimit_resource_t>(resource), &now);
    const rlim_t value = std::min<rlim_t>(most, now.rlim_max);
    made.push_back({resource, {value, value}});
  };
  add(RLIMIT_NOFILE, limits.open_files);
  add(RLIMIT_NPROC, limits.processes);
  add(RLIMIT_FSIZE, limits.file_bytes);
  if (limits.address_space_bytes) add(RLIMIT_AS, *limits.address_space_bytes);
  return made;
}

void make_non_blocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

}  // namespace

Result<std::unique_ptr<Process>> Process::begin(const ProcessSpec& spec) {
  auto input = make_input(spec.input);
  if (!input) return std::unexpected(input.error());
  std::array<Pipe, 4> pipes;  // output, error, report, control
  for (Pipe& pipe : pipes) {
    auto made = make_pipe();
    if (!made) return std::unexpected(made.error());
    pipe = std::move(*made);
  }
  const auto arguments = pointers_to(spec.argv);
  const auto environment = pointers_to(spec.environment);
  const auto limits = make_limits(spec.limits);
  const KeeperPlan plan{.program = spec.argv.at(0).c_str(),
                        .arguments = arguments.data(),
                        .environment = environment.data(),
                        .folder = spec.folder.c_str(),
                        .input = input->get(),
                        .output = pipes[0].write.get(),
                        .error = pipes[1].write.get(),
                        .control = pipes[3].read.get(),
                        .report = pipes[2].write.get(),
                        .limits = limits.data(),
                        .limit_count = limits.size()};
  const pid_t keeper = fork();
  if (keeper < 0) return out_of("no process");
  if (keeper == 0) keep(plan);
  std::unique_ptr<Process> process(new Process);
  process->keeper_ = keeper;
  process->output_ = pipes[0].read.take();
  process->error_ = pipes[1].read.take();
  process->report_ = pipes[2].read.take();
  process->control_ = pipes[3].write.take();
  process->out_ = CapturedOutput(spec.output_bytes);
  process->err_ = CapturedOutput(spec.output_bytes);
  for (const int fd : {process->output_, process->error_, process->report_, process->control_})
    make_non_blocking(fd);
  return process;
}

Process::~Process() {
  for (const int fd : {output_, error_, report_, control_}) {
    if (fd >= 0) close(fd);
  }
}

bool Process::read_from(int fd) {
  if (fd == output_) return read_output(output_, out_);
  if (fd == error_) return read_output(error_, err_);
  if (fd == report_) read_report();
  return false;
}

bool Process::read_output(int& fd, CapturedOutput& into) {
  std::array<char, kReadBytes> bytes;
  const ssize_t got = read(fd, bytes.data(), bytes.size());
  if (got > 0) {
    into.add({bytes.data(), static_cast<std::size_t>(got)});
    return true;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  close(std::exchange(fd, -1));
  return false;
}

void Process::read_report() {
  KeeperReport report{};
  const ssize_t got = read(report_, &report, sizeof report);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got != static_cast<ssize_t>(sizeof report)) {
    close(std::exchange(report_, -1));
    return;
  }
  switch (report.kind) {
    case KeeperReport::Kind::begun: step_ = report.value; break;
    case KeeperReport::Kind::failed: failure_ = report.value; break;
    case KeeperReport::Kind::ended: status_ = report.value; break;
  }
}

void Process::tell(char order) {
  if (control_ >= 0) [[maybe_unused]]
    const ssize_t written = write(control_, &order, 1);
}

Result<ProcessEnd> Process::end() {
  waitpid(keeper_, nullptr, 0);
  if (failure_ != 0) {
    return fail(ErrorCode::invalid, std::string("can't be run: ") + std::strerror(failure_));
  }
  ProcessEnd end;
  end.output = out_.text();
  end.error = err_.text();
  end.is_truncated = out_.is_truncated() || err_.is_truncated();
  if (!status_) {  // the keeper itself was killed
    if (step_ > 0) kill(-step_, SIGKILL);
    end.signal = SIGKILL;
  } else if (WIFSIGNALED(*status_)) {
    end.signal = WTERMSIG(*status_);
  } else {
    end.exit_code = WEXITSTATUS(*status_);
  }
  return end;
}

}  // namespace callboard::sandbox
