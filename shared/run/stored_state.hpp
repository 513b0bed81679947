#pragma once

#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/run/state.hpp"

/// A state's members as JSON. Part of the stored fold.
namespace callboard::run {

/// ,"name":value for each member that is not as it begins.
Result<std::string> write_step(const StepState& step);
Result<std::string> write_state(const RunState& state);

/// Members that it does not know are an error: such a state would not be whole.
Result<void> read_step_member(std::string_view name, std::string_view raw, const RunId& run, StepState& step);
Result<void> read_state_member(std::string_view name, std::string_view raw, RunState& state);

/// A text of digits, with a sign or without.
std::optional<std::int64_t> read_int64(std::string_view raw);

}  // namespace callboard::run
