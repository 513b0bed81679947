#pragma once

#include <span>
#include <string>
#include <string_view>

#include "shared/workflow/executors/description.hpp"

namespace callboard::workflow {

extern const Description kNoop;
extern const Description kEcho;
extern const Description kSet;
extern const Description kFail;
extern const Description kSleep;
extern const Description kWait;
extern const Description kApproval;
extern const Description kWorkflow;
extern const Description kContinueAs;
extern const Description kHttp;
extern const Description kShell;
extern const Description kProvider;

/// Every executor, in the order of the contract.
std::span<const Description* const> executors();

/// By its name or a short name; null if there is none. `short_name` is set where it was one.
const Description* find_executor(std::string_view name, const ShortName** short_name = nullptr);

/// One sentence that says why `name` is none, with the nearest name where there is one.
std::string unknown_executor(std::string_view name);

}  // namespace callboard::workflow
