#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// ,"name":… unless the value is empty (0).
void append_member(std::string& out, std::string_view name, std::string_view text);
void append_member(std::string& out, std::string_view name, std::uint32_t number);
void append_member(std::string& out, std::string_view name, const std::vector<std::string>& texts);
/// The texts of a list; what is none in it is left out.
std::vector<std::string> read_texts(std::string_view raw);

}  // namespace callboard::run
