#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/run/event.hpp"

/// What the payloads of facts and of decisions have in common.
namespace callboard::run {

inline constexpr std::uint32_t kPayloadVersion = 1;

/// `invalid`, naming `what`, unless `data` is JSON with a version that this program knows.
Result<void> check_payload(std::string_view data, std::string_view what);

void append_error(std::string& out, const StepError& error);  // "error":{…}
std::optional<StepError> read_error(std::string_view raw);
void append_time(std::string& out, std::string_view name, Time at);  // ,"name":"…"
std::optional<Time> read_time(std::string_view raw);

}  // namespace callboard::run
