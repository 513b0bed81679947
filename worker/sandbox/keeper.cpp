#include "worker/sandbox/keeper.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <span>

namespace callboard::sandbox {
namespace {

constexpr int kNothingRan = 127;

void report(const KeeperPlan& plan, KeeperReport::Kind kind, int value) {
  const KeeperReport message{kind, value};
  [[maybe_unused]] const ssize_t written = write(plan.report, &message, sizeof message);
}

void close_others(const KeeperPlan& plan) {
  std::array<int, 5> kept{plan.input, plan.output, plan.error, plan.control, plan.report};
  std::ranges::sort(kept);
  unsigned from = 0;
  for (const int fd : kept) {
    const auto number = static_cast<unsigned>(fd);
    if (number > from) close_range(from, number - 1, 0);
    from = number + 1;
  }
  close_range(from, ~0u, 0);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// What lets root read the worker's memory all the same.
void drop_powers() {
  for (const int power :
       {CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_SYS_RAWIO, CAP_SYS_MODULE, CAP_PERFMON, CAP_BPF}) {
    prctl(PR_CAPBSET_DROP, static_cast<unsigned long>(power), 0, 0, 0);
  }
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

[[noreturn]] void give_up(const KeeperPlan& plan) {
  report(plan, KeeperReport::Kind::failed, errno);
  _exit(kNothingRan);
}

[[noreturn]] void become_step(const KeeperPlan& plan) {
  setsid();
  reset_signals();
  // Above the standard three first, so that none is overwritten before it is moved.
  const int input = fcntl(plan.input, F_DUPFD_CLOEXEC, 3);
  const int output = fcntl(plan.output, F_DUPFD_CLOEXEC, 3);
  const int error = fcntl(plan.error, F_DUPFD_CLOEXEC, 3);
  KeeperPlan moved = plan;
  moved.report = fcntl(plan.report, F_DUPFD_CLOEXEC, 3);
  if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(error, 2) < 0) give_up(moved);
  close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  for (std::size_t i = 0; i < plan.limit_count; ++i) {
    setrlimit(static_cast<__rlimit_resource_t>(plan.limits[i].resource), &plan.limits[i].value);
  }
  if (chdir(plan.folder) != 0) give_up(moved);
  drop_powers();
  execve(plan.program, plan.arguments, plan.environment);
  give_up(moved);
}

/// Signals every process whose parent is this one. False if the kernel can't tell which those are.
bool signal_children(int number) {
  const int list = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (list < 0) return false;
  std::array<char, 4096> text{};
  int pid = 0;
  for (ssize_t got = 0; (got = read(list, text.data(), text.size())) > 0;) {
    for (const char c : std::span(text).first(static_cast<std::size_t>(got))) {
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid > 0) {
        kill(pid, number);
        pid = 0;
      }
    }
  }
  close(list);
  return true;
}

/// Kills until nothing is left: the children of what dies become this process's own.
int kill_all(pid_t step, int status, bool is_step_over) {
  constexpr int kBlindTries = 1000;
  constexpr timespec kPause{0, 1'000'000};
  for (int tries = 0;; ++tries) {
    kill(-step, SIGKILL);
    const bool sees = signal_children(SIGKILL);
    int ended = 0;
    pid_t pid = 0;
    while ((pid = waitpid(-1, &ended, WNOHANG)) > 0) {
      if (pid != step) continue;
      status = ended;
      is_step_over = true;
    }
    const bool is_empty = pid < 0 && errno == ECHILD;
    if (is_empty || (!sees && is_step_over && tries >= kBlindTries)) return status;
    nanosleep(&kPause, nullptr);
  }
}

/// Until the step's process has ended or everything is to. True: it has, with `status`.
bool watch(const KeeperPlan& plan, pid_t step, int signals, int& status) {
  std::array<pollfd, 2> watched{pollfd{plan.control, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
  for (;;) {
    if (poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return false;
    if (watched[0].revents != 0) {
      char order = 0;
      const ssize_t got = read(plan.control, &order, 1);
      if (got == 0 || order == kKill) return false;
      if (order == kStop) {
        kill(-step, SIGTERM);
        signal_children(SIGTERM);
      }
    }
    if (watched[1].revents == 0) continue;
    signalfd_siginfo information{};
    [[maybe_unused]] const ssize_t drained = read(signals, &information, sizeof information);
    int ended = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &ended, WNOHANG)) > 0;) {
      if (pid != step) continue;
      status = ended;
      return true;
    }
  }
}

}  // namespace

[[noreturn]] void keep(const KeeperPlan& plan) {
  setsid();
  reset_signals();
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) signal(number, SIG_IGN);
  prctl(PR_SET_NAME, "callboard-keep", 0, 0, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  close_others(plan);
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_ended, nullptr);
  const int signals = signalfd(-1, &child_ended, SFD_CLOEXEC);
  const pid_t step = signals < 0 ? -1 : fork();
  if (step < 0) give_up(plan);
  if (step == 0) become_step(plan);
  for (const int fd : {plan.input, plan.output, plan.error}) close(fd);
  report(plan, KeeperReport::Kind::begun, step);
  int status = 0;
  const bool has_ended = watch(plan, step, signals, status);
  status = kill_all(step, status, has_ended);
  report(plan, KeeperReport::Kind::ended, status);
  _exit(0);
}

}  // namespace callboard::sandbox
