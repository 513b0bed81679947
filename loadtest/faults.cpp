#include "loadtest/faults.hpp"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "loadtest/jetstream.hpp"
#include "shared/base/limits.hpp"

namespace callboard::loadtest {
namespace {

using namespace std::chrono_literals;

/// Longer than any lease, so that whoever is frozen wakes without one.
constexpr auto kFrozen = limits::kLease + 2s;
constexpr double kFrozenSeconds = std::chrono::duration<double>(kFrozen).count();
constexpr auto kProcessWithin = 30s;

Result<embedded::ProcessMark> find_process(const StackUnderTest& stack, std::string_view name) {
  const auto until = std::chrono::steady_clock::now() + kProcessWithin;
  do {
    for (const embedded::NamedProcess& process : stack.state().processes) {
      if (process.name == name && embedded::is_alive(process.mark)) return process.mark;
    }
    std::this_thread::sleep_for(10ms);
  } while (std::chrono::steady_clock::now() < until);
  return fail(ErrorCode::internal, "the stack runs no " + std::string(name));
}

/// A process that stands still as long as this lives.
class Frozen {
 public:
  explicit Frozen(pid_t pid) : pid_(pid) { kill(pid_, SIGSTOP); }
  ~Frozen() { kill(pid_, SIGCONT); }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  pid_t pid_;
};

template <const char* kName>
Result<void> kill_named(const StackUnderTest& stack) {
  const auto killed = kill_process(stack, kName);
  if (!killed) return std::unexpected(killed.error());
  return {};
}

template <const char* kName>
Result<void> freeze_named(const StackUnderTest& stack) {
  const auto process = find_process(stack, kName);
  if (!process) return std::unexpected(process.error());
  const Frozen frozen(process->pid);
  std::this_thread::sleep_for(kFrozen);
  return {};
}

Result<void> purge_bus(const StackUnderTest& stack) {
  return ask_jetstream(stack.state().nats_url, "STREAM.PURGE.CALLBOARD_JOBS");
}
Result<void> delete_bus(const StackUnderTest& stack) {
  return ask_jetstream(stack.state().nats_url, "STREAM.DELETE.CALLBOARD_JOBS");
}

constexpr char kWorker[] = "worker-1";
constexpr char kDispatcher[] = "dispatcher";
constexpr char kBus[] = "nats-server";
constexpr char kPostgres[] = "postgres";

}  // namespace

const std::vector<Fault>& faults() {
  static const std::vector<Fault> kAll{
      {"kill-worker", kill_named<kWorker>},
      {"kill-dispatcher", kill_named<kDispatcher>},
      {"kill-bus", kill_named<kBus>},
      {"freeze-worker", freeze_named<kWorker>, kFrozenSeconds},
      {"freeze-dispatcher", freeze_named<kDispatcher>, kFrozenSeconds},
      {"purge-bus", purge_bus},
      {"delete-bus", delete_bus},
      {"kill-postgres", kill_named<kPostgres>},
  };
  return kAll;
}

std::vector<std::string> fault_names() {
  std::vector<std::string> names;
  for (const Fault& fault : faults()) names.emplace_back(fault.name);
  names.emplace_back(kSlowChains);
  names.emplace_back(kOpenRuns);
  return names;
}

Result<embedded::ProcessMark> kill_process(const StackUnderTest& stack, std::string_view name) {
  auto process = find_process(stack, name);
  if (!process) return process;
  if (kill(process->pid, SIGKILL) != 0)
    return fail(ErrorCode::internal, "can't kill the " + std::string(name) + " that was started here");
  return process;
}

}  // namespace callboard::loadtest
