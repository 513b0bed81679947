#pragma once

#include <functional>
#include <string>

#include "loadtest/kept_runs.hpp"
#include "loadtest/stack_under_test.hpp"

/// What the figures that begin with a restart share.
namespace callboard::loadtest {

double seconds_since(SteadyTime from);
/// Looks every so often; false if it does not hold after `most`.
bool wait_until(const std::function<bool()>& holds, Micros most, Micros every);

/// The value of a series of /metrics without labels; -1 if it is not there.
double read_series(const Target& target, const std::string& name);
bool is_ready(const Target& target);

/// Kills the dispatcher with signal 9 and waits until the stack has started the next process. When that was.
Result<SteadyTime> replace_dispatcher(const StackUnderTest& stack);

}  // namespace callboard::loadtest
