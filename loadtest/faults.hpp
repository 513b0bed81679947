#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "loadtest/stack_under_test.hpp"
#include "shared/base/error.hpp"

namespace callboard::loadtest {

/// What is done to a stack of this program's own while it is under load.
struct Fault {
  std::string_view name;
  /// Does it, and returns once it is done: at once for a kill, after kFrozen for a freeze. What was killed is
  /// started again by the stack's own supervisor.
  Result<void> (*inject)(const StackUnderTest& stack);
  /// For how long inject() itself keeps something from working, in seconds; 0 of a kill or a wipe.
  double held_seconds = 0;
};

/// In the order in which they are done.
const std::vector<Fault>& faults();

/// The two that have a load of their own: see findings.hpp.
inline constexpr std::string_view kSlowChains = "slow-chains";
inline constexpr std::string_view kOpenRuns = "open-runs";

/// All names, in the order in which they are done.
std::vector<std::string> fault_names();

/// Kills the process of that name ("dispatcher", "worker-1", "nats-server", "postgres") with signal 9; waits
/// for it to be there first, up to 30 s. Gives what it killed.
Result<embedded::ProcessMark> kill_process(const StackUnderTest& stack, std::string_view name);

}  // namespace callboard::loadtest
