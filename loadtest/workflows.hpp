#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "shared/base/time.hpp"

namespace callboard::loadtest {

/// What a step takes in and gives back: about 190 bytes of JSON, as the scripts of the peers send it.
const std::string& payload();

/// `steps` steps in sequence; each gives back what it was given.
std::string chain_workflow(std::size_t steps);
/// One step, then `steps` steps beside each other, then one.
std::string fan_workflow(std::size_t steps);
/// `steps` steps in sequence, each of which holds its worker for 200 ms.
std::string slow_workflow(std::size_t steps);
/// One step that the dispatcher holds for an hour.
std::string sleeping_workflow();
/// One step that sleeps that long.
inline constexpr Micros kTimerNap = std::chrono::seconds(180);
std::string timers_workflow();
/// Listens to GitHub's `push`, with a condition that is false of every delivery that `ingest` sends.
std::string listening_workflow();
/// One step that does nothing for each of the input `items`.
std::string map_workflow();
/// A ten-step workflow as a user writes it: conditions, retries, references.
std::string ten_step_workflow(std::size_t number);
/// Ten steps behind each other, noop and shell in turn, without an expression.
std::string plain_workflow(std::size_t number);
/// 1,000 steps, each with an expression in its params, an `if`, and two dependencies.
inline constexpr std::size_t kLargeSteps = 1'000;
std::string large_workflow();

/// The steps of a run of such a workflow.
std::size_t steps_of(std::string_view scenario, std::size_t steps);

}  // namespace callboard::loadtest
