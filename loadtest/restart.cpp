#include "loadtest/restart.hpp"

#include <algorithm>
#include <thread>

#include "loadtest/faults.hpp"

namespace callboard::loadtest {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartedWithin = 60s;

}  // namespace

double seconds_since(SteadyTime from) {
  return std::chrono::duration<double>(SteadyClock::now() - from).count();
}

bool wait_until(const std::function<bool()>& holds, Micros most, Micros every) {
  const auto until = SteadyClock::now() + most;
  while (!holds()) {
    if (SteadyClock::now() >= until) return false;
    std::this_thread::sleep_for(every);
  }
  return true;
}

double read_series(const Target& target, const std::string& name) {
  const auto answer = ask(target, "GET", "/metrics", "");
  if (!answer) return -1;
  const std::size_t at = answer->body.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::strtod(answer->body.c_str() + at + name.size() + 2, nullptr);
}

bool is_ready(const Target& target) {
  const auto answer = ask(target, "GET", "/ready", "");
  return answer && answer->status == 200;
}

Result<SteadyTime> replace_dispatcher(const StackUnderTest& stack) {
  const auto killed = kill_process(stack, "dispatcher");
  if (!killed) return std::unexpected(killed.error());
  const bool there = wait_until(
      [&] {
        return std::ranges::any_of(stack.state().processes, [&](const embedded::NamedProcess& process) {
          return process.name == "dispatcher" && process.mark.pid != killed->pid;
        });
      },
      kStartedWithin, 1ms);
  if (!there) return fail(ErrorCode::internal, "the dispatcher was not started again");
  return SteadyClock::now();
}

}  // namespace callboard::loadtest
