#include "deploy/embedded/supervisor.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <future>

#include "shared/base/check.hpp"

namespace callboard::embedded {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr Micros kFirstPause = 100ms;
constexpr Micros kLongestPause = 10s;
constexpr auto kSteadyAfter = 30s;
constexpr auto kReadyPoll = 5ms;
constexpr auto kIdlePoll = 60s;

}  // namespace

Supervisor::Supervisor(Report report, Changed changed)
    : report_(std::move(report)),
      changed_(std::move(changed)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CALLBOARD_CHECK(wake_ >= 0);
  thread_ = std::jthread([this] { serve(); });
}

Supervisor::~Supervisor() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  eventfd_write(wake_, 1);
  thread_.join();
  close(wake_);
}

void Supervisor::run_inside(const std::function<void()>& task) {
  std::promise<void> done;
  {
    const std::scoped_lock lock(mutex_);
    tasks_.emplace_back([&] {
      task();
      done.set_value();
    });
  }
  eventfd_write(wake_, 1);
  done.get_future().wait();
}

void Supervisor::serve() {
  while (true) {
    std::vector<Task> tasks;
    {
      const std::scoped_lock lock(mutex_);
      if (ending_) break;
      tasks.swap(tasks_);
    }
    for (Task& task : tasks) task();
    look_after_children();
    wait_for_something();
  }
  children_.clear();
}

void Supervisor::wait_for_something() {
  std::vector<pollfd> wanted{{wake_, POLLIN, 0}};
  auto until = SteadyClock::now() + kIdlePoll;
  for (const Child& child : children_) {
    if (child.process) {
      wanted.push_back({child.process->end_fd(), POLLIN, 0});
    } else {
      until = std::min(until, child.restart_at);
    }
  }
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
  poll(wanted.data(), wanted.size(), static_cast<int>(std::max<std::int64_t>(wait.count(), 0)));
  eventfd_t ignored = 0;
  eventfd_read(wake_, &ignored);
}

void Supervisor::look_after_children() {
  for (Child& child : children_) {
    if (child.process) {
      if (const auto how = child.process->wait_end(Micros(0))) note_end(child, *how);
    } else if (SteadyClock::now() >= child.restart_at) {
      start_again(child);
    }
  }
}

void Supervisor::note_end(Child& child, const std::string& how) {
  const bool was_steady = SteadyClock::now() - child.started >= kSteadyAfter;
  child.pause =
      was_steady || child.pause == Micros(0) ? kFirstPause : std::min(child.pause * 2, kLongestPause);
  child.restart_at = SteadyClock::now() + child.pause;
  child.last_end = how;
  child.process.reset();
  report_(child.spec.name + " " + how + "; it is started again");
  changed_(list());
}

void Supervisor::start_again(Child& child) {
  auto process = Process::start(child.spec);
  if (!process) {
    child.pause = std::min(child.pause * 2, kLongestPause);
    child.restart_at = SteadyClock::now() + child.pause;
    report_(process.error().message);
    return;
  }
  child.process.emplace(std::move(*process));
  child.started = SteadyClock::now();
  changed_(list());
}

Result<void> Supervisor::start(ProcessSpec spec) {
  Result<void> outcome;
  run_inside([&] {
    auto process = Process::start(spec);
    if (!process) {
      outcome = std::unexpected(process.error());
      return;
    }
    Child child;
    child.spec = std::move(spec);
    child.process.emplace(std::move(*process));
    child.started = SteadyClock::now();
    children_.push_back(std::move(child));
    changed_(list());
  });
  return outcome;
}

Result<void> Supervisor::wait_ready(const std::string& name, const std::function<bool()>& ready, Micros most,
                                    const std::function<bool()>& give_up) {
  const auto until = SteadyClock::now() + most;
  while (!ready()) {
    std::string end;
    std::filesystem::path log;
    run_inside([&] {
      const Child* child = find_child(name);
      CALLBOARD_CHECK(child != nullptr);
      end = child->last_end;
      log = child->spec.log;
    });
    if (!end.empty()) {
      return fail(ErrorCode::internal,
                  name + " " + end + "; " + log.string() + " ends with:\n" + last_lines(log, 10));
    }
    if (give_up()) return fail(ErrorCode::cancelled, "stopped while starting");
    if (SteadyClock::now() >= until) {
      return fail(ErrorCode::timeout,
                  name + " is not ready after " + format_duration(most) + "; see " + log.string());
    }
    std::this_thread::sleep_for(kReadyPoll);
  }
  return {};
}

void Supervisor::stop(const std::vector<std::string>& names, const std::function<bool()>& hurry) {
  run_inside([&] {
    const auto is_named = [&](const Child& child) {
      return std::ranges::find(names, child.spec.name) != names.end();
    };
    std::vector<Process*> wanted;
    for (Child& child : children_) {
      if (is_named(child) && child.process) wanted.push_back(&*child.process);
    }
    stop_together(wanted, hurry);
    std::erase_if(children_, is_named);
    changed_(list());
  });
}

std::vector<NamedProcess> Supervisor::processes() {
  std::vector<NamedProcess> all;
  run_inside([&] { all = list(); });
  return all;
}

Supervisor::Child* Supervisor::find_child(const std::string& name) {
  const auto found =
      std::ranges::find_if(children_, [&](const Child& child) { return child.spec.name == name; });
  return found == children_.end() ? nullptr : &*found;
}

std::vector<NamedProcess> Supervisor::list() const {
  std::vector<NamedProcess> all;
  for (const Child& child : children_) {
    if (child.process) all.push_back({child.spec.name, mark_process(child.process->pid())});
  }
  return all;
}

}  // namespace callboard::embedded
