#include "deploy/embedded/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "shared/base/text.hpp"

namespace callboard::embedded {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr Micros kEndPoll = 50ms;

/// Texts as exec wants them; made before the fork, because behind it nothing may allocate.
class Words {
 public:
  void add(std::string word) { words_.push_back(std::move(word)); }
  char* const* data() {
    pointers_.clear();
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
    return pointers_.data();
  }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

struct ChildPlan {
  char* const* command;
  char* const* environment;
  int log;
  int report;  // errno of what failed; closed by a successful exec
  pid_t parent;
};

[[noreturn]] void become(const ProcessSpec& spec, const ChildPlan& plan) {
  const auto give_up = [&plan] {
    const int error = errno;
    if (write(plan.report, &error, sizeof error) < 0) _exit(126);
    _exit(127);
  };
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT}) ::signal(signal, SIG_DFL);
  setsid();
  const int null = open("/dev/null", O_RDONLY);
  if (null < 0 || dup2(null, 0) < 0 || dup2(plan.log, 1) < 0 || dup2(plan.log, 2) < 0) give_up();
  if (!take_identity(spec.identity)) give_up();
  // After the identity, because changing that clears it; and the parent may have died before it was set.
  if (spec.orphan_signal != 0) {
    prctl(PR_SET_PDEATHSIG, spec.orphan_signal);
    if (getppid() != plan.parent) _exit(125);
  }
  execve(plan.command[0], plan.command, plan.environment);
  give_up();
  _exit(127);
}

/// One that was asked to end.
struct Ending {
  Process* process;
  SteadyClock::time_point until;  // of the grace that runs
  Micros second_grace;            // 0: was asked for the last time
};

void go_on(Ending& ending, bool hurried) {
  const bool may_ask = ending.second_grace > Micros(0);
  if (SteadyClock::now() < ending.until && !(hurried && may_ask)) return;
  if (may_ask) {
    ending.process->ask_to_end();
    ending.until = SteadyClock::now() + std::exchange(ending.second_grace, Micros(0));
  } else {
    kill(ending.process->pid(), SIGKILL);
  }
}

int open_pidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

bool wait_readable(int fd, Micros wait) {
  pollfd wanted{fd, POLLIN, 0};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
  return poll(&wanted, 1, static_cast<int>(milliseconds)) > 0;
}

}  // namespace

Result<Process> Process::start(const ProcessSpec& spec) {
  Words command;
  Words environment;
  for (const std::string& word : spec.command) command.add(word);
  for (const auto& [name, value] : spec.environment) environment.add(name + "=" + value);
  const int log = open(spec.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0)
    return fail(ErrorCode::unavailable, "can't write " + spec.log.string() + ": " + std::strerror(errno));
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) {
    close(log);
    return fail(ErrorCode::unavailable, std::string("can't make a pipe: ") + std::strerror(errno));
  }
  const ChildPlan plan{command.data(), environment.data(), log, report[1], getpid()};
  const pid_t pid = fork();
  if (pid == 0) become(spec, plan);
  close(log);
  close(report[1]);
  int error = 0;
  const bool failed = pid > 0 && read(report[0], &error, sizeof error) == sizeof error;
  close(report[0]);
  if (pid < 0) return fail(ErrorCode::unavailable, "can't start " + spec.name + ": " + std::strerror(errno));
  if (failed) {
    waitpid(pid, nullptr, 0);
    return fail(ErrorCode::unavailable, "can't start " + spec.command[0] + ": " + std::strerror(error));
  }
  return Process(spec, pid, open_pidfd(pid));
}

Process::Process(ProcessSpec spec, pid_t pid, int pidfd) : spec_(std::move(spec)), pid_(pid), pidfd_(pidfd) {}

Process::Process(Process&& other) noexcept
    : spec_(std::move(other.spec_)),
      pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::exchange(other.pidfd_, -1)),
      ended_(std::move(other.ended_)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    forget();
    spec_ = std::move(other.spec_);
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::exchange(other.pidfd_, -1);
    ended_ = std::move(other.ended_);
  }
  return *this;
}

Process::~Process() { forget(); }

void Process::forget() {
  if (pid_ > 0 && !ended_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (pidfd_ >= 0) close(pidfd_);
  pid_ = -1;
  pidfd_ = -1;
}

std::optional<std::string> Process::wait_end(Micros wait) {
  if (ended_) return ended_;
  if (!wait_readable(pidfd_, wait)) return std::nullopt;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  ended_ = WIFSIGNALED(status) ? "was killed by signal " + std::to_string(WTERMSIG(status))
                               : "ended with status " + std::to_string(WEXITSTATUS(status));
  return ended_;
}

void Process::let_go() {
  pid_ = -1;
  forget();
}

void Process::ask_to_end() const {
  if (pid_ > 0 && !ended_) kill(pid_, spec_.stop_signal);
}

void Process::stop() {
  Process* const self = this;
  stop_together({&self, 1}, [] { return false; });
}

void stop_together(std::span<Process* const> processes, const std::function<bool()>& hurry) {
  std::vector<Ending> left;
  for (Process* process : processes) {
    process->ask_to_end();
    left.push_back({process, SteadyClock::now() + process->spec().grace, process->spec().second_grace});
  }
  while (true) {
    std::erase_if(left, [](const Ending& ending) { return ending.process->wait_end(Micros(0)).has_value(); });
    if (left.empty()) return;
    const bool hurried = hurry();
    for (Ending& ending : left) go_on(ending, hurried);
    left.front().process->wait_end(kEndPoll);
  }
}

ProcessMark mark_process(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(in, line);
  // Behind the name, which may hold anything, stand the fields from the third on; the start is the 22nd.
  const auto behind_name = line.rfind(')');
  if (behind_name == std::string::npos) return {pid, 0};
  std::istringstream fields(line.substr(behind_name + 1));
  std::string field;
  fields >> field;
  if (field == "Z") return {pid, 0};  // ended; its parent has not asked yet
  for (int i = 4; i <= 22; ++i) fields >> field;
  return {pid, std::strtoull(field.c_str(), nullptr, 10)};
}

bool is_alive(const ProcessMark& mark) {
  if (mark.pid <= 0 || mark.started == 0) return false;
  return mark_process(mark.pid).started == mark.started;
}

bool end_process(const ProcessMark& mark, int signal, Micros grace) {
  const int pidfd = open_pidfd(mark.pid);
  if (pidfd < 0 || !is_alive(mark)) {
    if (pidfd >= 0) close(pidfd);
    return true;
  }
  kill(mark.pid, signal);
  bool gone = wait_readable(pidfd, grace);
  if (!gone) {
    kill(mark.pid, SIGKILL);
    gone = wait_readable(pidfd, 5s);
  }
  close(pidfd);
  return gone;
}

Result<void> run_to_end(const ProcessSpec& spec, Micros most) {
  auto process = Process::start(spec);
  if (!process) return std::unexpected(process.error());
  const auto end = process->wait_end(most);
  if (!end) return fail(ErrorCode::timeout, spec.name + " did not end within " + format_duration(most));
  if (*end == "ended with status 0") return {};
  return fail(ErrorCode::internal,
              spec.name + " " + *end + "; " + spec.log.string() + " ends with:\n" + last_lines(spec.log, 10));
}

std::string last_lines(const std::filesystem::path& log, std::size_t count) {
  constexpr std::streamoff kMost = 8192;
  std::ifstream in(log, std::ios::binary | std::ios::ate);
  if (!in) return "";
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - kMost));
  std::string text(std::istreambuf_iterator<char>(in), {});
  while (text.ends_with('\n')) text.pop_back();
  std::size_t begin = text.size();
  for (std::size_t line = 0; line < count && begin != std::string::npos && begin > 0; ++line) {
    begin = text.rfind('\n', begin - 1);
  }
  return printable(begin == std::string::npos ? text : text.substr(begin + 1), true);
}

}  // namespace callboard::embedded
